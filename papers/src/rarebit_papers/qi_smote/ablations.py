"""The ablations: every part of QI-SMOTE changed by itself, at the source's own size.

The base is the source's pipeline read literally, each sample with angles of its own; only the
optimiser is Adam (exact gradients), since COBYLA, which has an arm of its own, takes hundreds of
times longer for higher energies. What cannot differ by construction is not scored but verified: see
:mod:`rarebit_papers.qi_smote.energies`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from rarebit.over_sampling import QISMOTE
from rarebit.quantum.vqe import PLATEAU_ITERATION
from rarebit.running import CellKey
from rarebit_papers.qi_smote import energies
from rarebit_papers.qi_smote.arms import (
    CONTROL,
    FAST,
    KEPT_QUBITS,
    OURS,
    Resampled,
    qi_smote,
    resample,
)
from rarebit_papers.qi_smote.comparisons import count_within, within
from rarebit_papers.qi_smote.data import SETS, StudySet
from rarebit_papers.qi_smote.scoring import LEVELS, plan_arms, score_arm, settings_of
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell, Study
from rarebit_papers.summary import ALPHA

DATASETS = ("heart failure 10:1", "SUPPORT2 vitals 20:1", "MIMIC-III demo", "ecoli")
TRACES, IDENTITIES = "energy traces", "identities"
BASE = "each sample evolved (base)"
SETTLED = 0.01  # a trace has settled when less than this share of its fall is left

EVOLVED: dict[str, Any] = {"evolution": "per_sample", "optimizer": "adam"}
KEPT: dict[str, Any] = {"columns": "keep", "max_qubits": KEPT_QUBITS, "readout": "state"}
ENTANGLERS: dict[str, tuple[str, ...]] = {
    "no entanglers": (),
    "CNOT": ("CNOT",),
    "CNOT, CZ": ("CNOT", "CZ"),
    "CNOT, CZ, Toffoli": ("CNOT", "CZ", "Toffoli"),
}

# Part -> arm -> options of QISMOTE.
ARMS: dict[str, dict[str, dict[str, Any]]] = {
    "reference": {CONTROL: {"metric": "euclidean"}, OURS: {}, BASE: EVOLVED},
    "entanglers": {
        name: {**EVOLVED, "entanglers": chosen}
        for name, chosen in ENTANGLERS.items()
        if len(chosen) < len(ENTANGLERS) - 1
    },
    "wiring": {name: {**EVOLVED, "wiring": name} for name in ("circular", "all")},
    "layers": {f"{n} layers": {**EVOLVED, "n_layers": n} for n in (1, 3)},
    "Hamiltonian": {"outer": {**EVOLVED, "hamiltonian": "outer"}},
    "optimiser": {name: {**EVOLVED, "optimizer": name} for name in ("spsa", "bfgs", "cobyla")},
    "iterations": {f"{n} iterations": {**EVOLVED, "max_iterations": n} for n in (10, 30, 300)},
    "neighbours": {"state alone": {**EVOLVED, "metric": "state"}},
    "read-out": {name: {**EVOLVED, "readout": name} for name in ("z", "zz")},
    "columns kept": {
        f"kept, {name}": {**KEPT, "entanglers": chosen} for name, chosen in ENTANGLERS.items()
    },
}


def watched(sampler: QISMOTE, X: np.ndarray, y: np.ndarray) -> Resampled:
    """Over-sample, and look at energies and neighbours.

    ``figures``: ``euclidean_share``, the share of new rows whose second parent is among the
    Euclidean neighbours of the first; ``way_to_ground``, how far the mean energy fell from the
    start towards the ground state; ``settled_early``, the share of samples with a plateau before
    iteration 50. The last two are nan where nothing evolves.
    """
    made = resample(sampler, X, y)
    [provenance] = sampler.provenance_
    search = NearestNeighbors(n_neighbors=min(sampler.k_neighbors, int(y.sum()) - 1))
    near = search.fit(provenance.scaled).kneighbors(return_distance=False)
    mixture = provenance.mixture
    share = (near[mixture.parents] == mixture.neighbors[:, None]).any(axis=1).mean()
    figures = {"euclidean_share": float(share), **_energy_figures(sampler)}
    return replace(made, figures=figures)


def _energy_figures(sampler: QISMOTE) -> dict[str, float]:
    if not sampler.energy_trace_:
        return {"way_to_ground": float("nan"), "settled_early": float("nan")}
    trace = sampler.energy_trace_[1]
    start, end = trace[:, 0], trace[:, -1]
    left = trace - end[:, None]
    settled_at = (left > SETTLED * left[:, :1]).sum(axis=1)
    way = (start.mean() - end.mean()) / (start.mean() - energies.ground_energy(sampler))
    early = float((settled_at < PLATEAU_ITERATION).mean())
    return {"way_to_ground": float(way), "settled_early": early}


def plan(request: Request) -> list[Cell]:
    """Every arm on every fold, then the energies by optimiser and the identities."""
    sets = [SETS[name] for name in request.chosen(SETS, DATASETS)]
    arms = {
        arm: partial(score_arm, partial(qi_smote, **options), classifiers=FAST, resampling=watched)
        for arms in ARMS.values()
        for arm, options in arms.items()
    }

    def extra(what: str, study_set: StudySet, arm: str, work: Any, *more: Any) -> Cell:
        key = CellKey(study_set.name, arm, protocol=what)
        return Cell(key, partial(work, study_set, request.data_dir, *more))

    return [
        *plan_arms(request, sets, arms),
        *(
            extra(TRACES, study_set, optimiser, energies.trace, optimiser)
            for study_set in sets
            for optimiser in energies.OPTIMISERS
        ),
        *(extra(IDENTITIES, study_set, "all", energies.check_identities) for study_set in sets),
    ]


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Compare every part with the base; verify what cannot differ; follow the energies."""
    cells = lines[lines["protocol"] == ""]
    part_of = {arm: part for part, arms in ARMS.items() for arm in arms}
    shown = ["f1", "g_mean", "pr_auc", "mcc", "euclidean_share", "way_to_ground", "settled_early",
             "resample_seconds"]  # fmt: skip
    means = cells.groupby("arm", sort=False)[shown].mean()
    means.insert(0, "study", means.index.map(part_of))
    kept = [arm for arm in part_of if arm.startswith("kept")]
    evolved = [arm for arm in part_of if arm not in kept]
    pairs = [(arm, BASE) for arm in evolved if arm != BASE]
    pairs += [(BASE, CONTROL), *((arm, kept[0]) for arm in kept[1:])]
    each = within(cells, pairs)
    counts = count_within(each)
    identities = energies.identity_table(lines[lines["protocol"] == IDENTITIES])
    traces = energies.trace_table(lines[lines["protocol"] == TRACES])
    by_classifier = cells.pivot_table(index="arm", columns="classifier", values="f1", sort=False)
    return Outcome(
        [
            *_on_means(means, counts, evolved),
            _on_kept(cells[cells["arm"].isin(kept)]),
            _on_identities(identities),
        ],
        {
            "Means over data sets": means,
            "Tests within data sets": counts,
            "Identical by construction": identities,
        },
        {"within": each, "by_classifier": by_classifier, "energy_traces": traces},
        {"energy_traces.svg": energies.trace_chart(traces)},
        settings_of(request),
    )


def _on_means(means: pd.DataFrame, counts: pd.DataFrame, evolved: list[str]) -> list[str]:
    holm = [f"better, p_holm < {ALPHA}", f"worse, p_holm < {ALPHA}"]
    clear = counts[counts[holm].sum(axis=1) > 0]
    low, high = means.loc[evolved, "f1"].min(), means.loc[evolved, "f1"].max()
    way, settled, share = (
        means[name] for name in ("way_to_ground", "settled_early", "euclidean_share")
    )
    return [
        f"Of {counts['tests'].sum()} corrected tests of an arm against its base, "
        f"{int(counts[holm].to_numpy().sum())} are significant after Holm's correction within a "
        f"pair ({', '.join(dict.fromkeys(clear['arm'])) or 'none'}).",
        f"Mean F1 of the arms without kept columns is between {low:.3f} and {high:.3f}; that of "
        f"the control is {means['f1'][CONTROL]:.3f}.",
        f"In 100 iterations, COBYLA reaches {way['cobyla']:.0%} of the energy decrease to the "
        f"ground state, Adam {way[BASE]:.0%}; {settled['cobyla']:.0%} and {settled[BASE]:.0%} of "
        f"the samples have a plateau before iteration {PLATEAU_ITERATION}.",
        f"The second parent is among the Euclidean neighbours of the first for {share[OURS]:.0%} "
        f"of the new rows of {OURS} without evolution, and for {share[BASE]:.0%} with per-sample "
        "evolution.",
    ]


def _on_kept(cells: pd.DataFrame) -> str:
    """Say by how much the entanglers change each classifier's F1 where the columns are kept."""
    keys = ["dataset", "repeat", "fold", "classifier"]
    f1 = cells.set_index([*keys, "arm"])["f1"].unstack("arm")
    ranges = (f1.max(axis=1) - f1.min(axis=1)).groupby("classifier").mean()
    parts = [f"{name} {ranges[name]:.4f}" for name in FAST if name in ranges]
    return (
        "If states are kept as columns, the entanglers only rotate them. Distances and ridge "
        "penalties do not change (the default gamma of the SVM does, as it depends on the variance "
        "of the columns). Mean range of F1 over the four sets of entanglers: "
        + ", ".join(parts)
        + "."
    )


def _on_identities(identities: pd.DataFrame) -> str:
    wrong = identities.loc[~identities["identical"], "what"]
    return (
        f"Of {len(identities)} identities by construction, checked with explicit states, "
        f"{'all hold' if wrong.empty else 'these fail: ' + ', '.join(wrong)}."
    )


STUDY = Study("ablations", "QI-SMOTE: ablations", plan, summarise, LEVELS)
reproduce = STUDY.reproduce

"""The ablations: every part of QI-SMOTE changed by itself, at the source's own size.

The base is the source's pipeline read literally, each sample with angles of its own; only the
optimiser is Adam (exact gradients), since COBYLA, which has an arm of its own, takes hundreds of
times longer for higher energies. What cannot differ by construction is not scored; that it does
not is verified in :mod:`rarebit_papers.qi_smote.identities`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from rarebit.over_sampling import QISMOTE
from rarebit_papers.qi_smote.arms import (
    CONTROL,
    KEPT_QUBITS,
    OURS,
    Resampled,
    qi_smote,
    resample,
)
from rarebit_papers.qi_smote.data import SETS
from rarebit_papers.qi_smote.identities import verify_identities
from rarebit_papers.qi_smote.scoring import score_arm
from rarebit_papers.qi_smote.study import run_arms, settings_of
from rarebit_papers.qi_smote.summary import ALPHA, count_within, within
from rarebit_papers.qi_smote.traces import draw_traces, energy_traces, ground_energy
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

DATASETS = ("heart failure 10:1", "SUPPORT2 vitals 20:1", "MIMIC-III demo", "ecoli")
CLASSIFIERS = ("decision_tree", "svm", "logistic_regression", "knn")
BASE = "each sample evolved (base)"
SETTLED = 0.01  # a trace has settled when less than this share of its fall is left
EARLY = 50  # iterations; a plateau before is the source's sign that the optimiser failed

EVOLVED: dict[str, Any] = {"evolution": "per_sample", "optimizer": "adam"}
KEPT: dict[str, Any] = {"columns": "keep", "max_qubits": KEPT_QUBITS, "readout": "state"}
ENTANGLERS: dict[str, tuple[str, ...]] = {
    "no entanglers": (),
    "CNOT": ("CNOT",),
    "CNOT, CZ": ("CNOT", "CZ"),
    "CNOT, CZ, Toffoli": ("CNOT", "CZ", "Toffoli"),
}

# Study -> arm -> options of QISMOTE.
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

    Parameters
    ----------
    sampler : QISMOTE
        An arm.
    X : ndarray of shape (n_rows, n_features)
        Training rows.
    y : ndarray of shape (n_rows,)
        Their labels, 1 the rare class.

    Returns
    -------
    Resampled
        ``figures``: ``euclidean_share``, the share of new rows whose second parent is among the
        Euclidean neighbours of the first; ``way_to_ground``, how far the mean energy fell from the
        start towards the ground state; ``settled_early``, the share of samples with a plateau
        before iteration 50. The last two are nan where nothing evolves.
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
    ground = ground_energy(sampler)
    left = trace - end[:, None]
    settled_at = (left > SETTLED * left[:, :1]).sum(axis=1)
    return {
        "way_to_ground": float((start.mean() - end.mean()) / (start.mean() - ground)),
        "settled_early": float((settled_at < EARLY).mean()),
    }


def reproduce_ablations(request: Request) -> Outcome:
    """Change every part by itself; verify what cannot differ; follow the energies.

    Parameters
    ----------
    request : Request
        ``seeds`` is the number of repeats of the cross-validation.

    Returns
    -------
    Outcome
        Written into the folder ``ablations`` of ``request.out``.
    """
    folder = request.out / "ablations"
    data = {name: SETS[name].load(request.data_dir) for name in request.chosen(DATASETS)}
    arms = {
        arm: partial(
            score_arm, partial(qi_smote, **options), classifiers=CLASSIFIERS, resampling=watched
        )
        for study in ARMS.values()
        for arm, options in study.items()
    }
    outcome, details = summarise(run_arms(request, folder, data, arms))
    identities = verify_identities(data)
    outcome.tables["Identical by construction"] = identities
    wrong = identities.loc[~identities["identical"], "what"]
    outcome.findings.append(
        f"Of {len(identities)} identities by construction, checked with explicit states, "
        f"{'all hold' if wrong.empty else 'these fail: ' + ', '.join(wrong)}."
    )
    traces = energy_traces(data)
    figure = folder / "energy_traces.svg"
    draw_traces(traces, figure)
    done = write_outcome(
        folder,
        "QI-SMOTE, part by part",
        outcome,
        details={**details, "energy_traces": traces},
        settings=settings_of(request),
    )
    return Outcome(done.findings, done.tables, [*done.files, figure])


def summarise(cells: pd.DataFrame) -> tuple[Outcome, dict[str, pd.DataFrame]]:
    """Draw conclusions from finished cells; see :func:`scores.summarise`."""
    study_of = {arm: study for study, arms in ARMS.items() for arm in arms}
    shown = ["f1", "g_mean", "pr_auc", "mcc", "euclidean_share", "way_to_ground", "settled_early",
             "resample_seconds"]  # fmt: skip
    means = cells.groupby("arm", sort=False)[shown].mean()
    means.insert(0, "study", means.index.map(study_of))
    evolved = [arm for arm in study_of if not arm.startswith("kept")]
    pairs = [(arm, BASE) for arm in evolved if arm != BASE]
    pairs += [(BASE, CONTROL)]
    kept = [arm for arm in study_of if arm.startswith("kept")]
    pairs += [(arm, kept[0]) for arm in kept[1:]]
    each = within(cells, pairs, "f1")
    counts = count_within(each)
    holm = [f"better, p_holm < {ALPHA}", f"worse, p_holm < {ALPHA}"]
    clear = counts[counts[holm].sum(axis=1) > 0]
    low, high = means.loc[evolved, "f1"].min(), means.loc[evolved, "f1"].max()
    cobyla, adam = (means["way_to_ground"][arm] for arm in ("cobyla", BASE))
    findings = [
        f"Of {counts['tests'].sum()} corrected tests of an arm against its base, "
        f"{int(counts[holm].to_numpy().sum())} are significant after Holm's correction within a "
        f"pair ({', '.join(dict.fromkeys(clear['arm'])) or 'none'}).",
        f"Mean F1 over arms without kept columns lies between {low:.3f} and {high:.3f}; the "
        f"control has {means['f1'][CONTROL]:.3f}.",
        f"COBYLA goes {cobyla:.0%} of the way to the ground state in 100 iterations, Adam "
        f"{adam:.0%}; a plateau before iteration {EARLY} have "
        f"{means['settled_early']['cobyla']:.0%} and {means['settled_early'][BASE]:.0%} of the "
        "samples.",
        f"The second parent is among the Euclidean neighbours of the first for "
        f"{means['euclidean_share'][OURS]:.0%} of the new rows of {OURS}, not evolved, and for "
        f"{means['euclidean_share'][BASE]:.0%} with each sample evolved.",
        _on_kept(cells[cells["arm"].isin(kept)]),
    ]
    tables = {
        "Means over data sets": means,
        "Tests within data sets, counted": counts,
    }
    by_classifier = cells.pivot_table(index="arm", columns="classifier", values="f1", sort=False)
    return Outcome(findings, tables), {"within": each, "by_classifier": by_classifier}


def _on_kept(cells: pd.DataFrame) -> str:
    """By how much the entanglers change each classifier's F1 where the columns are kept."""
    keys = ["dataset", "repeat", "fold", "classifier"]
    f1 = cells.set_index([*keys, "arm"])["f1"].unstack("arm")
    ranges = (f1.max(axis=1) - f1.min(axis=1)).groupby("classifier").mean()
    parts = [f"{name} {ranges[name]:.4f}" for name in CLASSIFIERS]
    return (
        "With states kept as columns the entanglers are a rotation of them, which distances and "
        "ridge penalties do not see (the SVM's own gamma does, by the columns' variance): mean "
        "range of F1 over the four sets of entanglers " + ", ".join(parts) + "."
    )

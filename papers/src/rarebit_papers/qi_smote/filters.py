"""The energy filter and its controls: the same candidates, the same share of them kept.

Candidates are made as by the control of the comparison (equal scaling, parents used evenly,
Euclidean neighbours), twice as many as needed. Every filter keeps half of the same candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import NearestNeighbors

from rarebit.over_sampling import QISMOTE, filter_by_energy
from rarebit_papers.qi_smote.arms import FAST, Resampled, qi_smote
from rarebit_papers.qi_smote.comparisons import across, count_within, mean_table, within
from rarebit_papers.qi_smote.data import SETS
from rarebit_papers.qi_smote.scoring import LEVELS, plan_arms, score_arm, settings_of
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell, Study
from rarebit_papers.summary import ALPHA

OVER_GENERATION = 2  # candidates for each new row, as energy_filter=True makes
K = 5
RANDOM = "random"


def by_chance(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:  # noqa: ARG001
    """Judge by random numbers."""
    return np.random.default_rng(sampler.random_state).random(len(made)), np.zeros(1)


def by_energy(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:  # noqa: ARG001
    """Judge by energy."""
    [provenance] = sampler.provenance_
    real = provenance.encoder.energies(provenance.scaled, provenance.label)
    return provenance.energies(), real


def by_mahalanobis(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:  # noqa: ARG001
    """Judge by squared Mahalanobis distance to the class, its covariance shrunk (Ledoit, Wolf)."""
    shape = LedoitWolf().fit(own)
    return shape.mahalanobis(made), shape.mahalanobis(own)


def by_neighbors(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:  # noqa: ARG001
    """Judge by the share of other classes among the nearest real rows; the safest are kept."""
    return 1 - own_share(made, own, others), np.zeros(1)


# Name -> options of the sampler, and a function that gives values of the candidates and of real
# rows. The candidates with the values nearest to real ones are kept.
FILTERS: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {
    RANDOM: ({}, by_chance),
    "energy, Ising": ({}, by_energy),
    "energy, outer": ({"hamiltonian": "outer"}, by_energy),
    "Mahalanobis": ({}, by_mahalanobis),
    "nearest neighbours": ({}, by_neighbors),
}


def own_share(rows: np.ndarray, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of the class's own rows among the nearest real rows of each row."""
    real = np.vstack([own, others])
    search = NearestNeighbors(n_neighbors=min(K, len(real))).fit(real)
    shares: np.ndarray = (search.kneighbors(rows, return_distance=False) < len(own)).mean(axis=1)
    return shares


def filtered(sampler: QISMOTE, X: np.ndarray, y: np.ndarray, *, judge: Any) -> Resampled:
    """Make twice the candidates, judge them, keep as many as balance the classes.

    ``figures``: ``own_share``, the mean share of own rows among a kept row's nearest real rows, and
    ``spread``, the variance of the kept rows as a share of the real ones'.
    """
    n_rare = int(y.sum())
    n_new = len(y) - 2 * n_rare
    sampler.set_params(sampling_strategy={1: n_rare + OVER_GENERATION * n_new})
    X_all, _ = sampler.fit_resample(X, y)
    made, own, others = X_all[len(y) :], X[y == 1], X[y == 0]
    values, real = judge(sampler, made, own, others)
    kept = made[filter_by_energy(values, real, n_new)]
    figures = {
        "own_share": float(own_share(kept, own, others).mean()),
        "spread": float(kept.var(axis=0).sum() / own.var(axis=0).sum()),
    }
    labels = np.ones(n_new, dtype=y.dtype)
    return Resampled(np.vstack([X, kept]), np.concatenate([y, labels]), figures=figures)


def plan(request: Request) -> list[Cell]:
    """Every filter on every fold of the fifteen sets."""
    arms = {
        arm: partial(
            score_arm,
            partial(qi_smote, metric="euclidean", **options),
            classifiers=FAST,
            resampling=partial(filtered, judge=judge),
        )
        for arm, (options, judge) in FILTERS.items()
    }
    return plan_arms(request, [SETS[name] for name in request.chosen(SETS)], arms)


def summarise(cells: pd.DataFrame, request: Request) -> Outcome:
    """Compare every filter with keeping a random half."""
    looks = cells.groupby("arm", sort=False)[["own_share", "spread"]].mean()
    arms = [arm for arm in FILTERS if arm != RANDOM]
    tests = across(cells, {RANDOM: arms})
    each = within(cells, [(arm, RANDOM) for arm in arms])
    of_f1 = tests[tests["metric"] == "f1"].drop(columns="metric")
    findings = [
        f"{line['arm']}: F1 {line['difference']:+.4f} vs. a random half of the candidates "
        f"(sources won / tied / lost {line['wins']} / {line['ties']} / {line['losses']}, "
        f"p {line['p']:.2g}, after Holm's correction {line['p_holm']:.2g}: "
        f"{'significant' if line['p_holm'] < ALPHA else 'not significant'}); the kept rows have "
        f"{looks['spread'][line['arm']]:.0%} of the variance of the real rows (random: "
        f"{looks['spread'][RANDOM]:.0%})."
        for line in of_f1.to_dict("records")
    ]
    tables = {
        "Means over sources": mean_table(cells, (RANDOM,)).join(looks),
        "Tests within data sets": count_within(each),
        "Tests across sources, F1": of_f1,
    }
    details = {"within": each, "across": tests}
    return Outcome(findings, tables, details, settings=settings_of(request))


STUDY = Study("filters", "The energy filter compared with its controls", plan, summarise, LEVELS)
reproduce = STUDY.reproduce

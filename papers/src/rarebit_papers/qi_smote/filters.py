"""The energy filter beside its controls: the same candidates, the same share of them kept.

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
from rarebit_papers.qi_smote.arms import Resampled, qi_smote
from rarebit_papers.qi_smote.data import SETS
from rarebit_papers.qi_smote.scoring import score_arm
from rarebit_papers.qi_smote.study import run_arms, settings_of
from rarebit_papers.qi_smote.summary import ALPHA, across, count_within, mean_table, within
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

OVER_GENERATION = 2  # candidates for each new row, as energy_filter=True makes
K = 5
# The fast ones: what is asked is which candidates to keep, not which classifier is best.
CLASSIFIERS = ("decision_tree", "svm", "logistic_regression", "knn")
RANDOM = "random"


def by_chance(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:
    """Rank of no meaning."""
    return np.random.default_rng(sampler.random_state).random(len(made)), np.zeros(1)


def by_energy(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:
    """Energies of the candidates and of the real rows of the class."""
    [provenance] = sampler.provenance_
    real = provenance.encoder.energies(provenance.scaled, provenance.label)
    return provenance.energies(), real


def by_mahalanobis(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:
    """Squared Mahalanobis distances to the class, its covariance shrunk by Ledoit and Wolf."""
    shape = LedoitWolf().fit(own)
    return shape.mahalanobis(made), shape.mahalanobis(own)


def by_neighbors(sampler: QISMOTE, made: np.ndarray, own: np.ndarray, others: np.ndarray) -> Any:
    """Share of other classes among the nearest real rows; the safest candidates are kept."""
    return 1 - own_share(made, own, others), np.zeros(1)


# Name -> options of the sampler, and what the candidates are judged by: their values, and those
# of real rows. Kept are the candidates whose values are like real ones; the nearest, then.
FILTERS: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {
    RANDOM: ({}, by_chance),
    "energy, Ising": ({}, by_energy),
    "energy, outer": ({"hamiltonian": "outer"}, by_energy),
    "Mahalanobis": ({}, by_mahalanobis),
    "nearest neighbours": ({}, by_neighbors),
}


def own_share(rows: np.ndarray, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of the class's own rows among the nearest real rows of each row.

    Examples
    --------
    >>> own, others = np.array([[0.0], [0.1]]), np.array([[5.0], [5.1], [5.2], [9.0]])
    >>> own_share(np.array([[0.05]]), own, others)
    array([0.4])
    """
    real = np.vstack([own, others])
    search = NearestNeighbors(n_neighbors=min(K, len(real))).fit(real)
    shares: np.ndarray = (search.kneighbors(rows, return_distance=False) < len(own)).mean(axis=1)
    return shares


def filtered(sampler: QISMOTE, X: np.ndarray, y: np.ndarray, *, judge: Any) -> Resampled:
    """Over-generate, judge, keep as many as balance the classes.

    Parameters
    ----------
    sampler : QISMOTE
        Makes the candidates.
    X : ndarray of shape (n_rows, n_features)
        Training rows.
    y : ndarray of shape (n_rows,)
        Their labels, 1 the rare class.
    judge : callable
        One of those of :data:`FILTERS`.

    Returns
    -------
    Resampled
        ``figures``: ``own_share``, the mean share of own rows among a kept row's nearest real
        rows, and ``spread``, the variance of the kept rows as a share of the real ones'.
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


def reproduce_filters(request: Request) -> Outcome:
    """Compare the energy filter with a random, a Mahalanobis and a nearest-neighbour one.

    Parameters
    ----------
    request : Request
        ``seeds`` is the number of repeats of the cross-validation.

    Returns
    -------
    Outcome
        Written into the folder ``filters`` of ``request.out``.
    """
    folder = request.out / "filters"
    data = {name: SETS[name].load(request.data_dir) for name in request.chosen(SETS)}
    arms = {
        arm: partial(
            score_arm,
            partial(qi_smote, metric="euclidean", **options),
            classifiers=CLASSIFIERS,
            resampling=partial(filtered, judge=judge),
        )
        for arm, (options, judge) in FILTERS.items()
    }
    outcome, details = summarise(run_arms(request, folder, data, arms))
    return write_outcome(
        folder,
        "The energy filter beside its controls",
        outcome,
        details=details,
        settings=settings_of(request),
    )


def summarise(cells: pd.DataFrame) -> tuple[Outcome, dict[str, pd.DataFrame]]:
    """Draw conclusions from finished cells; see :func:`scores.summarise`."""
    sources = {name: study_set.source for name, study_set in SETS.items()}
    means = mean_table(cells, sources, (RANDOM,))
    looks = cells.groupby("arm", sort=False)[["own_share", "spread"]].mean()
    arms = [arm for arm in FILTERS if arm != RANDOM]
    tests = across(cells, sources, {RANDOM: arms})
    each = within(cells, [(arm, RANDOM) for arm in arms], "f1")
    of_f1 = tests[tests["metric"] == "f1"].drop(columns="metric")
    tables = {
        "Means over sources": means.join(looks),
        "Tests within data sets, counted": count_within(each),
        "Tests across sources, F1": of_f1,
    }
    findings = [
        f"{line['arm']}: F1 {line['difference']:+.4f} against a random half of the candidates "
        f"(sources won / tied / lost {line['wins']} / {line['ties']} / {line['losses']}, "
        f"p {line['p']:.2g}, with Holm's correction {line['p_holm']:.2g}: "
        f"{'significant' if line['p_holm'] < ALPHA else 'not significant'}); the kept rows have "
        f"{looks['spread'][line['arm']]:.0%} of the real rows' variance (random: "
        f"{looks['spread'][RANDOM]:.0%})."
        for line in of_f1.to_dict("records")
    ]
    return Outcome(findings, tables), {"within": each, "across": tests}

"""Fit operating points: thresholds whose constraint holds, and with which confidence.

Each constraint is written as a share of rows that must be at least a target: rare rows found
(recall), common rows without an alert (fpr), rows without an alert (a rate of alerts), alerts that
are right (precision). Of the thresholds that meet it, the best in the other respect is taken: the
highest for recall, else the lowest.

With a confidence, the target must hold **on new rows**: a threshold is taken only if so large a
share would be unlikely, were the true one below the target (a binomial test). Recall, fpr and the
rate change in one direction with the threshold, so testing every threshold in turn costs nothing
(fixed-sequence testing). Precision does not: its tests start at several numbers of alerts, each
with its part of the error (Bonferroni), and go on to lower thresholds while they succeed: "Learn
then Test" (Angelopoulos et al. 2021, arXiv 2110.01052). Several points share the error, too.

This is exact for one fixed model and independent rows of equal weight. It is approximate for
out-of-fold predictions of several models whose place another model takes, and for row weights,
which enter through the effective number of rows (Kish).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rarebit._common.parameters import OPEN_FRACTION, check_value
from rarebit._common.predictions import check_codes, check_proba, check_row_weights
from rarebit._common.wording import count, listed, percent
from rarebit.decision.points import NEED_NO_ROWS, FittedPoint, Kind, OperatingPoint
from rarebit.statistics import binomial_p_value, rows_needed

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, Integer, Real

    Proba = Float[np.ndarray, "rows classes"]
    ByRow = Float[np.ndarray, " rows"]
    ByLevel = Float[np.ndarray, " levels"]

CONFIDENCE = 0.90
# Numbers of alerts at which the tests of a precision start.
N_STARTS = 3
# Shares that agree up to this are equal.
ROUNDING = 1e-12


def fit_points(
    points: Sequence[OperatingPoint],
    proba: Proba,
    y: Integer[np.ndarray, " rows"],
    *,
    positive: int,
    sample_weight: Real[np.ndarray, " rows"] | None = None,
    confidence: float = CONFIDENCE,
    out_of_fold: bool = False,
) -> list[FittedPoint]:
    """Fit operating points on rows that the model was not fitted on.

    Parameters
    ----------
    points : sequence of OperatingPoint
        What to fit, from :func:`parse_points`.
    proba : ndarray of shape (n_rows, 2)
        Probabilities.
    y : ndarray of shape (n_rows,)
        True label codes.
    positive : int
        Code of the rare class.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.
    confidence : float, default=0.9
        Confidence with which all constraints together hold on new rows, if there are enough rows.
    out_of_fold : bool, default=False
        Whether ``proba`` comes from several models in whose place another one is used. Then the
        confidence is approximate; else it is exact for rows of equal weight.

    Returns
    -------
    list of FittedPoint
        One for each point.

    Examples
    --------
    >>> from rarebit.decision import parse_points
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(size=1000)
    >>> y = (rng.uniform(size=1000) < p).astype(np.int64)
    >>> proba = np.column_stack([1 - p, p])
    >>> [fitted] = fit_points(parse_points("recall>=0.9"), proba, y, positive=1)
    >>> round(fitted.threshold, 2), fitted.confidence
    (0.32, 0.9)
    """
    proba = check_proba(proba, 2)
    y = check_codes("y", y, 2, len(proba))
    weight = check_row_weights(sample_weight, len(y), positive=True)
    check_value("positive", positive, 0, 1)
    check_value("confidence", confidence, *OPEN_FRACTION)
    levels = _levels(proba[:, positive], y == positive, weight)
    n_promises = sum(point.kind not in NEED_NO_ROWS for point in points)
    return [_fit(point, levels, positive, confidence, n_promises, out_of_fold) for point in points]


class _Levels(NamedTuple):
    """Rows at or above each distinct probability, highest first."""

    # Halfway to the next lower probability
    threshold: ByLevel
    # Number of rows, of their weights, and of the squared weights, of the rare and the common class
    mass: Float[np.ndarray, "3 2 levels"]


class _Evidence(NamedTuple):
    """A constraint as a share of some rows, for each level."""

    # What the share must be at least
    target: float
    share: ByLevel
    # Effective number of these rows: Kish's (sum w)^2 / sum w^2
    n_rows: ByLevel
    # Their number as it is, and whether their weights are equal
    n_all: int
    is_even: bool


def _levels(proba_of_class: ByRow, is_class: Bool[np.ndarray, " rows"], weight: ByRow) -> _Levels:
    """Sum up from the highest probability down; rows without weight are left out."""
    order = np.argsort(-proba_of_class, kind="stable")
    order = order[weight[order] > 0]
    proba, sides = proba_of_class[order], np.stack([is_class, ~is_class])[:, order]
    last_of_tie = np.append(np.diff(proba) != 0, True)[: len(proba)]
    powers = np.stack([weight[order] ** power for power in range(3)])
    mass = np.cumsum(powers[:, None] * sides, axis=2)[:, :, last_of_tie]
    values = proba[last_of_tie]
    return _Levels((values + np.append(values, 0.0)[1:]) / 2, mass)


def _evidence(point: OperatingPoint, levels: _Levels) -> _Evidence:
    """What the rows say about the constraint of a point at each level."""
    rare, common = levels.mass[:, 0], levels.mass[:, 1]
    both = rare + common
    good, rows = {
        "recall": (rare, rare[:, -1:]),
        "precision": (rare, both),
        "fpr": (common[:, -1:] - common, common[:, -1:]),
        "alert_rate": (both[:, -1:] - both, both[:, -1:]),
    }[point.kind]
    target = point.value if point.kind in ("recall", "precision") else 1 - point.value
    with np.errstate(invalid="ignore"):  # without rows, the share is nan
        share, n_rows = good[1] / rows[1], rows[1] ** 2 / rows[2]
    is_even = bool(np.allclose(n_rows, rows[0]))
    n_rows = np.broadcast_to(n_rows, share.shape)
    return _Evidence(target, share, n_rows, int(rows[0, -1:].sum()), is_even)


def _fit(
    point: OperatingPoint,
    levels: _Levels,
    positive: int,
    confidence: float,
    n_promises: int,
    out_of_fold: bool,
) -> FittedPoint:
    """Fit one of several points, ``n_promises`` of which are to hold together."""
    if point.kind == "alerts":
        most = count(int(point.value), "row")
        statement = (
            f"{point}: at most {most} of each batch; of equal probabilities, the first rows."
        )
        return FittedPoint(point, positive, np.nan, 1.0, True, statement)
    if point.kind == "p":
        statement = f"{point}: a threshold as given, with no promise about rows found or alerts."
        return FittedPoint(point, positive, float(point.value), 1.0, True, statement)
    evidence = _evidence(point, levels)
    alpha = (1 - confidence) / n_promises
    certain = _certain(point.kind, evidence, alpha)
    reached = np.flatnonzero(evidence.share >= evidence.target - ROUNDING)
    chosen = certain if len(certain) else reached
    threshold = np.inf
    if len(chosen):
        threshold = float(levels.threshold[chosen[0 if point.kind == "recall" else -1]])
    if not len(certain):
        statement = _no_promise(point, evidence, confidence, alpha, is_reached=len(reached) > 0)
        return FittedPoint(point, positive, threshold, 0.0, False, statement)
    statement = _promise(point, evidence, confidence, n_promises, out_of_fold)
    is_exact = evidence.is_even and not out_of_fold
    return FittedPoint(point, positive, threshold, confidence, is_exact, statement)


def _certain(kind: Kind, evidence: _Evidence, alpha: float) -> Int[np.ndarray, " certain"]:
    """Positions of the levels whose share is at least the target, but for an error ``alpha``."""
    n_rows, target = evidence.n_rows, evidence.target
    p_value = binomial_p_value(evidence.share * n_rows, n_rows, target)
    if kind != "precision":
        return np.flatnonzero(p_value <= alpha + ROUNDING)
    alpha /= N_STARTS
    fewest = _fewest(target, alpha)
    if not len(n_rows) or fewest > n_rows[-1]:
        return np.empty(0, dtype=np.int64)
    # By number of alerts only: the starts must not depend on the labels.
    places = np.geomspace(fewest, n_rows[-1], N_STARTS + 1)[:-1]
    accepted = np.zeros(len(p_value), dtype=bool)
    for start in np.searchsorted(np.maximum.accumulate(n_rows), places):
        failed = np.flatnonzero(p_value[start:] > alpha)
        accepted[start : start + failed[0] if len(failed) else None] = True
    return np.flatnonzero(accepted)


def _fewest(target: float, alpha: float) -> float:
    """Rows that a promise needs if all of them are good; infinite for a share of 1."""
    return rows_needed(target, 1 - alpha) if target < 1 else np.inf


def _promise(
    point: OperatingPoint,
    evidence: _Evidence,
    confidence: float,
    n_promises: int,
    out_of_fold: bool,
) -> str:
    """Say with which confidence a point holds on new rows."""
    reasons = ["row weights"] * (not evidence.is_even)
    reasons += ["fitted on out-of-fold predictions"] * out_of_fold
    about, why = ("about ", f" (approximate: {listed(reasons)})") if reasons else ("", "")
    together = ", together with the other points" if n_promises > 1 else ""
    return f"{point} holds on new rows with {about}{percent(confidence)} confidence{together}{why}."


def _no_promise(
    point: OperatingPoint,
    evidence: _Evidence,
    confidence: float,
    alpha: float,
    *,
    is_reached: bool,
) -> str:
    """Say why a point cannot be promised, and which threshold is used."""
    row = {"recall": "rare row", "fpr": "common row", "precision": "row"}.get(point.kind, "row")
    parts = N_STARTS if point.kind == "precision" else 1
    needed = _fewest(evidence.target, alpha / parts)
    if np.isinf(needed):
        why = "cannot be promised with any number of rows"
    elif evidence.n_all < needed:
        why = (
            f"cannot be promised with {count(evidence.n_all, row)} ({int(needed):,} are needed for "
            f"{percent(confidence)} confidence)"
        )
    else:
        why = f"cannot be promised with {percent(confidence)} confidence on these rows"
    if is_reached:
        return f"{point} {why}: the threshold reaches it on the rows that it was fitted on."
    return f"{point} {why}: no threshold reaches it, so no row is an alert."

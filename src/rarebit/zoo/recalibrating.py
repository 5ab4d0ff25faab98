"""Recalibrate a fitted model on rows of another time or place; its classifier stays as it is."""

from __future__ import annotations

from copy import copy
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from rarebit.decision import CostRule, ProbabilityCalibrator, TunedThreshold
from rarebit.decision.costs import Costs
from rarebit.zoo.deciding import MOST_HELD_OUT, HeldOut, points_of
from rarebit.zoo.goal import Goal, make_goal
from rarebit.zoo.splits import make_splits
from rarebit.zoo.treated import TreatedClassifier

Update = Literal["offset", "sigmoid"]
N_FOLDS = 5


def goal_of(model: TreatedClassifier) -> Goal:
    """What a fitted model optimises; its rare class is the one of its training rows."""
    codes = np.repeat(np.arange(len(model.classes_)), model.class_counts_)
    return make_goal(model.metric, model.costs_, model.classes_, model.positive, codes)


def decide_again(model: TreatedClassifier, rows: HeldOut) -> None:
    """Fit the decisions of a copied model on other held-out rows."""
    model.held_out_ = rows
    if isinstance(model.decision_, TunedThreshold):
        model.decision_ = goal_of(model).tuned(rows.proba, rows.y, rows.weight)
    points = [point.point for point in model.points_.values()]
    model.points_ = points_of(points, rows, model.positive_, model.confidence)


def cross_fitted(
    proba: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    update: Update,
    *,
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray | None:
    """Probabilities ``(n_rows, n_classes)``, each updated by a calibrator fitted on other rows.

    None if the rows cannot be split.
    """
    splits, _ = make_splits(y, n_folds=N_FOLDS, groups=groups, seed=seed)
    if not splits:
        return None
    updated = np.array(proba, dtype=np.float64)
    for split in splits:
        calibrator = ProbabilityCalibrator(update)
        calibrator.fit(proba[split.train], y[split.train], weight[split.train])
        updated[split.test] = calibrator.transform(proba[split.test])
    return updated


def recalibrated(
    model: TreatedClassifier,
    proba: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    update: Update,
    *,
    groups: np.ndarray | None = None,
    amounts: pd.DataFrame | None = None,
) -> TreatedClassifier:
    """Return the model with its calibration updated, and its decisions fitted again, on new rows.

    Parameters
    ----------
    model : TreatedClassifier
        A fitted model; it is not changed.
    proba : ndarray of shape (n_rows, n_classes)
        Its probabilities of the new rows.
    y, weight : ndarray of shape (n_rows,)
        Label codes and weights of the new rows.
    update : {"offset", "sigmoid"}
        As in :class:`rarebit.decision.ProbabilityCalibrator`.
    groups : ndarray of shape (n_rows,), optional
        Groups that are never split where the new held-out probabilities are cross-fitted.
    amounts : DataFrame of shape (n_rows, n_amounts), optional
        Amounts of the new rows, where the model decides by costs that differ from row to row.
    """
    calibrator = ProbabilityCalibrator(update).fit(proba, y, weight)
    updated = copy(model)
    before = model.calibrator_
    updated.calibrator_ = calibrator if before is None else make_pipeline(before, calibrator)
    calibrated = calibrator.transform(proba)
    updated.prior_ = np.average(calibrated, axis=0, weights=weight)
    held_out = cross_fitted(proba, y, weight, update, groups=groups)
    rule = model.decision_
    cost = (
        Costs.from_matrix(rule.cost_matrix).matrix(amounts) if isinstance(rule, CostRule) else None
    )
    rows = HeldOut(y, calibrated if held_out is None else held_out, weight, cost)
    decide_again(updated, rows.cut(MOST_HELD_OUT, seed=model.random_state_))
    updated.notes_ = [*model.notes_, f"Recalibrated ({update}) on {len(y):,} other rows."]
    return updated

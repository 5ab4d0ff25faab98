import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from rarebit.evaluation import Predictions
from rarebit.reporting.curves import (
    GRID,
    band,
    cost_curve,
    first_repeat,
    precision_on_grid,
    sensitivity_on_grid,
)


@st.composite
def problems(draw):
    """Labels with both classes, and probabilities with ties."""
    n = draw(st.integers(2, 40))
    labels = draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(lambda y: 0 < sum(y) < n))
    proba = draw(st.lists(st.integers(0, 10), min_size=n, max_size=n))
    return np.array(labels), np.array(proba) / 10


@given(problems())
def test_precision_at_a_recall_by_brute_force(problem):
    is_class, proba = problem
    found = precision_on_grid(is_class, proba)
    for k in (0, 1, 37, 50, 99, 100):
        for threshold in sorted(set(proba), reverse=True):
            alarms = proba >= threshold
            recall = (alarms & is_class).sum() / is_class.sum()
            if recall >= GRID[k] - 1e-12:
                assert found[k] == pytest.approx((alarms & is_class).sum() / alarms.sum())
                break


def test_areas_under_the_curves_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    is_class = rng.random(4000) < 0.3
    proba = np.clip(rng.normal(0.4 + 0.2 * is_class, 0.2), 0, 1)
    area = np.trapezoid(precision_on_grid(is_class, proba), GRID)
    assert area == pytest.approx(average_precision_score(is_class, proba), abs=0.005)
    area = np.trapezoid(sensitivity_on_grid(is_class, proba), GRID)
    assert area == pytest.approx(roc_auc_score(is_class, proba), abs=0.005)


@given(problems())
def test_sensitivity_never_falls_and_ends_at_one(problem):
    found = sensitivity_on_grid(*problem)
    assert (np.diff(found) >= -1e-12).all()
    assert found[-1] == pytest.approx(1)


def predictions(y, proba, repeat, fold):
    y = np.asarray(y)
    proba = np.asarray(proba, dtype=float)
    return Predictions(
        rows=np.arange(len(y)),
        repeat=np.asarray(repeat),
        fold=np.asarray(fold),
        y=y,
        labels=(proba > 0.5).astype(int),
        proba=np.stack([1 - proba, proba], axis=1),
    )


def test_band_averages_folds_and_skips_those_without_the_class():
    found = band(
        predictions(
            [0, 1, 0, 1, 0, 0],
            [0.1, 0.9, 0.9, 0.1, 0.5, 0.5],
            [0, 0, 0, 0, 0, 0],
            [0, 0, 1, 1, 2, 2],
        ),
        [1],
        precision_on_grid,
    )
    # One perfect fold, one in which the class comes last (precision 1/2), one without the class.
    # At recall 0 it is the first alarm that counts, and the second fold's is wrong.
    assert found.mean[0] == pytest.approx(0.5)
    assert np.allclose(found.mean[1:], 0.75)
    assert (found.low[1:] >= 0.5).all()
    assert (found.high <= 1).all()


def test_band_without_any_usable_fold_is_none():
    one_class = predictions([0, 0], [0.1, 0.2], [0, 0], [0, 1])
    assert band(one_class, [1], precision_on_grid) is None


def test_first_repeat_keeps_each_row_once():
    both = predictions([0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], [3, 3, 5, 5], [0, 1, 0, 1])
    kept = first_repeat(both)
    assert kept.proba[:, 1].tolist() == [0.1, 0.9]
    assert len(first_repeat(predictions([], [], [], [])).y) == 0


@given(problems(), st.tuples(*[st.integers(0, 9)] * 4))
def test_cost_at_every_threshold_by_brute_force(problem, entries):
    is_rare, proba = problem
    costs = np.array(entries, dtype=float).reshape(2, 2)
    curve = cost_curve(is_rare, proba, costs)
    for threshold, cost in zip(curve.threshold, curve.cost, strict=True):
        decided = (proba >= threshold).astype(int)
        assert cost == pytest.approx(costs[is_rare.astype(int), decided].mean())
    assert set(proba) <= set(curve.threshold)

"""Curves of one class against the rest, compared with counts over all thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_curve

from rarebit.metrics import precision_at_recall, reliability_curve, sensitivity_at_fpr

GRID = np.linspace(0, 1, 21)


@st.composite
def two_class(draw, smallest_weight=0):
    """Rows inside and outside the class, tied probabilities, integer weights."""
    cell = st.tuples(st.booleans(), st.integers(0, 10), st.integers(smallest_weight, 3))
    rows = [*draw(st.lists(cell, max_size=30)), (True, 4, 1), (False, draw(st.integers(0, 10)), 2)]
    is_class, level, weight = zip(*rows, strict=True)
    return np.array(is_class), np.array(level) / 10, np.array(weight)


def thresholds(is_class, proba, weight):
    """Precision, recall and false positive rate from the highest threshold down, by counting."""
    for threshold in sorted(set(proba), reverse=True):
        called = proba >= threshold
        if weight[called].sum() > 0:
            hits = weight[called & is_class].sum()
            yield (
                hits / weight[called].sum(),
                hits / weight[is_class].sum(),
                weight[called & ~is_class].sum() / weight[~is_class].sum(),
            )


@given(two_class())
def test_precision_is_that_of_the_highest_threshold_that_reaches_the_recall(drawn):
    counted = list(thresholds(*drawn))
    expected = [
        next(precision for precision, recall, _ in counted if recall >= wanted - 1e-9)
        for wanted in GRID
    ]
    is_class, proba, weight = drawn
    np.testing.assert_allclose(precision_at_recall(is_class, proba, GRID, weight), expected)


@given(two_class())
def test_sensitivity_is_interpolated_between_thresholds(drawn):
    points = [(0.0, 0.0), *((fpr, recall) for _, recall, fpr in thresholds(*drawn))]
    expected = []
    for wanted in GRID:
        below = [point for point in points if point[0] <= wanted + 1e-9][-1]
        above = [point for point in points if point[0] > wanted + 1e-9]
        slope = (above[0][1] - below[1]) / (above[0][0] - below[0]) if above else 0
        expected.append(below[1] + slope * (wanted - below[0]))
    is_class, proba, weight = drawn
    np.testing.assert_allclose(
        sensitivity_at_fpr(is_class, proba, GRID, weight), expected, atol=1e-9
    )


@given(two_class())
def test_weights_are_repetitions(drawn):
    is_class, proba, weight = drawn
    repeated = np.repeat(is_class, weight), np.repeat(proba, weight)
    for curve in (precision_at_recall, sensitivity_at_fpr):
        weighted = curve(is_class, proba, GRID, weight)
        np.testing.assert_allclose(weighted, curve(*repeated, GRID), atol=1e-9)


def test_grids_equal_scikit_learn():
    rng = np.random.default_rng(0)
    is_class, proba, weight = rng.random(200) < 0.2, rng.random(200), rng.random(200)
    precision, recall, _ = precision_recall_curve(is_class, proba, sample_weight=weight)
    found = precision_at_recall(is_class, proba, recall[:-1], weight)
    reached = [precision[: len(recall) - 1][recall[:-1] >= each][-1] for each in recall[:-1]]
    np.testing.assert_allclose(found, reached)
    fpr, sensitivity, _ = roc_curve(is_class, proba, sample_weight=weight)
    highest = [sensitivity[fpr <= each + 1e-12].max() for each in fpr]
    np.testing.assert_allclose(sensitivity_at_fpr(is_class, proba, fpr, weight), highest)


def test_recall_is_counted_with_weights():
    # The first row of the class alone has 3/4 of its weight.
    is_class, proba = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    found = precision_at_recall(is_class, proba, np.array([0.75, 0.76]), np.array([3.0, 4.0, 1.0]))
    assert found.tolist() == [1.0, 0.5]


def test_curves_of_one_class_alone_are_not_defined():
    proba = np.array([0.2, 0.4])
    for is_class in (np.array([False, False]), np.array([], dtype=bool)):
        assert np.isnan(precision_at_recall(is_class, proba[: len(is_class)], GRID)).all()
    for is_class in (np.array([False, False]), np.array([True, True]), np.array([], dtype=bool)):
        assert np.isnan(sensitivity_at_fpr(is_class, proba[: len(is_class)], GRID)).all()
    assert precision_at_recall(np.array([True, True]), proba, GRID).tolist() == [1.0] * len(GRID)


def test_weights_that_add_to_less_than_1():
    is_class, proba = np.array([True, False]), np.array([0.9, 0.1])
    weight = np.array([0.01, 0.02])
    assert precision_at_recall(is_class, proba, np.array([1.0]), weight).tolist() == [1.0]
    assert sensitivity_at_fpr(is_class, proba, np.array([0.0]), weight).tolist() == [1.0]


def test_reliability_without_ties_equals_quantile_bins():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=200)
    is_class = rng.uniform(size=200) < p
    curve = reliability_curve(is_class, p, n_bins=8)
    observed, predicted = calibration_curve(is_class, p, n_bins=8, strategy="quantile")
    np.testing.assert_allclose(curve.observed, observed)
    np.testing.assert_allclose(curve.predicted, predicted)
    assert curve.weight.tolist() == [25] * 8


@given(two_class(smallest_weight=1))
def test_reliability_keeps_the_means(drawn):
    is_class, proba, weight = drawn
    curve = reliability_curve(is_class, proba, sample_weight=weight)
    assert curve.weight.sum() == weight.sum()
    assert curve.weight @ curve.predicted == pytest.approx(weight @ proba)
    assert curve.weight @ curve.observed == pytest.approx(weight @ is_class)
    assert (np.diff(curve.predicted) > 0).all()


@given(two_class(), st.integers(1, 6))
def test_reliability_equals_a_count_in_bins_of_equal_weight(drawn, n_bins):
    is_class, proba, weight = drawn
    bins = {}
    for value in sorted(set(proba)):
        at = proba == value
        middle = weight[proba < value].sum() + weight[at].sum() / 2
        bins.setdefault(min(int(middle / weight.sum() * n_bins + 1e-12), n_bins - 1), []).append(at)
    rows = [np.any(parts, axis=0) for parts in bins.values()]
    rows = [inside for inside in rows if weight[inside].sum() > 0]
    curve = reliability_curve(is_class, proba, n_bins, weight)
    np.testing.assert_allclose(
        curve.predicted, [np.average(proba[inside], weights=weight[inside]) for inside in rows]
    )
    np.testing.assert_allclose(
        curve.observed, [np.average(is_class[inside], weights=weight[inside]) for inside in rows]
    )
    assert curve.weight.tolist() == [weight[inside].sum() for inside in rows]


def test_reliability_of_nothing_and_of_a_last_value_without_weight():
    nothing = reliability_curve(np.array([], dtype=bool), np.array([]))
    assert [len(each) for each in nothing] == [0, 0, 0]
    # The last value lies on the upper edge of the last bin.
    curve = reliability_curve(
        np.array([False, True]), np.array([0.1, 0.9]), sample_weight=np.array([1.0, 0.0])
    )
    assert curve.predicted.tolist() == [0.1]

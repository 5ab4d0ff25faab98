"""Brier score, calibration error and reliability curve against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from rarebit.metrics import brier, calibration_error, reliability_curve


def two_columns(p):
    return np.column_stack([1 - p, p])


@st.composite
def tied(draw):
    """Two-class rows with tied probabilities and whole-number weights."""
    cell = st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(1, 3))
    y, level, weight = np.array(draw(st.lists(cell, min_size=1, max_size=40)), dtype=np.int64).T
    return y, two_columns(level / 20), weight


@given(tied())
def test_two_class_brier_equals_scikit_learn(drawn):
    y, proba, weight = drawn
    expected = brier_score_loss(y, proba[:, 1], sample_weight=weight, pos_label=1)
    value = brier(y, proba, n_classes=2, positive=1, sample_weight=weight)
    assert value == pytest.approx(expected)


def test_many_class_brier_is_half_the_squared_distance():
    proba = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    expected = ((0.2**2 + 0.3**2 + 0.5**2) / 2 + 1) / 2
    assert brier(np.array([2, 1]), proba, n_classes=3, positive=None) == pytest.approx(expected)


def test_curve_without_ties_equals_quantile_bins():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=200)
    y = (rng.uniform(size=200) < p).astype(np.int64)
    curve = reliability_curve(y == 1, p, n_bins=8)
    observed, predicted = calibration_curve(y, p, n_bins=8, strategy="quantile")
    np.testing.assert_allclose(curve.observed, observed)
    np.testing.assert_allclose(curve.predicted, predicted)
    assert curve.weight.tolist() == [25] * 8


@given(tied(), st.randoms(use_true_random=False))
def test_order_of_rows_ties_and_weights_as_repetition(drawn, random):
    y, proba, weight = drawn
    options = {"n_classes": 2, "positive": 1}
    value = calibration_error(y, proba, sample_weight=weight, **options)
    assert 0 <= value <= 1
    order = np.array(random.sample(range(len(y)), len(y)))
    shuffled = calibration_error(y[order], proba[order], sample_weight=weight[order], **options)
    repeated = calibration_error(np.repeat(y, weight), np.repeat(proba, weight, axis=0), **options)
    assert [shuffled, repeated] == pytest.approx([value, value])


@given(tied())
def test_curve_keeps_the_means(drawn):
    y, proba, weight = drawn
    curve = reliability_curve(y == 1, proba[:, 1], sample_weight=weight)
    assert curve.weight.sum() == weight.sum()
    assert curve.weight @ curve.predicted == pytest.approx(weight @ proba[:, 1])
    assert curve.weight @ curve.observed == pytest.approx(weight @ y)
    assert (np.diff(curve.predicted) > 0).all()


def test_a_constant_prediction_is_off_by_its_distance_to_the_share():
    y = np.repeat([0, 1], [90, 10])
    proba = two_columns(np.full(100, 0.3))
    assert calibration_error(y, proba, n_classes=2, positive=1) == pytest.approx(0.2)


def test_many_classes_are_averaged_over_those_present():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(2, size=60), rng.dirichlet(np.ones(3), size=60)
    each = [
        calibration_error(
            (y == code).astype(np.int64), two_columns(proba[:, code]), n_classes=2, positive=1
        )
        for code in range(2)
    ]
    value = calibration_error(y, proba, n_classes=3, positive=None)
    assert value == pytest.approx(np.mean(each))


def test_right_probabilities_have_next_to_no_error_and_wrong_ones_do():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 15, size=50_000)
    y = (rng.uniform(size=len(p)) < p).astype(np.int64)
    assert calibration_error(y, two_columns(p), n_classes=2, positive=1) < 0.005
    assert calibration_error(y, two_columns(np.sqrt(p)), n_classes=2, positive=1) > 0.1


@pytest.mark.filterwarnings("error")
def test_nothing_to_score():
    y, proba = np.array([], dtype=np.int64), np.empty((0, 2))
    assert np.isnan(brier(y, proba, n_classes=2, positive=1))
    assert np.isnan(calibration_error(y, proba, n_classes=2, positive=1))
    assert len(reliability_curve(y == 1, proba[:, 1]).weight) == 0
    # A last value without weight lies on the upper edge of the last bin.
    curve = reliability_curve(
        np.array([0, 1]), np.array([0.1, 0.9]), sample_weight=np.array([1.0, 0])
    )
    assert curve.predicted.tolist() == [0.1]

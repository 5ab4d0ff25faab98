"""Calibration slope and intercept against scikit-learn, closed forms and repeated rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from rarebit.metrics import calibration_intercept, calibration_slope

OPTIONS = {"n_classes": 2, "positive": 1}


def two_columns(p):
    return np.column_stack([1 - p, p])


def drawn_rows(seed=0, n=400, slope=1.0, intercept=0.0):
    """Rows whose classes are drawn with log-odds of intercept + slope * logit(p)."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 4, size=n)
    y = (rng.uniform(size=n) < expit(intercept + slope * logit(p))).astype(np.int64)
    return y, two_columns(p), rng.integers(1, 4, size=n)


def test_the_slope_is_that_of_a_logistic_regression():
    y, proba, weight = drawn_rows(slope=0.6)
    log_odds = logit(proba[:, [1]])
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds, y, sample_weight=weight)
    found = calibration_slope(y, proba, sample_weight=weight, **OPTIONS)
    assert found == pytest.approx(reference.coef_[0, 0], rel=1e-4)


def test_a_binary_score_has_closed_forms():
    # Of 40 rows at 0.2, 10 are of the class; of 10 rows at 0.8, 7 are.
    y = np.repeat([1, 0, 1, 0], [10, 30, 7, 3])
    p = np.repeat([0.2, 0.8], [40, 10])
    slope = (logit(0.7) - logit(0.25)) / (logit(0.8) - logit(0.2))
    assert calibration_slope(y, two_columns(p), **OPTIONS) == pytest.approx(slope, abs=1e-5)
    constant = np.full(50, 0.1)
    assert calibration_intercept(y, two_columns(constant), **OPTIONS) == pytest.approx(
        logit(17 / 50) - logit(0.1), abs=1e-5
    )


def test_the_intercept_makes_the_mean_risk_that_of_the_rows():
    y, proba, weight = drawn_rows(intercept=-0.7)
    found = calibration_intercept(y, proba, sample_weight=weight, **OPTIONS)
    shifted = expit(logit(proba[:, 1]) + found)
    assert np.average(shifted, weights=weight) == pytest.approx(np.average(y, weights=weight))


def test_true_risks_have_slope_1_and_intercept_0():
    y, proba, _ = drawn_rows(n=50_000)
    assert calibration_slope(y, proba, **OPTIONS) == pytest.approx(1, abs=0.05)
    assert calibration_intercept(y, proba, **OPTIONS) == pytest.approx(0, abs=0.05)
    sharpened = two_columns(expit(2 * logit(proba[:, 1])))
    assert calibration_slope(y, sharpened, **OPTIONS) == pytest.approx(0.5, abs=0.03)


def test_the_other_class_as_positive():
    y, proba, weight = drawn_rows(slope=1.4, intercept=0.3)
    other = {"n_classes": 2, "positive": 0, "sample_weight": weight}
    own = {**OPTIONS, "sample_weight": weight}
    slopes = calibration_slope(y, proba, **own), calibration_slope(y, proba, **other)
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-5)
    intercepts = calibration_intercept(y, proba, **own), calibration_intercept(y, proba, **other)
    assert intercepts[0] == pytest.approx(-intercepts[1], abs=1e-5)


@given(st.integers(0, 1000))
def test_weights_are_repetitions(seed):
    y, proba, weight = drawn_rows(seed, n=40)
    repeated = np.repeat(y, weight), np.repeat(proba, weight, axis=0)
    for metric in (calibration_slope, calibration_intercept):
        expected = metric(*repeated, **OPTIONS)
        found = metric(y, proba, sample_weight=weight, **OPTIONS)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-4, nan_ok=True)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.2, 0.9]),  # a threshold separates the classes
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.9]),
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),
        ([0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4]),
    ],
)
def test_no_slope(y, p):
    assert np.isnan(calibration_slope(np.array(y), two_columns(np.array(p)), **OPTIONS))


def test_not_defined():
    proba = np.full((4, 3), 1 / 3)
    y = np.array([0, 1, 2, 0])
    for metric in (calibration_slope, calibration_intercept):
        assert np.isnan(metric(y, proba, n_classes=3, positive=None))
        assert np.isnan(metric(np.zeros(4, dtype=np.int64), proba[:, :2], **OPTIONS))
        # Rows without weight do not count: what is left holds one class.
        weight = np.array([1.0, 0.0, 1.0, 1.0])
        y_two = np.array([0, 1, 0, 0])
        assert np.isnan(metric(y_two, proba[:, :2], sample_weight=weight, **OPTIONS))


def test_certain_probabilities_are_clipped():
    y, p = np.array([0, 1, 0, 1]), np.array([0.0, 0.0, 1.0, 1.0])
    assert calibration_slope(y, two_columns(p), **OPTIONS) == pytest.approx(0, abs=1e-4)
    assert calibration_intercept(y, two_columns(p), **OPTIONS) == pytest.approx(0, abs=1e-4)

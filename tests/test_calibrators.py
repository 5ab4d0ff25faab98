"""Calibrators of the study: those of our own are as described, and wrappers keep probabilities."""

import numpy as np
import pytest
from scipy.special import softmax

from calibrators import METHODS, class_slopes, of_present, one_against_rest, then_isotonic
from rarebit.decision import ProbabilityCalibrator

OWN = ["none", "today's", "isotonic", "today's + isotonic", "class slopes"]


def sample(n_rows, n_classes, seed=0):
    """Labels, and their true log-probabilities."""
    rng = np.random.default_rng(seed)
    log_p = np.log(softmax(1.5 * rng.normal(size=(n_rows, n_classes)), axis=1))
    y = (rng.uniform(size=(n_rows, 1)) > np.exp(log_p).cumsum(axis=1)).sum(axis=1)
    return np.minimum(y, n_classes - 1), log_p


def log_loss(y, proba):
    return -np.log(proba[np.arange(len(y)), y]).mean()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_class_slopes_recover_slopes_that_differ_by_class(n_classes):
    y, log_p = sample(20_000, n_classes)
    wrong = softmax(log_p / np.linspace(0.8, 1.6, n_classes), axis=1)
    found = class_slopes(wrong, y)(wrong)
    today = ProbabilityCalibrator().fit(wrong, y).transform(wrong)
    assert log_loss(y, found) < log_loss(y, today) < log_loss(y, wrong)


def test_class_slopes_stay_near_todays_on_few_rows():
    y, log_p = sample(20, 2)
    proba = np.exp(log_p)
    today = ProbabilityCalibrator().fit(proba, y).transform(proba)
    assert np.abs(class_slopes(proba, y)(proba) - today).max() < 0.03


def test_then_isotonic_is_a_curve_on_what_todays_gives():
    y, log_p = sample(400, 2)
    proba = softmax(3 * log_p, axis=1)
    first = ProbabilityCalibrator().fit(proba, y).transform(proba)
    expected = ProbabilityCalibrator("isotonic").fit(first, y).transform(first)
    np.testing.assert_allclose(then_isotonic(proba, y)(proba), expected)


def test_one_against_rest_scales_rows_to_1_and_keeps_rows_without_any_share():
    halves = lambda proba, y: lambda new: np.column_stack([new[:, 1] * 0, new[:, 1] / 2])
    proba = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(one_against_rest(halves, proba, np.array([2, 0]))(proba), proba)
    nothing = lambda proba, y: lambda new: new * 0
    np.testing.assert_allclose(one_against_rest(nothing, proba, np.array([2, 0]))(proba), proba)


def test_a_class_without_rows_keeps_its_probability():
    swapped = lambda proba, y: lambda new: new[:, ::-1]
    proba = np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
    mapped = of_present(swapped, proba, np.array([0, 2]))(proba)
    # The second row says nothing about the classes 0 and 2.
    np.testing.assert_allclose(mapped, [[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
    kept = of_present(swapped, proba, np.array([1, 1]))(proba)
    np.testing.assert_array_equal(kept, proba)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("n_classes", [2, 4])
def test_every_own_calibrator_gives_probabilities(name, n_classes):
    y, log_p = sample(60, n_classes)
    mapped = METHODS[name](np.exp(log_p), y)(np.eye(n_classes))
    assert (mapped >= 0).all()
    np.testing.assert_allclose(mapped.sum(axis=1), 1)

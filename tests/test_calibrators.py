"""Calibrators of the study: those of our own are as described, and wrappers keep probabilities."""

import numpy as np
import pytest
from scipy.special import softmax

from calibrators import METHODS, of_present, one_against_rest, then_isotonic
from rarebit.decision import ProbabilityCalibrator

OWN = ["none", "today's", "isotonic", "today's + isotonic", "class slopes"]


def sample(n_rows, n_classes, seed=0):
    """Labels, and their true log-probabilities."""
    rng = np.random.default_rng(seed)
    log_p = np.log(softmax(1.5 * rng.normal(size=(n_rows, n_classes)), axis=1))
    y = (rng.uniform(size=(n_rows, 1)) > np.exp(log_p).cumsum(axis=1)).sum(axis=1)
    return np.minimum(y, n_classes - 1), log_p


def test_then_isotonic_is_a_curve_on_what_one_slope_gives():
    y, log_p = sample(400, 2)
    proba = softmax(3 * log_p, axis=1)
    first = ProbabilityCalibrator("sigmoid").fit(proba, y).transform(proba)
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

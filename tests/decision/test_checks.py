"""Invalid input of decisions and calibration: a one-line error."""

import math

import numpy as np
import pytest

from rarebit.decision import (
    CostRule,
    ProbabilityCalibrator,
    TunedThreshold,
    correct_prior,
    expected_cost,
)
from rarebit.decision.costs import Costs, check_cost_matrix, cost_curve
from rarebit.exceptions import InputError

Y = np.array([0, 0, 1, 1])
PROBA = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
COST = np.array([[0.0, 1.0], [10.0, 0.0]])
EVEN = np.array([0.5, 0.5])


def share_right(y, labels, sample_weight):
    return np.average(y == labels, weights=sample_weight)


def fit_calibrator(proba=PROBA, y=Y, weight=None, method="auto"):
    return ProbabilityCalibrator(method).fit(proba, y, weight)


def fit_threshold(proba=PROBA, y=Y, weight=None, score=share_right, **options):
    return TunedThreshold(**options).fit(proba, y, score=score, sample_weight=weight)


WRONG_PROBA = [
    (np.where(PROBA > 0.85, np.nan, PROBA), r"missing \(NaN\) in row 1"),
    (PROBA * 3, "hold 2.7: give numbers from 0 to 1"),
    (PROBA - 1, "hold -0.9"),
    (PROBA[:, 1], r"shape \(4,\)"),
    (PROBA[None], r"shape \(1, 4, 2\)"),
    (PROBA.astype(str), "Probabilities are <U32"),
    (None, r"shape \(\)"),
]


@pytest.mark.parametrize(("proba", "message"), WRONG_PROBA)
@pytest.mark.parametrize(
    "use",
    [
        fit_calibrator,
        lambda proba: fit_calibrator(proba, method="none"),
        lambda proba: fit_calibrator(proba, method="isotonic"),
        lambda proba: fit_calibrator().transform(proba),
        fit_threshold,
        lambda proba: fit_threshold().decide(proba),
        lambda proba: CostRule(COST).decide(proba),
        lambda proba: correct_prior(proba, fitted_prior=EVEN, true_prior=EVEN),
    ],
)
def test_probabilities_are_numbers_from_0_to_1(use, proba, message):
    with pytest.raises(InputError, match=message):
        use(proba)


def test_new_rows_have_the_classes_of_the_fit():
    three = np.full((4, 3), 1 / 3)
    for use in (fit_calibrator().transform, fit_threshold().decide):
        with pytest.raises(InputError, match=r"shape \(4, 3\).* of the 2 classes"):
            use(three)


def test_rounding_errors_are_allowed():
    near = PROBA.copy()
    near[0] = [1 + 1e-9, -1e-9]
    exact = near.clip(0, 1)
    expected = fit_calibrator(exact).transform(exact)
    np.testing.assert_allclose(fit_calibrator(near).transform(near), expected, atol=1e-6)
    assert fit_threshold(near).decide(near).tolist() == fit_threshold(exact).decide(exact).tolist()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y + 5, "y holds the code 5"),
        (Y - 1, "y holds the code -1"),
        (Y * 0.5, "y holds float64"),
        (Y[:3], "of the 4 rows"),
        (Y[:, None], r"y has shape \(4, 1\)"),
    ],
)
@pytest.mark.parametrize("fit", [fit_calibrator, fit_threshold])
def test_codes(fit, y, message):
    with pytest.raises(InputError, match=message):
        fit(y=y)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), "sample_weight has shape"),
        (-np.ones(4), "sample_weight must hold finite numbers"),
        (np.full(4, np.nan), "sample_weight must hold finite numbers"),
        (np.full(4, np.inf), "sample_weight must hold finite numbers"),
        (np.zeros(4), "sample_weight is zero in every row"),
        (["a"] * 4, "sample_weight must hold finite numbers"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        fit_calibrator,
        fit_threshold,
        lambda weight: cost_curve(Y, PROBA[:, 1], COST, sample_weight=weight),
    ],
)
def test_weights(use, weight, message):
    with pytest.raises(InputError, match=message):
        use(weight=weight)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positive": 5}, "positive is 5"),
        ({"positive": "rare"}, "positive is 'rare'"),
        ({"shrinkage": -1}, "shrinkage is -1"),
        ({"shrinkage": math.nan}, "shrinkage is nan"),
        ({"shrinkage": "a"}, "shrinkage is 'a'"),
        ({"n_resamples": -1}, "n_resamples is -1"),
        ({"n_resamples": 2.5}, "n_resamples is 2.5"),
        ({"n_resamples": 10**9}, "n_resamples is 1000000000"),
        ({"random_state": "seed"}, "random_state is 'seed'"),
        ({"random_state": -1}, "random_state is -1"),
        ({"score": "macro_f1"}, "score is 'macro_f1': give a function"),
        ({"score": lambda *_: None}, "score returns None"),
    ],
)
def test_parameters_of_a_tuned_threshold(options, message):
    with pytest.raises(InputError, match=message):
        fit_threshold(**options)


@pytest.mark.parametrize("method", [3, None, ["auto"]])
def test_a_method_is_a_name(method):
    with pytest.raises(InputError, match=r"method is .*: give 'auto', "):
        fit_calibrator(method=method)


@pytest.mark.parametrize(
    "prior", [[np.inf, 1], [np.nan, np.nan], ["a", "b"], None, [0, 0], [[0.5, 0.5]]], ids=str
)
def test_invalid_priors(prior):
    with pytest.raises(InputError, match="true_prior"):
        correct_prior(PROBA, fitted_prior=EVEN, true_prior=prior)


@pytest.mark.parametrize(
    "cost", [[[0, 1]], "a", [["a", 1], [1, 0]], [[0, 1], [1]], None, [[0, np.inf], [1, 0]]], ids=str
)
def test_a_cost_matrix_is_square_and_finite(cost):
    for use in (
        lambda: check_cost_matrix(cost, 2),
        lambda: CostRule(cost).decide(PROBA),
        lambda: cost_curve(Y, PROBA[:, 1], cost),
    ):
        with pytest.raises(InputError, match=r"cost_matrix (is|has shape|holds)|no column 'a'"):
            use()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Y + 5, Y, COST), "y holds the code 5"),
        ((Y, Y + 5, COST), "labels holds the code 5"),
        ((Y[:3], Y, COST), "labels has shape"),
        ((Y[:, None], Y, COST), "y has shape"),
        ((Y * 1.0, Y, COST), "y holds float64"),
        ((Y, Y, [[0, 1], [1]]), "cost_matrix"),
        ((Y, Y, "a"), "cost_matrix is 'a': give n_classes x n_classes finite costs"),
        ((Y, Y, 3.0), r"cost_matrix has shape \(\)"),
        ((Y, Y, np.empty((0, 0))), "cost_matrix has shape"),
        ((Y, Y, COST, np.ones(3)), "sample_weight has shape"),
        ((Y, Y, COST, [1, 1, 1, "a"]), "sample_weight"),
    ],
)
def test_invalid_input_of_expected_cost(arguments, message):
    with pytest.raises(InputError, match=message):
        expected_cost(*arguments)


def test_invalid_input_of_a_cost_curve():
    with pytest.raises(InputError, match="positive is 5"):
        cost_curve(Y, PROBA[:, 1], COST, positive=5)
    with pytest.raises(InputError, match="one probability for each of the 4 rows"):
        cost_curve(Y, PROBA[:3, 1], COST)


@pytest.mark.parametrize(
    ("text", "classes", "positive", "message"),
    [
        (None, ["a", "b"], 1, "costs is None: give text"),
        ("fn=1", [], 1, "two different classes"),
        ("a>a=1", ["a", "a"], None, "two different classes"),
        ("fn=1", ["a", "b"], 7, "positive is 7"),
    ],
)
def test_costs_of_invalid_classes(text, classes, positive, message):
    with pytest.raises(InputError, match=message):
        Costs.from_text(text, classes, positive)

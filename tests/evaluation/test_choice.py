"""The rule of the recommendation: probabilities, decisions, simplicity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.evaluation.choice import TIE_ON_ONE_FOLD, Rule, mean_losses, paired_errors
from rarebit.metrics import METRICS
from rarebit.statistics import corrected_t_test


def rule(probabilities, decisions, simplicity):
    """One standard error, the same for all pairs."""
    n = len(simplicity)
    return Rule((np.full((n, n), probabilities), np.full((n, n), decisions)), np.array(simplicity))


def test_a_threshold_does_not_change_probabilities():
    # Untouched and tuned have equal log loss; the third decides best, with worse probabilities.
    losses = [np.array([0.30, 0.30, 0.40]), np.array([-0.60, -0.75, -0.90])]
    assert rule(0.02, 0.02, [1, 0, 2]).pick(losses) == 1


def test_within_one_error_the_simpler_one_wins():
    losses = [np.array([0.30, 0.31, 0.33]), np.array([-0.70, -0.69, -0.70])]
    assert rule(0.02, 0.02, [2, 1, 0]).pick(losses) == 1
    assert rule(0.04, 0.02, [2, 1, 0]).pick(losses) == 2
    assert rule(0.02, 0.005, [2, 1, 0]).pick(losses) == 0


def test_of_equally_simple_ones_the_best_probabilities_win():
    losses = [np.array([0.31, 0.30]), np.array([-0.70, -0.69])]
    assert rule(0.02, 0.02, [0, 0]).pick(losses) == 1


def test_an_undefined_loss_is_not_chosen():
    losses = [np.array([np.nan, 0.5]), np.array([-0.9, -0.1])]
    assert rule(1.0, 1.0, [0, 1]).pick(losses) == 1
    nothing = [np.full(2, np.nan), np.array([-0.1, -0.9])]
    assert rule(0.0, 0.0, [0, 0]).pick(nothing) == 1
    assert rule(0.0, 0.0, [1, 0]).pick([np.full(2, np.nan)] * 2) == 1


def test_a_rule_for_some_candidates():
    errors = np.arange(9.0).reshape(3, 3)
    part = Rule((errors, errors), np.array([3, 1, 2])).take(np.array([0, 2]))
    assert part.errors[1].tolist() == [[0.0, 2.0], [6.0, 8.0]]
    assert part.simplicity.tolist() == [3, 2]


@given(st.integers(0, 100), st.integers(2, 8), st.sampled_from([0.25, 0.5, 1.0]))
def test_errors_are_those_of_the_corrected_t_test(seed, n_folds, ratio):
    scores = pd.DataFrame(np.random.default_rng(seed).normal(size=(n_folds, 3)))
    errors = paired_errors(scores, ratio)
    for i, j in ((0, 1), (1, 2), (2, 0)):
        test = corrected_t_test(scores[i] - scores[j], ratio)
        assert errors[i, j] == pytest.approx(abs(test.difference / test.t))
    assert np.diag(errors) == pytest.approx(0)


def test_one_fold_has_no_error():
    scores = pd.DataFrame([[0.5, 0.6, np.nan]])
    assert (paired_errors(scores, 0.25) == TIE_ON_ONE_FOLD).all()
    np.testing.assert_array_equal(mean_losses(scores, METRICS["mcc"]), [-0.5, -0.6, np.nan])
    np.testing.assert_array_equal(mean_losses(scores, METRICS["brier"]), [0.5, 0.6, np.nan])

"""Checkpoint selection: the score, and which state is kept."""

import numpy as np
import pytest

from rarebit.tabular.network.layers import Linear, stack_modules
from rarebit.tabular.training.flat_parameters import FlatParameters
from rarebit.tabular.training.selection import BestCheckpoint, score_members

# One member that predicts 0 for three rows of four: both rows of class 0, one of class 1.
LOGITS = np.array([[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
TRUTH = np.array([[0, 0, 1, 1]])


@pytest.mark.parametrize(("positive", "expected"), [(None, 0.5), (1, 0.5), (0, 1.0)])
def test_sensitivity_is_that_of_the_class_named(positive, expected):
    assert score_members("sensitivity", LOGITS, TRUTH, None, positive) == expected
    assert score_members("specificity", LOGITS, TRUTH, None, positive) == 1.5 - expected


def test_the_sign_of_a_loss_is_reversed():
    p = 1 / (1 + np.exp(-1.0))  # of the predicted class, which is right in three rows of four
    expected = -np.mean([(1 - p) ** 2] * 3 + [p**2])
    np.testing.assert_allclose(score_members("brier", LOGITS, TRUTH, None), expected)


def test_weights_count_rows():
    weight = np.array([[1.0, 1.0, 6.0, 1.0]])
    np.testing.assert_allclose(score_members("accuracy", LOGITS, TRUTH, weight), 3 / 9)


@pytest.fixture
def flat():
    return FlatParameters(stack_modules([Linear(1, 1) for _ in range(2)]), 2)


def updates(best, flat, scores):
    """Give every state a number, update with its scores, and return the states that are kept."""
    for number, score in enumerate(scores):
        flat.values.fill_(number)
        best.update(np.array(score))
    best.restore()
    return flat.values.tolist()


def test_each_member_keeps_its_best_state_the_first_of_equals(flat):
    best = BestCheckpoint(flat, 2, patience=None)
    scores = [[0.1, 0.5], [0.3, 0.5], [0.3, 0.7], [np.nan, 0.6]]
    assert updates(best, flat, scores) == [1, 2, 1, 2]  # weight and bias of both members
    assert not best.stopped.any()


def test_a_member_that_has_stopped_keeps_its_state(flat):
    best = BestCheckpoint(flat, 2, patience=2)
    scores = [[0.5, 0.1], [0.4, 0.2], [0.4, 0.2], [0.9, 0.3]]
    assert updates(best, flat, scores) == [0, 3, 0, 3]
    assert best.stopped.tolist() == [True, False]
    assert best.best_score.tolist() == [0.5, 0.3]


def test_without_any_score_the_first_state_is_kept(flat):
    best = BestCheckpoint(flat, 2, patience=None)
    assert updates(best, flat, [[np.nan, np.nan], [np.nan, np.nan]]) == [0, 0, 0, 0]

"""Which score a state is kept by."""

import numpy as np
import pytest

from rarebit.tabular.training.selection import score_members

# One member that calls three rows of four 0: it finds both rows of class 0 and one of class 1.
LOGITS = np.array([[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
TRUTH = np.array([[0, 0, 1, 1]])


@pytest.mark.parametrize(("positive", "expected"), [(None, 0.5), (1, 0.5), (0, 1.0)])
def test_sensitivity_is_that_of_the_class_named(positive, expected):
    assert score_members("sensitivity", LOGITS, TRUTH, None, positive) == expected
    assert score_members("specificity", LOGITS, TRUTH, None, positive) == 1.5 - expected


def test_a_loss_is_scored_the_other_way_round():
    assert score_members("brier", LOGITS, TRUTH, None) < 0

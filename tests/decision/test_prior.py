"""Prior correction against Bayes' rule and random over-sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.decision import correct_prior
from rarebit.exceptions import InputError


def shares(n_classes):
    return st.lists(st.floats(0.01, 1), min_size=n_classes, max_size=n_classes).map(
        lambda values: np.array(values) / sum(values)
    )


@given(st.integers(2, 5).flatmap(lambda k: st.tuples(shares(k), shares(k), shares(k))))
def test_is_bayes_rule_with_another_prior(drawn):
    likelihood, fitted, true = drawn
    under_fitted = likelihood * fitted / (likelihood @ fitted)
    under_true = likelihood * true / (likelihood @ true)
    corrected = correct_prior(under_fitted[None], fitted_prior=fitted, true_prior=true)
    np.testing.assert_allclose(corrected[0], under_true)
    back = correct_prior(corrected, fitted_prior=true, true_prior=fitted)
    np.testing.assert_allclose(back[0], under_fitted)


def test_undoes_oversampling_of_a_table():
    # One binary feature: the share of positives in each cell is what a model learns.
    negatives, positives = np.array([60, 30]), np.array([2, 8])
    oversampled = positives * 9
    learnt = oversampled / (oversampled + negatives)
    corrected = correct_prior(
        np.column_stack([1 - learnt, learnt]),
        fitted_prior=np.array([90, 90]),
        true_prior=np.array([90, 10]),
    )
    np.testing.assert_allclose(corrected[:, 1], positives / (positives + negatives))


@pytest.mark.filterwarnings("error")
def test_zero_priors():
    proba = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    fitted, true = np.array([0.5, 0.5, 0.0]), np.array([0.6, 0.0, 0.4])
    corrected = correct_prior(proba, fitted_prior=fitted, true_prior=true)
    assert corrected.tolist() == [[1, 0, 0], [0.6, 0, 0.4]]


@pytest.mark.parametrize("prior", [[0.5, 0.5], [1, -1, 1], [0, 0, 0], [1, np.nan, 1]])
def test_wrong_priors(prior):
    with pytest.raises(InputError, match="true_prior"):
        correct_prior(np.full((1, 3), 1 / 3), fitted_prior=np.ones(3), true_prior=np.array(prior))

"""Shapley values against closed forms, against all orders, and against shap."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from extras import needs
from hypothesis import given
from hypothesis import strategies as st

from rarebit.exceptions import InputError
from rarebit.explain import shapley_values

RNG = np.random.default_rng(0)
NAMES = ["a", "b", "c", "d"]
X = pd.DataFrame(RNG.normal(size=(5, 4)), columns=NAMES)
BACKGROUND = pd.DataFrame(RNG.normal(size=(60, 4)), columns=NAMES)
WEIGHTS = np.array([2.0, -1.0, 0.5, 0.0])


def linear(frame):
    return frame.to_numpy() @ WEIGHTS


def product(frame):
    return (frame.a * frame.b + np.sin(frame.c)).to_numpy()


def exact(predict, row, background):
    """The definition: the mean over all orders and all rows of the background."""
    found = np.zeros(len(row))
    orders = list(permutations(range(len(row))))
    for order in orders:
        mixed = background.copy()
        before = predict(mixed).mean()
        for k in order:
            mixed[mixed.columns[k]] = row.iloc[k]
            after = predict(mixed).mean()
            found[k] += (after - before) / len(orders)
            before = after
    return found


def test_a_linear_model_has_its_terms():
    found = shapley_values(linear, X, BACKGROUND, random_state=0)
    terms = WEIGHTS * (X - BACKGROUND.mean()).to_numpy()
    np.testing.assert_allclose(found.contributions, terms, atol=1e-12)
    assert found.base == pytest.approx(linear(BACKGROUND).mean())
    assert (found.contributions[:, 3] == 0).all()


@given(st.integers(0, 100), st.integers(1, 7))
def test_contributions_add_to_the_prediction(seed, n_background):
    predict = lambda frame: np.exp(frame.a * frame.b - frame.c * frame.d).to_numpy()
    found = shapley_values(predict, X, BACKGROUND.head(n_background), random_state=seed)
    total = found.base + found.contributions.sum(axis=1)
    np.testing.assert_allclose(total, predict(X), atol=1e-9)
    np.testing.assert_array_equal(found.predicted, predict(X))


def test_samples_come_close_to_the_mean_over_all_orders():
    background = pd.concat([BACKGROUND] * 20)
    found = shapley_values(product, X.head(2), background, random_state=0)
    for position in range(2):
        truth = exact(product, X.iloc[position], BACKGROUND)
        np.testing.assert_allclose(found.contributions[position], truth, atol=0.08)


def test_groups_are_put_in_together():
    groups = [["a", "b"], ["c"], ["d"]]
    found = shapley_values(product, X, BACKGROUND, groups=groups, random_state=0)
    of_pair = X.a * X.b - (BACKGROUND.a * BACKGROUND.b).mean()
    np.testing.assert_allclose(found.contributions[:, 0], of_pair)
    (alone,) = shapley_values(product, X, BACKGROUND, groups=[NAMES]).contributions.T
    np.testing.assert_allclose(alone, product(X) - product(BACKGROUND).mean())


def test_a_model_with_several_outputs_gives_each_its_own():
    both = lambda frame: np.stack([linear(frame), product(frame)], axis=1)
    found = shapley_values(both, X, BACKGROUND, random_state=3)
    assert found.contributions.shape == (5, 4, 2)
    for output, predict in enumerate((linear, product)):
        own = shapley_values(predict, X, BACKGROUND, random_state=3)
        np.testing.assert_allclose(found.contributions[..., output], own.contributions)
    assert found.top(0, 4, output=0) == own_order(found.contributions[0, :, 0])


def own_order(values):
    return [int(k) for k in np.argsort(-np.abs(values)) if values[k] != 0]


def test_columns_of_all_types_and_no_rows():
    frame = pd.DataFrame(
        {
            "kind": ["a", None, "b"],
            "day": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            "n": [1.0, np.nan, 3.0],
        }
    )
    predict = lambda f: (f.kind == "a") + 2.0 * (f.day > "2020-06-01") + f.n.fillna(0)
    found = shapley_values(lambda f: predict(f).to_numpy(), frame, frame, random_state=0)
    centred = np.array(
        [[2 / 3, -2 / 3, 1 - 4 / 3], [-1 / 3, -2 / 3, -4 / 3], [-1 / 3, 4 / 3, 5 / 3]]
    )
    np.testing.assert_allclose(found.contributions, centred, atol=1e-12)
    assert shapley_values(linear, X.head(0), BACKGROUND).contributions.shape == (0, 4)


@pytest.mark.parametrize("background", [BACKGROUND.head(0), BACKGROUND[["b", "a", "c", "d"]]])
def test_a_background_without_rows_or_with_other_columns_is_refused(background):
    with pytest.raises(InputError, match="background must hold"):
        shapley_values(linear, X, background)


@pytest.mark.slow
@needs("shap")
def test_it_agrees_with_shap_and_is_drawn_by_it():
    import shap

    background = pd.concat([BACKGROUND] * 20)
    ours = shapley_values(product, X, background, random_state=0)
    wrapped = lambda rows: product(pd.DataFrame(rows, columns=NAMES))
    theirs = shap.explainers.Exact(wrapped, shap.maskers.Independent(BACKGROUND, 100))(X)
    np.testing.assert_allclose(ours.contributions, theirs.values, atol=0.1)
    converted = ours.to_shap(X)
    assert converted.feature_names == NAMES
    np.testing.assert_array_equal(converted.values, ours.contributions)
    np.testing.assert_array_equal(converted.data, X)


def test_labels_that_are_numbers_and_no_columns():
    X, background = pd.DataFrame([[80.0, 3.0]]), pd.DataFrame([[60.0, 3.0], [50.0, 1.0]])
    found = shapley_values(lambda X: (X[0] + 10 * X[1]).to_numpy(), X, background, random_state=0)
    np.testing.assert_allclose(found.contributions, [[25.0, 10.0]])
    assert found.columns == ((0,), (1,))
    with pytest.raises(InputError, match="at least one"):
        shapley_values(len, X[[]], background[[]])

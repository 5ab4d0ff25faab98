"""Partial dependence against closed forms and against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import partial_dependence as of_sklearn

from rarebit.exceptions import InputError
from rarebit.explain import grid_values, partial_dependence

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(200, 2)), columns=["a", "b"])


def test_an_additive_model_has_its_own_term_plus_the_mean_of_the_rest():
    predict = lambda frame: (frame.a**2 + frame.b).to_numpy()
    grid = grid_values(X.a)
    weight = RNG.uniform(size=200)
    found = partial_dependence(predict, X, grid, sample_weight=weight)
    np.testing.assert_allclose(found, grid**2 + np.average(X.b, weights=weight))


def test_it_agrees_with_scikit_learn():
    model = RandomForestClassifier(20, random_state=0).fit(X, X.a * X.b > 0)
    grid = grid_values(X.a, 7)
    found = partial_dependence(model.predict_proba, X, grid)
    theirs = of_sklearn(
        model, X, ["a"], custom_values={"a": grid.to_numpy()}, method="brute",
        response_method="predict_proba", kind="average",
    )  # fmt: skip
    np.testing.assert_allclose(found[:, 1], theirs.average[0])


def test_categories_without_rows_are_no_values():
    column = pd.Series(pd.Categorical(["b", "a", "b"], categories=["a", "b", "c"]))
    assert grid_values(column).tolist() == ["b", "a"]


def test_grids_hold_values_of_the_column():
    numbers = grid_values(X.a, 5)
    assert set(numbers) <= set(X.a)
    np.testing.assert_allclose(numbers, X.a.quantile([0.025, 0.2625, 0.5, 0.7375, 0.975]), atol=0.1)
    assert grid_values(pd.Series([1, 1, 1, None])).tolist() == [1]
    assert grid_values(pd.Series([True, False, True])).tolist() == [False, True]
    assert grid_values(pd.Series(["b", "a", "b", None]), 1).tolist() == ["b"]
    days = pd.Series(pd.date_range("2020-01-01", periods=41))
    assert grid_values(days, 3).tolist() == [days[1], days[20], days[39]]
    assert grid_values(pd.Series([], dtype=float)).empty


def test_categories_keep_their_type():
    frame = pd.DataFrame({"kind": pd.Categorical(list("aab") * 5), "b": range(15)})
    grid = grid_values(frame.kind)
    assert grid.tolist() == ["a", "b"]
    seen = []

    def predict(given):
        seen.append(given.dtypes.kind)
        return (given.kind == "a").to_numpy(dtype=float)

    assert partial_dependence(predict, frame, grid).tolist() == [1, 0]
    assert set(seen) == {frame.kind.dtype}


def test_labels_that_are_numbers_and_columns_that_are_missing():
    X = pd.DataFrame([[0.0, 2.0], [1.0, 4.0]])
    means = partial_dependence(lambda X: (X[0] + 10 * X[1]).to_numpy(), X, X[0])
    assert means.tolist() == [30.0, 31.0]
    assert X[0].tolist() == [0.0, 1.0]
    with pytest.raises(InputError, match=r"X has no column 'age'"):
        partial_dependence(len, X, pd.Series([1.0], name="age"))
    with pytest.raises(InputError, match="no rows or no columns"):
        partial_dependence(len, X[[]], X[0])

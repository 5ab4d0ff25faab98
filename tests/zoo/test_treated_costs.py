"""Costs that differ from row to row in a treated classifier."""

import numpy as np
import pandas as pd
import pytest

from rarebit import load, save
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier


@pytest.fixture
def with_amounts():
    rng = np.random.default_rng(5)
    x, amount = rng.normal(size=400), rng.lognormal(3, 1, 400).round(2)
    y = np.where(rng.random(400) < 1 / (1 + np.exp(2.5 - 2 * x)), "bad", "ok")
    return pd.DataFrame({"x": x, "amount": amount}), y


def test_costs_by_row_decide_by_the_amount_of_the_row(with_amounts, tmp_path):
    X, y = with_amounts
    cost = [[2, "amount"], [2, 0]]  # classes are bad and ok
    model = TreatedClassifier("logistic_regression", cost_matrix=cost, random_state=0).fit(X, y)
    new = pd.DataFrame({"x": [0.0, 0.0], "amount": [1.0, 1e6]})
    assert model.predict(new).tolist() == ["ok", "bad"]
    assert model.threshold_ is None
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict(X) == "bad", proba[:, 0] * X["amount"] > 2)
    stored = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(stored.predict(X), model.predict(X))
    with pytest.raises(InputError, match="no column 'amount'"):
        model.predict(X[["x"]])
    X.loc[[3, 7], "amount"] = [-1, np.nan]
    for use in (model.predict, lambda X: model.fit(X, y)):
        with pytest.raises(InputError, match=r"'amount' .* in 2 rows \(data row 4, 8\)"):
            use(X)


def test_an_amount_may_be_dropped_as_a_feature(with_amounts):
    X, y = with_amounts
    written = X.assign(amount=[f"{value:.2f}".replace(".", ",") for value in X["amount"]])
    options = {"cost_matrix": [[2, "amount"], [2, 0]], "roles": {"amount": "drop"}}
    model = TreatedClassifier("logistic_regression", **options).fit(written, y)
    assert list(model.roles_) == ["x"]
    proba = model.predict_proba(written)
    np.testing.assert_array_equal(model.predict(written) == "bad", proba[:, 0] * X["amount"] > 2)
    untouched = TreatedClassifier("logistic_regression", "untouched", **options).fit(written, y)
    assert len(untouched.predict(X[["x"]].assign(amount=np.nan))) == len(X)


def test_a_search_with_costs_by_row_scores_their_sum(with_amounts):
    X, y = with_amounts
    options = {"cost_matrix": [[2, "amount"], [2, 0]], "n_configs": 3}
    for treatment in ("tuned_threshold", "untouched"):
        model = TreatedClassifier("logistic_regression", treatment, **options).fit(X, y)
        assert model.n_configs_tried_ == 3


def test_costs_by_row_decide_also_without_inner_folds(with_amounts):
    X, y = with_amounts
    model = TreatedClassifier("gaussian_nb", cost_matrix=[[2, "amount"], [2, 0]])
    model.fit(X, y, groups=np.zeros(400))
    assert "Too few rows for inner folds: no calibration." in model.notes_
    expected = model.predict_proba(X)[:, 0] * X["amount"] > 2
    np.testing.assert_array_equal(model.predict(X) == "bad", expected)

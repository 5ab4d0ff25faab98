"""Permutation importance against closed forms and against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance as of_sklearn
from sklearn.linear_model import LogisticRegression

from rarebit.exceptions import InputError
from rarebit.explain import correlated_groups, permutation_importance

RNG = np.random.default_rng(0)
N = 3000
X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "ignored"])
Y = 3 * X.a.to_numpy() + X.b.to_numpy()


def linear(frame):
    return (3 * frame.a + frame.b).to_numpy()


def squared(predicted):
    return (predicted - Y) ** 2


def test_a_linear_model_loses_twice_the_variance_of_the_term():
    # E (w x' - w x)^2 = 2 w^2 var(x) for an independent draw x'.
    a, b, ignored = permutation_importance(linear, X, squared, n_repeats=20, random_state=0)
    assert a.increase == pytest.approx(2 * 9 * X.a.var(), rel=0.03)
    assert b.increase == pytest.approx(2 * X.b.var(), rel=0.03)
    assert (ignored.increase, ignored.standard_error) == (0, 0)


def test_intervals_hold_the_expected_importance():
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = pd.DataFrame({"a": rng.normal(size=150)})
        loss = lambda predicted, x=x: (predicted - x.a.to_numpy()) ** 2
        (found,) = permutation_importance(
            lambda f: f.a.to_numpy(), x, loss, n_repeats=5, random_state=seed
        )
        hits += found.low <= 2 <= found.high
    assert hits >= 180  # squares are skewed, so a little less than 190


def test_columns_permuted_together_share_their_importance():
    both = pd.DataFrame({"a": X.a, "twin": X.a})
    mean = lambda frame: (frame.a + frame.twin).to_numpy() / 2
    loss = lambda predicted: (predicted - X.a.to_numpy()) ** 2
    groups = correlated_groups(both)
    assert groups == [["a", "twin"]]
    (together,) = permutation_importance(mean, both, loss, groups=groups, random_state=0)
    alone = permutation_importance(mean, both, loss, random_state=0)
    # (x' - x)^2 together; a quarter of it alone, because the twin still tells.
    assert together.columns == ("a", "twin")
    for each in alone:
        assert each.increase == pytest.approx(together.increase / 4)


def test_weights_are_rows_that_occur_as_often():
    weight = RNG.integers(0, 4, N)
    rows = np.repeat(np.arange(N), weight)
    weighted = permutation_importance(
        linear, X, squared, sample_weight=weight, n_repeats=20, random_state=0
    )
    again = permutation_importance(
        linear, X.iloc[rows], lambda p: (p - Y[rows]) ** 2, n_repeats=20, random_state=0
    )
    for one, other in zip(weighted, again, strict=True):
        assert one.increase == pytest.approx(other.increase, rel=0.04)


def test_it_agrees_with_scikit_learn():
    y = (Y + RNG.normal(size=N) > 2).astype(int)
    model = LogisticRegression().fit(X, y)
    of_rows = lambda proba: -np.log(proba[np.arange(N), y])
    ours = permutation_importance(model.predict_proba, X, of_rows, n_repeats=10, random_state=0)
    theirs = of_sklearn(model, X, y, scoring="neg_log_loss", n_repeats=10, random_state=1)
    found = [each.increase for each in ours]
    np.testing.assert_allclose(found, theirs.importances_mean, rtol=0.03, atol=1e-3)


def test_types_survive_the_permutation():
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["a", "b"] * 20),
            "day": pd.date_range("2020-01-01", periods=40),
            "gaps": pd.array([1, None] * 20, dtype="Int64"),
            "text": ["x", None] * 20,
        }
    )
    seen = []

    def predict(X):
        seen.append(X.dtypes.to_dict())
        assert list(X.columns) == list(frame)
        return np.zeros(len(X))

    permutation_importance(predict, frame, lambda p: p, n_repeats=1, random_state=0)
    assert all(each == frame.dtypes.to_dict() for each in seen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_repeats": 0}, "n_repeats is 0"),
        ({"sample_weight": [0.0] * N}, "zero in every row"),
        ({"groups": [["z"]]}, "unknown column z"),
    ],
)
def test_wrong_input_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        permutation_importance(linear, X, squared, **change)


def test_an_empty_table_is_refused():
    with pytest.raises(InputError, match="no rows"):
        permutation_importance(linear, X.head(0), squared)


def test_labels_that_are_numbers():
    X = pd.DataFrame({0: np.arange(50.0), 1: np.arange(50.0)})
    truth = X[0].to_numpy()
    used, ignored = permutation_importance(
        lambda X: X[0].to_numpy(), X, lambda predicted: (predicted - truth) ** 2, random_state=0
    )
    assert (used.columns, ignored.columns) == ((0,), (1,))
    assert used.low > 100
    assert ignored.increase == 0

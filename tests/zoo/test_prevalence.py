"""Models for rows of another prevalence."""

import numpy as np
import pandas as pd
import pytest

from rarebit import load, save
from rarebit.decision import correct_prior
from rarebit.decision.prior import read_prevalence
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.prevalence import at_prevalence
from rarebit.zoo.recalibrating import recalibrated


def rows(n_ill, n_well, seed):
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.normal(1.5, 1, n_ill), rng.normal(0, 1, n_well)])
    return pd.DataFrame({"x": x}), np.repeat(["ill", "well"], [n_ill, n_well])


@pytest.fixture(scope="module")
def balanced():
    return TreatedClassifier("logistic_regression", positive="ill").fit(*rows(1000, 1000, 0))


def test_probabilities_are_those_of_bayes_rule(balanced):
    adapted = at_prevalence(balanced, 0.05)
    X, _ = rows(500, 9500, 1)
    before, after = balanced.predict_proba(X), adapted.predict_proba(X)
    expected = correct_prior(
        before, fitted_prior=np.array([0.5, 0.5]), true_prior=np.array([0.05, 0.95])
    )
    np.testing.assert_allclose(after, expected)
    # Closed form of two normal distributions: log odds = log(0.05 / 0.95) + 1.5 x - 1.5**2 / 2
    log_odds = np.log(0.05 / 0.95) + 1.5 * X["x"] - 1.125
    assert after[:, 0].mean() == pytest.approx(0.05, abs=0.005)
    assert np.abs(after[:, 0] - 1 / (1 + np.exp(-log_odds))).max() < 0.05


def test_the_threshold_is_that_of_a_model_trained_there(balanced, tmp_path):
    there = TreatedClassifier("logistic_regression", positive="ill").fit(*rows(500, 9500, 2))
    adapted = at_prevalence(balanced, "0.05")
    X, _ = rows(500, 9500, 3)
    assert (adapted.predict(X) == there.predict(X)).mean() > 0.97
    assert (balanced.predict(X) == there.predict(X)).mean() < 0.9
    stored = load(save(adapted, tmp_path / "model"))
    np.testing.assert_array_equal(stored.predict(X), adapted.predict(X))


def test_the_most_probable_class_follows_and_the_model_is_unchanged():
    model = TreatedClassifier("logistic_regression", "untouched").fit(*rows(1000, 1000, 0))
    X, _ = rows(500, 9500, 3)
    before = model.predict(X)
    adapted = at_prevalence(model, {"ill": 0.05})
    assert (adapted.predict(X) == "ill").mean() < 0.05 < (before == "ill").mean()
    np.testing.assert_array_equal(model.predict(X), before)


def test_the_prevalence_may_be_changed_again(balanced):
    X, _ = rows(500, 9500, 3)
    once, twice = at_prevalence(balanced, 0.2), at_prevalence(at_prevalence(balanced, 0.02), 0.2)
    np.testing.assert_allclose(twice.predict_proba(X), once.predict_proba(X))
    np.testing.assert_allclose(twice.held_out_.weight, once.held_out_.weight)
    assert twice.threshold_ == pytest.approx(once.threshold_)


def test_a_recalibrated_model_has_the_prevalence_of_the_new_rows(balanced):
    X, y = rows(1000, 9000, 4)
    codes = np.searchsorted(balanced.classes_, y)
    there = recalibrated(balanced, balanced.predict_proba(X), codes, np.ones(len(codes)), "offset")
    again = at_prevalence(there, there.predict_proba(X)[:, 0].mean())
    np.testing.assert_allclose(again.predict_proba(X), there.predict_proba(X))
    assert again.predict_proba(X)[:, 0].mean() == pytest.approx(0.1, abs=0.01)


def test_shares_of_many_classes():
    shares = read_prevalence("a=0.1, b=0.2", ["a", "b", "c"], None)
    assert shares == pytest.approx([0.1, 0.2, 0.7])
    assert read_prevalence(0.3, ["no", "yes"], 1) == pytest.approx([0.7, 0.3])
    odd = ["no, never", "a=b", "c"]
    assert read_prevalence("no, never=0.1,a=b=0.2", odd, None) == pytest.approx([0.1, 0.2, 0.7])


@pytest.mark.parametrize(
    ("prevalence", "classes", "positive", "says"),
    [
        ("a=0.1,b=0.2", ["a", "b", "c", "d"], None, "together 1"),
        (0.1, ["a", "b", "c"], None, "give the share of each, such as 'a=0.1,b=0.2'"),
        ("0", ["a", "b"], 0, "above 0 and below 1"),
        ("2", ["a", "b"], 0, "above 0 and below 1"),
        ("few", ["a", "b"], 0, "give shares such as 0.02"),
        ("z=0.1", ["a", "b"], 0, "names 'z'"),
        ("a=0.1,a=0.2", ["a", "b"], 0, "each class once"),
        ("a=0.1,b", ["a", "b"], 0, "not ''"),
        ("a=0.1,c", ["a", "b"], 0, "names 'c'"),
        ("a=nan,b=0.2", ["a", "b"], 0, "above 0 and below 1"),
        (0.1, ["a"], None, "at least two classes"),
    ],
)
def test_wrong_shares(prevalence, classes, positive, says):
    with pytest.raises(InputError, match=says):
        read_prevalence(prevalence, classes, positive)


def test_a_model_without_held_out_rows(balanced):
    from copy import copy

    old = copy(balanced)
    old.held_out_ = None
    with pytest.raises(InputError, match="keeps no held-out rows"):
        at_prevalence(old, 0.1)


@pytest.fixture(scope="module")
def natural():
    """A model of a natural sample, and the rows that it was not fitted on."""
    model = TreatedClassifier("logistic_regression", positive="ill").fit(*rows(1000, 19000, 2))
    return model, *rows(1000, 19000, 3)


@pytest.mark.parametrize("cut", [None, 600])
@pytest.mark.parametrize(
    "treatment", ["tuned_threshold", "untouched", "class_weights", "random_over"]
)
def test_case_control_rows_give_the_probabilities_in_use(treatment, cut, natural):
    X, y = rows(1000, 1000, 0)
    model = TreatedClassifier(
        "logistic_regression", treatment, positive="ill", prevalence=0.05, max_rows=cut
    )
    model.fit(X, y, np.where(y == "ill", 3.0, 1.0))
    assert model.prior_ == pytest.approx([0.05, 0.95])
    _, new, _ = natural
    log_odds = np.log(0.05 / 0.95) + 1.5 * new["x"] - 1.125
    found = model.predict_proba(new)[:, 0]
    assert found.mean() == pytest.approx(0.05, abs=0.006)
    assert np.abs(found - 1 / (1 + np.exp(-log_odds))).max() < 0.12
    held_out = np.bincount(model.held_out_.y, model.held_out_.weight)
    assert held_out / held_out.sum() == pytest.approx([0.05, 0.95])


def test_the_tuned_threshold_and_points_are_those_of_a_natural_sample(natural):
    there, new, y = natural
    at = ["precision>=0.5"]
    model = TreatedClassifier("logistic_regression", positive="ill", prevalence="ill=0.05", at=at)
    model.fit(*rows(1000, 1000, 0))
    assert model.threshold_ == pytest.approx(there.threshold_, abs=0.03)
    alarms = model.predict(new, at="precision>=0.5") == "ill"
    assert (y[alarms] == "ill").mean() >= 0.45
    again = at_prevalence(
        TreatedClassifier("logistic_regression", positive="ill").fit(*rows(1000, 1000, 0)), 0.05
    )
    np.testing.assert_allclose(model.predict_proba(new), again.predict_proba(new), atol=0.06)
    # Stated at training, it can still be changed later.
    moved = at_prevalence(model, 0.2)
    before = np.array([0.05, 0.95])
    np.testing.assert_allclose(
        moved.predict_proba(new),
        correct_prior(
            model.predict_proba(new), fitted_prior=before, true_prior=np.array([0.2, 0.8])
        ),
    )


def test_shares_of_three_classes_at_training():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], 300)
    X = pd.DataFrame({"x": rng.normal(size=900)})
    model = TreatedClassifier("logistic_regression", prevalence={"a": 0.1, "b": 0.2}).fit(X, y)
    # The column says nothing: every row has the shares in use.
    assert model.predict_proba(X).mean(axis=0) == pytest.approx([0.1, 0.2, 0.7], abs=0.005)


def test_a_wrong_prevalence_at_training():
    with pytest.raises(InputError, match="above 0 and below 1"):
        TreatedClassifier("gaussian_nb", prevalence=2).fit(*rows(20, 20, 0))


def test_held_out_rows_have_the_new_shares_whatever_theirs_were():
    """With folds in time order, the rows of the first block are not held out."""
    X, y = rows(300, 300, 0)
    model = TreatedClassifier("logistic_regression", positive="ill").fit(X, y, time=np.arange(600))
    held_out = at_prevalence(model, 0.1).held_out_
    assert (model.held_out_.y == 0).mean() < 0.45
    assert np.average(held_out.y == 0, weights=held_out.weight) == pytest.approx(0.1)
    only = at_prevalence(TreatedClassifier(positive="ill").fit(X, y, time=-np.arange(600)), 0.1)
    assert only.predict(X).shape == (600,)

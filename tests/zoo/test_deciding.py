"""Calibration and decision rule, and the out-of-fold rows that are kept for other rules."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss

from rarebit.decision import TunedThreshold
from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.zoo import TreatedClassifier, deciding
from rarebit.zoo.deciding import HeldOut


@pytest.fixture(scope="module")
def rare():
    """A table of 400 rows, one in ten of class 1."""
    return make_classification(400, weights=[0.9], flip_y=0.05, random_state=0)


def macro_f1(y, labels, weight):
    def f1(code):
        both = weight @ ((y == code) & (labels == code))
        return 2 * both / (weight @ (y == code) + weight @ (labels == code))

    return (f1(0) + f1(1)) / 2


def test_the_rule_can_be_fitted_again_on_the_rows_kept(rare):
    X, y = rare
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    model = TreatedClassifier("gaussian_nb").fit(X, y, weight)
    kept = model.held_out_
    assert sorted(kept.weight) == sorted(weight)
    again = TunedThreshold(1).fit(kept.proba, kept.y, score=macro_f1, sample_weight=kept.weight)
    assert again.threshold_ == pytest.approx(model.threshold_)


def test_a_cut_keeps_the_rare_rows_and_the_weight_of_each_class(rare, monkeypatch):
    monkeypatch.setattr(deciding, "MOST_HELD_OUT", 100)
    X, y = rare
    kept = TreatedClassifier("gaussian_nb").fit(X, y).held_out_
    assert len(kept.y) == 100
    assert (kept.y == 1).sum() == (y == 1).sum()
    np.testing.assert_allclose(np.bincount(kept.y, kept.weight), np.bincount(y))


def test_rows_stand_for_those_that_max_rows_left_out(rare):
    X, y = rare
    kept = TreatedClassifier("gaussian_nb", max_rows=120).fit(X, y).held_out_
    np.testing.assert_allclose(np.bincount(kept.y, kept.weight), np.bincount(y))


def test_few_rows_are_kept_as_they_are():
    rows = HeldOut(np.array([0, 1]), np.eye(2), np.array([1.0, 3.0]))
    assert rows.cut(2, seed=0) is rows


def test_without_inner_folds_there_are_none(rare):
    X, y = rare
    plain = TreatedClassifier("gaussian_nb", "untouched", calibrate=False).fit(X, y)
    assert (plain.held_out_, plain.calibrator_, plain.decision_) == (None, None, None)


def test_they_are_stored_with_the_model(rare, tmp_path):
    X, y = rare
    model = TreatedClassifier("gaussian_nb").fit(X, y)
    opened = load(save(model, tmp_path / "model"))
    for name in ("y", "proba", "weight"):
        np.testing.assert_array_equal(
            getattr(opened.held_out_, name), getattr(model.held_out_, name)
        )


def test_the_search_may_optimise_another_metric_than_the_threshold(rare):
    """The calibrated log loss of each configuration, from its inner out-of-fold rows."""
    X, y = rare
    options = {"n_configs": 6, "search_rows": None, "random_state": 3}
    found = TreatedClassifier("decision_tree", search_metric="log_loss", **options).fit(X, y)
    macro = TreatedClassifier("decision_tree", **options).fit(X, y)
    losses = [log_loss(each.held_out_.y, each.held_out_.proba) for each in (found, macro)]
    assert losses[0] < losses[1]
    assert found.params_ != macro.params_
    # Whatever the decision is, the fit is the same.
    untouched = TreatedClassifier("decision_tree", "untouched", search_metric="log_loss", **options)
    assert untouched.fit(X, y).params_ == found.params_


def test_a_search_metric_is_one_that_can_rank(rare):
    with pytest.raises(InputError, match="calibration_slope cannot rank"):
        TreatedClassifier("gaussian_nb", search_metric="calibration_slope").fit(*rare)


@pytest.mark.parametrize(
    ("treatment", "options", "lacking"),
    [
        ("untouched", {}, "calibration"),
        ("tuned_threshold", {}, "calibration or tuned threshold"),
        ("tuned_threshold", {"calibrate": False}, "tuned threshold"),
        (
            "untouched",
            {"calibrate": False, "at": "recall>=0.5"},
            "rows for operating points and review",
        ),
    ],
)
def test_a_note_says_what_too_few_rows_leave_out(treatment, options, lacking):
    X, y = np.arange(12.0).reshape(6, 2), list("nnnnny")
    model = TreatedClassifier("gaussian_nb", treatment, **options).fit(X, y, groups=np.zeros(6))
    assert [note for note in model.notes_ if note.startswith("Too few rows")] == [
        f"Too few rows for inner folds: no {lacking}."
    ]

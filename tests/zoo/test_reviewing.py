"""Rows to review of a fitted model: around its own decisions, stored, and in a file of parts."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification

from rarebit.decision import fit_review, parse_review
from rarebit.decision.review import costs_at
from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.zoo import TreatedClassifier, at_prevalence, score_table


@pytest.fixture(scope="module")
def rare():
    X, y = make_classification(1000, weights=[0.9], flip_y=0.05, random_state=0)
    return pd.DataFrame(X).rename(columns="x{}".format), np.where(y == 1, "ill", "well")


@pytest.fixture(scope="module")
def model(rare):
    return TreatedClassifier("logistic_regression", review="5%").fit(*rare)


def test_the_band_is_fitted_around_the_tuned_threshold_on_the_rows_kept(rare, model):
    kept = model.held_out_
    expected = fit_review(parse_review("5%"), kept.proba, costs_at(model.threshold_, 0), positive=0)
    rule = model.review_rule()
    assert rule == expected
    low, high = rule.thresholds
    assert low < model.threshold_ < high
    assert rule.reviewed(kept.proba).mean() == pytest.approx(0.05, abs=0.001)
    p = model.predict_proba(rare[0])[:, 0]
    np.testing.assert_array_equal(model.predict_review(rare[0]), (p >= low) & (p <= high))


def test_labels_stay_and_another_budget_or_point_can_be_asked_for(rare, model):
    X, y = rare
    plain = clone(model).set_params(review=None).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))
    assert not plain.predict_review(X).any()
    assert plain.predict_review(X, review=30).sum() == 30
    point = plain.point("recall>=0.9")
    low, high = plain.review_rule("5%", at="recall>=0.9").thresholds
    assert low < point.threshold < high


def test_without_a_threshold_the_rows_near_the_change_of_class_are_reviewed(rare):
    X, y = rare
    for treatment in ("untouched", "class_weights"):
        plain = TreatedClassifier("logistic_regression", treatment, random_state=0).fit(X, y)
        p = plain.predict_proba(X)[:, 0]
        # Labels change where even_threshold says.
        np.testing.assert_array_equal(plain.predict(X) == "ill", p > plain.even_threshold)
        low, high = plain.review_rule("5%").thresholds
        assert low < plain.even_threshold < high


def test_the_budget_is_stored_and_follows_another_prevalence(rare, model, tmp_path):
    opened = load(save(model, tmp_path / "model"))
    assert opened.review_rule() == model.review_rule()
    moved = at_prevalence(model, 0.02)
    kept = moved.held_out_
    chosen = moved.review_rule().reviewed(kept.proba)
    assert np.average(chosen, weights=kept.weight) == pytest.approx(0.05, abs=0.01)


def test_costs_by_row_choose_the_rows_of_most_money(rare):
    X, y = rare
    X = X.assign(amount=np.random.default_rng(0).exponential(100, size=len(X)).round(2))
    costs = {"cost_matrix": [[0, "amount"], [5, 0]], "roles": {"amount": "drop"}}
    costly = TreatedClassifier("logistic_regression", **costs).fit(X, y)
    p, amount = costly.predict_proba(X)[:, 0], X["amount"].to_numpy()
    saving = np.minimum(p * amount, (1 - p) * 5)
    assert set(np.flatnonzero(costly.predict_review(X, review=20))) == set(
        np.argsort(-saving, kind="stable")[:20]
    )
    assert costly.predict_review(X, review="10%").mean() == pytest.approx(0.1, abs=0.04)
    moved = at_prevalence(costly, 0.2)
    assert moved.predict_review(X, review="10%").sum() > 0


@pytest.mark.parametrize("review", ["10%", 7])
def test_a_file_in_parts_gets_the_rows_of_the_whole(rare, model, tmp_path, review):
    X, _ = rare
    X.to_csv(tmp_path / "new.csv", index=False)
    scored = score_table(
        model, tmp_path / "new.csv", tmp_path / "scored.csv", review=review, rows_per_chunk=170
    )
    written = pd.read_csv(tmp_path / "scored.csv")
    assert written.columns.tolist()[:2] == ["label", "review"]
    np.testing.assert_array_equal(written["review"], model.predict_review(X, review=review))
    np.testing.assert_array_equal(written["label"], model.predict(X))
    assert scored.reviewed == written["review"].sum()
    assert scored.review == model.review_rule(review).statement


def test_a_number_of_alerts_leaves_the_stored_review_out_and_says_so(model, rare, tmp_path):
    rare[0].to_csv(tmp_path / "new.csv", index=False)
    scored = score_table(model, tmp_path / "new.csv", tmp_path / "scored.csv", at="alerts<=9")
    written = pd.read_csv(tmp_path / "scored.csv")
    assert "review" not in written
    assert (written["label"] == model.classes_[model.positive_]).sum() == 9
    assert scored.warnings[-1] == (
        "No rows are chosen for review, although the model was trained with review=5%: alerts<=9 "
        "has no threshold."
    )


def test_rows_that_equal_the_last_one_reviewed_are_counted(model, rare, tmp_path):
    same = pd.concat([rare[0].iloc[:1]] * 5)
    same.to_csv(tmp_path / "new.csv", index=False)
    scored = score_table(model, tmp_path / "new.csv", tmp_path / "scored.csv", review=2)
    written = pd.read_csv(tmp_path / "scored.csv")
    assert written["review"].sum() == 2
    if len(np.unique(model.predict_proba(same)[:, 0])) > 1:
        pytest.skip("this BLAS gives equal rows probabilities that differ in the last digit")
    assert written["review"].tolist() == [True] * 2 + [False] * 3
    assert "review 2: 3 further rows have the expected cost of the last row" in scored.warnings[-1]


def test_what_cannot_be_used_is_refused(rare, model):
    X, y = rare
    with pytest.raises(InputError, match="needs a threshold, and alerts<=50 has none"):
        TreatedClassifier(at="alerts<=50", review="5%").fit(X, y)
    with pytest.raises(InputError, match="needs a threshold, and alerts<=9 has none"):
        model.predict_review(X, at="alerts<=9")
    three = np.where(X["x0"] > 1, "dead", y)
    with pytest.raises(InputError, match="which needs two classes, and there are 3"):
        TreatedClassifier(review="5%").fit(X, three)
    plain = TreatedClassifier("gaussian_nb", "untouched", calibrate=False).fit(X, y)
    assert plain.predict_review(X, review=5).sum() == 5
    with pytest.raises(InputError, match="keeps no rows to fit it on: train it again"):
        plain.predict_review(X, review="5%")


def test_the_stored_budget_may_be_written_in_another_way(rare):
    X, y = rare
    model = TreatedClassifier("gaussian_nb", review="5%").fit(X, y)
    model.held_out_ = None
    assert model.review_rule("5.0 %") == model.review_rule()
    with pytest.raises(InputError, match="keeps no rows to fit it on"):
        model.review_rule("6%")

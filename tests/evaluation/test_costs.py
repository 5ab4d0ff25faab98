"""Costs of decisions on held-out rows, added up by hand."""

import html
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import make_dataset
from rarebit.datasets.sources.generated import draw_payments
from rarebit.decision.costs import Costs
from rarebit.evaluation import compare, evaluate
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import (
    cost_by_threshold,
    cost_of_decisions,
    cost_sentence,
    costs_used,
    total_cost,
)
from rarebit.exceptions import InputError
from rarebit.reporting.exports import comparison_as_dict
from rarebit.reporting.report import render_report

COST = "fn=amount,fp=5,tp=5"


@pytest.fixture
def dataset():
    table = {"x": [1, 2, 3, 4], "amount": [100, 2000, 30, 40], "target": ["ok", "bad", "ok", "bad"]}
    return make_dataset(table, "target", positive="bad", amounts=["amount"], ignore="amount")


@pytest.fixture
def found():
    # Row 1 is missed, row 0 is a false alarm, row 3 is found; in other order, in two folds
    labels = np.array([0, 1, 1, 0])
    return Predictions(
        rows=np.array([3, 1, 2, 0]),
        repeat=np.zeros(4, dtype=int),
        fold=np.array([0, 0, 1, 1]),
        y=np.array([0, 0, 1, 1]),
        labels=labels,
        proba=np.eye(2)[labels] * 0.8 + 0.1,
        weight=np.ones(4),
    )


def test_the_amount_is_that_of_the_row(dataset, found):
    # classes are ('bad', 'ok')
    given = Costs.from_text(COST, dataset.classes, 0).as_lists()
    costs = costs_used(dataset, given)
    total = total_cost(dataset, found, given)
    assert total.total == 5 + 2000 + 5
    assert total.per_row == pytest.approx(2010 / 4)
    assert total.of_constant == {"bad": 4 * 5, "ok": 2040}
    assert total.saved == 20 - 2010
    assert cost_of_decisions(found, costs) == pytest.approx((2005 / 2 + 5 / 2) / 2)
    # A fold on each side of the thresholds 0.1 and 0.9: all alarms, the labels, none
    curve = cost_by_threshold(found, 0, costs)
    assert curve.threshold[1:3] == pytest.approx([0.1, 0.9])
    assert curve.cost[[0, 2, 3]] == pytest.approx([5, 2010 / 4, 2040 / 4])


def test_a_weight_counts_like_as_many_rows(dataset, found):
    costs = Costs.from_text(COST, dataset.classes, 0).as_lists()
    weight = np.array([2.0, 1.0, 1.0, 3.0])
    total = total_cost(dataset, replace(found, weight=weight), costs)
    assert total.total == 2 * 5 + 2000 + 3 * 5
    assert total.per_row == pytest.approx(2025 / 7)


def test_a_sentence_says_what_is_saved(dataset, found):
    costs = Costs.from_text(COST, dataset.classes, 0).as_lists()
    total = total_cost(dataset, found, costs)
    # Of the 256 samples of four rows, 1 costs 0 and 8 cost 5; 1 costs 8,000 and 8 cost 6,005.
    assert total.total_interval == (5, 6005)
    assert cost_sentence(dataset, total) == (
        "On 4 test rows, the decisions of the recommended model cost 2,010 in total (95 % "
        "interval 5.00 to 6,005; 502.50 per row). Predicting class 'bad' for no row would cost "
        "2,040, for every row 20.00: the model saves nothing compared with the cheaper of the two."
    )
    # Without an error, each sample with 1 to 4 rows of class bad saves 20 less 5 for each of them.
    perfect = replace(found, labels=found.y)
    sentence = cost_sentence(dataset, total_cost(dataset, perfect, costs))
    assert sentence.endswith(
        "saves 10.00 (50\xa0%; 95 % interval 0.00 to 15.00) compared with the cheaper of the two."
    )


def test_three_classes_are_compared_with_the_cheapest_one():
    table = {"x": [1, 2, 3, 4], "target": ["a", "b", "c", "a"]}
    three = make_dataset(table, "target")
    rows = np.arange(4)
    found = Predictions(
        rows, rows * 0, rows * 0, three.target, three.target, np.eye(3)[three.target], np.ones(4)
    )
    total = total_cost(three, found, [[0, 1, 1], [9, 0, 1], [9, 9, 0]])
    assert total_cost(three, found, None) is None
    assert total.of_constant == {"a": 18, "b": 11, "c": 3}
    assert "Predicting class 'c' for every row would cost 3.00: the model saves 3.00" in (
        cost_sentence(three, total)
    )


FAST: dict = {
    "models": ["logistic_regression"],
    "treatments": ["untouched", "tuned_threshold"],
    "preset": "quick",
    "refit": True,
}


def payments(n_rows, seed, shift=1.5):
    frame, risk = draw_payments(n_rows, seed)
    risk = 1 / (1 + np.exp(-(np.log(risk / (1 - risk)) + shift)))  # more frauds: quicker tests
    return frame, np.where(np.random.default_rng(seed).random(n_rows) < risk, "fraud", "ok"), risk


@pytest.fixture(scope="module")
def compared():
    frame, y, _ = payments(1200, 1)
    return compare(frame, y, cost=COST, positive="fraud", **FAST)


def test_costs_by_row_rank_decide_and_are_said(compared):
    assert compared.metric == "expected_cost"
    assert compared.settings["cost_matrix"] == [[5, "amount"], [5, 0]]
    amount = compared.dataset.amounts["amount"].to_numpy()
    for row in compared.ranking.itertuples():
        seen = compared.predictions[(row.classifier, row.treatment)]
        missed = (seen.y == 0) & (seen.labels == 1)
        loss = np.where(missed, amount[seen.rows], np.where(seen.labels == 0, 5.0, 0.0))
        by_fold = pd.Series(loss).groupby([seen.repeat, seen.fold]).mean()
        assert row.score == pytest.approx(by_fold.mean())
    # Decided by the row's own amount, from the calibrated probability
    best = compared.predictions[compared.best]
    assert compared.best[1] == "tuned_threshold"
    np.testing.assert_array_equal(best.labels == 0, best.proba[:, 0] * amount[best.rows] > 5)
    assert compared.best_corrected[1] < compared.best_corrected[0] < compared.best_corrected[2]
    [sentence] = [text for text in compared.finding if "in total" in text]
    assert "Predicting class 'fraud' for no row would cost" in sentence


def test_report_and_exports_show_what_is_saved(compared):
    cost = comparison_as_dict(compared)["best"]["cost"]
    seen = compared.predictions[compared.best].first_repeat()
    amount = compared.dataset.amounts["amount"].to_numpy()[seen.rows]
    total = 5.0 * (seen.labels == 0).sum() + amount[(seen.y == 0) & (seen.labels == 1)].sum()
    assert cost["total"] == pytest.approx(total)
    assert cost["per_row"] == pytest.approx(total / 1200)
    assert cost["of_constant"]["fraud"] == 1200 * 5
    assert cost["of_constant"]["ok"] == pytest.approx(amount[seen.y == 0].sum())
    page = render_report(compared)
    assert "each row by the row&#39;s own costs" in page or "each row by the row's own" in page
    saved = min(cost["of_constant"].values()) - total
    for figure in (total, saved, *cost["of_constant"].values()):
        assert f"{figure:,.0f}" in page
    assert "cost=[[5.0, 'amount'], [5.0, 0.0]]" in html.unescape(page)


def test_an_amount_that_is_no_feature(compared):
    frame, y, _ = payments(1200, 1)
    ignored = compare(
        frame, y, cost=COST, positive="fraud", roles={"amount": "drop"}, **FAST | {"refit": False}
    )
    assert "amount" not in ignored.dataset.roles
    assert ignored.ranking["expected_cost"].notna().all()
    other = compared.ranking.set_index("treatment").loc["untouched", "roc_auc"]
    assert ignored.ranking.set_index("treatment").loc["untouched", "roc_auc"] < other
    best = ignored.predictions[("logistic_regression", "tuned_threshold")]
    amount = frame["amount"].to_numpy()[best.rows]
    np.testing.assert_array_equal(best.labels == 0, best.proba[:, 0] * amount > 5)


def test_the_model_decides_nearly_as_the_known_probabilities(compared):
    frame, y, risk = payments(20_000, 2)
    model, amount = compared.model, frame["amount"].to_numpy()
    alarm = model.predict(frame) == "fraud"
    is_fraud = y == "fraud"
    cost = np.where(alarm, 5, amount * is_fraud).mean()
    least = np.where(risk * amount > 5, 5, amount * is_fraud).mean()
    nothing = (amount * is_fraud).mean()
    assert least <= cost < least + 0.15 * (min(nothing, 5) - least)


def test_evaluation_on_other_rows_uses_their_amounts(compared):
    frame, y, _ = payments(500, 9)
    amount = frame["amount"].to_numpy()
    written = frame.assign(amount=[f"{value:,.2f}" for value in amount], label=y)
    found = evaluate(compared.model, written, "label", n_resamples=20)
    decided = compared.model.predict(frame)
    by_hand = np.where(decided == "fraud", 5.0, np.where(y == "fraud", amount, 0.0))
    own = found.metrics.set_index("metric").loc["expected_cost"]
    assert own["score"] == pytest.approx(by_hand.mean())
    assert np.isnan(own["training"])
    assert list(found.dataset.frame) == list(compared.model.roles_)
    free = evaluate(compared.model, written, "label", cost="fn=amount,fp=0", n_resamples=0)
    own = free.metrics.set_index("metric").loc["expected_cost"]
    assert own["score"] == pytest.approx(
        np.where((y == "fraud") & (decided == "ok"), amount, 0).mean()
    )
    with pytest.raises(InputError, match="no column 'amount'"):
        evaluate(compared.model, written.drop(columns="amount"), "label")


def test_a_dataset_takes_amounts_from_its_features():
    frame, y, _ = payments(300, 3)
    dataset = make_dataset(frame, y, positive="fraud")
    options = {**FAST, "treatments": ["untouched"], "refit": False}
    direct = compare(frame, y, cost=COST, positive="fraud", **options)
    made = compare(dataset, cost=[[5, "amount"], [5, 0]], **options)
    pd.testing.assert_series_equal(made.ranking["score"], direct.ranking["score"])
    with pytest.raises(InputError, match="no column of numbers 'country'"):
        compare(dataset, cost="fn=country", **options)

"""Rows to review: budgets, the closed form of two thresholds, and the least cost of all bands."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.decision import CostRule, expected_cost, fit_review, parse_review
from rarebit.decision.review import costs_at
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    ("given", "value", "is_share", "text"),
    [("5%", 0.05, True, "5%"), (" 0.5 % ", 0.005, True, "0.5%"), ("50", 50, False, "50"),
     (50, 50, False, "50")],
)  # fmt: skip
def test_budgets_are_read_and_written(given, value, is_share, text):
    budget = parse_review(given)
    assert (budget.value, budget.is_share, str(budget)) == (value, is_share, text)


@pytest.mark.parametrize("wrong", ["", "5 rows", "0%", "100%", "0", "2.5", 0.05, -3, True, "nan%"])
def test_anything_else_is_refused(wrong):
    with pytest.raises(InputError, match=r"give a share of the rows above 0 % and below 100 %"):
        parse_review(wrong)


def two_columns(p):
    return np.column_stack([1 - p, p])


@given(st.integers(0, 100), st.sampled_from([0.1, 0.3, 0.5, 0.8]), st.sampled_from([2, 5, 20]))
def test_no_band_of_thresholds_within_the_budget_costs_less(seed, threshold, percentage):
    rng = np.random.default_rng(seed)
    p = rng.uniform(size=60)
    budget = parse_review(f"{percentage}%")
    fitted = fit_review(budget, two_columns(p), costs_at(threshold, 1), positive=1)
    chosen = fitted.reviewed(two_columns(p))
    most = int(60 * percentage / 100 + 1e-9)
    assert chosen.sum() == most
    # Expected cost of what is left, for each run of rows sorted by probability
    cost = np.minimum(np.sort(p) * (1 - threshold), (1 - np.sort(p)) * threshold)
    runs = [cost.sum() - cost[start : start + most].sum() for start in range(61 - most)]
    left = np.minimum(p * (1 - threshold), (1 - p) * threshold)[~chosen].sum()
    assert left == pytest.approx(min(runs))
    if most:
        low, high = fitted.thresholds
        assert low < threshold < high or 0 <= low < high <= 1
        np.testing.assert_array_equal(chosen, (p >= low) & (p <= high))


def test_classes_may_change_places():
    p = np.linspace(0.01, 0.99, 99)
    one = fit_review(parse_review("10%"), two_columns(p), costs_at(0.2, 1), positive=1)
    other = fit_review(parse_review("10%"), two_columns(p)[:, ::-1], costs_at(0.2, 0), positive=0)
    assert one.thresholds == pytest.approx(other.thresholds)
    assert one.limit == pytest.approx(other.limit)


def test_weights_count_towards_the_share():
    p = np.array([0.5, 0.45, 0.4, 0.3])
    weight = np.array([1.0, 1.0, 2.0, 4.0])
    fitted = fit_review(
        parse_review("25%"), two_columns(p), costs_at(0.5, 1), positive=1, sample_weight=weight
    )
    assert fitted.reviewed(two_columns(p)).tolist() == [True, True, False, False]


def test_rows_that_are_alike_stay_together():
    p = np.array([0.4] * 5 + [0.1] * 5)
    fitted = fit_review(parse_review("20%"), two_columns(p), costs_at(0.5, 1), positive=1)
    assert not fitted.reviewed(two_columns(p)).any()
    assert fitted.thresholds is None
    assert fitted.statement == "Review: no row, as none could be found within 20%."


def test_a_number_of_rows_takes_the_first_of_equal_ones_and_none_that_are_certain():
    p = np.array([0.0, 0.5, 0.3, 0.5, 1.0, 0.5])
    review = fit_review(parse_review(2), two_columns(p), costs_at(0.5, 1), positive=1)
    assert review.reviewed(two_columns(p)).tolist() == [False, True, False, True, False, False]
    many = fit_review(parse_review(6), two_columns(p), costs_at(0.5, 1), positive=1)
    assert many.reviewed(two_columns(p)).tolist() == [False, True, True, True, False, True]


def test_amounts_decide_which_rows_matter():
    matrix = [[0.0, 5.0], ["amount", 5.0]]
    frame = pd.DataFrame({"amount": [10.0, 1000.0, 50.0, 40.0]})
    proba = two_columns(np.array([0.4, 0.001, 0.1, 0.5]))
    review = fit_review(parse_review(1), proba, matrix, positive=1)
    cost = np.array([[[0, 5], [amount, 5]] for amount in frame["amount"]], dtype=float)
    decided = CostRule(matrix).decide(proba, frame)
    by_hand = [
        sum(proba[row, true] * (cost[row, true, decided[row]] - cost[row, true, true])
            for true in (0, 1))
        for row in range(4)
    ]  # fmt: skip
    np.testing.assert_allclose(review.saving(proba, frame), by_hand, atol=1e-12)
    assert review.reviewed(proba, frame).argmax() == int(np.argmax(by_hand))
    fitted = fit_review(parse_review("50%"), proba, matrix, positive=1, cost=cost)
    assert fitted.reviewed(proba, frame).sum() == 2
    assert fitted.thresholds is None


def test_saving_is_what_right_decisions_save_on_calibrated_rows():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, size=200_000)
    y = (rng.uniform(size=len(p)) < p).astype(np.int64)
    matrix = [[0.0, 1.0], [4.0, 0.0]]
    review = fit_review(parse_review("10%"), two_columns(p), matrix, positive=1)
    chosen = review.reviewed(two_columns(p))
    labels = CostRule(matrix).decide(two_columns(p))
    cost = np.array(matrix)
    saved = expected_cost(y, labels, cost) - expected_cost(y, np.where(chosen, y, labels), cost)
    assert saved == pytest.approx(review.saving(two_columns(p))[chosen].sum() / len(p), rel=0.02)

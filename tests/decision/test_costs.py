"""Cost matrices from text, mean cost and its curve."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.decision import CostRule, expected_cost
from rarebit.decision.costs import Costs, cost_columns, cost_curve
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    ("text", "positive", "expected"),
    [
        ("fn=10,fp=1", 1, [[0, 1], [10, 0]]),
        ("fn=10,fp=1", 0, [[0, 10], [1, 0]]),
        (" FP = 2.5 , fn = 0 ", 1, [[0, 2.5], [0, 0]]),
        ("fn=10", 1, [[0, 1], [10, 0]]),
        ("ill>well=7", 1, [[0, 1], [7, 0]]),
        ("fn=amount,fp=5,tp=5,tn=0.5", 1, [[0.5, 5], ["amount", 5]]),
        ("fn=amount,fp=5", 0, [[0, "amount"], [5, 0]]),
        ('"fn=loss, EUR",fp=unit price', 1, [[0, "unit price"], ["loss, EUR", 0]]),
    ],
)
def test_two_classes(text, positive, expected):
    assert Costs.from_text(text, ["well", "ill"], positive).as_lists() == expected


def test_lines_of_text_may_end_as_on_any_system():
    for end in ("\n", "\r", "\r\n"):
        costs = Costs.from_text(f"fn=10,{end}fp=2", ["well", "ill"], 1)
        assert costs.as_lists() == [[0.0, 2.0], [10.0, 0.0]]


def test_many_classes_by_pairs():
    costs = Costs.from_text("2>0=10, 0>2=0.5", [0, 1, 2], None)
    assert costs.as_lists() == [[0, 1, 0.5], [1, 0, 1], [10, 1, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn", "'fn' has no cost: write 'fn=10,fp=1'"),
        ("fn=", "'fn=' has no cost: write 'fn=10,fp=1'"),
        ("", "cost is empty"),
        ("fn=-1", "must be a finite number of at least 0"),
        ("fn=inf", "must be a finite number of at least 0"),
        ("ft=1", "'ft' is unknown: write"),
        ("fn=0,fp=0", "all 0"),
        ("ill>dead=3", "no class 'dead': choose from well, ill"),
    ],
)
def test_wrong_text(text, message):
    with pytest.raises(InputError, match=message):
        Costs.from_text(text, ["well", "ill"], 1)


def test_two_costs_of_one_error():
    for text in ("fn=1,fn=2", "fn=1,ill>well=2"):
        with pytest.raises(InputError, match="has two costs: give one"):
            Costs.from_text(text, ["well", "ill"], 1)


def test_fn_is_unknown_with_many_classes():
    with pytest.raises(InputError, match="'fn' is unknown: write 'a>c=10'"):
        Costs.from_text("fn=3", ["a", "b", "c"], None)


def test_columns_of_costs():
    assert cost_columns("fn=amount,fp=5,tp=fee,tn=amount") == ["amount", "fee"]
    assert cost_columns([[0, 5], ["amount", 0]]) == ["amount"]
    assert cost_columns("fn=10") == cost_columns(None) == []


def test_costs_of_each_row():
    costs = Costs.from_text("fn=amount,fp=5,tp=2", ["well", "ill"], 1)
    cost = costs.matrix(pd.DataFrame({"other": [1, 1], "amount": [20, 0]}))
    assert cost.tolist() == [[[0, 5], [20, 2]], [[0, 5], [0, 2]]]
    assert costs.between([1, 0]).as_lists() == [[2, "amount"], [5, 0]]
    # By hand: a missed row of 20, a found one at 2, and a false alarm at 5
    three = costs.matrix(pd.DataFrame({"amount": [20.0, 70.0, 90.0]}))
    y, labels = np.array([1, 1, 0]), np.array([0, 1, 1])
    assert expected_cost(y, labels, three) == pytest.approx((20 + 2 + 5) / 3)
    assert expected_cost(y, labels, three, np.array([3, 1, 0])) == pytest.approx((3 * 20 + 2) / 4)


@pytest.mark.parametrize(
    ("amounts", "message"),
    [
        ({"amount": [1, np.nan, 3, -2]}, r"'amount' holds .* in 2 rows \(data row 2, 4\)"),
        ({"amount": [1, np.inf]}, r"1 row \(data row 2\)"),
        ({"fee": [1]}, "no column 'amount', which the costs of decisions need"),
    ],
)
def test_unusable_amounts(amounts, message):
    costs = Costs.from_text("fn=amount", ["well", "ill"], 1)
    with pytest.raises(InputError, match=message):
        costs.matrix(pd.DataFrame(amounts))


def test_amounts_of_other_rows():
    three = pd.DataFrame({"amount": [1.0, 2.0, 3.0]})
    with pytest.raises(InputError, match="2 x 2 finite costs"):
        CostRule([[0, 1], ["amount", 0]]).decide(np.full((2, 2), 0.5), three)
    with pytest.raises(InputError, match="cost_matrix has shape"):
        Costs.from_matrix([[0, 1, 2], ["amount", 0, 1]])


amount = st.floats(0, 1000)


@given(st.lists(st.tuples(st.floats(0, 1), amount, amount, amount), min_size=1, max_size=10))
def test_each_row_is_decided_by_its_own_costs(drawn):
    p, fn, fp, tp = np.array(drawn).T
    proba, table = np.column_stack([1 - p, p]), pd.DataFrame({"fn": fn, "fp": fp, "tp": tp})
    labels = CostRule([[0, "fp"], ["fn", "tp"]]).decide(proba, table)
    alarm, none = (1 - p) * fp + p * tp, p * fn
    sure = np.abs(alarm - none) > 1e-9
    assert (labels == (alarm < none))[sure].all()
    # The same as a rule of its own for every row
    one_by_one = [
        CostRule([[0, row.fp], [row.fn, row.tp]]).decide(proba[[i]])[0]
        for i, row in enumerate(table.itertuples())
    ]
    assert (labels == one_by_one)[sure].all()


def test_decisions_by_row_cost_least():
    # Where probabilities are right, no threshold for all rows comes near: known p and amounts.
    rng = np.random.default_rng(0)
    p, loss = rng.beta(1, 20, 50_000), rng.lognormal(3, 1.5, 50_000)
    y = (rng.uniform(size=len(p)) < p).astype(np.int64)
    proba, table = np.column_stack([1 - p, p]), pd.DataFrame({"loss": loss})
    rule = CostRule([[0, 5], ["loss", 5]])
    cost = Costs.from_matrix(rule.cost_matrix).matrix(table)
    reached = expected_cost(y, rule.decide(proba, table), cost)
    # The expected cost by the known probabilities, in closed form: min(p * loss, 5) for each row
    assert reached == pytest.approx(np.minimum(p * loss, 5).mean(), rel=0.05)
    assert reached < 0.9 * cost_curve(y, p, cost).cost.min()


def test_expected_cost_by_hand():
    y, labels, cost = np.array([0, 1, 1]), np.array([1, 0, 1]), np.array([[0, 1], [10, 0]])
    assert expected_cost(y, labels, cost) == pytest.approx(11 / 3)
    assert expected_cost(y, labels, cost, np.array([1.0, 0, 1])) == 0.5
    assert np.isnan(expected_cost(y[:0], labels[:0], cost))


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=20
)


@given(rows, st.integers(0, 1), st.booleans())
def test_curve_is_the_mean_cost_at_each_threshold(drawn, positive, by_row):
    y, level, weight = np.array(drawn, dtype=np.int64).T
    proba, cost = level / 5, np.array([[0.5, 2.0], [7.0, -1.0]])
    if by_row:
        cost = cost * (1 + np.arange(len(y)))[:, None, None]
    curve = cost_curve(y, proba, cost, positive=positive, sample_weight=weight)
    assert set(curve.threshold) == {0.0, *proba, np.nextafter(1, 2)}
    assert (np.diff(curve.threshold) > 0).all()
    for threshold, value in zip(*curve, strict=True):
        labels = np.where(proba >= threshold, positive, 1 - positive)
        assert value == pytest.approx(expected_cost(y, labels, cost, weight))


def test_curve_of_probabilities_beyond_0_and_1_by_rounding():
    cost = np.array([[0.0, 1.0], [5.0, 0.0]])
    curve = cost_curve(np.array([0, 1]), np.array([-1e-9, 1 + 1e-9]), cost)
    assert curve.threshold.tolist() == [0.0, 1.0, np.nextafter(1, 2)]
    assert curve.cost.tolist() == [0.5, 0.0, 2.5]


def test_curve_weighs_the_rows():
    # The report's figure: the rare row stands for one in eleven.
    cost = np.array([[0.0, 1.0], [10.0, 0.0]])
    weight = np.array([10.0, 1.0])
    curve = cost_curve(np.array([0, 1]), np.array([0.2, 0.6]), cost, sample_weight=weight)
    assert curve.cost == pytest.approx([10 / 11, 10 / 11, 0, 10 / 11])


def test_no_rows_cost_nothing():
    curve = cost_curve(np.array([], dtype=int), np.array([]), np.eye(2))
    assert curve.cost.tolist() == [0, 0]


def test_curve_takes_two_classes_only():
    with pytest.raises(InputError, match="2 x 2"):
        cost_curve(np.array([0]), np.array([0.5]), np.ones((3, 3)))

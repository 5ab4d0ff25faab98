"""Cost matrices from text, mean cost and its curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.decision import expected_cost
from rarebit.decision.costs import cost_curve, parse_costs
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    ("text", "positive", "expected"),
    [
        ("fn=10,fp=1", 1, [[0, 1], [10, 0]]),
        ("fn=10,fp=1", 0, [[0, 10], [1, 0]]),
        (" FP = 2.5 , fn = 0 ", 1, [[0, 2.5], [0, 0]]),
        ("fn=10", 1, [[0, 1], [10, 0]]),
        ("ill>well=7", 1, [[0, 1], [7, 0]]),
    ],
)
def test_two_classes(text, positive, expected):
    assert parse_costs(text, ["well", "ill"], positive).tolist() == expected


def test_many_classes_by_pairs():
    cost = parse_costs("2>0=10, 0>2=0.5", [0, 1, 2], None)
    assert cost.tolist() == [[0, 1, 0.5], [1, 0, 1], [10, 1, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn", "'fn' has no cost: write 'fn=10,fp=1'"),
        ("fn=ten", "must be a finite number of at least 0"),
        ("fn=-1", "must be a finite number of at least 0"),
        ("fn=inf", "must be a finite number of at least 0"),
        ("tp=1", "'tp' is unknown: write"),
        ("fn=0,fp=0", "all 0"),
        ("ill>dead=3", "no class 'dead': choose from well, ill"),
        ("ill>ill=3", "right decision"),
    ],
)
def test_wrong_text(text, message):
    with pytest.raises(InputError, match=message):
        parse_costs(text, ["well", "ill"], 1)


def test_two_costs_of_one_error():
    for text in ("fn=1,fn=2", "fn=1,ill>well=2"):
        with pytest.raises(InputError, match="has two costs: give one"):
            parse_costs(text, ["well", "ill"], 1)


def test_fn_is_unknown_with_many_classes():
    with pytest.raises(InputError, match="'fn' is unknown: write 'a>c=10'"):
        parse_costs("fn=3", ["a", "b", "c"], None)


def test_expected_cost_by_hand():
    y, labels, cost = np.array([0, 1, 1]), np.array([1, 0, 1]), np.array([[0, 1], [10, 0]])
    assert expected_cost(y, labels, cost) == pytest.approx(11 / 3)
    assert expected_cost(y, labels, cost, np.array([1.0, 0, 1])) == 0.5
    assert np.isnan(expected_cost(y[:0], labels[:0], cost))


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=20
)


@given(rows, st.integers(0, 1))
def test_curve_is_the_mean_cost_at_each_threshold(drawn, positive):
    y, level, weight = np.array(drawn, dtype=np.int64).T
    proba, cost = level / 5, np.array([[0.5, 2.0], [7.0, -1.0]])
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

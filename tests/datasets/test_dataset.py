import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Dataset, Role, make_dataset

DATASET = Dataset(
    "t",
    pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]}, index=[4, 5, 6, 7]),
    np.array([0, 1, 0, 2]),
    ("a", "b", "c"),
    None,
    {"x": Role.NUMERIC},
    groups=np.array([0, 0, 1, 1]),
    time=np.array([9.0, 8.0, 7.0, 6.0]),
    sample_weight=np.array([1.0, 2.0, 3.0, 4.0]),
    notes=("a note",),
)


@pytest.mark.parametrize("rows", [[2, 0], np.array([2, 0])])
def test_rows_are_taken_in_the_order_given(rows):
    taken = DATASET.take(rows)
    pd.testing.assert_frame_equal(taken.frame, pd.DataFrame({"x": [2.0, 0.0]}))
    assert taken.target.tolist() == [0, 0]
    assert taken.labels.tolist() == ["a", "a"]
    assert taken.groups.tolist() == [1, 0]
    assert taken.time.tolist() == [7, 9]
    assert taken.sample_weight.tolist() == [3, 1]
    assert taken.notes == ("a note",)
    assert DATASET.frame.index.tolist() == [4, 5, 6, 7]


def test_classes_stay_although_none_of_their_rows_is_taken():
    taken = DATASET.take(np.array([True, True, False, False]))
    assert taken.classes == ("a", "b", "c")
    assert taken.counts.tolist() == [1, 1, 0]
    assert DATASET.counts.tolist() == [2, 1, 1]


def test_what_is_not_given_stays_none():
    plain = Dataset("t", DATASET.frame, DATASET.target, DATASET.classes, None, DATASET.roles)
    taken = plain.take([1])
    assert (taken.groups, taken.time, taken.sample_weight) == (None, None, None)
    assert plain.imbalance_ratio == 2


def test_dropped_columns_are_those_that_nobody_asked_to_drop():
    table = {"x": [1.5, 2, 2, 3], "one": [7, 7, 7, 7], "skip": [1, 2, 3, 9], "y": [0, 1, 0, 1]}
    dataset = make_dataset(table, "y", ignore="skip")
    assert dataset.dropped == {"one": "one value only, '7'"}

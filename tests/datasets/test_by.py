"""Columns that results are shown by."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import make_dataset
from rarebit.exceptions import InputError

TABLE = pd.DataFrame(
    {
        "x": np.arange(8.0),
        "sex": list("fmfmfmfm"),
        "age": ["40,5", "50", "60", "70", "", "45", "55", "65"],
        "id": [f"p{k}" for k in range(8)],
        "y": ["no", None, "yes", "no", "no", "yes", "no", "no"],
    }
)


def test_a_column_may_be_a_feature_or_ignored():
    found = make_dataset(TABLE, "y", ignore="sex", by=["sex", "age"])
    assert list(found.frame) == ["x", "age"]
    assert found.by.columns.tolist() == ["sex", "age"]
    assert found.by.sex.tolist() == list("ffmfmfm")  # without the row that has no label
    np.testing.assert_array_equal(found.by.age, [40.5, 60, 70, np.nan, 45, 55, 65])


def test_rows_keep_their_values():
    found = make_dataset(TABLE, "y", by="sex").take([1, 2])
    assert found.by.sex.tolist() == ["f", "m"]


def test_a_column_that_cannot_be_a_feature_is_text():
    assert make_dataset(TABLE, "y", by="id").by.id.tolist()[:2] == ["p0", "p2"]


@pytest.mark.parametrize("by", ["y", ["sex", "y"]])
def test_the_target_is_no_subgroup(by):
    with pytest.raises(InputError, match="column 'y' cannot be target and by at once"):
        make_dataset(TABLE, "y", by=by)

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from rarebit.datasets import Role, as_frame, infer_columns
from rarebit.exceptions import InputError

TABLE = {"n": [1, 2, 3], "s": ["a", None, "c"]}


def test_pandas_is_not_changed():
    frame = pd.DataFrame(TABLE, index=[5, 6, 7]).rename(columns={"n": 0})
    result = as_frame(frame)
    assert result.columns.tolist() == ["0", "s"]
    assert result.index.tolist() == [0, 1, 2]
    assert frame.columns.tolist() == [0, "s"]
    assert frame.index.tolist() == [5, 6, 7]


def test_polars():
    polars = pytest.importorskip("polars")
    frame = as_frame(polars.DataFrame({**TABLE, "c": polars.Series([True, None, False])}))
    assert frame["n"].tolist() == [1, 2, 3]
    roles, _ = infer_columns(frame)
    assert roles["c"] is Role.BOOLEAN


def test_arrow():
    arrow = pytest.importorskip("pyarrow")
    assert as_frame(arrow.table(TABLE))["n"].tolist() == [1, 2, 3]


def test_arrays_lists_mappings_and_sparse():
    values = np.arange(6.0).reshape(3, 2)
    for X in (
        values,
        values.tolist(),
        {"x0": [0, 2, 4], "x1": [1, 3, 5]},
        scipy.sparse.csr_array(values),
    ):
        frame = as_frame(X)
        assert frame.columns.tolist() == ["x0", "x1"]
        np.testing.assert_array_equal(frame.to_numpy(), values)


def test_what_is_no_table():
    with pytest.raises(InputError, match="1 dimension"):
        as_frame([1, 2])
    with pytest.raises(InputError, match="more than one column named 'a'"):
        as_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(InputError, match="more than one column named '1'"):
        as_frame(pd.DataFrame([[1, 2]], columns=["1", 1]))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1, 2], "b": [1, 2, 3]}, "not of one length: 'a' has 2 values, 'b' has 3"),
        ({"a": np.zeros((3, 2)), "b": [1, 2, 3]}, r"column 'a' of the table has shape \(3, 2\)"),
        ({"a": 1, "b": 2}, "cannot be made of these columns"),
        ([[1, 2], [3]], "rows of the table are not of one length"),
    ],
)
def test_tables_of_uneven_parts(table, message):
    with pytest.raises(InputError, match=message):
        as_frame(table)


def test_one_value_may_stand_for_a_column():
    assert as_frame({"a": [1, 2], "b": 0})["b"].tolist() == [0, 0]

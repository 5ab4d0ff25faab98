import datetime as dt
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from rarebit._common.frames import (
    as_column_name,
    as_frame,
    as_pandas,
    check_columns,
    collected,
    with_rows_below,
)
from rarebit.datasets import Role, infer_columns
from rarebit.exceptions import InputError

TABLE = {"n": [1, 2, 3], "s": ["a", None, "c"]}


def test_pandas_is_not_changed():
    frame = pd.DataFrame(TABLE, index=[5, 6, 7]).rename(columns={"n": 0})
    result = as_frame(frame)
    assert result.columns.tolist() == ["0", "s"]
    assert result.index.tolist() == [0, 1, 2]
    assert frame.columns.tolist() == [0, "s"]
    assert frame.index.tolist() == [5, 6, 7]


def test_bytes_are_the_text_that_they_hold():
    cells = {"a": [b"\xc3\xa4", None, "c"], "b": [bytearray(b"x"), b"", 1], "c": [b"x", b"\xff", 1]}
    frame = as_frame(cells)
    assert frame["a"].tolist() == ["ä", None, "c"]
    assert frame["b"].tolist() == ["x", "", 1]
    assert frame["c"].tolist() == ["x", b"\xff", 1]


def test_the_levels_of_names_are_joined():
    frame = pd.DataFrame(
        [[1, 2, 3]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", "")])
    )
    assert as_frame(frame).columns.tolist() == ["a.1", "a.2", "b"]
    assert as_column_name(("a", 1), as_frame(frame)) == "a.1"
    labels = (0, 1)
    assert as_column_name(labels, as_frame(frame)) is labels


@pytest.fixture(scope="module")
def polars_table():
    """One polars column of each kind, most with a missing value."""
    polars = pytest.importorskip("polars")
    moments = polars.Series([dt.datetime(2020, 1, 1), None, dt.datetime(2020, 7, 2, 12)])
    return polars.DataFrame(
        {
            "uint8": polars.Series([1, 2, 255], dtype=polars.UInt8),
            "float": [0.5, None, -1.0],
            "integer": [1, None, 3],
            "text": ["a", None, "c"],
            "truth": [True, None, False],
            "date": [dt.date(2020, 1, 31), None, dt.date(1969, 12, 31)],
            "moment": moments,
            "zoned": moments.dt.replace_time_zone("Asia/Tokyo"),
            "category": polars.Series(["2", "1", None], dtype=polars.Categorical),
            "enum": polars.Series(["u", "v", "u"], dtype=polars.Enum(["v", "u"])),
            "decimal": polars.Series([Decimal("1.25"), None, Decimal("3.5")]),
            "duration": [dt.timedelta(1), None, dt.timedelta(hours=2)],
            "list": [[1], [2, 3], None],
            "struct": [{"a": 1}, {"a": 2}, None],
        }
    )


def test_polars_values(polars_table):
    frame = as_frame(polars_table)
    assert frame["uint8"].dtype == np.uint8
    np.testing.assert_array_equal(frame["integer"], [1, np.nan, 3])
    assert frame["zoned"][2] == pd.Timestamp("2020-07-02 12:00", tz="Asia/Tokyo")
    assert frame["date"].dt.year.tolist()[::2] == [2020, 1969]
    assert frame["struct"].tolist() == [{"a": 1}, {"a": 2}, None]
    assert frame["decimal"][0] == Decimal("1.25")


def test_a_polars_category_is_a_category_although_it_looks_like_a_number(polars_table):
    doubled = polars_table.select("category", "truth", "date").vstack(
        polars_table.select("category", "truth", "date")
    )
    roles, _ = infer_columns(doubled)
    assert roles == {"category": Role.CATEGORICAL, "truth": Role.BOOLEAN, "date": Role.DATE}


def doubled(table):
    """A table as pandas, twice."""
    return pd.concat([as_pandas(table)] * 2, ignore_index=True)


def test_rows_below_a_polars_frame_have_its_types(polars_table):
    below = with_rows_below(polars_table, doubled(polars_table))
    assert below.schema == polars_table.schema
    assert below.equals(polars_table.vstack(polars_table))
    for name in polars_table.columns:
        column = polars_table[name]
        below = with_rows_below(column, doubled(column))
        assert (below.name, below.dtype) == (name, column.dtype)
        assert below.to_list() == 2 * column.to_list()


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_long_integers_beside_missing_values_are_exact(kind):
    library = pytest.importorskip(kind)
    columns = {"long": [2**60 + 1, None, -(2**63)], "short": [1, None, 3], "none": [None] * 3}
    make = library.table if kind == "pyarrow" else library.DataFrame
    frame = as_frame(make(columns))
    assert frame["long"].dtype == "Int64"
    assert frame["long"].tolist() == [2**60 + 1, pd.NA, -(2**63)]
    assert frame["short"].dtype == "float64"
    assert frame["none"].isna().all()


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_moments_in_any_unit_and_zone(kind, unit):
    polars = pytest.importorskip("polars")
    pytest.importorskip(kind)
    moments = polars.Series([1_700_000_123_457, -1]).cast(polars.Datetime(unit))
    table = polars.DataFrame(
        {
            "naive": moments,
            "utc": moments.dt.replace_time_zone("UTC"),
            "apart": moments.dt.replace_time_zone("America/Lima"),
            "duration": moments.cast(polars.Int64).cast(polars.Duration(unit)),
        }
    )
    twice = table.vstack(table)
    if kind == "pyarrow":
        table, twice = table.to_arrow(), twice.to_arrow()
    assert with_rows_below(table, doubled(table)).equals(twice)


def test_a_new_column_of_a_polars_result_keeps_its_own_type(polars_table):
    result = pd.DataFrame({"uint8": [1, 2, 255, 7], "new": ["x", None, "y", "z"]})
    below = with_rows_below(polars_table, result)
    assert below["uint8"].dtype == polars_table["uint8"].dtype
    assert below["uint8"].to_list() == [1, 2, 255, 7]
    assert below["new"].to_list() == ["x", None, "y", "z"]


def test_polars_lazy_frames_are_computed(polars_table):
    lazy = polars_table.lazy()
    pd.testing.assert_frame_equal(as_frame(lazy), as_frame(polars_table))
    assert collected(lazy).equals(polars_table)
    assert collected(polars_table) is polars_table


WITHOUT_PYARROW = """
import sys
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "pyarrow" else find_spec(name, *rest)

import polars
from rarebit._common.frames import as_pandas, with_rows_below

table = polars.DataFrame({"n": [1, 2], "s": ["a", None], "t": [True, False]}).with_columns(
    c=polars.Series(["u", "v"], dtype=polars.Categorical), d=polars.date(2020, 1, 1)
)
assert with_rows_below(table, as_pandas(table)).equals(table)
assert with_rows_below(table["c"], as_pandas(table["c"])).equals(table["c"])
print("pyarrow" in sys.modules)
"""


def test_polars_works_without_pyarrow():
    pytest.importorskip("polars")
    command = [sys.executable, "-W", "error", "-c", WITHOUT_PYARROW]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.stderr) == ("False", "")


def test_arrow():
    arrow = pytest.importorskip("pyarrow")
    kinds = arrow.array(["x", None, "y"], arrow.dictionary(arrow.uint32(), arrow.large_string()))
    table = arrow.table({**TABLE, "i": arrow.array([1, None, 3], arrow.int8()), "k": kinds})
    frame = as_frame(table)
    assert frame["n"].tolist() == [1, 2, 3]
    assert frame["k"].isna().tolist() == [False, True, False]
    assert with_rows_below(table, frame).equals(table)
    for name in table.column_names:
        column = with_rows_below(table[name], doubled(table[name]))
        assert column.type == table[name].type
        assert column.to_pylist() == 2 * table[name].to_pylist()
    assert as_frame(table.to_batches()[0])["n"].tolist() == [1, 2, 3]


def test_duckdb_relations_are_computed():
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql(
        "select * from (values (1, 'a', date '2020-01-01'), (2, null, null)) t(n, s, d)"
    )
    frame = as_frame(relation)
    assert frame["n"].tolist() == [1, 2]
    assert frame["s"].isna().tolist() == [False, True]
    assert frame["d"][0] == pd.Timestamp("2020-01-01")
    assert with_rows_below(relation, frame) is frame


@pytest.mark.parametrize("like", [[[1]], np.eye(1), pd.DataFrame({"a": [1]}), None])
def test_a_result_for_anything_else_stays_pandas(like):
    result = pd.DataFrame({"a": [1]})
    assert with_rows_below(like, result) is result


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


def test_what_is_not_a_table():
    with pytest.raises(InputError, match="1 dimension"):
        as_frame([1, 2])
    with pytest.raises(InputError, match="more than one column named 'a'"):
        as_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(InputError, match="more than one column named '1'"):
        as_frame(pd.DataFrame([[1, 2]], columns=["1", 1]))
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match="more than one column named 'a'"):
        as_frame(arrow.Table.from_arrays([arrow.array([1])] * 2, names=["a", "a"]))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1, 2], "b": [1, 2, 3]}, "differ in length: 'a' has 2 values, 'b' has 3"),
        ({"a": np.zeros((3, 2)), "b": [1, 2, 3]}, r"column 'a' of the table has shape \(3, 2\)"),
        ({"a": 1, "b": 2}, "cannot be made of these columns"),
        ([[1, 2], [3]], "rows of the table differ in length"),
    ],
)
def test_columns_or_rows_of_different_lengths(table, message):
    with pytest.raises(InputError, match=message):
        as_frame(table)


def test_one_value_may_stand_for_a_column():
    assert as_frame({"a": [1, 2], "b": 0})["b"].tolist() == [0, 0]


def test_all_missing_columns_are_named_at_once():
    frame = pd.DataFrame({"age": [1], "sex": [0]})
    check_columns(frame, ["sex", "age"])
    with pytest.raises(InputError, match=r"no columns 'dose', 'ward' \(for x\); it has 'age', 's"):
        check_columns(frame, ["dose", "age", "ward"], "x")
    with pytest.raises(InputError, match="no column 'SEX': did you mean 'sex'"):
        check_columns(frame, ["SEX"])
    with pytest.raises(InputError, match="no column 'dose'; it has 'a', one column only: separate"):
        check_columns(pd.DataFrame({"a": [1]}), ["dose"])

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.values import (
    as_text,
    parse_booleans,
    parse_categories,
    parse_dates,
    parse_numbers,
)

NAN = np.nan
WORDS = ["", " ", "NA", "na", "N/A", "nan", "NaN", "null", "NULL", "?", "<NA>", "#N/A"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("+5", 5),
        ("-.5", -0.5),
        ("1e3", 1000),
        ("1,234", 1234),
        ("-1,234,567.5", -1234567.5),
        ("1,5", NAN),
        ("12,34", NAN),
        ("1_000", 1000),
        ("1_00", NAN),
        ("12%", NAN),  # a unit is read where the column has it
        ("1.234,50 €", NAN),
        ("%", NAN),
        ("5 %%", NAN),
        ("5 kg", NAN),
        ("inf", NAN),
        ("0x10", NAN),
        ("x", NAN),
        ("True", NAN),
        (Decimal("1.5"), 1.5),
        (None, NAN),
        (float("inf"), NAN),
        ([1], NAN),
        ({"a": 1}, NAN),
        (b"5", NAN),
    ],
)
def test_numbers(cell, number):
    # Alone, and beside a cell that makes the fast way fail.
    np.testing.assert_array_equal(parse_numbers(pd.Series([cell], dtype=object)), [number])
    both = parse_numbers(pd.Series([cell, "x"], dtype=object))
    np.testing.assert_array_equal(both, [number, NAN])


@given(st.floats(allow_infinity=False))
def test_a_number_and_its_text_are_the_same(x):
    texts = pd.Series([repr(x), str(np.float64(x)), "1,000"])
    np.testing.assert_array_equal(parse_numbers(texts), [x, x, 1000])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 0, None], dtype="Int64"),
        pd.Series([1, 0, None], dtype="Float32"),
        pd.Series([True, False, None], dtype="boolean"),
        pd.Series([1.0, 0.0, np.inf]),
        pd.Series(["1", "0", "?"]),
        pd.Series(["1", "0", None], dtype="category"),
        pd.Series(pd.to_timedelta([1, 0, None], unit="D")),
        pd.Series([1.0, 0.0, NAN], dtype=pd.SparseDtype(float)),
    ],
)
def test_numbers_of_every_type(column):
    numbers = parse_numbers(column)
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, [1, 0, NAN])


@pytest.mark.parametrize(
    "words", [("true", "false"), ("Yes", "NO"), ("y", "n"), ("T", "F"), (1, 0)]
)
def test_truth_values(words):
    column = pd.Series([*words, "perhaps", None], dtype=object)
    np.testing.assert_array_equal(parse_booleans(column), [1, 0, NAN, NAN])


def test_truth_values_of_numbers():
    np.testing.assert_array_equal(parse_booleans(pd.Series([1.0, 0.0, 2.0, NAN])), [1, 0, NAN, NAN])


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("1970-01-01", 0),
        ("1969-12-31", -1),
        ("2000-03-01", 11017),
        ("1970-01-02T06:00", 1.25),
        ("1970-01-02 06:00:00.000", 1.25),
        ("1970-01-01T00:00+01:00", -1 / 24),
        ("1970/1/3", 2),
        ("31.1.1970", 30),
        ("3 Jan 1970", 2),
        ("1800-01-01", -62091),
        ("2021-02-30", NAN),
        ("03/04/2021", NAN),
        ("19700103", 2),
        ("2021", NAN),
        ("soon", NAN),
        (dt.date(1970, 1, 2), 1),
        (dt.datetime(1970, 1, 2, 12), 1.5),
        (None, NAN),
    ],
)
def test_dates(cell, days):
    np.testing.assert_allclose(parse_dates(pd.Series([cell], dtype=object)), [days], rtol=1e-15)
    mixed = parse_dates(pd.Series(["1.2.2000", cell], dtype=object))
    np.testing.assert_allclose(mixed[1:], [days], rtol=1e-15)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_date_types_of_every_unit(unit):
    column = pd.Series(np.array(["1970-01-02T12", "NaT"], dtype=f"datetime64[{unit}]"))
    np.testing.assert_array_equal(parse_dates(column), [1.5, NAN])
    zoned = column.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    np.testing.assert_array_equal(parse_dates(zoned), [1.5, NAN])


@pytest.mark.parametrize(
    "column", [[1, 2, None], [1.0, 2.0, NAN], ["1", "2", "?"], ["+1", "2.0", ""]]
)
def test_categories_do_not_depend_on_how_a_file_writes_numbers(column):
    assert parse_categories(pd.Series(column)).tolist() == ["1", "2", None]


def test_a_unit_is_part_of_a_category():
    assert parse_categories(pd.Series(["5%", "5", "$5"])).tolist() == ["5%", "5", "$5"]


def test_categories():
    cells = ["a", " a ", "A", "<script>", "=cmd()", "größe", "1.50", "inf", True]
    expected = ["a", "a", "A", "<script>", "=cmd()", "größe", "1.5", "inf", "True"]
    assert parse_categories(pd.Series(cells, dtype=object)).tolist() == expected


@pytest.mark.parametrize("missing", [*WORDS, None, NAN, pd.NA, pd.NaT, np.float32("nan")])
def test_missing(missing):
    column = pd.Series([missing, "x"], dtype=object)
    assert as_text(column).tolist() == [None, "x"]


def test_none_the_word_is_a_value():
    assert as_text(pd.Series(["none", "None"])).tolist() == ["none", "None"]


def test_an_infinite_number_is_missing_in_a_column_of_presence():
    column = pd.DataFrame({"x": [1.0, np.inf, np.nan]})
    assert clean_values(column, {"x": Role.PRESENCE})["x"].tolist() == [1.0, 0.0, 0.0]

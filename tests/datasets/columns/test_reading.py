"""From the cells of whole columns to roles, spellings and what users are told."""

import numpy as np
import pandas as pd
import pytest
from one_column import NUMBERS, RNG, N, read, some

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.cleaning import values_as_read
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    "mark",
    [
        *("-", "--", ".", "*", "None", "#DIV/0!", "#VALUE!", "unknown", "(null)", "\\N", "missing"),
        *("n.a.", "refused", "machine was off"),
    ],
)
def test_a_mark_for_missing_among_numbers(mark):
    reading, values, reason = read(some(mark))
    assert reading.roles == {"x": Role.NUMERIC}
    assert reading.spellings["x"].missing == (mark,)
    np.testing.assert_array_equal(values, np.where(np.arange(N) % 5 == 0, np.nan, NUMBERS))
    n_values = len(set(NUMBERS[np.arange(N) % 5 > 0]))
    assert reason == f"{n_values} different numbers; '{mark}' counts as missing (40 cells)"
    assert reading.notes == [f"Column 'x': '{mark}' counts as missing (40 cells)."]


def test_several_marks_are_all_named():
    cells = some("-", some("broken", NUMBERS, 7), 5)
    reading, values, _ = read(cells)
    assert reading.notes == ["Column 'x': '-' (40 cells) and 'broken' (23 cells) count as missing."]
    assert values.isna().sum() == 63


def test_a_word_among_few_numbers_is_a_category():
    assert (
        read([("0", "1", "2", "many")[k % 4] for k in range(N)])[0].roles["x"] is Role.CATEGORICAL
    )
    assert read([("0", "1", "2", "-")[k % 4] for k in range(N)])[0].roles["x"] is Role.NUMERIC


def test_words_that_are_too_many_for_marks_leave_no_number():
    cells = [f"word{k}" if k % 5 == 0 else str(number) for k, number in enumerate(NUMBERS)]
    assert read(cells)[0].roles == {}


@pytest.mark.parametrize(
    ("unit", "said"),
    [("mg", True), ("kg/m2", True), ("%", False), ("€", False), ("USD", False)],
)
def test_a_unit_of_the_whole_column(unit, said):
    reading, values, reason = read([f"{number} {unit}" for number in NUMBERS])
    np.testing.assert_array_equal(values, NUMBERS)
    assert f"; the unit is {unit!r}" in reason
    assert reading.notes == ([f"Column 'x': the unit is {unit!r}."] if said else [])


def test_cells_without_the_unit_are_counted():
    cells = [f"{number}%" if k % 2 else str(number) for k, number in enumerate(NUMBERS)]
    reading, values, _ = read(cells)
    np.testing.assert_array_equal(values, NUMBERS)
    assert reading.notes == ["Column 'x': the unit is '%', also of cells without it (100)."]


def test_two_units_are_no_number():
    assert read([f"{n} {'mg' if k % 2 else 'g'}" for k, n in enumerate(NUMBERS)])[0].roles == {}


def test_detection_limits():
    cells = [f"{number:.0f}" if number > 200 else "<200" for number in NUMBERS]
    reading, values, _ = read(cells)
    n_limits = cells.count("<200")
    assert n_limits > 20
    assert reading.roles["x"] is Role.NUMERIC
    assert values.min() == 200
    assert reading.notes == [
        f"Column 'x': limits such as '<200' are read as the limit itself: {n_limits} cells."
    ]
    # Where all is limits, they are classes
    assert read(["<=50K", ">50K"] * 100)[0].roles["x"] is Role.CATEGORICAL


@pytest.mark.parametrize(
    ("cells", "role"),
    [
        (["00501", "10001", "90210"], Role.CATEGORICAL),
        (["007", "7", "12"], Role.CATEGORICAL),
        (["01", "02", "12"], Role.NUMERIC),
        ([str(2**60 + k) for k in range(3)], Role.CATEGORICAL),
        ([2**60 + k for k in range(3)], Role.CATEGORICAL),
    ],
)
def test_codes_are_not_merged(cells, role):
    column = [cells[k % 3] for k in range(N)]
    reading, values, _ = read(column)
    assert reading.roles["x"] is role
    assert values.nunique() == 3
    if role is Role.CATEGORICAL:
        assert values.tolist() == [str(cell) for cell in column]


@pytest.mark.parametrize(
    "cells",
    [
        [f"{k * 97:05d}" for k in range(N)],
        [f"{k * 97:07d}" for k in range(N)],
        [f"0049170{k:06d}" for k in range(N)],
        [str(10**16 + k) for k in range(N)],
    ],
)
def test_codes_that_all_differ_are_no_numbers(cells):
    reading, _, reason = read(cells)
    assert reading.roles == {}
    assert reason == (
        "dropped: every value is different, looks like an identifier; digits that are a code"
    )


def test_one_number_with_a_leading_zero_makes_no_code():
    cells = [str(7 * k) for k in range(1, N)] + ["012"]
    assert read(cells)[0].roles == {"x": Role.NUMERIC}
    codes = [str(10**16 + k % 50) for k in range(N)]
    assert read(codes)[0].roles == {"x": Role.TEXT}


def test_multiples_are_multiplied():
    cells = [f"{k}.5K" if k % 2 else str(k) for k in range(N)]
    reading, values, _ = read(cells)
    np.testing.assert_array_equal(values, [k * 1000 + 500 if k % 2 else k for k in range(N)])
    assert reading.notes == ["Column 'x': '1.5K' is read as 1500, and others like it: 100 cells."]


def test_per_cent_among_fractions():
    cells = [f"{k / 10}%" if k % 20 == 0 else str(k / 1000) for k in range(N)]
    reading, values, _ = read(cells)
    np.testing.assert_array_equal(values, [k / 1000 for k in range(N)])
    assert reading.notes == ["Column 'x': '0.0%' is read as 0, like the cells without % (190)."]


def test_a_comma_that_is_decimal_in_a_column_of_points():
    numbers = [f"{k * 7 / 1000:.3f}" for k in range(1, N + 1)]
    cells = [cell.replace(".", ",") if k % 10 == 0 else cell for k, cell in enumerate(numbers)]
    reading, values, _ = read(cells)
    assert values.tolist() == [*map(float, numbers)]
    assert reading.notes == [
        "Column 'x': decimal points and decimal commas are each read as they stand."
    ]


@pytest.mark.parametrize("every", [2, 3, 10])
def test_numbers_and_text_in_one_column(every):
    cells = [f"{x:.2f}".replace(".", ",") if k % every == 0 else x for k, x in enumerate(NUMBERS)]
    reading, values, _ = read(cells)
    assert reading.spellings["x"] == Spelling(decimal=",")
    np.testing.assert_array_equal(values, NUMBERS)


def test_text_with_thousands_among_whole_numbers():
    numbers = range(900, 900 + 7 * N, 7)
    cells = [n if k % 3 else f"{n:,}".replace(",", ".") for k, n in enumerate(numbers)]
    reading, values, _ = read(cells)
    assert values.tolist() == [*numbers]
    assert reading.notes == [
        "Column 'x': cells that can be read in two ways are read as thousands."
    ]


def test_a_dash_beside_a_currency_is_zero():
    cells = [" $-   " if k % 5 == 0 else f" ${x:,.2f} " for k, x in enumerate(NUMBERS)]
    _, values, _ = read(cells)
    np.testing.assert_array_equal(values, np.where(np.arange(N) % 5, NUMBERS, 0))


def test_long_numbers_of_an_integer_column_are_told_apart():
    column = pd.Series([2**60 + k % 3 for k in range(N)])
    reading = read_columns(pd.DataFrame({"x": column}))
    assert reading.roles["x"] is Role.CATEGORICAL
    names = pd.Series(range(2**60, 2**60 + N))
    (report,) = read_columns(pd.DataFrame({"x": names})).reports
    assert "looks like an identifier" in report.reason


def test_most_cells_may_be_marks_for_missing():
    cells = [
        "-" if k % 10 else f"{number:.2f}".replace(".", ",") for k, number in enumerate(NUMBERS)
    ]
    reading, values, _ = read(cells)
    assert reading.spellings["x"] == Spelling(decimal=",", missing=("-",))
    np.testing.assert_array_equal(values[::10], NUMBERS[::10])


def test_infinity_is_said_to_be_missing():
    assert read(some("inf"))[0].notes == ["Column 'x': 'inf' counts as missing (40 cells)."]


@pytest.mark.parametrize(
    "cells",
    [["Y", ""], ["1", ""], ["2021-05-01", None], ["1,5", "?"], ["True", "NA"], ["free text", ""]],
)
def test_one_value_or_nothing(cells):
    reading, values, reason = read([cells[k % 4 > 0] for k in range(N)])
    assert reading.roles["x"] is Role.PRESENCE
    assert values.tolist() == [float(k % 4 == 0) for k in range(N)]
    assert reason.startswith(f"present or missing: one value, {cells[0]!r}, in 50 of 200 rows")


@pytest.mark.parametrize("value", [7, 1.5, True, np.datetime64("2021-05-01", "us")])
def test_one_typed_value_or_nothing(value):
    column = pd.Series([value if k % 4 == 0 else None for k in range(N)]).convert_dtypes()
    frame = pd.DataFrame({"x": column})
    assert read_columns(frame).roles == {"x": Role.PRESENCE}
    values = clean_values(frame, {"x": Role.PRESENCE})["x"]
    assert values.tolist() == [float(k % 4 == 0) for k in range(N)]


@pytest.mark.parametrize("value", ["a", "1", 1, True, None, "?"])
def test_only_what_is_the_same_in_every_row_is_dropped(value):
    reading = read([value] * N)[0]
    assert reading.roles == {}


def test_words_for_missing_that_could_be_values_are_counted():
    countries = ["NA", "ZA", "BW", "", " NA ", None, "null"]
    reading, values, reason = read([countries[k % 7] for k in range(210)], "country")
    assert reading.roles == {"country": Role.CATEGORICAL}
    assert values.isna().sum() == 150
    assert reading.notes == [
        "Column 'country': 'NA' (60 cells) and 'null' (30 cells) count as missing."
    ]
    assert reason == "text, 2 values; 'NA' (60 cells) and 'null' (30 cells) count as missing"
    asked, _, _ = read(["NA", "ZA"] * 9, "country", country="categorical")
    assert asked.notes == ["Column 'country': 'NA' counts as missing (9 cells)."]
    # No value is spelt like these; among numbers, no word is one
    assert read(["nan", "ZA", "BW", "?"] * 9)[0].notes == []
    assert read(pd.Series([1.5, np.nan, 2.5] * 9))[0].notes == []


def test_a_user_decides():
    frame = pd.DataFrame(
        {
            "zip": RNG.integers(1, 9, N),
            "lab": [str(n) if k % 2 else f"word{k}" for k, n in enumerate(NUMBERS)],
            "note": "x",
            "age": NUMBERS,
        }
    )
    roles = {"zip": "categorical", "lab": "numeric", "age": "drop"}
    reading = read_columns(frame, roles)
    assert reading.roles == {"zip": Role.CATEGORICAL, "lab": Role.NUMERIC}
    assert [report.reason for report in reading.reports] == [
        "categorical, as asked for",
        "numeric, as asked for; cells that are not numbers, such as 'word0', count as missing "
        "(100)",
        "dropped: one value only, 'x'",
        "dropped: as asked for",
    ]
    assert reading.dropped == {"note": "one value only, 'x'"}


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"agee": "numeric"}, r"no column 'agee' \(for roles\): did you mean 'age'"),
        (
            {"age": "number"},
            "is 'number': give 'numeric', 'boolean', 'categorical', 'date', 'text' or 'drop'.",
        ),
        ("age", r"roles is 'age': give a dict"),
    ],
)
def test_roles_that_cannot_be(roles, message):
    with pytest.raises(InputError, match=message):
        read_columns(pd.DataFrame({"age": [1, 2]}), roles)


@pytest.mark.parametrize(
    ("cells", "new", "present"),
    [
        (["X", ""], ["X", " x", "no", "-", "0", "FALSE", ""], [1, 1, 0, 0, 0, 0, 0]),
        (["1", ""], ["1", "1.0", "0", ""], [1, 1, 0, 0]),
        ([1.0, None], [1, 0], [1, 0]),
        (["5 mg", None], ["5 mg", "6 mg"], [1, 0]),
    ],
)
def test_only_the_value_of_training_is_present(cells, new, present):
    reading = read_columns(pd.DataFrame({"x": cells * 20}))
    values = clean_values(pd.DataFrame({"x": new}), reading.roles, reading.spellings)
    assert values["x"].tolist() == present
    # What is made of a table is read again in every fold
    frame = values_as_read(pd.DataFrame({"x": cells * 20}), reading.roles, reading.spellings)
    again = read_columns(frame)
    assert (again.roles, again.spellings) == (reading.roles, reading.spellings)
    assert clean_values(frame, again.roles, again.spellings)["x"].tolist() == [1.0, 0.0] * 20

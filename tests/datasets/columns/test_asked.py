"""Columns in a role that the user chose, and cells that do not fit it."""

import pandas as pd
import pytest

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.cleaning import values_as_read
from rarebit.datasets.columns.reading import read_columns
from rarebit.exceptions import InputError


@pytest.mark.parametrize("role", [Role.CATEGORICAL, Role.TEXT, Role.BOOLEAN])
def test_a_user_decides_on_text(role):
    column = ["yes", " no", None] * 20
    frame = pd.DataFrame({"x": column})
    reading = read_columns(frame, {"x": role.value})
    assert reading.roles == {"x": role}
    assert reading.reports[0].reason == f"{role}, as asked for"
    values = clean_values(frame, reading.roles, reading.spellings)["x"]
    meant = [1.0, 0.0] if role is Role.BOOLEAN else ["yes", "no"]
    assert values.dropna().tolist() == meant * 20
    as_read = values_as_read(frame, reading.roles, reading.spellings)["x"]
    assert as_read.dropna().tolist() == meant * 20


@pytest.mark.parametrize(
    ("role", "column", "message"),
    [
        ("boolean", ["ja", "nein"], r"'x' cannot be boolean: its cells, such as 'ja', are not"),
        ("boolean", [3, 4], r"'x' cannot be boolean: its cells, such as '3'"),
        ("numeric", ["ja", "nein"], r"'x' cannot be numeric: .* are not numbers; choose another"),
        ("date", [0.5, 1.5], r"'x' cannot be date: .* are not dates"),
    ],
)
def test_a_role_that_no_cell_fits(role, column, message):
    with pytest.raises(InputError, match=message):
        read_columns(pd.DataFrame({"x": column}), {"x": role})


@pytest.mark.parametrize("column", [["yes", "no", "ja"], [1, 0, 7]])
def test_cells_that_do_not_fit_a_role_are_counted(column):
    reading = read_columns(pd.DataFrame({"x": column * 9}), {"x": "boolean"})
    lost = column[2]
    assert reading.notes == [
        f"Column 'x': cells that are not true or false, such as '{lost}', count as missing (9)."
    ]

"""Columns of numbers with multiples, units and amounts, and why others are not read."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import clean_values
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.columns.survey import find_spellings


def reading(cells):
    """Role, values and reason of a column."""
    frame = pd.DataFrame({"x": cells})
    found = read_columns(frame)
    values = clean_values(frame, found.roles, found.spellings)
    return [*values.get("x", pd.Series(dtype=float))], found.reports[0].reason


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["671.1M", "805.2B", "12K", "1.5T"], [671.1e6, 805.2e9, 12e3, 1.5e12]),
        (["4.0K", "1.2M", "1.1G"], [4e3, 1.2e6, 1.1e9]),
        (["671,1M", "805,2bn", "1,1B"], [671.1e6, 805.2e9, 1.1e9]),
        (["$900M", "$2.1B", "$0"], [9e8, 2.1e9, 0]),
        (["1.5B", "2B", "3.1B"], [1.5, 2, 3.1]),  # one unit, whatever it is
    ],
)
def test_multiples_agree_in_a_column(cells, values):
    np.testing.assert_allclose(reading(cells)[0], values)


def test_new_rows_take_the_multiples_of_training_or_their_own():
    train, new = ({"x": cells} for cells in (["671.1M", "805.2B"], ["805.2B", "1B"]))
    known = read_columns(pd.DataFrame(train))
    spellings = find_spellings(pd.DataFrame(new), known.roles, known.spellings)
    assert [*clean_values(pd.DataFrame(new), known.roles, spellings)["x"]] == [805.2e9, 1e9]
    plain = read_columns(pd.DataFrame({"x": [671.1e6, 805.2e9]}))
    spellings = find_spellings(pd.DataFrame(train), plain.roles, plain.spellings)
    assert [*clean_values(pd.DataFrame(train), plain.roles, spellings)["x"]] == [671.1e6, 805.2e9]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["Rp 1.000", "Rp 12.500"], [1000, 12500]),
        (["¥1,234", "¥12,500"], [1234, 12500]),
        (["$1.234", "$937", "$12", "$450"], [1234, 937, 12, 450]),
        (["100 CR", "20 DR", "7.50 CR"], [100, -20, 7.5]),
    ],
)
def test_amounts_of_money(cells, values):
    assert reading(cells)[0] == values


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            ["5 mg", "6 mg", "7 kg", "8 kg"],
            "dropped: numbers in several units, 'mg' (2) and 'kg' (2): write all in one",
        ),
        (
            ["12:45", "58:32", "1:10:00", "1:02:11"],
            "dropped: numbers in several units, 'h:mm' (2) and 'h:mm:ss' (2): write all in one",
        ),
        (
            ["512B", "4.0K", "1.1G", "2K"],
            "dropped: numbers in several units, none (2), 'B' (1) and 'G' (1): write all in one",
        ),
        (
            ["1", "2", "3", "x", "y"],
            "dropped: numbers (3) beside other cells, such as 'x' (2): leave those empty, or give "
            "the column the role numeric",
        ),
        (
            ["1.5*", "2.5*", "3.5*"],
            "dropped: every value is different, looks like an identifier; if they are numbers, "
            "write 1234.5, not '1.5*'",
        ),
        (
            [f"{k}{'ABCDEFGH'[k % 8]}" for k in range(40)],
            "dropped: every value is different, looks like an identifier",
        ),
    ],
)
def test_the_reason_why_numbers_are_not_read(cells, reason):
    assert reading(cells)[1] == reason


def test_stages_are_categories():
    assert reading(["1A", "1B", "2A", "2B", "3B"] * 5)[1] == "text, 5 values"

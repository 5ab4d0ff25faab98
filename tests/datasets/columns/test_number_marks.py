"""What a column's cells say about how its numbers are written."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets.columns.number_marks import NumberMarks


def marks_of(*texts):
    marks = NumberMarks()
    marks.add(np.array(texts, dtype=object), np.ones(len(texts), dtype=np.int64))
    return marks


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["1,234", "1,5"], ","),
        (["1,234", "0,207"], ","),
        (["1,234", "12,3456"], ","),
        (["1,234", "1234,567"], ","),
        (["1,234", "1,234,567"], "."),
        (["1,234", "1,234.5"], "."),
        (["1,234", "5.25"], "."),
        (["1.234", "5.25"], "."),
        (["1.234", "0.207"], "."),
        (["1.234", "75.0"], "."),
        (["1.234", "1.234,5"], ","),
        (["1.234", "1.234.567"], ","),
        (["1,5", "2,5", "3.5"], ","),
        (["1 234,567"], ","),
        (["1,234e2"], ","),
        # Nothing tells
        (["1,234", "12,500", "7"], ""),
        (["1.234", "12.500", "7"], ""),
        (["1", "2"], ""),
        (["a,b", "1,23,45"], ""),
    ],
)
def test_the_decimal_mark_is_found_from_all_cells(texts, decimal):
    assert marks_of(*texts).decimal == decimal


def test_counted_over_chunks_as_over_the_whole():
    cells = np.array(["1,5", "2,25 mg", "<3 mg", None, "x", "7", "7"], dtype=object)
    whole, parts = NumberMarks(), NumberMarks()
    codes, texts = pd.factorize(cells)
    whole.add(texts, np.bincount(codes[codes >= 0]))
    for cell in cells:
        parts.add_cells(np.array([cell], dtype=object))
    assert whole == parts
    assert whole.settled == {",": 2}
    assert whole.units == {"": 3, "mg": 2}
    assert (whole.numbers, whole.limits) == (5, 1)


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        (["5 mg", "6 mg"], "mg"),
        (["5 mg", "6 mg", "7", "8"], "mg"),
        (["5 mg", "6", "7", "8"], ""),  # a remark
        (["5%", "6", "7", "8"], "%"),
        (["$5", "$6", "€7"], "$"),
        (["€5", "6 EUR", "7 EUR", "$8", "$9"], "EUR"),
        (["5 mg", "6 MG", "7 mg.", "8", "9", "10"], "mg"),
        (["5", "6"], ""),
    ],
)
def test_the_unit_of_a_column(texts, unit):
    assert marks_of(*texts).unit == unit


@pytest.mark.parametrize(
    ("texts", "both"),
    [
        (["1.669", "0.5", "0,492", "2,003"], True),
        (["1,5", "2,5", "3.5"], True),
        (["1.5", "2.5", "1,234"], False),
        (["1.5", "2.5", "0,5", "1,234,567"], False),
        (["1.5", "2.5", "0,5", "1,234.5"], False),
        (["1", "2"], False),
    ],
)
def test_both_marks_are_for_decimals(texts, both):
    assert marks_of(*texts).both_marks is both


@pytest.mark.parametrize(
    ("texts", "grouped"),
    [
        (["2.003", "937", "12", "450"], True),
        (["2.003", "937", "0", "0"], False),
        (["60.667", "75.0", "50.0", "81.0"], False),
        (["2.003", "937", "12", "450", "2003"], False),
        (["2.003", "937", "12", "450", "1.5"], False),
        (["2,003", "937", "12", "450"], False),
    ],
)
def test_points_seem_to_separate_thousands(texts, grouped):
    assert marks_of(*texts).is_grouped is grouped


@pytest.mark.parametrize(
    ("texts", "fractions"),
    [
        (["16.7%", "0.25", "1"], True),
        (["16,7%", "0,25"], True),
        (["16.7%", "25.5"], False),
        (["16.7%", "0", "1"], False),
        (["0.7%", "0.5"], False),
        (["16.7%", "5%"], False),
        (["16.7 mg", "0.25"], False),
    ],
)
def test_per_cent_beside_fractions(texts, fractions):
    assert marks_of(*texts).fractions is fractions


@given(st.integers(1000, 999_999).filter(lambda n: n % 1000))
def test_three_decimals_may_be_thousands(number):
    text = f"{number:,}"
    assert marks_of(text).open == {",": 1}
    assert marks_of(text.replace(",", ".")).open == {".": 1}
    typed = NumberMarks()
    typed.add_plain(np.array([number / 1000]))
    assert typed.open == {".": 1}

"""Numbers in every spelling, and what a column's cells say about how they are written."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets import clean_values
from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.numbers import plain_numbers, read_number, take_apart
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.columns.survey import find_spellings
from rarebit.datasets.spellings import Spelling

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1234.5", 1234.5, NAN),
        ("1234,5", NAN, 1234.5),
        ("1,234", 1234, 1.234),
        ("1.234", 1.234, 1234),
        ("0,207", NAN, 0.207),
        ("-0,581", NAN, -0.581),
        ("1.613,16", NAN, 1613.16),
        ("1,613.16", 1613.16, NAN),
        ("1'234.50", 1234.5, NAN),
        ("1\u2019234,50", NAN, 1234.5),
        ("1 234 567,8", NAN, 1234567.8),
        ("1\u00a0234.5", 1234.5, NAN),
        ("1\u202f234,5", NAN, 1234.5),
        ("1,234,567", 1234567, NAN),
        ("1.234.567", NAN, 1234567),
        ("12,34,567.5", 1234567.5, NAN),
        ("12,34", NAN, 12.34),
        ("1,23,45", NAN, NAN),
        ("1 23", NAN, NAN),
        ("(1,234.50)", -1234.5, NAN),
        ("12.50-", -12.5, NAN),
        ("\u221212,5", NAN, -12.5),
        ("\u201312.5", -12.5, NAN),
        ("1,5e3", NAN, 1500),
        ("-2.5E-1", -0.25, NAN),
        (".5", 0.5, NAN),
        (",5", NAN, 0.5),
        ("66,-", NAN, 66),  # without cents
        ("66.\u2013 ", 66, NAN),
        ("1.166,-", NAN, 1166),
        ("'5'", 5, 5),
        ('="12.5"', 12.5, NAN),
        ("90+", 90, 90),
        ("--5", NAN, NAN),
        ("(-5)", NAN, NAN),
        ("7_689", 7689, 7689),  # as programmers write
        ("1_234_567.5", 1234567.5, NAN),
        ("1_00", NAN, NAN),
        ("0x10", NAN, NAN),
        ("12:30", NAN, NAN),
        ("2020-08-26", NAN, NAN),
        ("26AUG2020", NAN, NAN),
        ("\uff11\uff12\uff0e\uff15", 12.5, NAN),  # full-width
        ("\u0661\u0662\u066b\u0665", 12.5, NAN),  # Arabic
        ("1.2D+03", 1200, NAN),
        ("'12.5", 12.5, NAN),  # the mark of text in spreadsheets
        ("2.5K", 2500, NAN),
        ("2,5k", NAN, 2500),
        ("1,234M", 1_234_000_000, 1_234_000),
        ("3 Tsd.", 3000, 3000),
        ("4 Mio", 4e6, 4e6),
        ("1Mrd", 1e9, 1e9),
        ("805.2bn", 805.2e9, NAN),
        ("3 bn", 3e9, 3e9),
        ("2e3K", NAN, NAN),
        (".", NAN, NAN),
        ("", NAN, NAN),
    ],
)
def test_both_decimal_marks(text, point, comma):
    read = [read_number(text, Spelling(decimal=mark)) for mark in ".,"]
    np.testing.assert_array_equal(read, [point, comma])


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12%", "%", 12),
        ("-1.5 %", "%", -1.5),
        ("$5", "$", 5),
        ("-$1,234.50", "$", -1234.5),
        ("$-3", "$", -3),
        ("($1,234.50)", "$", -1234.5),
        ("US$ 7", "US$", 7),
        ("1,234.50 €", "€", 1234.5),
        ("£ .5", "£", 0.5),
        ("CHF 1'234.50", "CHF", 1234.5),
        ("12 USD", "USD", 12),
        ("USD12", "USD", 12),
        ("99 kr", "kr", 99),
        ("kr 99", "kr", 99),
        ("9 zł", "zł", 9),
        ("1,166.- €", "€", 1166),
        ("80 kg", "kg", 80),
        ("12.5mg/dL", "mg/dL", 12.5),
        ("24.5 kg/m2", "kg/m2", 24.5),
        ("37.2 °C", "°C", 37.2),
        ("120 mm Hg", "mm Hg", 120),
        ("$(1,234.50)", "$", -1234.5),
        ("(5) €", "€", -5),
        ("$ -", "$", 0),  # in accounts
        ("- €", "€", 0),
        ("4.5 10^9/L", "10^9/L", 4.5),
        ("4.5x10⁹/L", "x10⁹/L", 4.5),
        ("300 K", "K", 300),
        ("5 K/uL", "K/uL", 5),
        ("5 kB", "kB", 5),
        ("1.5 Mio. €", "€", 1_500_000),
        ("$1.2M", "$", 1_200_000),
        ("$2.1B", "$", 2.1e9),
        ("2.1B €", "€", 2.1e9),
        ("1T USD", "USD", 1e12),
        ("805.2B", "B", 805.2),  # may be bytes
        ("Rp 500", "Rp", 500),
        ("100 CR", "CR", 100),
        ("100 DR", "CR", -100),
        ("₹20.50 Dr", "₹ CR", -20.5),
        ("1:30:00", "h:mm:ss", 1.5 / 24),
        ("PT1H30M", "d h m", 1.5 / 24),
    ],
)
def test_units(text, unit, value):
    assert take_apart(text).unit == unit
    assert read_number(text, Spelling(unit=unit)) == value
    # Another unit, or none, is another quantity
    assert np.isnan(read_number(text, Spelling()))
    assert np.isnan(read_number(text, Spelling(unit="ml")))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *(("5 MG", "mg"), ("5 mg.", "mg"), ("5 \u03bcl", "\u00b5l"), ("5 mmHg", "mm Hg")),
        *(("5 EUR", "€"), ("$5", "US$"), ("USD 5", "$"), ("Fr. 5", "CHF")),
        *(("5 kg/m²", "kg/m2"), ("5 x10⁹/L", "10^9/L")),
    ],
)
def test_one_unit_in_several_ways(text, unit):
    assert read_number(text, Spelling(unit=unit)) == 5


def test_rough_numbers():
    assert take_apart("~5").is_noted
    assert not take_apart("~5").is_limit
    assert read_number("≈ 5", Spelling()) == 5


def test_fractions_beside_per_cent():
    spelling = Spelling(unit="%", fractions=True)
    assert [read_number(text, spelling) for text in ("16.7%", "0.167", "1e1%")] == [
        0.167,
        0.167,
        0.1,
    ]


def test_both_marks_in_one_column():
    spelling = Spelling(both_marks=True)
    texts = ["2,003", "2.003", "1,234.5", "1,234,567"]
    assert [read_number(text, spelling) for text in texts] == [2.003, 2.003, 1234.5, 1234567]


@pytest.mark.parametrize("text", ["5 %%", "$5$", "ABC123", "x", "5 a 3", "3 Apr 2021", "%", "1/2"])
def test_what_is_no_number_in_any_unit(text):
    assert take_apart(text) is None


@pytest.mark.parametrize("text", ["<0.5", "< 0.5", "<=0.5", "≤0.5", ">0.5", "≥ 0.5", "0.5+"])
def test_a_limit_is_read_as_the_limit(text):
    assert take_apart(text).is_limit
    assert read_number(text, Spelling()) == 0.5


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_and_its_plain_text_are_the_same(x):
    texts = np.array([repr(x), str(np.float64(x)), "word", None], dtype=object)
    np.testing.assert_array_equal(plain_numbers(texts), [x, x, NAN, NAN])


GROUPED = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)


@given(GROUPED, st.sampled_from([",.", ".,", "'.", " ,", "\u202f,", "\u00a0."]))
def test_grouped_numbers_come_back(number, marks):
    text = f"{number:,.2f}".translate(str.maketrans(",.", marks))
    assert read_number(text, Spelling(decimal=marks[1])) == float(number)


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

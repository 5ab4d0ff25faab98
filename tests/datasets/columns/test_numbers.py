"""Numbers in every spelling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets.columns.numbers import plain_numbers, read_number, take_apart
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

"""Dates in every spelling that can be read in one way only, and the order of day and month."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets.columns.dates import (
    DateMarks,
    begin_with_a_day,
    compact_days,
    read_date,
    read_dates,
    with_serials,
)
from rarebit.datasets.spellings import Spelling

NAN = float("nan")
DAY = (dt.date(2020, 8, 26) - dt.date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("26-Aug-2020", DAY),
        ("26-AUG-20", DAY),
        ("26AUG2020", DAY),
        ("26AUG2020:14:15:00", DAY + 14.25 / 24),
        ("26 August 2020", DAY),
        ("Aug 26, 2020", DAY),
        ("August 26 2020", DAY),
        ("Wed, 26 Aug 2020", DAY),
        ("26th August 2020", DAY),
        ("26. August 2020", DAY),
        ("26 août 2020", DAY),
        ("26 de agosto de 2020", DAY),
        ("26. Dez. 2020", DAY + 122),
        ("26.08.2020", DAY),
        ("26.8.20", DAY),
        ("2020/08/26", DAY),
        ("2020.08.26", DAY),
        ("20200826", DAY),
        ("26/08/2020", DAY),  # no month 26
        ("08/26/2020", DAY),
        ("08/26/2020 10:30", DAY + 10.5 / 24),
        ("2020-08-26 02:15 PM", DAY + 14.25 / 24),
        ("08/26/2020 12:15:30 a.m.", DAY + 15.5 / 1440),
        ("2020-08-26 14:15:00 UTC", DAY + 14.25 / 24),
        ("Wed, 26 Aug 2020 14:15:00 GMT", DAY + 14.25 / 24),
        ("Wed, 26 Aug 2020 16:15:00 +0200", DAY + 14.25 / 24),
        ("26/Aug/2020:09:45:00 -0430", DAY + 14.25 / 24),
        ("Wed Aug 26 14:15:00 2020", DAY + 14.25 / 24),
        ("26-AUG-20 02.15.00.000000 PM", DAY + 14.25 / 24),
        ("20200826T141500", DAY + 14.25 / 24),
        ("26.08.2020 14.15", DAY + 14.25 / 24),
        ("26.08.2020 14:15 Uhr", DAY + 14.25 / 24),
        ("26.08.2020 16:15 CEST", DAY + 14.25 / 24),
        ("2020-08-26 15:15:00 MEZ", DAY + 14.25 / 24),
        ("Wed, 26 Aug 2020 10:15:00 EDT", DAY + 14.25 / 24),
        ("2020-08-26 14:15 CST", NAN),  # Chicago or Shanghai
        ("2020-08-26T16:15:00+02:00[Europe/Berlin]", DAY + 14.25 / 24),
        ("2020. 08. 26.", DAY),
        ("2020. 8. 26. 14:15", DAY + 14.25 / 24),
        ("26. 08. 2020", DAY),
        ("Aug-20", NAN),  # a month with its year, or a day
        ("44069", NAN),  # the same day for Excel
        ("2020年8月26日", DAY),
        ("26 mei 2020", DAY - 92),
        ("26 giugno 2020", DAY - 61),
        ("26 de outubro de 2020", DAY + 61),
        # Months begin with their first day
        ("2020-08", DAY - 25),
        ("08/2020", DAY - 25),
        ("Aug 2020", DAY - 25),
        ("2020-13", NAN),
        ("2020-08 14:15", NAN),
        ("1234-05", NAN),
        ("1 Jan 68", 35794),
        ("1 Jan 70", 0),
        # In two ways, or not at all
        ("03/04/2021", NAN),
        ("26/08/20", NAN),
        ("31/02/2020", NAN),
        ("2020-13-01", NAN),
        ("26 Xyz 2020", NAN),
        ("08/26/2020 13:00 PM", NAN),
        ("0000-00-00", NAN),
        ("2020", NAN),
        ("12:30", NAN),
        ("5 kg", NAN),
    ],
)
def test_one_reading(text, days):
    np.testing.assert_allclose(read_date(text, ""), days, rtol=1e-12)
    both = read_dates(np.array([text, None], dtype=object), Spelling())
    np.testing.assert_allclose(both, [days, NAN], rtol=1e-12)


@pytest.mark.parametrize(
    ("order", "day"),
    [("dmy", dt.date(2021, 4, 3)), ("mdy", dt.date(2021, 3, 4)), ("ymd", None)],
)
def test_the_order_of_the_column_decides(order, day):
    expected = NAN if day is None else (day - dt.date(1970, 1, 1)).days
    np.testing.assert_array_equal(read_date("03/04/2021", order), expected)
    np.testing.assert_array_equal(read_date("03-04-2021 00:00", order), expected)
    # A year of four digits in front, and points, leave no choice
    assert read_date("2020/08/26", order) == read_date("26.08.2020", order) == DAY


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/2021", "26/09/1949"], ["dmy"]),
        (["03/04/2021", "09/26/1949"], ["mdy"]),
        (["03/04/2021", "05/06/2021"], ["dmy", "mdy"]),
        (["03/04/21", "26/04/75"], ["dmy"]),
        (["75/04/03", "74/05/26"], ["ymd"]),
        (["26/08/20", "27/08/20", "28/08/20", "01/02/20"], ["dmy"]),  # more days than years
        (["20/08/26", "20/08/27", "20/08/28", "20/02/01"], ["ymd"]),
        (["26/08/20", "20/08/26"], ["dmy", "ymd"]),
        (["26.08.2020", "2020-08-26", "x"], []),
    ],
)
def test_the_order_is_found_from_all_cells(texts, orders):
    marks = DateMarks()
    marks.add(np.array(texts, dtype=object), np.ones(len(texts), dtype=np.int64))
    assert marks.orders == orders


@given(st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31)))
def test_a_date_is_the_same_in_every_spelling(day):
    expected = (day - dt.date(1970, 1, 1)).days
    forms = {
        "": "%Y-%m-%d|%Y/%m/%d|%d.%m.%Y|%d.%m.%y|%d-%b-%Y|%d-%b-%y|%b %d, %Y|%d%b%Y|%d %B %Y",
        "dmy": "%d/%m/%Y|%d-%m-%Y|%d/%m/%y",
        "mdy": "%m/%d/%Y|%m-%d-%y",
        "ymd": "%y/%m/%d",
    }
    for order, all_forms in forms.items():
        for form in all_forms.split("|"):
            assert read_date(day.strftime(form), order) == expected, form


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["Feb-23", "Mar-23", "Apr-23"], ["my"]),
        (["Feb-99", "Mar-02"], ["my"]),
        (["Feb 30", "Mar 30"], ["my"]),  # no day of February
        (["Feb-23", "Mar-02", "Apr-17"], []),
        (["Jan-01", "Feb-01", "Mar-01"], []),  # the first of each month?
        (["spring-23"], []),
    ],
)
def test_months_with_their_year(texts, orders):
    marks = DateMarks()
    marks.add(np.array(texts, dtype=object), np.ones(len(texts), dtype=np.int64))
    assert marks.orders == orders


def test_a_month_is_its_first_day():
    days = [(dt.date(2023, month, 1) - dt.date(1970, 1, 1)).days for month in (2, 9)]
    texts = np.array(["Feb-23", "Sept '23"], dtype=object)
    np.testing.assert_array_equal(read_dates(texts, Spelling(date_order="my")), days)


def test_excels_days_near_the_dates():
    spelling = with_serials(Spelling(), np.array(["2020-08-26", "44069.5"], dtype=object))
    assert spelling.serials
    texts = np.array(["44069", "44069.25", "7"], dtype=object)
    np.testing.assert_array_equal(read_dates(texts, spelling), [DAY, DAY + 0.25, NAN])
    for others in (["2020-08-26", "90210"], ["2020-08-26"], ["44069"]):
        assert not with_serials(Spelling(), np.array(others, dtype=object)).serials


def test_numbers_that_are_dates():
    days = compact_days(np.array([20200826.0, 19700101.0, 20201301.0, 5.0, NAN, 20200826.0]))
    np.testing.assert_array_equal(days, [DAY, 0, NAN, NAN, NAN, DAY])


def test_numbers_that_begin_with_a_day():
    assert begin_with_a_day(np.array([25022023.0, 5022023.0]))
    assert begin_with_a_day(np.array([2252023.0, 12312023.0]))
    for others in ([25022023.0, 2252023.0], [20230225.0], [25022023.0, 7.0], [123456789.0]):
        assert not begin_with_a_day(np.array(others))


@pytest.mark.parametrize(
    ("texts", "order", "first"),
    [
        (["26/08/30", "03/04/89"], "dmy", 1927),
        (["26.08.30", "03.04.89"], "", 1927),
        (["1 Feb 30", "1 Feb 89"], "", 1927),
        (["26/08/20", "03/04/89"], "dmy", 1969),  # none in the future
        (["26/08/20", "03/04/30"], "dmy", 1969),  # none in the last century
        (["26/08/1930", "03/04/1989"], "dmy", 0),
        (["26/08/30", "03/04/89"], "ymd", 1969),  # 2026 and 2003
        (["5 mg", "12 30"], "", 0),
    ],
)
def test_years_of_two_digits(texts, order, first):
    marks = DateMarks()
    marks.add(np.array(texts, dtype=object), np.ones(len(texts), dtype=np.int64))
    assert marks.first_year(order, 2026) == first


def test_the_first_year_decides_the_century():
    day = (dt.date(1930, 8, 26) - dt.date(1970, 1, 1)).days
    assert read_date("26.08.30", "", 1927) == read_date("26 Aug 30", "", 1927) == day
    assert read_date("26/08/30", "dmy", 1930) == day
    assert read_date("26.08.26", "", 1927) == (dt.date(2026, 8, 26) - dt.date(1970, 1, 1)).days

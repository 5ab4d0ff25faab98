"""New numbers and dates, written as the cells of their column."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets.columns.survey import find_spelling
from rarebit.datasets.columns.values import parse_dates, parse_numbers
from rarebit.datasets.columns.writing import find_date_form, find_style, write_date


@pytest.mark.parametrize(
    ("cells", "value", "written"),
    [
        (["1", "20"], 12.0, "12"),
        (["1", "20"], 2**63 - 1, "9223372036854775807"),
        (["1,000.00", "20.00"], 2**60 + 1, "1,152,921,504,606,846,977.00"),
        (["1.10", "2.50"], 1.833, "1.83"),
        (["1.1", "2.50", "3"], 1.8, "1.8"),
        (["1.0", "2.25"], 2.0, "2.0"),
        (["-1.5", "2.0"], -0.256, "-0.26"),
        (["-1.5", "2.0"], -0.001, "0.0"),
        (["$1,234.50", "$20.00", "$999.99"], 10_200.1, "$10,200.10"),
        (["$5.00", "-$7.25"], -6.0, "-$6.00"),
        (["$5.00", "$7.25"], -6.0, "-$6.00"),
        (["1.613,16 €", "12,50 €"], 2500.5, "2.500,50 €"),
        (["1234,5", "0,25"], 1700.125, "1700,12"),
        (["CHF 1'234.50", "CHF 12.00"], 20_000, "CHF 20'000.00"),
        (["Fr. 3'012.-", "Fr. 900.-"], 1200.4, "Fr. 1'200.-"),
        (["Fr. 3'012.-", "Fr. 900.-", "Fr. 12.50"], 1200.25, "Fr. 1'200.25"),
        (["66,-", "1.250,-"], 2000, "2.000,-"),
        (["1\u202f234,5", "12,0"], 4321.5, "4\u202f321,5"),
        (["12.5%", "7.8%"], 9.996, "10.0%"),
        (["12 %", "7 %"], 9.4, "9 %"),
        (["(1,234)", "500"], -1000, "(1,000)"),
        (["80 kg", "75.5 kg"], 77.25, "77.25 kg"),
        (["12 m2", "14 m2"], 13, "13 m2"),
        (["−3.5", "2.0"], -1.5, "−1.5"),
        (["500-", "12"], -30, "30-"),
        (["1e3", "2e3"], 1483.2, "1483.2"),
        (["1e-7", "5e-7"], 2.5e-7, "2.5e-07"),
        (["<0.5", "1.5"], 0.9, "0.9"),
        (["2.5K", "3.5K"], 2900.0, "2900.0"),
        (["16.5%", "17.5%", "0.125"], 0.25, "0.25"),
        (["4.5 10^9/L", "5.5 10^9/L"], 5.0, "5.0000"),
        (["0.30000000000000004", "0.1"], 0.2, "0.2"),
    ],
)
def test_numbers(cells, value, written):
    column = pd.Series(cells, dtype=object)
    spelling, _ = find_spelling(column)
    assert find_style(cells, spelling).write(value) == written


@pytest.mark.parametrize(
    "cells",
    [
        ["$1,234.50", "$20.00"],
        ["1.613,16 €", "12,50 €"],
        ["CHF 1'234.50", "CHF -12.00"],
        ["12.5%", "-7.8%"],
        ["(1,234.50)", "500.25"],
        ["-0.25", "0.5"],
    ],
)
def test_what_is_written_is_read_as_the_same_number(cells):
    column = pd.Series(cells, dtype=object)
    spelling, _ = find_spelling(column)
    style = find_style(cells, spelling)
    values = [-1234.25, -0.75, 0.0, 3.5, 98765.25]
    texts = pd.Series([style.write(value) for value in values], dtype=object)
    np.testing.assert_allclose(parse_numbers(texts, spelling), values, atol=0.051)


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["2020-08-26", "2021-01-03"], "2022-02-03"),
        (["26.08.2020", "03.01.2021"], "03.02.2022"),
        (["26.8.2020", "3.1.2021"], "3.2.2022"),
        (["08/26/2020", "01/13/2021"], "02/03/2022"),
        ([f"{day}/08/20" for day in range(21, 30)], "03/02/22"),
        (["26-Aug-2020", "03-Jan-2021"], "03-Feb-2022"),
        (["26AUG2020", "03JAN2021"], "03FEB2022"),
        (["Aug 26, 2020", "Jan 3, 2021"], "Feb 3, 2022"),
        (["26 August 2020", "3 January 2021"], "3 February 2022"),
        (["2020-08", "2021-01"], "2022-02"),
        (["08/2020", "01/2021"], "02/2022"),
        (["Aug 2020", "Jan 2021"], "Feb 2022"),
        (["2020年08月26日", "2021年01月03日"], "2022年02月03日"),
    ],
)
def test_dates(cells, written):
    column = pd.Series(cells, dtype=object)
    form = find_date_form(cells, parse_dates(column, find_spelling(column)[0]))
    assert write_date(float((dt.date(2022, 2, 3) - dt.date(1970, 1, 1)).days), form) == written


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["2020-08-26 02:15", "2021-01-03 14:00"], "1970-01-02 12:00"),
        (["2020-08-26T02:15:07", "2021-01-03T14:00:00"], "1970-01-02T12:00:00"),
        (["2020-08-26T02:15:07Z", "2021-01-03T14:00:00Z"], "1970-01-02T12:00:00Z"),
        (["26.08.2020 02:15", "13.01.2021 14:00"], "02.01.1970 12:00"),
        (["08/26/2020 02:15 AM", "01/13/2021 02:00 PM"], "01/02/1970 12:00 PM"),
        (["08/26/2020 02:15:07 AM", "01/13/2021 02:00:00 PM"], "01/02/1970 12:00:00 PM"),
        (["26AUG2020:02:15:07", "13JAN2021:14:00:00"], "02JAN1970:12:00:00"),
        (["2020-08-26 02:15:07 UTC", "2021-01-03 14:00:00 UTC"], "1970-01-02 12:00:00 UTC"),
        (["26.08.2020 02.15", "13.01.2021 14.00"], "02.01.1970 12.00"),
        (["26.08.2020 02:15 Uhr", "13.01.2021 14:00 Uhr"], "02.01.1970 12:00 Uhr"),
        (["20200826T021507", "20210113T140000"], "19700102T120000"),
        (["Wed Aug 26 02:15:07 2020", "Wed Jan 13 14:00:00 2021"], "Fri Jan 02 12:00:00 1970"),
        (["Mittwoch, 26. August 2020", "Montag, 3. Mai 2021"], "1970-01-02"),  # no form is known
    ],
)
def test_times_of_day(cells, written):
    column = pd.Series(cells, dtype=object)
    form = find_date_form(cells, parse_dates(column, find_spelling(column)[0]))
    assert write_date(1.5, form) == written

"""From cells of dates to a role, values and notes."""

import numpy as np
import pandas as pd
import pytest
from one_column import DAYS, N, read, some

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.spellings import Spelling


@pytest.mark.parametrize(
    "form",
    [
        *("%d-%b-%Y", "%b %d, %Y", "%d%b%Y", "%Y-%m-%d 02:15 PM", "%m/%d/%Y 10:30", "%d/%m/%Y"),
        *("%m-%d-%Y", "%d/%m/%y", "%d.%m.%Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%SZ", "%A, %d %B %Y"),
        *("%Y-%m-%d 07:37:00 UTC", "%a, %d %b %Y 07:37:00 +0000", "%a %b %d 07:37:00 %Y"),
        *("%d/%b/%Y:07:37:00 +0000", "%d-%b-%y 07.37.00.000000 AM", "%Y%m%dT073700"),
        *("%d.%m.%Y 07.37", "%d.%m.%Y 07:37 Uhr", "%Y年%m月%d日"),
    ],
)
def test_dates(form):
    reading, values, reason = read(list(DAYS.strftime(form)))
    assert reading.roles["x"] is Role.DATE
    expected = (DAYS - pd.Timestamp("1970-01-01")).days
    np.testing.assert_array_equal(np.floor(values), expected)
    assert reason.startswith("date, ")


def test_whole_numbers_that_are_dates():
    compact = DAYS.strftime("%Y%m%d").astype(int)
    reading, values, _ = read(compact)
    assert reading.roles["x"] is Role.DATE
    assert values[1] - values[0] == 1
    assert read(compact + 50)[0].roles["x"] is Role.NUMERIC  # 20190351 is none
    few = [(20190301, 20190302)[k % 2] for k in range(N)]
    assert read(few)[0].roles["x"] is Role.NUMERIC
    assert read(few, "admission_date")[0].roles["admission_date"] is Role.DATE


@pytest.mark.parametrize("mark", ["0000-00-00", "9999-12-31", "1900-01-01", "unknown", "-"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y"])
def test_marks_for_missing_among_dates(mark, form):
    if mark[0].isdigit() and mark != "0000-00-00":
        mark = (
            pd.Timestamp(mark).strftime(form)
            if mark < "2"
            else form.replace("%Y", "9999").replace("%m", "12").replace("%d", "31")
        )
    reading, values, reason = read(some(mark, DAYS.strftime(form)))
    assert reading.roles["x"] is Role.DATE
    assert values.isna().sum() == 40
    assert reading.notes == [f"Column 'x': '{mark}' counts as missing (40 cells)."]
    assert reason.startswith("date, 2019-03-02 to 2019-09-1")


def test_a_typed_date_far_from_the_others_counts_as_missing():
    days = pd.Series(DAYS.to_numpy(dtype="datetime64[us]")).where(np.arange(N) % 5 > 0)
    column = days.fillna(np.datetime64("9999-12-31", "us"))
    frame = pd.DataFrame({"x": column})
    reading = read_columns(frame)
    assert reading.notes == ["Column 'x': '9999-12-31' counts as missing (40 cells)."]
    assert clean_values(frame, reading.roles, reading.spellings)["x"].isna().sum() == 40


def test_dates_from_1900_on_are_no_marks():
    births = pd.date_range("1900-01-01", periods=N, freq="90D").strftime("%Y-%m-%d")
    assert read(list(births))[1].notna().all()


def test_addresses_and_versions_are_no_dates():
    for cells in (
        [f"10.0.{k % 7}.{k % 5}" for k in range(N)],
        [f"1.{k % 7}.{k % 5}" for k in range(N)],
    ):
        assert read(cells)[0].roles["x"] is Role.TEXT


def test_dates_in_two_ways_are_named():
    cells = [f"{1 + k % 12}/{1 + k % 11}/2020" for k in range(N)]
    reading, _, reason = read(cells)
    assert reading.roles == {}
    assert reason == "dropped: dates like 1/1/2020 can be read in two ways; write 2021-12-31"
    # Another column of the file settles it
    frame = pd.DataFrame({"x": cells, "y": DAYS.strftime("%d/%m/%Y")})
    assert read_columns(frame).spellings["x"] == Spelling(date_order="dmy")
    assert read_columns(frame).notes == [
        "Column 'x': cells that can be read in two ways are read as in other columns."
    ]


@pytest.mark.parametrize("form", ["%d/%m/%y", "%d.%m.%y", "%d-%b-%y"])
def test_dates_of_birth_are_in_the_past(form):
    births = pd.Series(pd.date_range("1960-02-25", "1989-06-05", periods=N))
    # Until 2060, 60 to 68 are future years for POSIX
    reading, values, _ = read(list(births.dt.strftime(form)))
    expected = (births.dt.normalize() - pd.Timestamp("1970-01-01")).dt.days
    np.testing.assert_array_equal(values, expected)
    first = reading.spellings["x"].first_year
    assert 1926 < first <= 1960
    said = f"Column 'x': years of two digits are read as {first} to {first + 99}."
    assert reading.notes == [said]


def test_a_number_named_as_a_date():
    cells = DAYS.strftime("%d%m%Y").astype(int)
    said = "Column 'birthdate': 31122019 is read as a number; if it is a date, write 2021-12-31."
    assert read(cells[:290], name="birthdate")[0].notes == [
        said.replace("31122019", str(max(cells)))
    ]
    assert read(cells, name="x")[0].notes == []


def test_a_column_of_dates_and_others_says_so():
    mixed = [f"{90000 + k}" if k % 3 == 0 else f"{day:%d.%m.%Y}" for k, day in enumerate(DAYS)]
    assert read(mixed)[2].endswith("; some cells are dates, others not, as '90000'")


def test_excels_days_among_dates_are_dates():
    counted = (DAYS - pd.Timestamp("1899-12-30")).days
    mixed = [f"{counted[k]}" if k % 3 == 0 else f"{day:%d.%m.%Y}" for k, day in enumerate(DAYS)]
    reading, values, _ = read(mixed)
    np.testing.assert_array_equal(values, (DAYS - pd.Timestamp("1970-01-01")).days)
    assert reading.notes == [
        f"Column 'x': '{counted[0]}' is read as {DAYS[0]:%Y-%m-%d}, and other numbers alike "
        f"({len(mixed[::3])})."
    ]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([f"{day:%Y-%m-%d} 10:00 CST" for day in DAYS], "CST means several time zones; write +0"),
        ([f"{day:%b-%d}" for day in DAYS], "may be a month with its year or with a day; write 2"),
    ],
)
def test_dates_that_are_not_read_are_named_with_a_way_to_write_them(cells, says):
    assert says in read(cells)[2]


def test_months_with_their_year_are_dates():
    cells = [f"{day:%b-%y}" for day in DAYS]
    _, values, reason = read(cells)
    months = DAYS.to_period("M").start_time
    np.testing.assert_array_equal(values, (months - pd.Timestamp("1970-01-01")).days)
    assert reason.startswith("date, ")

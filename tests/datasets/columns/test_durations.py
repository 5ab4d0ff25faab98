"""Durations as texts: read, as values of a column, and written."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets import clean_values, make_dataset
from rarebit.datasets.columns.durations import CLOCK, FORMS, MINUTES, read_duration, write_duration
from rarebit.datasets.columns.reading import read_columns

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:30:00", 1.5 * HOUR),
        ("01:30:00.5", 1.5 * HOUR + 0.5),
        ("36:00:01", 36 * HOUR + 1),
        ("12:45", 12.75 * HOUR),
        ("14h30", 14.5 * HOUR),
        ("12:15 AM", 0.25 * HOUR),
        ("8:30 p.m.", 20.5 * HOUR),
        ("-0:30", -0.5 * HOUR),
        ("3 days 04:00:00", 76 * HOUR),
        ("-1 day, 22:00:00", -2 * HOUR),
        ("-1 days +22:00:00", -2 * HOUR),
        ("3d 4h", 76 * HOUR),
        ("1h30m", 1.5 * HOUR),
        ("2 hours, 5 min and 3 s", 2 * HOUR + 303),
        ("1,5h 30m", 2 * HOUR),
        ("P1DT2H", 26 * HOUR),
        ("PT1H30M", 1.5 * HOUR),
        ("1 year 6 months", 1.5 * 365.25 * 24 * HOUR),
        ("2y 3m", None),  # minutes or months
        ("13:00 PM", None),
        ("12:60", None),
        ("3:4", None),
        ("3d 4x", None),
        ("d", None),
        ("", None),
    ],
)
def test_seconds(text, seconds):
    found = read_duration(text)
    assert (found and found[0]) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["1:30:00", "0:45:00"], [1.5 / 24, 0.75 / 24]),
        (["12:45", "08:30"], [12.75 / 24, 8.5 / 24]),
        (["3d 4h", "5h", "2d"], [76 / 24, 5 / 24, 2]),
        (["2 years", "3 weeks", "5 days"], [730.5, 21, 5]),
        (["5h", "2h"], [5, 2]),  # one unit: in that unit
        (["0 days 12:00:00", "1 days 00:00:00"], [0.5, 1]),
    ],
)
def test_a_column_is_read_in_days(cells, days):
    frame = pd.DataFrame({"x": cells})
    found = read_columns(frame)
    np.testing.assert_allclose(clean_values(frame, found.roles, found.spellings)["x"], days)
    assert len(found.notes) == 1


def test_as_durations_of_a_frame():
    moments = pd.to_timedelta(["1:30:00", "2:00:00", "2 days 03:00:00", "0:10:00"])
    y = list("abab")
    typed = make_dataset(pd.DataFrame({"x": moments, "y": y}), "y")
    text = make_dataset(pd.DataFrame({"x": moments.astype(str), "y": y}), "y")
    np.testing.assert_allclose(text.frame["x"], typed.table["x"].dt.total_seconds() / 86_400)


@given(st.integers(-(10**6), 10**6), st.sampled_from(sorted(FORMS)), st.booleans())
def test_written_durations_are_read_back(minutes, form, padded):
    days = minutes / 1440
    found = read_duration(write_duration(days, form, padded=padded))
    assert found == (pytest.approx(minutes * 60), form)


def test_hours_of_one_or_two_digits():
    assert write_duration(1.5 / 24, MINUTES, padded=True) == "01:30"
    assert write_duration(1.5 / 24 + 1 / 86_400, CLOCK, padded=False) == "1:30:01"


def test_new_rows_of_a_resampled_table_are_written_alike(rarebit, tmp_path):
    rows = "".join(f"{k % 24:02}:{k:02}:00,{'ill' if k % 4 == 0 else 'ok'}\n" for k in range(40))
    (tmp_path / "t.csv").write_text("stay,died\n" + rows)
    code, _, err = rarebit("resample", "t.csv", "--target", "died", "--out", "o.csv")
    assert code == 0, err
    made = pd.read_csv("o.csv")
    assert made["stay"].str.fullmatch(r"\d\d:\d\d:\d\d").all()
    assert made["stay"][:40].tolist() == [row.split(",")[0] for row in rows.split()]

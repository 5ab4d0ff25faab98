"""A table means the same in every spelling, whole or in chunks, from every source."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.datasets import clean_values, read_table
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.files.tables import read_cells
from rarebit.zoo import TreatedClassifier, score_table

# Between groups of three digits, and the decimal mark
MARKS = [".", ",", ",.", "'.", " .", "\u202f.", ".,", " ,", "',", "\u00a0,"]
UNITS = [*5 * ["{}"], "{} mg", "{}%", "${}", "€ {}", "{} €", "CHF {}", "{}kg/m2", "{} USD"]
MINUS = ["-{}", "\u2212{}", "\u2013{}", "{}-", "({})"]
MISSING = ["", "NA", "?", "-", "unknown", "#DIV/0!", "(null)", "None", "\\N", "*", "n.a.", "."]
DATES = [
    *("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d-%b-%Y", "%b %d, %Y", "%d%b%Y", "%d %B %Y", "%Y%m%d"),
    *("%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d 12:00 AM", "%d/%m/%Y 00:00"),
]


def write_number(number, decimals, marks, unit, minus):
    """Write one number."""
    text = f"{abs(number):,.{decimals}f}".replace(",", "" if len(marks) == 1 else "T")
    text = text.replace(".", marks[-1]).replace("T", marks[0])
    return minus.format(unit.format(text)) if number < 0 else unit.format(text)


@st.composite
def columns(draw, decimal):
    """Draw one column: its plain values and its cells in some spelling."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["number", "number", "date", "category", "truth", "presence"]))
    gaps = rng.uniform(size=N) < draw(st.sampled_from([0, 0.1, 0.3]))
    mark = draw(st.sampled_from(MISSING if kind in ("number", "date") else MISSING[:3]))
    if kind == "number":
        decimals = draw(st.integers(0, 4))
        numbers = rng.normal(scale=10.0 ** draw(st.integers(0, 6)), size=N).round(decimals) + 0.0
        how = [draw(st.sampled_from(choices)) for choices in (UNITS, MINUS)]
        marks = draw(st.sampled_from([marks for marks in MARKS if marks[-1] == decimal]))
        cells = [write_number(number, decimals, marks, *how) for number in numbers]
        plain = pd.Series(numbers).mask(gaps)
    elif kind == "date":
        days = np.datetime64("2015-01-28", "us") + rng.integers(0, 2000, N) * np.timedelta64(1, "D")
        days[0] = np.datetime64("2015-01-28")  # a day above 12
        gaps[0] = False
        cells = list(pd.Series(days).dt.strftime(draw(st.sampled_from(DATES))))
        plain = pd.Series(days).mask(gaps)
    else:
        words = {"category": ["A", "B 2", "größe"], "truth": ["yes", "no"], "presence": ["Y"]}[kind]
        cells = list(rng.choice(words, N))
        plain = pd.Series(cells, dtype=object).where(~gaps, None)
    return plain, [mark if gap else cell for gap, cell in zip(gaps, cells, strict=True)]


N = 60


@st.composite
def tables(draw):
    """Draw a table in plain values and in some spelling, and the separator of its file."""
    decimal = draw(st.sampled_from(".,"))
    drawn = draw(st.lists(columns(decimal), min_size=1, max_size=5))
    numbers = np.linspace(-3.3, 7.7, N).round(1)
    # One column settles the decimal mark of those that leave it open.
    anchor = (pd.Series(numbers), [str(number).replace(".", decimal) for number in numbers])
    named = {f"c{k}": column for k, column in enumerate([anchor, *drawn])}
    plain = pd.DataFrame({name: column[0] for name, column in named.items()})
    written = pd.DataFrame({name: column[1] for name, column in named.items()}, dtype=object)
    return plain, written, draw(st.sampled_from(",;\t|"))


def check(table):
    """Check that all ways of reading agree with the plain table."""
    polars = pytest.importorskip("polars")
    plain, written, separator = table
    expected = read_columns(plain)
    values = clean_values(plain, expected.roles, expected.spellings)
    y = np.where(np.arange(N) % 3 == 0, "ill", "well")
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    model.fit(written, y)  # new rows may have the units of training
    proba = model.predict_proba(plain)
    with tempfile.TemporaryDirectory() as folder:
        text, parquet, out = (Path(folder) / name for name in ("t.csv", "t.parquet", "out.csv"))
        written.to_csv(text, sep=separator, index=False)
        written.to_parquet(parquet)
        sources = {
            "file": read_table(text),
            "cells": read_cells(text),
            "parquet": read_table(parquet),
            "pandas": written,
            "polars": polars.DataFrame(written.to_dict("list")),
        }
        for name, source in sources.items():
            reading = read_columns(source)
            assert reading.roles == expected.roles, name
            cleaned = clean_values(source, reading.roles, reading.spellings)
            pd.testing.assert_frame_equal(cleaned, values, obj=name)
            np.testing.assert_array_equal(model.predict_proba(source), proba, err_msg=name)
        for file in (text, parquet):
            scored = score_table(model, file, out, rows_per_chunk=7)
            assert scored.rows == N
            found = pd.read_csv(out)[["probability_ill", "probability_well"]]
            np.testing.assert_allclose(found, proba, rtol=1e-12)
    other = TreatedClassifier("logistic_regression", "untouched", calibrate=False).fit(plain, y)
    np.testing.assert_array_equal(other.predict_proba(plain), proba)


@pytest.mark.slow
@settings(max_examples=100)
@given(tables())
def test_every_way_of_reading_agrees(table):
    check(table)


@pytest.mark.nightly
@settings(max_examples=2000)
@given(tables())
def test_every_way_of_reading_agrees_on_many_tables(table):
    check(table)

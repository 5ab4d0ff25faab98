"""A table means the same in every spelling, whole or in chunks, from every source, in all commands.

Each table is drawn as plain values and in two spellings: a model that is trained on one of the
three must predict the same for the others.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.datasets import Role, clean_values, make_dataset, read_table
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.files.tables import read_cells
from rarebit.datasets.sources.opening import open_dataset
from rarebit.zoo import TreatedClassifier, resample_table, score_table

pytest.importorskip("pyarrow")  # writes Parquet
polars = pytest.importorskip("polars")

# Between groups of three digits, and the decimal mark
MARKS = [".", ",", ",.", "'.", " .", "\u202f.", ".,", " ,", "',", "\u00a0,"]
UNITS = [*5 * ["{}"], "{} mg", "{}%", "${}", "€ {}", "{} €", "CHF {}", "{}kg/m2", "{} USD"]
MINUS = ["-{}", "\u2212{}", "\u2013{}", "{}-", "({})"]
MISSING = ["", "NA", "?", "-", "unknown", "#DIV/0!", "(null)", "None", "\\N", "*", "n.a.", "."]
DATES = [
    *("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d-%b-%Y", "%b %d, %Y", "%d%b%Y", "%d %B %Y", "%Y%m%d"),
    *("%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d 12:00 AM", "%d/%m/%Y 00:00"),
]
# Of truth values in a file to predict
TRUTHS = [("yes", "no"), ("TRUE", "FALSE"), ("1", "0"), ("t", "f")]
N = 60
Y = np.where(np.arange(N) % 3 == 0, "ill", "well")


@dataclass
class Table:
    """A table as plain values, and its cells in the spellings of training and of new rows."""

    plain: pd.DataFrame
    trained: pd.DataFrame
    new: pd.DataFrame
    # Of the text files, and the decimal places of each column of numbers
    separators: tuple[str, str]
    places: dict[str, int]


def write_number(number, decimals, marks, unit, minus):
    """Write one number."""
    text = f"{abs(number):,.{decimals}f}".replace(",", "" if len(marks) == 1 else "T")
    text = text.replace(".", marks[-1]).replace("T", marks[0])
    return minus.format(unit.format(text)) if number < 0 else unit.format(text)


@st.composite
def columns(draw, decimals):
    """Draw a column: its plain values, its cells in two spellings, and its decimal places."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["number", "number", "date", "category", "truth", "presence"]))
    gaps = rng.uniform(size=N) < draw(st.sampled_from([0, 0.1, 0.3]))
    places = None
    if kind == "number":
        places = draw(st.integers(0, 4))
        numbers = rng.normal(scale=10.0 ** draw(st.integers(0, 6)), size=N).round(places) + 0.0
        unit = draw(st.sampled_from(UNITS))
        written = []
        for decimal, among in zip(decimals, ([unit], [unit, "{}"]), strict=True):
            how = draw(st.sampled_from(among)), draw(st.sampled_from(MINUS))
            marks = draw(st.sampled_from([marks for marks in MARKS if marks[-1] == decimal]))
            written.append([write_number(number, places, marks, *how) for number in numbers])
        plain = pd.Series(numbers).mask(gaps)
    elif kind == "date":
        days = np.datetime64("2015-01-28", "us") + rng.integers(0, 2000, N) * np.timedelta64(1, "D")
        days[0] = np.datetime64("2015-01-28")  # a day above 12
        gaps[0] = False
        forms = [draw(st.sampled_from(DATES)) for _ in decimals]
        written = [list(pd.Series(days).dt.strftime(form)) for form in forms]
        plain = pd.Series(days).mask(gaps)
    else:
        words = {"category": ["A", "B 2", "größe"], "truth": ["yes", "no"], "presence": ["Y"]}[kind]
        cells = rng.choice(words, N)
        others = draw(st.sampled_from(TRUTHS)) if kind == "truth" else words
        written = [list(cells), [others[words.index(cell)] for cell in cells]]
        plain = pd.Series(cells, dtype=object).where(~gaps, None)
    among = MISSING if kind in ("number", "date") else MISSING[:3]
    spelled = [np.where(gaps, draw(st.sampled_from(among)), cells) for cells in written]
    return plain, *spelled, places


@st.composite
def tables(draw):
    """Draw a table."""
    decimals = draw(st.sampled_from(".,")), draw(st.sampled_from(".,"))
    drawn = draw(st.lists(columns(decimals), min_size=1, max_size=5))
    numbers = np.linspace(-3.3, 7.7, N).round(1)
    # One column settles the decimal mark of those that leave it open.
    written = ([str(number).replace(".", mark) for number in numbers] for mark in decimals)
    drawn.insert(0, (pd.Series(numbers), *written, 1))
    plain, *cells = (
        pd.DataFrame({f"c{k}": column[which] for k, column in enumerate(drawn)})
        for which in range(3)
    )
    return Table(
        plain,
        *(frame.astype(object) for frame in cells),
        separators=tuple(draw(st.sampled_from(",;\t|")) for _ in cells),
        places={f"c{k}": column[3] for k, column in enumerate(drawn) if column[3] is not None},
    )


def write(cells, separator, stem):
    """Write cells and labels as text and as Parquet."""
    text, parquet = stem.with_suffix(".csv"), stem.with_suffix(".parquet")
    cells.assign(y=Y).to_csv(text, sep=separator, index=False)
    cells.assign(y=Y).to_parquet(parquet)
    return text, parquet


def sources_of(cells, text, parquet):
    """Read the table that two files hold in every way."""
    return {
        "file": read_table(text).drop(columns="y"),
        "cells": read_cells(text).drop(columns="y"),
        "parquet": read_table(parquet).drop(columns="y"),
        "pandas": cells,
        "polars": polars.DataFrame(cells.to_dict("list")),
    }


def fitted(X, dataset=None):
    """Fit a quick model, as `train` and `compare` fit one on a data set."""
    read = {} if dataset is None else {"roles": dataset.roles, "spellings": dataset.spellings}
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False, **read)
    return model.fit(X, Y)


def check(table):
    """Check that all ways of reading agree with the plain table."""
    with tempfile.TemporaryDirectory() as folder:
        files = [
            write(cells, separator, Path(folder) / name)
            for name, cells, separator in zip(
                ("trained", "new"), (table.trained, table.new), table.separators, strict=True
            )
        ]
        known = sources_of(table.trained, *files[0])
        check_values(table.plain, known, files[0])
        new = sources_of(table.new, *files[1])
        check_predictions(table.plain, known, new, files)
        check_resampling(table, files[0])


def check_values(plain, sources, files):
    """Check roles and values in every source, and those of the commands."""
    expected = read_columns(plain)
    values = clean_values(plain, expected.roles, expected.spellings)
    for name, source in sources.items():
        reading = read_columns(source)
        assert reading.roles == expected.roles, name
        cleaned = clean_values(source, reading.roles, reading.spellings)
        pd.testing.assert_frame_equal(cleaned, values, obj=name)
    for dataset in (*map(open_with_target, files), make_dataset(plain, Y)):
        assert dataset.roles == expected.roles
        cleaned = clean_values(dataset.frame, dataset.roles, dataset.spellings)
        pd.testing.assert_frame_equal(cleaned, values)


def open_with_target(file):
    """Read a table as `train` and `compare` do."""
    return open_dataset(file, target="y")


def check_predictions(plain, known, new, files):
    """Check that models of every spelling predict the same for every spelling."""
    proba = fitted(plain).predict_proba(plain)
    dataset = open_with_target(files[0][0])
    model = fitted(dataset.frame, dataset)
    for name, source in (("plain", plain), *known.items(), *new.items()):
        np.testing.assert_array_equal(model.predict_proba(source), proba, err_msg=name)
    other = fitted(known["pandas"])
    for source in (plain, new["file"]):
        np.testing.assert_array_equal(other.predict_proba(source), proba)
    out = files[0][0].with_name("out.csv")
    for text, parquet in files:
        for file, rows, keep in ((text, 7, False), (text, N, True), (parquet, 25, False)):
            scored = score_table(model, file, out, rows_per_chunk=rows, keep=keep)
            assert scored.rows == N
            found = pd.read_csv(out)[["probability_ill", "probability_well"]]
            np.testing.assert_allclose(found, proba, rtol=1e-12)


def check_resampling(table, files):
    """Check that new rows mean the same, up to the last decimal place, and old ones are kept."""
    expected = resample_table(table.plain.assign(y=Y), "y", impute=True)
    roles = read_columns(table.plain).roles
    values = clean_values(expected.frame[N:], roles)
    for source in files:
        made = resample_table(source, "y", impute=True)
        pd.testing.assert_frame_equal(made.provenance, expected.provenance)
        cells = made.frame if made.cells is None else made.cells
        reading = read_columns(cells.drop(columns="y"), roles)
        found = clean_values(cells[N:], roles, reading.spellings)
        for name, role in roles.items():
            if role in (Role.CATEGORICAL, Role.TEXT):
                assert found[name].tolist() == values[name].tolist()
            else:
                places = table.places.get(name, 0)  # dates are whole days
                np.testing.assert_allclose(found[name], values[name], atol=0.51 * 10.0**-places)


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


@pytest.mark.slow
def test_every_command_reads_both_spellings_alike(rarebit, tmp_path):
    rng = np.random.default_rng(0)
    amount = rng.normal(2000, 900, 120).round(2)
    rows = pd.DataFrame({"amount": amount, "day": pd.Timestamp("2024-01-28"), "card": "yes"})
    rows["day"] += pd.to_timedelta(rng.integers(0, 300, 120), "D")
    rows["card"] = rng.choice(["yes", "no"], 120)
    rows["y"] = np.where(amount + rng.normal(0, 300, 120) > 2800, "ill", "well")
    rows.to_csv(tmp_path / "plain.csv", index=False)
    cells = [write_number(number, 2, ".,", "{} €", "({})") for number in amount]
    day = rows["day"].dt.strftime("%d.%m.%Y")
    rows.assign(amount=cells, day=day).to_csv(tmp_path / "written.csv", sep=";", index=False)
    pair = ["--models", "logistic_regression", "--treatments", "untouched,qi_smote"]
    found = {"compare": [], "train": [], "resample": []}
    for name in ("plain", "written"):
        target = [f"{name}.csv", "--target", "y"]
        code, out, err = rarebit("compare", *target, *pair, "--out", name, "--json")
        assert code == 0, err
        ranking = json.loads(out)["ranking"]
        seconds = {"fit_seconds": None, "predict_seconds": None}
        found["compare"].append([{**row, **seconds} for row in ranking])
        train = ["--model", "logistic_regression", "--treatment", "untouched"]
        assert rarebit("train", *target, *train, "--out", f"{name}_model")[0] == 0
        for new in ("plain", "written"):
            scored = tmp_path / f"{name}_{new}.csv"
            code, _, err = rarebit("predict", f"{name}_model", f"{new}.csv", "--out", scored)
            # What was plain in training has no unit.
            assert ("€" in err) == ((name, new) == ("plain", "written"))
            if "€" not in err:
                found["train"].append(pd.read_csv(scored)["probability_ill"])
        assert rarebit("resample", *target, "--out", f"{name}_more.csv")[0] == 0
        more = make_dataset(read_table(tmp_path / f"{name}_more.csv"), "y")
        found["resample"].append(clean_values(more.frame, more.roles, more.spellings))
    first, *others = found["compare"]
    assert all(other == first for other in others)
    first, *others = found["train"]
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-9)
    pd.testing.assert_frame_equal(*found["resample"], atol=0.51)

"""How a file is written: what the first rows suggest, and what all rows settle."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Role, iter_table
from rarebit.datasets.columns.survey import Survey
from rarebit.datasets.file_spelling import SAMPLE_ROWS, FileSpelling
from rarebit.datasets.files.tables import iter_words

NUMERIC = {"x": Role.NUMERIC}


def guess(tmp_path, cells, roles=None):
    """Guess how a column of a file is written."""
    file = tmp_path / "t.csv"
    pd.DataFrame({"x": cells, "y": "no"}).to_csv(file, sep=";", index=False)
    return file, FileSpelling.guess(file, roles or NUMERIC, {})


def survey(file, reading, roles=None):
    """Survey all rows as they are parsed in one way."""
    found = Survey()
    for chunk in iter_table(file, 50, **reading.options):
        found.add(chunk, roles or NUMERIC, reading.decimal, reading.certain)
    return found


@pytest.mark.parametrize(
    ("cells", "decimal", "text", "words"),
    [
        (["1.5", "", "NA", "2"], ".", [], {}),
        (["1,5", "-", "unknown"], ",", [], {"x": ("-", "unknown")}),
        (["1.5 mg", "2.5 mg"], ".", ["x"], {}),
        (["1,234.5", "2"], ".", ["x"], {}),
        (["1_000", "2.5"], ".", ["x"], {}),  # Python reads 1000, and so may a parser
        ([f"word {k}" for k in range(11)], ".", ["x"], {}),
    ],
)
def test_the_first_rows_suggest_how_columns_are_parsed(tmp_path, cells, decimal, text, words):
    _, reading = guess(tmp_path, cells)
    assert (reading.decimal, reading.text, reading.words) == (decimal, set(text), words)
    assert reading.is_guess


def test_columns_with_other_roles_are_text(tmp_path):
    _, reading = guess(tmp_path, ["1", "2"], {"x": Role.CATEGORICAL})
    assert reading.text == {"x"}


def test_a_mark_seen_in_the_first_rows_needs_no_more_text(tmp_path):
    # As a number, 1.25 may be 1.250: the first rows tell that it is not.
    file, reading = guess(tmp_path, ["1.25", *["2.125"] * 300])
    assert reading.certain == {"x"}
    found = survey(file, reading)
    assert found.numbers["x"].settled == {".": 301}
    assert reading.agrees(reading.settle(found, {}), found)


def test_rows_below_the_first_ones_settle_it(tmp_path):
    cells = [*["1"] * SAMPLE_ROWS, "2,5"]
    file, reading = guess(tmp_path, cells)
    assert reading.decimal == "."
    found = survey(file, reading)
    assert not reading.may_hold(found, {})
    settled = reading.settle(found, {})
    assert not settled.is_guess
    assert (settled.spellings["x"].decimal, settled.text) == (",", {"x"})
    assert settled.may_hold(Survey(), {})  # what all rows have settled


def test_a_comma_that_leaves_it_open_is_read_as_text_which_is_said(tmp_path):
    cells = [*["1"] * SAMPLE_ROWS, *["2,125"] * 3]
    file, reading = guess(tmp_path, cells)
    settled = reading.settle(survey(file, reading), {})
    found = survey(file, settled)
    assert settled.agrees(settled.settle(found, {}), found)
    assert found.sentences() == [
        "The cells of 'x' can be read in two ways: read as in the training rows."
    ]


@pytest.mark.parametrize("word", ["-", "größe?", 'a "b";\nc'])
def test_words_are_left_out_of_numbers_and_found_again(tmp_path, word):
    cells = ["1.5", word, "", word[0] + "1", "NA", word] * 3
    file = tmp_path / "t.csv"
    pd.DataFrame({"n": np.arange(18), "x": cells}).to_csv(file, sep=";", index=False)
    words = {"x": (word, "never")}
    found = list(iter_words(file, 5, words))
    assert [len(chunk["x"][word]) for chunk in found] == [5, 5, 5, 3]
    rows = np.concatenate([chunk["x"][word] for chunk in found])
    assert rows.tolist() == [cell == word for cell in cells]
    assert not any(chunk["x"]["never"].any() for chunk in found)
    chunks = iter_table(file, 5, text_columns=(), missing=words)
    parsed = pd.concat(chunk["x"].astype(object) for chunk in chunks)
    assert parsed.isna().tolist() == [cell in (word, "", "NA") for cell in cells]


def test_nothing_is_left_out_where_there_are_no_words(tmp_path):
    file, _ = guess(tmp_path, ["1", "2"])
    assert next(iter_words(file, 10, {})) == {}

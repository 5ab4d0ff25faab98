import numpy as np
import pandas as pd

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.columns.unusable import UnusableCells
from rarebit.datasets.spellings import Spelling

ROLES = {"n": Role.NUMERIC, "d": Role.DATE, "b": Role.BOOLEAN, "c": Role.CATEGORICAL}


def count(cells, columns):
    """Count the cells of a chunk."""
    frame = pd.DataFrame(columns, index=range(7, 7 + len(columns["c"])))
    cells.count(frame, clean_values(frame, cells.roles))


def test_cells_that_fit_their_roles_and_gaps_are_not_counted():
    cells = UnusableCells(ROLES, {"c": ["1"]})
    count(cells, {"n": ["1", "?"], "d": ["2020-01-02"] * 2, "b": ["yes"] * 2, "c": ["1.0", ""]})
    assert cells.sentences() == []


def test_each_chunk_counts_and_the_first_example_stays():
    cells = UnusableCells(ROLES, {"c": ["a", None]})
    for n, c in (("1", "a"), ("junk", "b"), ("more", "c")):
        count(cells, {"n": [n], "d": ["soon"], "b": ["si"], "c": [c]})
    number, date, truth, category = cells.sentences()
    assert number == (
        "Column 'n' is numeric; 2 of its 3 values, such as 'junk', are not and count as missing."
    )
    assert date.startswith("Column 'd' is date; 3 of its 3 values, such as 'soon'")
    assert truth.startswith("Column 'b' is boolean; 3 of its 3 values, such as 'si'")
    assert category == (
        "Column 'c': 2 of its 3 values, such as 'b', were not among the training rows and count "
        "as unknown."
    )


def test_a_column_whose_categories_are_not_given_has_none_unknown():
    cells = UnusableCells({"c": Role.CATEGORICAL})
    count(cells, {"c": ["anything", None]})
    assert cells.sentences() == []


def test_values_that_a_column_of_presence_did_not_have():
    reading = read_columns(pd.DataFrame({"c": ["X", None] * 20}))
    cells = UnusableCells(reading.roles, spellings=reading.spellings)
    frame = pd.DataFrame({"c": ["x", "no", "", "-"]})
    cells.count(frame, clean_values(frame, reading.roles, reading.spellings))
    assert cells.sentences() == [
        "Column 'c': 2 of its 3 values, such as 'no', were not among the training rows and count "
        "as missing."
    ]


def test_words_that_were_left_out_when_a_file_was_parsed_count():
    spellings = {"n": Spelling(missing=("*",))}
    cells = UnusableCells({"n": Role.NUMERIC}, spellings=spellings)
    for column in ([1.0, np.nan, np.nan, np.nan], ["1", None, None, "odd"]):
        frame = pd.DataFrame({"n": column})
        rows = {"-": [False, True, False, False], "*": [False, False, True, False]}
        words = {"n": {word: np.array(found) for word, found in rows.items()}}
        cells.count(frame, clean_values(frame, cells.roles), words)
    assert cells.sentences() == [
        "Column 'n' is numeric; 3 of its 5 values, such as '-', are not and count as missing."
    ]

"""The spelling of each column, over the chunks of a file."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.survey import Survey, find_spelling, find_spellings
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError

ROLES = {"a": Role.NUMERIC, "b": Role.NUMERIC, "d": Role.DATE}


def frame(a, b, d=("01/02/2021", "03/04/2021")):
    return pd.DataFrame({"a": list(a), "b": list(b), "d": list(d)}, dtype=object)


def decimals(table, known=None):
    found = find_spellings(table, ROLES, known)
    return found["a"].decimal, found["b"].decimal


def test_each_column_decides_for_itself():
    assert decimals(frame(["1,5", "2"], ["1.5", "2"])) == (",", ".")


def test_a_column_that_leaves_it_open_takes_what_the_others_have():
    assert decimals(frame(["1,5", "2"], ["1,234", "2,500"])) == (",", ",")
    assert decimals(frame(["1,5", "2"], ["1.234", "2.500"])) == (",", ",")
    assert decimals(frame([1.5, 2.0], ["1,234", "2,500"])) == (".", ".")
    # 1,234 alone is more than a thousand
    assert decimals(frame(["1", "2"], ["1,234", "2,500"])) == (".", ".")


def test_then_what_the_training_rows_had():
    known = {"b": Spelling(decimal=","), "d": Spelling(date_order="dmy")}
    table = frame(["1", "2"], ["1,234", "2,500"])
    survey = Survey()
    survey.add(table, ROLES)
    found = survey.spellings(known)
    assert found["b"].decimal == ","
    assert found["d"].date_order == "dmy"
    assert survey.sentences() == [
        "The cells of 'b', 'd' can be read in two ways: read as in the training rows."
    ]
    # Cells that are certain come before
    assert decimals(frame(["1", "2"], ["1.5", "2"]), known)[1] == "."


def test_chunks_count_like_the_whole():
    table = pd.DataFrame(
        {
            "a": ["4", "5", "1,25"],
            "b": ["1,234", "2,500", ""],
            "d": ["01/02/2021"] * 2 + ["13/1/21"],
        }
    )
    survey = Survey()
    for k in range(3):
        survey.add(table.iloc[[k]], ROLES)
    assert survey.spellings() == find_spellings(table, ROLES)
    assert survey.spellings()["b"] == Spelling(decimal=",")
    assert survey.spellings()["d"] == Spelling(date_order="dmy", first_year=1969)


@pytest.mark.parametrize("first_year", [0, 1927, 1969])
def test_the_century_of_new_dates_is_that_of_training(first_year):
    """Whatever the new dates are, and whatever the day of the prediction."""
    known = {"d": Spelling(date_order="dmy", first_year=first_year)}
    births = pd.DataFrame({"d": ["26/08/30", "03/04/89"]})
    found = find_spellings(births, {"d": ROLES["d"]}, known)
    assert found["d"].first_year == first_year


def test_unit_and_marks_of_the_training_rows_stay():
    known = {"a": Spelling(unit="mg", missing=("-",))}
    found = find_spellings(frame(["5 g", "6 g"], ["1", "2"]), ROLES, known)
    assert found["a"] == Spelling(unit="mg", missing=("-",))


def test_plain_numbers_that_may_be_thousands_are_named():
    survey = Survey()
    typed = pd.DataFrame({"a": [1.234, 2.5], "b": ["0,5", "1,5"], "d": ["2021-01-01"] * 2})
    survey.add(typed, ROLES)
    assert survey.misread(".") == {"a"}
    survey.add(typed.assign(a=[0.207, 1.5]), ROLES)
    assert survey.misread(".") == set()


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"no column 'd': did you mean"):
        find_spellings(pd.DataFrame({"a": [1], "b": [1], "D": [1], "dd": [1]}), ROLES)


@pytest.mark.parametrize(
    ("cells", "spelling"),
    [
        (["1,5", "2"], Spelling(decimal=",")),
        (["13/01/2021", "02/03/2021"], Spelling(date_order="dmy")),
        (["5 kg", "6 kg"], Spelling(unit="kg")),
        ([1.5, 2.0], Spelling()),
    ],
)
def test_one_column_alone(cells, spelling):
    assert find_spelling(pd.Series(cells)) == (spelling, [])


def test_one_column_beside_others():
    others = Survey()
    others.add(frame(["1,5"], ["2,5"], ["13/01/2021"]), ROLES)
    spelling, guessed = find_spelling(pd.Series(["1,500", "2"]), "weights", others)
    assert spelling == Spelling(decimal=",")
    assert guessed == [
        "The cells of 'weights' can be read in two ways: read as in most other columns."
    ]
    spelling, guessed = find_spelling(pd.Series(["01/02/2021"]), "time", others)
    assert spelling.date_order == "dmy"
    assert guessed == ["The cells of 'time' can be read in two ways: read as in other columns."]


def test_a_column_of_plain_numbers_in_training_has_no_unit():
    table = frame(["5 g", "6 g"], ["1,234", "2,500"])
    survey = Survey()
    survey.add(table, ROLES)
    found = survey.spellings({"d": Spelling(date_order="dmy")})
    assert found["a"] == Spelling()
    assert found["b"] == Spelling()
    assert survey.sentences() == [
        "The cells of 'b', 'd' can be read in two ways: read as in the training rows."
    ]
    assert survey.spellings()["a"].unit == "g"


@pytest.mark.parametrize(
    ("cells", "decimal", "how"),
    [
        (["1,234", "2,500"], ".", "as thousands"),
        (["1.234", "2.500"], ".", "with a decimal point"),
        (["2.003", "937", "12", "450"], ",", "as thousands"),
    ],
)
def test_a_file_that_leaves_it_open_is_noted(cells, decimal, how):
    spelling, guessed = find_spelling(pd.Series(cells), "x")
    assert spelling.decimal == decimal
    assert guessed == [f"The cells of 'x' can be read in two ways: read {how}."]


def test_cells_that_are_numbers_have_no_mark():
    table = pd.DataFrame({"a": [1.5, 2.25, "0,75"], "b": [1669, 2, "3"]}, dtype=object)
    roles = {"a": Role.NUMERIC, "b": Role.NUMERIC}
    assert find_spellings(table, roles)["a"] == Spelling(decimal=",")
    assert clean_values(table, roles)["a"].tolist() == [1.5, 2.25, 0.75]


def test_a_typed_column_has_no_spelling():
    table = pd.DataFrame({"a": [1.5], "b": [2], "d": [np.datetime64("2021-01-01", "us")]})
    assert find_spellings(table, ROLES) == {}


def test_thousands_of_a_file_with_points_are_no_guess():
    survey = Survey()
    survey.add(frame(["1.5", "2.25"], ["1,234", "2,500"]), {"a": Role.NUMERIC, "b": Role.NUMERIC})
    assert survey.spellings()["b"].decimal == "."
    assert survey.sentences() == []

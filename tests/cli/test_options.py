"""How the texts of options are parsed."""

import pytest

from rarebit.cli.options import (
    name_options,
    parse_columns,
    parse_duration,
    parse_names,
    parse_roles,
)
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("1h30m", 5400)]
)
def test_durations_are_read_as_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "ten", "10x", "-5s"])
def test_other_texts_are_no_durations(text):
    with pytest.raises(InputError, match="is not a duration"):
        parse_duration(text)


def test_names_are_separated_by_commas_outside_quotes():
    assert parse_names("svm, knn") == ["svm", "knn"]
    assert parse_names('"Income, annual",ward') == ["Income, annual", "ward"]


@pytest.mark.parametrize(
    ("message", "typed"),
    [
        ("time_budget is 0: give more.", "--time-budget is 0: give more."),
        ("n_configs is 0.", "--configs is 0."),  # the option has another name
        ("No model: raise `time_budget`.", "No model: raise --time-budget."),
        ("weights: w.pt is damaged.", "weights: w.pt is damaged."),  # no option of this command
        ("The time_budget is words.", "The time_budget is words."),  # neither first nor quoted
        ("time of row 3 is late.", "time of row 3 is late."),
    ],
)
def test_messages_name_the_options_of_the_command(message, typed):
    options = {"time_budget": "--time-budget", "configs": "--configs"}
    assert name_options(message, options) == typed


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (None, []),
        (["age,ward"], ["age", "ward"]),
        (["age", "ward"], ["age", "ward"]),
        (["Income, annual"], ["Income, annual"]),
        (["Income, annual", "age"], ["Income, annual", "age"]),
        (['"Income, annual",age'], ["Income, annual", "age"]),
        (["Tests, n, total", "Income"], ["Tests, n, total", "Income"]),
    ],
)
def test_a_whole_text_may_be_the_name_of_a_column(tmp_path, texts, names):
    file = tmp_path / "t.csv"
    file.write_text('age,"Income, annual","Tests, n, total",Income,ward\n1,2,3,4,5\n')
    assert parse_columns(texts, file) == names


def test_columns_are_named_once(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("age,ward\n1,2\n")
    with pytest.raises(InputError, match="contains 'age' twice"):
        parse_columns(["age", "ward,age"], file)
    assert parse_columns(["a,b"], "a_named_data_set") == ["a", "b"]


def test_roles_of_columns(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text('age,zip,"a,b","c=d,e"\n1,2,3,4\n')
    assert parse_roles(None, file) == {}
    assert parse_roles(["a=b = numeric", "zip=drop"], file) == {"a=b": "numeric", "zip": "drop"}
    assert parse_roles(["age=NUMERIC"], file) == {"age": "numeric"}
    both = {"age": "numeric", "zip": "text"}
    assert parse_roles(["age=numeric,zip=Text"], file) == both
    assert parse_roles(["age=numeric", "zip = text"], file) == both
    assert parse_roles(['age=numeric,"a,b=drop"'], file) == {"age": "numeric", "a,b": "drop"}
    assert parse_roles(["a,b=date", "c=d,e=drop"], file) == {"a,b": "date", "c=d,e": "drop"}
    for texts in (["zip"], ["=drop"], ["zip="], ["age=drop,zip"], ["age,zip=drop"]):
        with pytest.raises(InputError, match="give column=role"):
            parse_roles(texts, file)
    with pytest.raises(InputError, match="names 'a' twice"):
        parse_roles(["a=drop", "a=date"], file)

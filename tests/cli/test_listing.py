"""`rarebit list` as its users call it."""

import json

import pytest

from rarebit.cli import lazy
from rarebit.cli.listing import LISTS
from rarebit.datasets import list_datasets
from rarebit.metrics import METRICS
from rarebit.zoo import list_classifiers, list_treatments


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("models", list_classifiers()),
        ("treatments", list_treatments()),
        ("metrics", list(METRICS)),
        ("datasets", [info.name for info in list_datasets()]),
    ],
)
def test_all_names_are_listed_for_people_and_for_programs(rarebit, what, names):
    code, out, err = rarebit("list", what, "--json")
    assert (code, err) == (0, "")
    assert [record["name"] for record in json.loads(out)] == names
    heading, *lines = rarebit("list", what)[1].splitlines()
    assert heading.startswith("name ")
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == names


def test_what_is_known_of_a_name(rarebit):
    def record(what, name):
        records = json.loads(rarebit("list", what, "--json")[1])
        return next(record for record in records if name in record.values())

    found = record("models", "xgboost")
    assert found["extra"] == "boosting"
    assert record("models", "random_forest")["presets"] == ["quick", "default", "thorough"]
    assert record("treatments", "smote")["kind"] == "resampling"
    assert record("metrics", "brier")["best"] == "lowest"
    assert record("metrics", "calibration_slope")["best"] == "nearest to 1"
    assert record("checks", "RB001")["help"] == "docs/checks.md#rb001"
    assert record("papers", "table3")["paper"] == "qcl-mixnet"


def test_data_sets_are_listed_by_two_commands_alike(rarebit):
    assert rarebit("datasets", "list") == rarebit("list", "datasets")
    assert rarebit("datasets", "list", "--json") == rarebit("list", "datasets", "--json")


@pytest.mark.parametrize(("columns", "whole"), [(40, False), (80, False), (100, True)])
@pytest.mark.parametrize("what", ["models", "datasets"])
def test_names_are_whole_on_terminals_of_any_width(rarebit, monkeypatch, what, columns, whole):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = rarebit("list", what)
    assert code == 0
    begins = [line.split()[0] for line in out.splitlines() if line and not line.startswith(" ")]
    assert {record["name"] for record in LISTS[what].find()} <= set(begins)
    assert max(map(len, out.splitlines())) <= columns
    assert (LISTS[what].texts[-1].replace("_", " ") in out.splitlines()[0]) == whole
    assert ("--json" in out) != whole


def test_a_wrong_name_and_a_missing_package_are_one_line(rarebit, monkeypatch):
    code, out, err = rarebit("list", "modles")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "did you mean 'models'?" in err
    monkeypatch.setattr(lazy, "entry_points", lambda group: [])
    code, out, err = rarebit("list", "papers")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "pip install -e papers" in err

"""A file or the name of a data set, as one data set."""

import pandas as pd
import pytest

from rarebit.datasets import load_dataset
from rarebit.datasets.sources.opening import open_dataset
from rarebit.exceptions import InputError


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(
        {
            "age": [61, 58, 44, 70, 39, 52],
            "ward": list("abbaba"),
            "patient": [1, 1, 2, 2, 3, 3],
            "day": [f"2024-01-0{day}" for day in range(1, 7)],
            "weight": [1, 2, 1, 2, 1, 2],
            "died": ["no", "yes", "no", "no", "yes", "no"],
        }
    )
    frame.to_csv("data.csv", index=False)
    return frame


def test_a_file_with_every_column_named(table):
    dataset = open_dataset(
        "data.csv", target="died", positive="no", groups="patient", time="day", weights="weight",
        ignore=["ward"],
    )  # fmt: skip
    assert (dataset.name, dataset.source) == ("data.csv", "data.csv")
    assert dataset.classes == ("no", "yes")
    assert dataset.positive == 0
    assert dataset.groups.tolist() == [0, 0, 1, 1, 2, 2]
    assert (dataset.time - dataset.time[0]).tolist() == [0, 1, 2, 3, 4, 5]
    assert dataset.sample_weight.tolist() == [1, 2, 1, 2, 1, 2]
    assert list(dataset.roles) == ["age"]


def test_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.testing.assert_frame_equal(open_dataset("wine_rare").frame, load_dataset("wine_rare").frame)


def test_a_file_comes_before_a_data_set_of_its_name(table, tmp_path):
    (tmp_path / "data.csv").rename(tmp_path / "wine_rare")
    with pytest.raises(InputError, match="wine_rare"):
        open_dataset("wine_rare", target="died")  # its name does not say what kind of table it is


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("digits_9", {}, "no data set 'digits_9': did you mean 'digits_8'"),
        ("absent.csv", {"target": "died"}, "absent.csv"),
        ("data.csv", {}, "target is missing: give .* one of age, ward, patient, day, weight, died"),
        ("data.csv", {"target": "died", "data_dir": "."}, "data_dir is for named data sets"),
        ("wine_rare", {"groups": "a", "ignore": ["b"]}, "leave out `groups` and `ignore`"),
    ],
)
def test_what_does_not_apply_is_refused(table, name, arguments, says):
    with pytest.raises(InputError, match=says):
        open_dataset(name, **arguments)

import pandas as pd
import pytest

from rarebit.datasets import load_dataset
from rarebit.exceptions import InputError

FRAME = pd.DataFrame({"a": range(40), "target": [0, 0, 0, 1] * 10}).assign(b=lambda f: f["a"] % 7)


@pytest.fixture(autouse=True)
def no_other_places(monkeypatch, tmp_path):
    monkeypatch.setenv("RAREBIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RAREBIT_DATA", raising=False)


def put(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    FRAME.to_csv(file, index=False)


@pytest.mark.parametrize(
    "place", ["tabular/minerals.csv.gz", "tabular/minerals.csv", "minerals.csv"]
)
def test_a_folder_may_be_given_or_named_by_the_environment(tmp_path, monkeypatch, place):
    put(tmp_path / "data" / place)
    given = load_dataset("minerals", data_dir=tmp_path / "data")
    monkeypatch.setenv("RAREBIT_DATA", str(tmp_path / "data"))
    assert load_dataset("minerals").frame.equals(given.frame)
    assert given.name == "minerals"
    assert given.source.startswith("Kaggle")


def test_another_file_than_the_one_known_is_used_with_a_note(tmp_path):
    put(tmp_path / "tabular/minerals.csv.gz")
    notes = load_dataset("minerals", data_dir=tmp_path).notes
    assert "minerals.csv.gz is not the file in the registry: its SHA-256 is" in notes[0]
    put(tmp_path / "clinical/mimic3_demo_mortality.csv.gz")
    notes = load_dataset("mimic3_demo_mortality", data_dir=tmp_path).notes
    assert notes[0].startswith("All 100 patients of the MIMIC demo")


def test_a_given_folder_goes_before_the_environment_and_both_before_the_cache(
    tmp_path, monkeypatch
):
    for place, drop in (("given", 1), ("named", 2), ("cache", 3)):
        put(tmp_path / place / "tabular/minerals.csv.gz")
        file = tmp_path / place / "tabular/minerals.csv.gz"
        FRAME.iloc[drop:].to_csv(file, index=False)
    monkeypatch.setenv("RAREBIT_DATA", str(tmp_path / "named"))
    assert len(load_dataset("minerals", data_dir=tmp_path / "given").target) == 39
    assert len(load_dataset("minerals").target) == 38
    monkeypatch.delenv("RAREBIT_DATA")
    assert len(load_dataset("minerals").target) == 37


def test_a_folder_that_is_none_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"data_dir is .*not a folder"):
        load_dataset("ecoli", data_dir=tmp_path / "nothing")
    monkeypatch.setenv("RAREBIT_DATA", str(tmp_path / "nothing"))
    with pytest.raises(InputError, match=r"RAREBIT_DATA is .*not a folder"):
        load_dataset("ecoli")
    assert load_dataset("wine_rare").name == "wine_rare"


def test_an_embedded_data_set_is_the_same_every_time():
    first, second = load_dataset("breast_cancer_rare"), load_dataset("breast_cancer_rare")
    assert first.frame.equals(second.frame)
    assert first.classes == ("benign", "malignant")
    assert first.positive == 1
    # The rows of the rare class are not at one end of the table.
    rows = first.target.nonzero()[0]
    assert rows.min() < 100
    assert rows.max() > 250


@pytest.mark.parametrize("folder", [3, ["data"]])
def test_a_folder_of_data_sets_has_a_name(folder):
    with pytest.raises(InputError, match="is not a path"):
        load_dataset("ecoli", data_dir=folder)

import json
import re

import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit_papers.request import Outcome, Request, data_folder


def test_the_data_folder_is_the_given_one_then_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("RAREBIT_DATA", raising=False)
    with pytest.raises(InputError, match="The data folder is not set: give --data-dir"):
        data_folder(None)
    monkeypatch.setenv("RAREBIT_DATA", str(tmp_path))
    assert data_folder(None) == tmp_path
    (tmp_path / "mine").mkdir()
    assert data_folder(tmp_path / "mine") == tmp_path / "mine"
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'absent'} does not exist")):
        data_folder(tmp_path / "absent")


def test_data_sets_are_the_ones_asked_for_else_the_default_ones(tmp_path):
    known = ["glass", "ecoli"]
    assert Request(tmp_path).chosen(known) == known
    assert Request(tmp_path).chosen(known, ["ecoli"]) == ["ecoli"]
    assert Request(tmp_path, datasets=("glass",)).chosen(known, ["ecoli"]) == ["glass"]
    with pytest.raises(InputError, match="names wine; choose from glass, ecoli"):
        Request(tmp_path, datasets=("wine", "glass")).chosen(known)


def test_an_outcome_goes_to_json_and_back(tmp_path):
    table = pd.DataFrame({"f1": [0.5, float("nan")]}, index=pd.Index(["svm", "knn"], name="model"))
    outcome = Outcome(["It holds."], {"Scores": table}, files=[tmp_path / "scores.csv"])
    read = json.loads(json.dumps(outcome.as_dict(), allow_nan=False))
    assert read["findings"] == ["It holds."]
    assert read["tables"]["Scores"] == [{"model": "svm", "f1": 0.5}, {"model": "knn", "f1": None}]
    assert str(tmp_path / "scores.csv") in str(outcome)


def test_an_outcome_is_printed_as_findings_then_tables():
    table = pd.DataFrame({"f1": [0.5]}, ["svm"])
    printed = str(Outcome(["It holds."], {"Scores": table}))
    assert printed == "- It holds.\n\nScores\n     f1\nsvm 0.5"

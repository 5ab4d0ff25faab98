import json
import re

import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit_papers.request import Outcome, Request


def test_the_folder_of_data_sets_is_the_one_given_then_the_one_of_the_environment(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("RAREBIT_DATA", raising=False)
    with pytest.raises(InputError, match="No folder of data sets is named: give --data-dir"):
        Request(tmp_path).data_folder()
    monkeypatch.setenv("RAREBIT_DATA", str(tmp_path))
    assert Request(tmp_path).data_folder() == tmp_path
    (tmp_path / "mine").mkdir()
    assert Request(tmp_path, tmp_path / "mine").data_folder() == tmp_path / "mine"
    with pytest.raises(InputError, match=re.escape(f"There is no folder {tmp_path / 'absent'}:")):
        Request(tmp_path, tmp_path / "absent").data_folder()


def test_data_sets_are_all_of_them_or_the_ones_asked_for(tmp_path):
    known = ["glass", "ecoli"]
    assert Request(tmp_path).chosen(known) == known
    assert Request(tmp_path, datasets=("ecoli",)).chosen(known) == ["ecoli"]
    with pytest.raises(InputError, match="names wine; choose from glass, ecoli"):
        Request(tmp_path, datasets=("wine", "glass")).chosen(known)


def test_an_outcome_goes_to_json_and_back(tmp_path):
    table = pd.DataFrame({"f1": [0.5, float("nan")]}, index=pd.Index(["svm", "knn"], name="model"))
    outcome = Outcome(["It is so."], {"Scores": table}, [tmp_path / "scores.csv"])
    read = json.loads(json.dumps(outcome.as_dict(), allow_nan=False))
    assert read["findings"] == ["It is so."]
    assert read["tables"]["Scores"] == [{"model": "svm", "f1": 0.5}, {"model": "knn", "f1": None}]
    assert str(tmp_path / "scores.csv") in str(outcome)

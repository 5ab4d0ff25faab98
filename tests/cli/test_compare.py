"""`rarebit compare`, `predict` and `datasets` as their users call them."""

import json

import numpy as np
import pandas as pd
import pytest
from extras import needs

import rarebit as package

FAST = ("--preset", "quick", "--models", "logistic_regression", "--jobs", "1", "--out", ".")


def test_compare_then_predict(rarebit, table, tmp_path):
    code, out, _ = rarebit("compare", "data.csv", "--target", "died", *FAST)
    assert code == 0
    assert "Recommended" in out
    assert "SMOTE" in out
    files = ("report.html", "ranking.csv", "model/config.json", "model/card.html", "cells.sqlite")
    for name in files:
        assert (tmp_path / name).exists(), name
    code, _, err = rarebit("predict", "model", "data.csv", "--out", "scored.csv")
    assert code == 0
    assert "240 rows scored" in err
    scored = pd.read_csv("scored.csv")
    assert list(scored.columns) == ["label", "probability_no", "probability_yes"]
    model = package.load("model")
    np.testing.assert_array_equal(scored["label"], model.predict(table.drop(columns="died")))
    np.testing.assert_allclose(scored["probability_yes"], model.predict_proba(table)[:, 1])


@pytest.mark.slow
def test_groups_time_weights_costs_and_ignored_columns(rarebit, table, tmp_path):
    code, out, err = rarebit(
        "compare", "data.csv", "--target", "died", *FAST, "--groups", "patient_id",
        "--time", "admitted", "--weights", "weight", "--ignore", "smoker", "--positive", "yes",
        "--cost", "fn=10,fp=1", "--json", "--out", "o",
    )  # fmt: skip
    assert code == 0, err
    found = json.loads(out)
    assert found["metric"] == "expected_cost"
    columns = {column["name"]: column["used_as"] for column in found["dataset"]["columns"]}
    assert columns["patient_id"] == "groups"
    assert columns["admitted"] == "time"
    assert columns["weight"] == "weights"
    assert columns["smoker"] == "dropped"
    assert columns["ward"] == "categorical"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("data.csv", "--target", "died", "--prevalence", "2"), "prevalence"),
        (("absent.csv", "--target", "died"), "absent.csv"),
        (("data.csv", "--target", "deid"), "did you mean 'died'"),
        (("data.csv",), "--target is missing"),
        (("data.csv", "--target", "died", "--cost", "fn:10"), "fn:10"),
        (("data.csv", "--target", "died", "--positive", "maybe"), "maybe"),
        (("data.csv", "--target", "died", "--preset", "huge"), "huge"),
        (("data.csv", "--target", "died", "--protocol", "lax"), "lax"),
        (("data.csv", "--target", "died", "--metric", "f7"), "f7"),
        (("data.csv", "--target", "died", "--models", "oracle"), "oracle"),
        (("data.csv", "--target", "died", "--treatments", "prayer"), "prayer"),
        (("data.csv", "--target", "died", "--time-budget", "soon"), "means seconds"),
        (("data.csv", "--target", "died", "--jobs", "0"), "--jobs is 0"),
        (("data.csv", "--target", "died", "--jobs", "1000000"), "jobs is 1000000"),
        (("data.csv", "--target", "died", "--seed", "-1"), "--seed is -1"),
        (("data.csv", "--target", "died", "--device", "gpu"), "--device is 'gpu'"),
        (("data.csv", "--target", "died", "--models", ","), "no name"),
        (("data.csv", "--target", "died", "--models", "knn,svm,knn"), "'knn' twice"),
        (("data.csv", "--target", "died", "--models", "randomforest"), "mean 'random_forest'"),
        (("data.csv", "--target", "died", "--treatments", "smoot"), "did you mean 'smote'"),
        (("digits_9",), "no data set 'digits_9': did you mean 'digits_8'"),
        (("data.csv", "--target", "died", "--groups", "family"), "family"),
        (("data.csv", "--target", "died", "--out", "data.csv"), "data.csv"),
        (("digits_8", "--target", "died"), "leave out --target."),
        (("data.csv", "--target", "died", "--data-dir", "."), "--data-dir is for named data sets"),
        (("data.csv", "--target", "died", "--device", "cuda"), "--device cuda has no effect"),
        pytest.param(
            ("data.csv", "--target", "died", "--models", "mlp_net", "--device", "cuda:99"),
            "cuda:99",
            marks=needs("torch"),
        ),
        (
            (
                "data.csv",
                "--target",
                "died",
                "--protocol",
                "paper",
                "--preset",
                "quick",
                "--models",
                "knn",
                "--treatments",
                "smote",
            ),
            "--preset quick has no effect",
        ),
        (("data.csv", "--target", "died", "--device", "cuda:1", "--models", "svm"), "Support vec"),
        (("digits_8", "--data-dir", "absent"), "--data-dir absent is not a folder"),
        (("data.csv", "--target", "died", "--metric", "expected_cost"), "give --cost, such as"),
        (("single.csv", "--target", "y"), "only one class"),
        (("useless.csv", "--target", "y"), "feature"),
        (("broken.csv", "--target", "y"), "broken.csv"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(rarebit, table, tmp_path, arguments, says):
    (tmp_path / "single.csv").write_text("a,y\n" + "".join(f"{i},1\n" for i in range(20)))
    (tmp_path / "useless.csv").write_text("a,y\n" + "".join(f"7,{i % 2}\n" for i in range(20)))
    (tmp_path / "broken.csv").write_bytes(bytes(range(256)) * 40)
    code, _, err = rarebit("compare", *arguments)
    assert code == 2
    assert says in err
    assert err.startswith("Error: ")
    assert len(err.strip().splitlines()) == 1
    assert not list(tmp_path.glob("rarebit-*"))


def test_a_foreign_model_folder_is_not_overwritten(rarebit, table, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.txt").write_text("mine")
    code, _, err = rarebit("compare", "data.csv", "--target", "died", *FAST)
    assert code == 2
    assert "model" in err
    assert (tmp_path / "model" / "mine.txt").read_text() == "mine"


def test_a_time_budget_that_is_far_too_short_says_so(rarebit, table):
    code, out, err = rarebit(
        "compare", "data.csv", "--target", "died", *FAST, "--time-budget", "0.01s"
    )
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        "Error: The time budget of 0.01 s was not enough for a single fit: raise --time-budget, to "
        "60 s at least, or lower --max-rows."
    )


def test_predict_refuses_what_is_no_model_and_missing_columns(rarebit, table, tmp_path):
    code, _, err = rarebit("predict", "nowhere", "data.csv", "--out", "x.csv")
    assert (code, len(err.strip().splitlines())) == (2, 1)
    rarebit("train", "data.csv", "--target", "died", "--model", "logistic_regression")
    table.drop(columns=["age", "died"]).to_csv("short.csv", index=False)
    code, _, err = rarebit("predict", "model", "short.csv", "--out", "x.csv")
    assert code == 2
    assert "age" in err
    assert not (tmp_path / "x.csv").exists()
    code, _, err = rarebit("predict", "model", "data.csv", "--out", "data.csv")
    assert code == 2


def test_datasets_are_listed(rarebit):
    code, out, _ = rarebit("datasets", "list")
    assert code == 0
    assert "digits_8" in out
    listed = json.loads(rarebit("datasets", "list", "--json")[1])
    assert {"isolet", "har", "ecoli"} <= {entry["name"] for entry in listed}


def test_version(rarebit):
    assert rarebit("--version")[1].strip() == package.__version__


@pytest.mark.parametrize("name", ["cells.csv", "fits.csv", "ranking.csv", "report.html"])
def test_files_of_ones_own_are_not_overwritten(rarebit, tmp_path, name):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{k % 7},{k % 2}\n" for k in range(60)))
    (tmp_path / name).write_text((tmp_path / "t.csv").read_text())
    before = (tmp_path / name).read_text()
    table = name if name.endswith(".csv") else "t.csv"
    for given in (table, "t.csv"):
        code, _, err = rarebit("compare", given, "--target", "y", *FAST)
        assert code == 2
        assert name in err
        assert "--out" in err or "or another folder" in err
        assert (tmp_path / name).read_text() == before


def test_the_folder_of_a_sweep_is_not_written_to(rarebit, tmp_path):
    (tmp_path / "sweep.json").write_text("{}")
    code, _, err = rarebit("compare", "digits_8", *FAST)
    assert code == 2
    assert "is the folder of a sweep" in err

"""`rarebit compare`, `predict` and `datasets` as their users call them."""

import json
import re
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from extras import needs

import rarebit as package

FAST = ("--preset", "quick", "--models", "logistic_regression", "--jobs", "1", "--out", ".")


@pytest.fixture
def table(tmp_path):
    """A table of mixed columns whose rare class can be told by two of them."""
    rng = np.random.default_rng(0)
    died = rng.uniform(size=240) < 0.15
    frame = pd.DataFrame(
        {
            "patient_id": np.arange(240) // 2,
            "age": rng.normal(60, 10, 240) + 12 * died,
            "ward": np.where(died & (rng.uniform(size=240) < 0.7), "icu", "general"),
            "smoker": rng.choice(["yes", "no"], 240),
            "admitted": pd.date_range("2024-01-01", periods=240).strftime("%Y-%m-%d"),
            "weight": rng.uniform(1, 2, 240),
            "died": np.where(died, "yes", "no"),
        }
    )
    frame.loc[::9, "age"] = np.nan
    frame.to_csv(tmp_path / "data.csv", index=False)
    return frame


def test_a_folder_named_after_the_table_by_default(rarebit, table, tmp_path):
    arguments = ("compare", "data.csv", "--target", "died", *FAST[:-2], "--treatments", "untouched")
    code, out, _ = rarebit(*arguments)
    assert code == 0
    assert "rarebit-data/report.html" in out
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "rarebit-data"}
    # It is where the same command resumes.
    store = sqlite3.connect(tmp_path / "rarebit-data" / "cells.sqlite")
    with store:
        store.execute("UPDATE cells SET fit_seconds = 12345")
    assert rarebit(*arguments)[0] == 0
    assert "12345" in (tmp_path / "rarebit-data" / "fits.csv").read_text()


def test_the_best_model_is_evaluated_on_rows_of_another_place(rarebit, table, tmp_path):
    other = table.sample(frac=1, random_state=1).assign(age=lambda frame: frame["age"] + 20)
    other.to_csv(tmp_path / "other.csv", sep=";", decimal=",", index=False)
    code, out, _ = rarebit(
        "compare", "data.csv", "--target", "died", "--groups", "patient_id", "--treatments",
        "untouched", "--test", "other.csv", "--json", *FAST,
    )  # fmt: skip
    assert code == 0
    found = json.loads(out)
    assert found["finding"][-1].startswith("On other.csv (240 rows that no model was fitted on)")
    on_test = found["test"]
    assert on_test["drift"][0]["column"] == "age"
    expected = package.evaluate(tmp_path / "model", other, "died", groups="patient_id")
    scores = {row["metric"]: row["score"] for row in on_test["metrics"]}
    expected = expected.metrics.set_index("metric")["score"]
    assert scores["roc_auc"] == pytest.approx(expected["roc_auc"])
    assert (tmp_path / "test" / "evaluation.html").exists()
    report = (tmp_path / "report.html").read_text()
    assert "On rows of another time or place" in report


def test_compare_then_predict(rarebit, table, tmp_path):
    code, out, _ = rarebit("compare", "data.csv", "--target", "died", *FAST)
    assert code == 0
    assert "Recommended" in out
    assert "SMOTE" in out
    for name in ("report.html", "ranking.csv", "model/config.json", "cells.sqlite"):
        assert (tmp_path / name).exists(), name
    code, _, err = rarebit("predict", "model", "data.csv", "--out", "scored.csv")
    assert code == 0
    assert "240 rows scored" in err
    scored = pd.read_csv("scored.csv")
    assert list(scored.columns) == ["label", "probability_no", "probability_yes"]
    model = package.load("model")
    np.testing.assert_array_equal(scored["label"], model.predict(table.drop(columns="died")))
    np.testing.assert_allclose(scored["probability_yes"], model.predict_proba(table)[:, 1])


def test_operating_points(rarebit, table):
    arguments = ("compare", "data.csv", "--target", "died", "--treatments", "untouched", *FAST)
    points = ("--at", "recall>=0.8", "--at", "alerts<=5", "--confidence", "0.8")
    code, out, _ = rarebit(*arguments, *points)
    assert code == 0
    assert re.search(r"At recall>=0.8, \d+ of \d+ rows of class \"yes\" were found", out)
    assert re.search(
        r"^At +Threshold +Recall +95 % interval +Precision +FPR +Alerts", out, re.MULTILINE
    )
    model = package.load("model")
    assert " ".join(model.points_["recall>=0.8"].statement.split()) in " ".join(out.split())
    found = pd.read_csv("operating_points.csv")
    assert found["at"].tolist() == ["recall>=0.8", "alerts<=5"]
    assert found["rare"].tolist() == [(table["died"] == "yes").sum()] * 2
    assert found["threshold"][0] == pytest.approx(model.points_["recall>=0.8"].threshold)
    page = Path("report.html").read_text()
    assert "Operating points" in page
    assert "recall&gt;=0.8" in page
    # The first point decides, and another one where it is asked for.
    table.drop(columns="died").to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv")
    assert code == 0
    assert f"Labels: {' '.join(model.points_['recall>=0.8'].statement.split())}" in " ".join(
        err.split()
    )
    np.testing.assert_array_equal(pd.read_csv("scored.csv")["label"], model.predict(table))
    assert rarebit("predict", "model", "new.csv", "--at", "alerts<=7", "--out", "s.csv")[0] == 0
    assert (pd.read_csv("s.csv")["label"] == "yes").sum() == 7
    code, _, err = rarebit("predict", "model", "new.csv", "--at", "alerts<7", "--out", "s.csv")
    assert (code, err.strip()) == (
        2,
        "Error: --at is 'alerts<7': give alerts<=7, if that is meant.",
    )
    # The same cells, as JSON.
    outcome = json.loads(rarebit(*arguments, *points, "--json")[1])
    assert outcome["operating_points"][1]["found"] == found["found"][1]
    assert outcome["operating_points"][1]["threshold"] is None
    assert outcome["settings"]["at"] == ["recall>=0.8", "alerts<=5"]


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


def test_importances_are_printed_drawn_and_written(rarebit, table, tmp_path):
    arguments = ("--target", "died", *FAST, "--treatments", "tuned_threshold")
    code, out, _ = rarebit("compare", "data.csv", *arguments)
    assert code == 0
    assert re.search(
        r"Columns that matter most .*: (age|ward) \(\+0\.\d+\);", " ".join(out.split())
    )
    written = pd.read_csv(tmp_path / "importances.csv")
    assert list(written) == ["columns", "increase", "low", "high"]
    assert set(written["columns"][:2]) == {"age", "ward"}
    report = (tmp_path / "report.html").read_text()
    assert "Columns that matter" in report
    assert 'id="effects' in report
    code, out, _ = rarebit("compare", "data.csv", *arguments, "--json")
    found = json.loads(out)["explanation"]
    assert found["importances"][0]["increase"] == pytest.approx(written["increase"][0])
    code, out, _ = rarebit("compare", "data.csv", *arguments, "--no-explain", "--json")
    assert json.loads(out)["explanation"] is None


def test_subgroups_are_in_the_report_the_tables_and_json(rarebit, table, tmp_path):
    arguments = ("--target", "died", *FAST, "--treatments", "tuned_threshold")
    code, out, _ = rarebit(
        "compare", "data.csv", *arguments, "--ignore", "smoker", "--by", "smoker,age", "--json"
    )
    assert code == 0
    found = json.loads(out)["subgroups"]
    assert found["class"] == "yes"
    values = [(group["column"], group["value"]) for group in found["groups"]]
    assert values[-1] == ("age", "missing")
    assert len(values) == 2 + 5
    written = pd.read_csv(tmp_path / "subgroups.csv")
    assert written["rows"].tolist() == [group["rows"] for group in found["groups"]]
    by_smoker = written[written["column"] == "smoker"].set_index("value")
    for value, rows in table.groupby("smoker"):
        assert by_smoker.loc[value, "rows"] == len(rows)
        assert by_smoker.loc[value, "observed"] == pytest.approx((rows["died"] == "yes").mean())
    report = (tmp_path / "report.html").read_text()
    assert '<section id="subgroups"' in report
    assert "smoker, too small to judge" in report or "Fisher" in report


def test_the_report_says_which_rows_a_budget_kept(rarebit, table, tmp_path):
    code, out, err = rarebit("compare", "data.csv", "--target", "died", *FAST, "--max-rows", "90")
    assert code == 0, err
    n_rare = int((table["died"] == "yes").sum())
    told = " ".join(out.split())
    kept = re.search(r"all (\d+) rows of class yes and (\d+) of (\d+) rows of class no", told)
    rare, common, of_common = map(int, kept.groups())
    assert rare + common == 90
    assert rare + of_common == 160  # two of three folds
    assert abs(rare - 2 * n_rare / 3) < 1
    assert kept[0] in (tmp_path / "report.html").read_text()


def test_an_interrupted_run_goes_on(rarebit, table, tmp_path):
    few = ("--treatments", "untouched,smote")
    arguments = ("compare", "data.csv", "--target", "died", *FAST, *few, "--json", "--out", "o")
    first = json.loads(rarebit(*arguments)[1])
    connection = sqlite3.connect(tmp_path / "o" / "cells.sqlite")
    before = connection.execute("SELECT COUNT(*) FROM cells").fetchone()[0]
    connection.execute("DELETE FROM cells WHERE fold = 1")
    connection.execute("UPDATE cells SET fit_seconds = 12345 WHERE fold = 0")
    connection.commit()
    again = json.loads(rarebit(*arguments)[1])
    after = connection.execute("SELECT COUNT(*) FROM cells").fetchone()[0]
    untouched = connection.execute(
        "SELECT COUNT(*) FROM cells WHERE fit_seconds = 12345"
    ).fetchone()[0]
    connection.close()
    assert (before, untouched > 0) == (after, True)
    for row, other in zip(first["ranking"], again["ranking"], strict=True):
        assert row["score"] == other["score"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
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
    assert not (tmp_path / "report.html").exists()


def test_a_foreign_model_folder_is_not_overwritten(rarebit, table, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.txt").write_text("mine")
    code, _, err = rarebit("compare", "data.csv", "--target", "died", *FAST)
    assert code == 2
    assert "model" in err
    assert (tmp_path / "model" / "mine.txt").read_text() == "mine"


def test_replacing_the_model_of_another_table_is_said(rarebit, table, tmp_path):
    fast = ("--target", "died", *FAST, "--treatments", "untouched")
    table.to_csv("other.csv", index=False)
    said = []
    for name in ("data.csv", "data.csv", "other.csv"):
        code, out, _ = rarebit("compare", name, *fast)
        assert code == 0
        said.append("is the model of data.csv; the model of other.csv will replace it" in out)
    assert said == [False, False, True]


def test_a_time_budget_that_is_far_too_short_says_so(rarebit, table):
    code, out, err = rarebit(
        "compare", "data.csv", "--target", "died", *FAST, "--time-budget", "0.01s"
    )
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        "Error: The time budget of 0.01 s was not enough for a single fit: raise --time-budget, to "
        "60 s at least, or lower --max-rows."
    )


def test_a_comparison_that_time_ended_says_what_it_covers_and_how_to_go_on(
    rarebit, table, tmp_path
):
    command = ("compare", "data.csv", "--target", "died", *FAST, "--json")
    assert rarebit(*command)[0] == 0
    with sqlite3.connect(tmp_path / "cells.sqlite") as store:
        store.execute("DELETE FROM cells WHERE treatment = 'smote'")
        store.execute("UPDATE cells SET fit_seconds = 1000")
    store.close()
    (tmp_path / "cells.csv").unlink()
    code, out, err = rarebit(*command, "--time-budget", "0.01s")
    assert code == 0, err
    found = json.loads(out)
    assert found["coverage"] == {"models": 3, "of_models": 4, "folds": 9, "of_folds": 9}
    assert found["finding"][0] == "The time was enough for 3 of 4 models on 9 of 9 folds."
    assert found["left_out"][0] == (
        "Not run, because the time ended before: Logistic regression with SMOTE."
    )
    assert "model" not in found["files"]
    assert found["warnings"][-3].startswith("There was no time to fit the best model on all rows")
    assert found["warnings"][-2:] == [
        (
            "Finished fits are kept in .: the same command without --time-budget runs the "
            "remaining fits."
        ),
        "model is the model of an earlier run.",
    ]


def test_odd_tables_give_warnings_and_a_result(rarebit, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "empty": np.nan, "y": [0, 1] * 30})
    frame["y"] = frame["y"].astype(object)
    frame.loc[59, "y"] = "single"
    frame.to_csv(tmp_path / "odd.csv", index=False)
    code, out, err = rarebit("compare", "odd.csv", "--target", "y", *FAST, "--json", "--out", "o")
    assert code == 0, err
    found = json.loads(out)
    assert any("single" in warning for warning in found["warnings"])
    used = {column["name"]: column["used_as"] for column in found["dataset"]["columns"]}
    assert used["empty"] == "dropped"


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

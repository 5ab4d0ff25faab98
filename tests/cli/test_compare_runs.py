"""Whole comparisons from the command line: what they write, resume and leave out."""

import json
import re
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rarebit as package

FAST = ("--preset", "quick", "--models", "logistic_regression", "--jobs", "1", "--out", ".")

pytestmark = pytest.mark.slow


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
    card = (tmp_path / "model" / "card.md").read_text()
    assert f"| ROC-AUC | {expected['roc_auc']:.3f} |" in re.sub(r"(AUC \|) [^|]*\|", r"\1", card)
    assert "The test rows come from other.csv" in card
    assert "Answered under" in card


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


def test_review_by_a_person(rarebit, table):
    arguments = ("compare", "data.csv", "--target", "died", "--treatments", "tuned_threshold")
    code, out, _ = rarebit(*arguments, "--review", "10%", "--no-explain", *FAST)
    assert code == 0
    assert re.search(r"^Review +Reviewed +Errors +Recall +95 % interval", out, re.MULTILINE)
    assert "with review" in out
    found = pd.read_csv("review.csv")
    assert found["review"].tolist() == ["without review", "with review"]
    assert found["errors"][1] < found["errors"][0]
    assert "Review by a person" in Path("report.html").read_text()
    model = package.load("model")
    table.to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv")
    assert code == 0
    assert model.review_rule().statement in " ".join(err.split())
    np.testing.assert_array_equal(pd.read_csv("scored.csv")["review"], model.predict_review(table))
    code, out, _ = rarebit("evaluate", "model", "new.csv", "--target", "died", "--out", "there")
    assert code == 0
    assert "with review" in out
    assert "Review by a person" in Path("there/evaluation.html").read_text()
    assert Path("there/review.csv").exists()
    again = ("predict", "model", "new.csv", "--out", "s.csv", "--review")
    code, out, _ = rarebit(*again, "7", "--json")
    assert (code, json.loads(out)["reviewed"]) == (0, 7)
    code, _, err = rarebit(*again, "7 rows")
    assert code == 2
    assert err.startswith("Error: --review is '7 rows': give a share of the rows above 0 %")
    assert len(err.splitlines()) == 1


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


def test_replacing_the_model_of_another_table_is_said(rarebit, table, tmp_path):
    fast = ("--target", "died", *FAST, "--treatments", "untouched")
    table.to_csv("other.csv", index=False)
    said = []
    for name in ("data.csv", "data.csv", "other.csv"):
        code, out, _ = rarebit("compare", name, *fast)
        assert code == 0
        said.append("is the model of data.csv; the model of other.csv will replace it" in out)
    assert said == [False, False, True]


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

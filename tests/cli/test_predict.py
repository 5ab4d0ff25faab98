"""`rarebit predict` as its users call it; what it writes is tested with `score_table`."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rarebit import save
from rarebit.zoo import TreatedClassifier


@pytest.fixture
def frame(tmp_path):
    """A stored model in ./model and new rows, one of them junk, in ./new.csv."""
    rng = np.random.default_rng(0)
    y = rng.uniform(size=200) < 0.2
    frame = pd.DataFrame({"x": rng.normal(size=200) + y})
    model = TreatedClassifier("logistic_regression", "tuned_threshold", positive="ill")
    save(model.fit(frame, np.where(y, "ill", "well")), tmp_path / "model")
    frame = frame.astype(object)
    frame.loc[7, "x"] = "junk"
    frame.to_csv(tmp_path / "new.csv", index=False)
    return frame


def test_warnings_and_the_file_written_are_printed(rarebit, frame):
    code, out, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv", "--keep")
    assert (code, out) == (0, "")
    said = " ".join(err.split())
    assert said.startswith("warning: Column 'x' is numeric; 1 of its 200 values, such as 'junk',")
    assert said.endswith("200 rows scored: scored.csv")
    columns = ["x", "label", "probability_ill", "probability_well"]
    assert pd.read_csv("scored.csv").columns.tolist() == columns


def test_without_a_file_the_rows_are_printed(rarebit, frame):
    assert rarebit("predict", "model", "new.csv", "--out", "scored.csv")[0] == 0
    code, out, err = rarebit("predict", "model", "new.csv")
    assert code == 0
    assert out == Path("scored.csv").read_text()
    assert err.startswith("warning: Column 'x' is numeric;")
    assert err.endswith("\n200 rows scored\n")


def test_after_an_error_no_row_is_printed(rarebit, frame, tmp_path):
    (tmp_path / "odd.csv").write_text("x,label\n1,2\n")
    code, out, err = rarebit("predict", "model", "odd.csv", "--keep")
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.slow
def test_a_program_that_stops_reading_ends_it_quietly(frame, tmp_path):
    pd.concat([frame] * 50).to_csv(tmp_path / "long.csv", index=False)
    command = [sys.executable, "-c", "from rarebit.cli import main; main()"]
    with subprocess.Popen(
        [*command, "predict", "model", "long.csv"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline().startswith("label,")
        process.stdout.close()
        assert "Error" not in process.stderr.read()


def test_reasons_are_written_if_there_are_rows_to_compare_with(rarebit, frame, tmp_path):
    code, _, _ = rarebit("predict", "model", "new.csv", "--out", "scored.csv", "--explain")
    assert code == 0
    scored = pd.read_csv("scored.csv")
    assert scored["reason_1"].str.startswith("x = ").all()
    assert scored["reason_2"].isna().all()  # there is one column
    frame.head(1).to_csv(tmp_path / "one.csv", index=False)
    code, _, err = rarebit("predict", "model", "one.csv", "--out", "s.csv", "--explain")
    assert code == 2
    assert err.count("\n") == 1
    assert "give at least 10 rows, or leave out --explain" in " ".join(err.split())


def test_json_counts_rows_and_labels(rarebit, frame):
    code, out, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    labels = pd.read_csv("scored.csv")["label"]
    assert found["rows"] == len(frame) == sum(found["labels"].values())
    assert {k: n for k, n in found["labels"].items() if n} == labels.value_counts().to_dict()
    assert len(found["warnings"]) == 1
    assert found["out"] == "scored.csv"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "new.csv", "--out", "s.csv"), "nowhere"),
        (("model", "absent.csv", "--out", "s.csv"), "absent.csv"),
        (("model", "new.csv", "--out", "new.csv"), "is the input itself"),
        (("model", "new.csv", "--out", "s.xlsx"), "s.xlsx"),
        (("model", "new.csv", "--out", "s.txt"), "'s.txt' does not say which kind of table"),
        (("model", "short.csv", "--out", "s.csv"), "no column 'x'"),
        (("model", "new.csv", "--json"), "add --out for the rows"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_written(rarebit, frame, tmp_path, arguments, says):
    (tmp_path / "short.csv").write_text("z\n1\n")
    before = sorted(tmp_path.iterdir())
    code, _, err = rarebit("predict", *arguments)
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before

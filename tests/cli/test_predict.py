"""`rarebit predict`: formats, odd rows, and files larger than memory."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rarebit import load, save
from rarebit.zoo import TreatedClassifier

MEASURE = """
import sys
from pathlib import Path
from rarebit.cli import main
try:
    main(["predict", "model", sys.argv[1], "--out", "scored.csv"])
except SystemExit as stop:
    assert not stop.code, stop.code
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


@pytest.fixture
def frame(tmp_path):
    """A stored model in ./model and the rows that it was fitted on."""
    rng = np.random.default_rng(0)
    y = rng.uniform(size=300) < 0.2
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=300) + y,
            "kind": rng.choice(["a", "b"], 300),
            "when": pd.date_range("2024-01-01", periods=300).strftime("%Y-%m-%d"),
        }
    )
    model = TreatedClassifier("logistic_regression", "tuned_threshold", positive="ill")
    model.fit(frame, np.where(y, "ill", "well"))
    save(model, tmp_path / "model")
    return frame


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet"])
def test_every_format_scores_alike(rarebit, frame, suffix, tmp_path):
    path = tmp_path / f"new.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_csv(path, index=False)
    code, _, err = rarebit("predict", "model", path, "--out", "scored.parquet", "--keep")
    assert code == 0, err
    scored = pd.read_parquet("scored.parquet")
    assert list(scored["label"]) == list(load("model").predict(frame))
    np.testing.assert_allclose(
        scored[["probability_ill", "probability_well"]], load("model").predict_proba(frame)
    )
    assert list(scored.columns[:3]) == ["x", "kind", "when"]


def test_gaps_new_categories_and_junk_are_scored(rarebit, frame):
    odd = pd.DataFrame(
        {
            "x": ["0.5", "", "n/a", "junk"],
            "kind": ["a", "never seen", "", "b"],
            "when": "2030-01-01",
        }
    )
    odd.to_csv("odd.csv", index=False)
    code, _, err = rarebit("predict", "model", "odd.csv", "--out", "scored.csv")
    assert code == 0, err
    scored = pd.read_csv("scored.csv")
    assert len(scored) == 4
    assert np.isfinite(scored[["probability_ill", "probability_well"]]).all(axis=None)
    said = " ".join(err.split())
    assert "Column 'x' is numeric; 1 of its 2 values, such as 'junk'" in said
    assert "Column 'kind': 1 of its 3 values, such as 'never seen'" in said
    assert said.count("warning:") == 2


def test_odd_cells_of_later_rows_are_counted_too(rarebit, frame, monkeypatch):
    monkeypatch.setattr("rarebit.cli.predict.ROWS_AT_ONCE", 100)
    frame["x"] = frame["x"].astype(object)
    frame.loc[[150, 250], "x"] = "junk"
    frame.loc[299, "kind"] = "c"
    frame.to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv")
    assert code == 0, err
    said = " ".join(err.split())
    assert "2 of its 300 values, such as 'junk'" in said
    assert "1 of its 300 values, such as 'c'" in said


def test_a_column_that_cannot_be_read_is_said(rarebit, frame):
    frame.assign(x=frame["x"].map("{:.3f} kg".format)).to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv")
    assert code == 0, err
    assert "Column 'x' is numeric; 300 of its 300 values" in " ".join(err.split())
    frame.to_csv("new.csv", index=False)
    assert "warning" not in rarebit("predict", "model", "new.csv", "--out", "scored.csv")[2]


def test_columns_of_the_input_that_would_come_twice_are_refused(rarebit, frame, tmp_path):
    frame.assign(label="old").to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv", "--keep")
    assert code == 2
    assert "'label' of its own" in err
    assert not (tmp_path / "scored.csv").exists()
    assert rarebit("predict", "model", "new.csv", "--out", "scored.csv")[0] == 0


@pytest.mark.parametrize(
    ("name", "says"), [("empty.csv", "is empty"), ("t.csv", "no rows"), ("t.parquet", "no rows")]
)
def test_a_file_without_rows_is_refused_and_nothing_is_written(
    rarebit, frame, tmp_path, name, says
):
    (tmp_path / "empty.csv").write_text("")
    frame.iloc[:0].to_csv("t.csv", index=False)
    frame.iloc[:0].to_parquet("t.parquet")
    code, _, err = rarebit("predict", "model", name, "--out", "scored.csv")
    assert code == 2
    assert name in err
    assert says in err
    assert not (tmp_path / "scored.csv").exists()


def test_json_counts_rows_and_labels(rarebit, frame):
    frame.to_csv("new.csv", index=False)
    code, out, err = rarebit("predict", "model", "new.csv", "--out", "scored.csv", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["rows"] == len(frame) == sum(found["labels"].values())
    labels = pd.read_csv("scored.csv")["label"].astype(str)
    assert {k: n for k, n in found["labels"].items() if n} == labels.value_counts().to_dict()
    assert found["warnings"] == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(frame, tmp_path):
    peaks = []
    for copies in (200, 2000):
        path = tmp_path / f"{copies}.csv"
        text = frame.to_csv(index=False, header=False)
        path.write_text(",".join(frame.columns) + "\n" + text * copies)
        result = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)],
            capture_output=True, text=True, check=True, cwd=tmp_path,
        )  # fmt: skip
        peaks.append(float(result.stdout.split()[-1]))
    # 600,000 rows against 60,000: the longer file alone holds 13 MiB of text more.
    assert peaks[1] - peaks[0] < 40

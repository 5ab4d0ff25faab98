"""Scoring a file: formats, odd cells, and files larger than memory."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rarebit import load, save
from rarebit.datasets import make_dataset, read_table
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier, score_table

MEASURE = """
import sys
from pathlib import Path
from rarebit.zoo import score_table

score_table("model", sys.argv[1], "scored.csv")
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


@pytest.fixture
def frame(tmp_path, monkeypatch):
    """A stored model in ./model and the rows that it was fitted on."""
    monkeypatch.chdir(tmp_path)
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
    save(model.fit(frame, np.where(y, "ill", "well")), "model")
    return frame


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet"])
def test_every_format_gets_the_labels_and_probabilities_of_the_model(frame, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    path = f"new.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_csv(path, index=False)
    model = load("model")
    outcome = score_table("model", path, f"scored.{suffix}", keep=True)
    scored = getattr(pd, f"read_{suffix.partition('.')[0]}")(f"scored.{suffix}")
    assert list(scored["label"]) == list(model.predict(frame))
    np.testing.assert_allclose(
        scored[["probability_ill", "probability_well"]], model.predict_proba(frame)
    )
    assert list(scored.columns[:3]) == ["x", "kind", "when"]
    assert outcome.rows == 300
    assert outcome.labels == scored["label"].value_counts().to_dict()
    assert outcome.warnings == ()


def test_a_fitted_model_writes_what_its_folder_writes_whatever_the_chunks(frame):
    frame.to_csv("new.csv", index=False)
    score_table("model", "new.csv", "stored.csv")
    score_table(load("model"), "new.csv", "fitted.csv", rows_per_chunk=7)
    pd.testing.assert_frame_equal(pd.read_csv("stored.csv"), pd.read_csv("fitted.csv"))


def test_missing_values_new_categories_and_junk_are_scored(frame):
    odd = pd.DataFrame(
        {
            "x": ["0.5", "", "n/a", "junk"],
            "kind": ["a", "never seen", "", "b"],
            "when": "2030-01-01",
        }
    )
    odd.to_csv("odd.csv", index=False)
    outcome = score_table("model", "odd.csv", "scored.csv")
    scored = pd.read_csv("scored.csv")
    assert len(scored) == 4
    np.testing.assert_allclose(scored[["probability_ill", "probability_well"]].sum(axis=1), 1)
    first, second = outcome.warnings
    assert "Column 'x' is numeric; 1 of its 2 values, such as 'junk'" in first
    assert "Column 'kind': 1 of its 3 values, such as 'never seen'" in second


def test_odd_cells_of_all_chunks_are_counted(frame):
    frame["x"] = frame["x"].astype(object)
    frame.loc[[150, 250], "x"] = "junk"
    frame.loc[299, "kind"] = "c"
    frame.to_csv("new.csv", index=False)
    first, second = score_table("model", "new.csv", "s.csv", rows_per_chunk=100).warnings
    assert "2 of its 300 values, such as 'junk'" in first
    assert "1 of its 300 values, such as 'c'" in second


def test_a_column_of_the_input_that_would_occur_twice_is_refused(frame, tmp_path):
    frame.assign(label="old").to_csv("new.csv", index=False)
    with pytest.raises(InputError, match="already has a column 'label'"):
        score_table("model", "new.csv", "scored.csv", keep=True)
    assert not (tmp_path / "scored.csv").exists()
    assert score_table("model", "new.csv", "scored.csv").rows == 300


@pytest.mark.parametrize(
    ("name", "says"), [("empty.csv", "is empty"), ("t.csv", "no rows"), ("t.parquet", "no rows")]
)
def test_a_file_without_rows_is_refused_and_nothing_is_written(frame, tmp_path, name, says):
    if name == "empty.csv":
        (tmp_path / name).write_text("")
    elif name == "t.csv":
        frame.iloc[:0].to_csv(name, index=False)
    else:
        pytest.importorskip("pyarrow")
        frame.iloc[:0].to_parquet(name)
    with pytest.raises(InputError, match=f"{name}.*{says}"):
        score_table("model", name, "scored.csv")
    assert not (tmp_path / "scored.csv").exists()


def test_the_input_is_never_the_output(frame, tmp_path):
    frame.to_csv("new.csv", index=False)
    before = (tmp_path / "new.csv").read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        score_table("model", "new.csv", tmp_path / "new.csv")
    assert (tmp_path / "new.csv").read_bytes() == before


def test_what_is_not_a_treated_classifier_is_refused(frame):
    from sklearn.dummy import DummyClassifier

    save(DummyClassifier().fit([[0], [1]], [0, 1]), "dummy")
    frame.to_csv("new.csv", index=False)
    with pytest.raises(InputError, match="holds a DummyClassifier"):
        score_table("dummy", "new.csv", "scored.csv")
    with pytest.raises(InputError, match="rows_per_chunk is 0"):
        score_table("model", "new.csv", "scored.csv", rows_per_chunk=0)


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
    # 600,000 rows against 60,000: the longer file alone has 13 MiB of text more.
    assert peaks[1] - peaks[0] < 40


def comma(column):
    """Write numbers with a decimal comma."""
    return column.map("{:.3f}".format).str.replace(".", ",")


def probabilities(file, **options):
    outcome = score_table("model", file, "s.csv", **options)
    return pd.read_csv("s.csv")["probability_ill"].to_numpy(), outcome.warnings


@pytest.mark.parametrize("rows_per_chunk", [7, 1000])
def test_a_decimal_comma_gives_the_probabilities_of_a_point(frame, rows_per_chunk):
    frame["x"] = frame["x"].round(3)
    frame.to_csv("point.csv", index=False)
    frame.assign(x=comma(frame["x"])).to_csv("comma.csv", sep=";", index=False)
    point, _ = probabilities("point.csv")
    found, warnings = probabilities("comma.csv", rows_per_chunk=rows_per_chunk)
    np.testing.assert_array_equal(found, point)
    assert warnings == ()


def test_a_comma_in_the_last_rows_counts_for_the_first(frame):
    frame["x"] = np.where(np.arange(300) < 295, np.arange(300) % 3, 1.25)
    cells = frame["x"].map("{:g}".format)
    frame.to_csv("point.csv", index=False)
    frame.assign(x=cells.str.replace(".", ",")).to_csv("comma.csv", sep=";", index=False)
    point, comma = (
        probabilities(name, rows_per_chunk=50)[0] for name in ("point.csv", "comma.csv")
    )
    np.testing.assert_array_equal(comma, point)


def test_rows_that_leave_it_open_are_read_as_in_training():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200).round(3)
    table = pd.DataFrame({"x": comma(pd.Series(x)), "k": rng.integers(0, 9, 200)})
    model = TreatedClassifier("logistic_regression", "untouched").fit(table, x > 1)
    assert model.spellings_["x"].decimal == ","
    new = pd.DataFrame({"x": ["1,234"], "k": [1]})
    plain = pd.DataFrame({"x": [1.234], "k": [1]})
    np.testing.assert_array_equal(model.predict_proba(new), model.predict_proba(plain))
    other = TreatedClassifier("logistic_regression", "untouched").fit(table.assign(x=x), x > 1)
    thousands = plain.assign(x=1234.0)
    np.testing.assert_array_equal(other.predict_proba(new), other.predict_proba(thousands))


def test_a_file_that_leaves_it_open_says_how_it_was_read(tmp_path):
    x = np.random.default_rng(0).normal(size=200).round(3)
    table = pd.DataFrame({"x": comma(pd.Series(x))})
    save(TreatedClassifier("logistic_regression", "untouched").fit(table, x > 1), tmp_path / "m")
    (tmp_path / "new.csv").write_text("x;k\n1,234;1\n2,500;2\n")
    outcome = score_table(tmp_path / "m", tmp_path / "new.csv", tmp_path / "s.csv")
    assert outcome.warnings == (
        "The cells of 'x' can be read in two ways: read as in the training rows.",
    )
    assert outcome.labels == {"False": 0, "True": 2}


def test_a_model_that_knows_no_spellings_predicts(frame):
    model = load("model")
    model.spellings_ = None
    frame.to_csv("new.csv", index=False)
    score_table(model, "new.csv", "s.csv")
    found = pd.read_csv("s.csv")["probability_ill"]
    np.testing.assert_allclose(found, model.predict_proba(frame)[:, 0], rtol=1e-12)


def test_columns_that_changed_since_training_are_named(frame):
    new = frame.assign(x=1000 * frame["x"], kind="", when="2024-05-01")
    new.to_csv("new.csv", index=False)
    unit, gaps = score_table("model", "new.csv", "scored.csv", rows_per_chunk=70).warnings
    assert unit.startswith("Column 'x': ")
    assert "of its values are missing" in gaps
    frame.to_csv("same.csv", index=False)
    assert score_table("model", "same.csv", "scored.csv").warnings == ()
    new[:49].to_csv("few.csv", index=False)
    assert score_table("model", "few.csv", "scored.csv").warnings == ()
    model = load("model")
    model.columns_ = {}  # as in version 0.1.0
    assert score_table(model, "new.csv", "scored.csv").warnings == ()


@pytest.mark.parametrize("keep", [False, True])
def test_a_model_of_decimal_commas_scores_plain_numbers(tmp_path, keep):
    rng = np.random.default_rng(0)
    paid, share = rng.uniform(0, 9000, 120), rng.uniform(0, 100, 120)
    y = np.where(paid + 40 * share + rng.normal(0, 900, 120) > 8000, "late", "ok")

    def write(name, cells):
        rows = [f"{c};{label}" for c, label in zip(cells, y, strict=True)]
        (tmp_path / name).write_text("\n".join(["paid;share;y", *rows]))
        return tmp_path / name

    comma = [f"{a:.2f} €;{b:.1f} %".replace(".", ",") for a, b in zip(paid, share, strict=True)]
    plain = [f"{a:.2f};{b:.1f}" for a, b in zip(paid, share, strict=True)]
    dataset = make_dataset(read_table(write("comma.csv", comma)), "y")
    model = TreatedClassifier(
        "logistic_regression", "untouched", roles=dataset.roles, spellings=dataset.spellings
    ).fit(dataset.frame, dataset.labels)
    scores = {}
    for name in ("comma.csv", write("plain.csv", plain).name):
        scored = score_table(model, tmp_path / name, tmp_path / "out.csv", keep=keep)
        assert scored.warnings == ()
        scores[name] = pd.read_csv(tmp_path / "out.csv")["probability_late"]
    pd.testing.assert_series_equal(scores["comma.csv"], scores["plain.csv"])
    assert scores["plain.csv"].std() > 0.1


def test_rows_that_are_kept_are_written_as_they_stand_in_the_file(frame, tmp_path):
    text = "x,kind,when,more\n-,a,2024-02-01,007\n1.50,b,2024-02-02,1e3\n,a,2024-02-03,true\n"
    (tmp_path / "new.csv").write_text(text)
    scored = score_table("model", "new.csv", "s.csv", keep=True)
    (found,) = scored.warnings
    assert "Column 'x' is numeric; 1 of its 2 values, such as '-'" in found
    lines = (tmp_path / "s.csv").read_text().splitlines()
    assert all(map(str.startswith, lines, text.splitlines()))

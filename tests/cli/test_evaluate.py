"""`rarebit evaluate` as its users call it; the figures are tested with `rarebit.evaluate`."""

import json

import numpy as np
import pandas as pd
import pytest

from rarebit import evaluate, load, save
from rarebit.zoo import TreatedClassifier


def table(n, seed, ill=0.2):
    rng = np.random.default_rng(seed)
    y = rng.uniform(size=n) < ill
    ward = rng.choice(["north", "south"], n)
    return pd.DataFrame(
        {"x": rng.normal(size=n) + 1.5 * y, "ward": ward, "y": np.where(y, "b", "a")}
    )


@pytest.fixture
def new(tmp_path):
    """A stored model in ./model, and rows with decimal commas and more of the rare class."""
    training = table(300, 0)
    model = TreatedClassifier("logistic_regression", "tuned_threshold")
    save(model.fit(training[["x"]], training["y"]), tmp_path / "model", metadata={"dataset": "t"})
    frame = table(200, 1, ill=0.6)
    frame.to_csv(tmp_path / "new.csv", sep=";", decimal=",", index=False)
    return frame


@pytest.mark.slow
def test_the_figures_are_those_of_python(rarebit, new):
    code, out, err = rarebit("evaluate", "model", "new.csv", "--target", "y", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    expected = evaluate("model", new, "y")
    assert found["finding"] == expected.finding
    by_name = {row["metric"]: row["score"] for row in found["metrics"]}
    assert by_name["roc_auc"] == expected.metrics.set_index("metric").loc["roc_auc", "score"]
    assert found["recalibration"]["best"] == expected.recalibration.best is not None
    assert [row["column"] for row in found["drift"]] == ["x"]
    assert found["files"] == {}


@pytest.mark.slow
def test_it_prints_scores_and_writes_page_and_tables(rarebit, new, tmp_path):
    code, out, _ = rarebit(
        "evaluate", "model", "new.csv", "--target", "y", "--by", "ward", "--out", "found",
    )  # fmt: skip
    assert code == 0
    assert out.startswith("Macro F1: ")
    for text in ("ROC-AUC", "Drift", "In training", "Recalibration", "evaluation.html"):
        assert text in out
    names = {path.name for path in (tmp_path / "found").iterdir()}
    tables = {"metrics.csv", "drift.csv", "subgroups.csv"}
    assert names == {"evaluation.html", "evaluation.json"} | tables
    page = (tmp_path / "found" / "evaluation.html").read_text()
    for text in (
        "Drift of the columns",
        "Decision curve",
        "Confusion matrix",
        "Subgroups",
        "south",
    ):
        assert text in page
    assert "<script" not in page
    metrics = pd.read_csv(tmp_path / "found" / "metrics.csv").set_index("metric")
    stored = json.loads((tmp_path / "found" / "evaluation.json").read_text())
    assert stored["metrics"][0]["score"] == pytest.approx(metrics["score"].iloc[0])
    assert pd.read_csv(tmp_path / "found" / "subgroups.csv")["value"].tolist() == ["north", "south"]


@pytest.mark.slow
def test_the_recalibrated_model_is_written_if_it_is_better(rarebit, new, tmp_path):
    code, out, _ = rarebit(
        "evaluate", "model", "new.csv", "--target", "y", "--recalibrate", "better",
    )  # fmt: skip
    assert code == 0
    assert "recalibrated model: better" in out
    before, after = load(tmp_path / "model"), load(tmp_path / "better")
    shares = [model.predict_proba(new)[:, 1].mean() for model in (before, after)]
    assert abs(shares[1] - (new["y"] == "b").mean()) < 0.05 < abs(shares[0] - shares[1])
    config = json.loads((tmp_path / "better" / "config.json").read_text())["metadata"]
    assert config["dataset"] == "t"
    assert config["recalibrated_on"] == "new.csv"
    assert config["recalibration"]["gain"] > 0
    # On the rows it was recalibrated on, nothing is left to gain.
    code, out, _ = rarebit(
        "evaluate", "better", "new.csv", "--target", "y", "--recalibrate", "third"
    )
    assert code == 0
    assert "No recalibrated model is written to third" in out
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "new.csv", "--target", "y"), "nowhere"),
        (("model", "absent.csv", "--target", "y"), "absent.csv"),
        (
            ("model", "new.csv"),
            "--target is missing: give the column with the class labels, one of x,",
        ),
        (
            ("model", "new.csv", "--target", "yy"),
            "no column 'yy' (for target): did you mean 'y'?",
        ),
        (("model", "new.csv", "--target", "ward"), "labels that the model does not know: 'north'"),
        (("model", "new.csv", "--target", "y", "--weights", "w"), "no column 'w'"),
        (("model", "new.csv", "--target", "y", "--by", "wart"), "did you mean 'ward'?"),
        (("model", "new.csv", "--target", "y", "--cost", "fn"), "'fn' has no cost"),
        (("model", "new.csv", "--target", "y", "--out", "new.csv"), "is a file: name a folder"),
        (("model", "new.csv", "--target", "y", "--recalibrate", "model"), "is the model itself"),
        (("model", "new.csv", "--target", "y", "--recalibrate", "kept"), "kept"),
        (("model", "short.csv", "--target", "y"), "no column 'x'"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_written(rarebit, new, tmp_path, arguments, says):
    (tmp_path / "short.csv").write_text("z,y\n1,a\n2,b\n")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("")
    before = sorted(tmp_path.rglob("*"))
    code, _, err = rarebit("evaluate", *arguments)
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before

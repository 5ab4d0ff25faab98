"""Reasons of scored rows: they add up, name values as written, and need other rows."""

import re

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier, score_table


@pytest.fixture
def frame(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    n = 120
    age = rng.normal(60, 10, n).round(1)
    frame = pd.DataFrame(
        {
            "age": age,
            "born": (2020 - age).round(),
            "kind": rng.choice(["a", "b"], n),
            "when": pd.date_range("2024-01-01", periods=n).strftime("%Y-%m-%d"),
        }
    )
    frame.loc[3, "kind"] = None
    frame.to_csv("new.csv", index=False)
    return frame


@pytest.fixture
def model(frame):
    y = np.where(frame["age"] + 5 * (frame["kind"] == "a") > 68, "ill", "well")
    return TreatedClassifier("logistic_regression", "untouched", positive="ill").fit(frame, y)


def changes(texts):
    """Sum of the percentage points of the reasons of each row."""
    found = texts.map(lambda text: re.search(r": ([+−][\d.]+)$", text or ""))
    return found.map(lambda m: float(m[1].replace("−", "-")) if m else 0.0).sum(axis=1)


def test_all_reasons_add_to_the_difference_from_the_average(frame, model):
    score_table(model, "new.csv", "scored.csv", n_reasons=3)
    scored = pd.read_csv("scored.csv", keep_default_na=False)
    assert list(scored)[-3:] == ["reason_1", "reason_2", "reason_3"]
    background = np.unique(np.linspace(0, 119, 25).astype(int))
    proba = scored["probability_ill"]
    expected = 100 * (proba - proba[background].mean())
    np.testing.assert_allclose(changes(scored.filter(like="reason")), expected, atol=0.16)


def test_values_are_those_of_the_row_and_correlated_columns_stand_together(frame, model):
    score_table(model, "new.csv", "scored.csv", n_reasons=3, keep=True)
    scored = pd.read_csv("scored.csv", keep_default_na=False)
    for row in (0, 3, 50):
        text = " | ".join(scored.filter(like="reason").loc[row])
        assert f"age = {frame.age[row]:g}, born = {frame.born[row]:g}: " in text
        assert f"kind = {'missing' if row == 3 else frame.kind[row]}: " in text
        assert re.search(rf"when = {frame.when[row]}: ", text) or text.endswith(" | ")


def test_of_many_classes_the_predicted_one_is_explained(frame):
    y = pd.cut(frame["age"], 3, labels=["low", "middle", "high"]).astype(str)
    model = TreatedClassifier("logistic_regression", "untouched").fit(frame, y)
    score_table(model, "new.csv", "scored.csv", n_reasons=1)
    scored = pd.read_csv("scored.csv")
    ends = scored[scored["label"] != "middle"]
    right = ends["reason_1"].str.contains(r"^age = .*: \+")
    assert right.mean() > 0.8


def test_a_file_of_few_rows_is_refused_and_nothing_is_written(frame, model, tmp_path):
    frame.head(9).to_csv("few.csv", index=False)
    with pytest.raises(InputError, match="has 9 rows, and reasons compare each row"):
        score_table(model, "few.csv", "scored.csv", n_reasons=3)
    assert not (tmp_path / "scored.csv").exists()

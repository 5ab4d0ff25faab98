"""Operating points on rows that come in parts: as on all rows at once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.decision import fit_points, parse_points
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier, score_table
from rarebit.zoo.batches import Batch


def point(text):
    return fit_points(parse_points(text), np.empty((0, 2)), np.empty(0, int), positive=1)[0]


@given(
    st.lists(st.integers(0, 9), max_size=40),
    st.integers(1, 12),
    st.integers(1, 50),
    st.sampled_from([0, 1]),
)
def test_parts_are_decided_as_the_whole(tenths, part, most, n_false_starts):
    p = np.array(tenths, dtype=float) / 10
    proba = np.column_stack([1 - p, p])
    batch = Batch(point(f"alerts<={most}"))
    parts = [proba[start : start + part] for start in range(0, len(p), part)]
    undecided = np.zeros(len(p), dtype=int)
    for _ in range(n_false_starts):
        for rows in parts[:1]:
            batch.decide(rows, undecided)
        batch.restart(keep=False)
    for rows in parts:
        batch.decide(rows, undecided)
    assert not batch.is_final
    batch.restart(keep=True)
    assert batch.is_final
    found = np.concatenate([np.empty(0, int), *(batch.decide(rows, undecided) for rows in parts)])
    whole = batch.point.decide(proba)
    np.testing.assert_array_equal(found, whole)
    left_out = len(p) and ((p == p[whole == 1].min()) & (whole == 0)).sum()
    assert len(batch.sentences()) == (left_out > 0)


def test_a_threshold_needs_one_pass():
    batch = Batch(point("p>=0.5"))
    assert batch.is_final
    assert batch.decide(np.array([[0.5, 0.5], [0.6, 0.4]]), np.zeros(2, int)).tolist() == [1, 0]
    assert batch.sentences() == []


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    y = rng.uniform(size=300) < 0.2
    frame = pd.DataFrame({"a": rng.normal(size=300).round(1) + y, "b": rng.normal(size=300)})
    labels = np.where(y, "ill", "well")
    return TreatedClassifier("logistic_regression", at="recall>=0.8").fit(frame, labels), frame


@pytest.mark.parametrize("at", [None, "alerts<=30", "p>=0.4", "fpr<=0.1"])
@pytest.mark.parametrize("rows_per_chunk", [7, 1000])
def test_a_file_is_decided_as_the_table(model, tmp_path, at, rows_per_chunk):
    fitted, frame = model
    frame.to_csv(tmp_path / "new.csv", index=False)
    scored = score_table(
        fitted, tmp_path / "new.csv", tmp_path / "o.csv", at=at, rows_per_chunk=rows_per_chunk
    )
    written = pd.read_csv(tmp_path / "o.csv")["label"]
    np.testing.assert_array_equal(written, fitted.predict(frame, at=at))
    assert scored.labels == written.value_counts().to_dict()
    assert str(scored.point.point) == (at or "recall>=0.8")


def test_rows_that_equal_the_last_alert_are_said(model, tmp_path):
    fitted, _ = model
    pd.DataFrame({"a": [2.0] * 9 + [-3.0], "b": 0.0}).to_csv(tmp_path / "new.csv", index=False)
    scored = score_table(fitted, tmp_path / "new.csv", tmp_path / "o.csv", at="alerts<=5")
    assert pd.read_csv(tmp_path / "o.csv")["label"].tolist() == ["ill"] * 5 + ["well"] * 5
    [said] = [text for text in scored.warnings if text.startswith("alerts")]
    assert said.startswith("alerts<=5: 4 further rows have the probability of the last alert (0.")


def test_a_wrong_point_is_refused_before_the_file_is_read(model, tmp_path):
    with pytest.raises(InputError, match=r"at is 'alerts<5': give alerts<=5"):
        score_table(model[0], tmp_path / "absent.csv", tmp_path / "o.csv", at="alerts<5")

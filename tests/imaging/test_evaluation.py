"""Scores and their intervals."""

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.imaging.evaluation import REPORTED, bootstrap_scores, evaluate
from rarebit.metrics import METRICS, score_all


class Fixed:
    """A model that says what it is told."""

    def __init__(self, proba):
        self.proba = proba
        self.classes_ = np.array(["ill", "well"])

    def predict_proba(self, images):
        return self.proba[: len(images)]


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=200) < 0.2).astype(np.int64)
    p = np.clip(0.25 + 0.4 * y + rng.normal(0, 0.2, 200), 0.01, 0.99)
    return y, np.column_stack([1 - p, p])


def test_values_are_those_of_the_metrics_and_intervals_hold_them(answers):
    y, proba = answers
    labels = proba.argmax(axis=1)
    found = bootstrap_scores(y, labels, proba, np.arange(200), 1, n_resamples=200)
    expected = score_all(y, labels, proba, positive=1)
    assert set(found) == set(REPORTED) <= set(METRICS)
    for name, score in found.items():
        assert score.value == expected[name]
        assert score.low <= score.value <= score.high or name == "calibration_error"
        assert score.high - score.low < 0.3


def test_accuracy_interval_has_the_width_of_its_standard_error(answers):
    y, proba = answers
    labels = proba.argmax(axis=1)
    found = bootstrap_scores(y, labels, proba, np.arange(200), 1, n_resamples=2000)["accuracy"]
    half = 1.96 * np.sqrt(found.value * (1 - found.value) / 200)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.15)


def test_rows_of_one_group_count_once(answers):
    """Every row four times in one group: the interval is that of the rows alone."""
    y, proba = answers
    labels = proba.argmax(axis=1)
    single = bootstrap_scores(y, labels, proba, np.arange(200), 1, n_resamples=300)
    four = [np.repeat(a, 4, axis=0) for a in (y, labels, proba, np.arange(200))]
    grouped = bootstrap_scores(*four, 1, n_resamples=300)
    for name in ("accuracy", "roc_auc", "sensitivity"):
        assert grouped[name].low == pytest.approx(single[name].low, abs=1e-9)
        assert grouped[name].high == pytest.approx(single[name].high, abs=1e-9)


def test_what_cannot_be_defined_is_nan():
    y, proba = np.zeros(5, dtype=np.int64), np.full((5, 2), 0.5)
    found = bootstrap_scores(y, y, proba, np.arange(5), 1, n_resamples=20)
    assert np.isnan(found["roc_auc"].value)
    assert np.isnan(found["roc_auc"].low)
    assert found["accuracy"].value == 1


def test_evaluation_names_the_rarer_class_and_counts(answers):
    y, proba = answers
    names = np.array(["ill", "well"])[1 - y]  # 20 % ill: code 0
    found = evaluate(Fixed(proba[:, ::-1]), np.zeros((200, 4, 4)), names, n_resamples=20)
    assert found.positive == 0
    assert found.confusion.sum() == 200
    assert found.confusion[0].sum() == y.sum()
    assert found.n_groups == 200
    grouped = evaluate(
        Fixed(proba), np.zeros((200, 4, 4)), names, groups=np.arange(200) // 2, n_resamples=5
    )
    assert grouped.n_groups == 100
    with pytest.raises(InputError, match="class 'odd'"):
        evaluate(Fixed(proba), np.zeros((1, 4, 4)), ["odd"])

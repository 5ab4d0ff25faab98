"""Scores and their intervals."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import log_loss

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging.evaluation import REPORTED, evaluate, score_predictions
from rarebit.metrics import METRICS, score_all


class Fixed:
    """A model that says what it is told, trained on few images of the ill."""

    def __init__(self, proba, class_counts=(20, 80)):
        self.proba = proba
        self.classes_ = np.array(["ill", "well"])
        self.class_counts_ = np.array(class_counts)

    def predict_proba(self, images):
        return self.proba[: len(images)]


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=200) < 0.2).astype(np.int64)
    p = np.clip(0.25 + 0.4 * y + rng.normal(0, 0.2, 200), 0.01, 0.99)
    return y, np.column_stack([1 - p, p])


def test_scores_are_those_of_the_metrics_and_within_their_intervals(answers):
    y, proba = answers
    labels = proba.argmax(axis=1)
    found = score_predictions(y, labels, proba, 1, n_resamples=200)
    expected = score_all(y, labels, proba, positive=1)
    assert set(found) == set(REPORTED) <= set(METRICS)
    assert found["log_loss"].estimate == pytest.approx(log_loss(y, proba))
    for name, score in found.items():
        assert score.estimate == expected[name]
        assert score.low <= score.estimate <= score.high or name == "calibration_error"
        assert score.high - score.low < 0.3


@pytest.mark.slow
def test_accuracy_interval_has_the_width_of_its_standard_error(answers):
    y, proba = answers
    labels = proba.argmax(axis=1)
    found = score_predictions(y, labels, proba, 1, n_resamples=2000)["accuracy"]
    half = 1.96 * np.sqrt(found.estimate * (1 - found.estimate) / 200)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.15)


def test_rows_of_one_group_count_once(answers):
    """Every row four times in one group: the interval is that of the rows alone."""
    y, proba = answers
    labels = proba.argmax(axis=1)
    single = score_predictions(y, labels, proba, 1, n_resamples=300)
    y, labels, proba, groups = (np.repeat(a, 4, axis=0) for a in (y, labels, proba, range(200)))
    grouped = score_predictions(y, labels, proba, 1, groups=groups, n_resamples=300)
    for name in ("accuracy", "roc_auc", "sensitivity"):
        assert grouped[name].low == pytest.approx(single[name].low, abs=1e-9)
        assert grouped[name].high == pytest.approx(single[name].high, abs=1e-9)


def test_undefined_scores_are_nan():
    y, proba = np.zeros(5, dtype=np.int64), np.full((5, 2), 0.5)
    found = score_predictions(y, y, proba, 1, n_resamples=20)
    assert np.isnan(found["roc_auc"].estimate)
    assert np.isnan(found["roc_auc"].low)
    assert found["accuracy"].estimate == 1


# Of the ill 3 in 4 are recognised, of the well all.
FOUND = np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]] * 5)


def part_of(n_ill, n_well):
    """Which of the answers, with their labels, make a test part of so many of each class."""
    rows = np.r_[:n_ill, 4 : 4 + n_well]
    return FOUND[rows], np.array(["ill"] * n_ill + ["well"] * n_well)


@pytest.mark.parametrize(("n_ill", "n_well"), [(4, 4), (4, 2), (4, 3)])
def test_sensitivity_is_that_of_the_class_that_was_rare_in_training(n_ill, n_well):
    proba, names = part_of(n_ill, n_well)
    images = np.zeros((len(names), 4, 4))
    found = evaluate(Fixed(proba), images, names, n_resamples=5)
    assert found.positive == 0
    assert found.scores["sensitivity"].estimate == 0.75
    assert found.scores["specificity"].estimate == 1
    other = evaluate(Fixed(proba, (80, 20)), images, names, n_resamples=5)
    assert other.positive == 1
    assert other.scores["sensitivity"].estimate == 1
    # Where neither was rare, the second one, as of every data set here.
    assert evaluate(Fixed(proba, (50, 50)), images, names, n_resamples=5).positive == 1


def test_the_positive_class_can_be_named():
    proba, names = part_of(4, 4)
    images = np.zeros((8, 4, 4))
    found = evaluate(Fixed(proba), images, names, positive="well", n_resamples=5)
    assert found.positive == 1
    assert found.scores["specificity"].estimate == 0.75
    with pytest.raises(
        InputError, match="positive is 'odd': give a class of the model, ill or well"
    ):
        evaluate(Fixed(proba), images, names, positive="odd")
    three = Fixed(np.full((8, 3), 1 / 3), (5, 5, 5))
    three.classes_ = np.array(["ill", "odd", "well"])
    assert evaluate(three, images, names, n_resamples=5).positive is None
    with pytest.raises(
        InputError, match="positive is 'ill': leave it out, as the model has 3 classes"
    ):
        evaluate(three, images, names, positive="ill")


def test_a_model_without_class_counts_warns():
    proba, names = part_of(4, 3)
    model = Fixed(proba)
    del model.class_counts_
    with pytest.warns(RarebitWarning, match="class well, the rarer one here") as w:
        assert evaluate(model, np.zeros((7, 4, 4)), names, n_resamples=5).positive == 1
    assert len(w) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate(model, np.zeros((7, 4, 4)), names, positive="ill", n_resamples=5)


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


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"labels": ["ill"]}, "labels has shape"),
        ({"labels": np.array(["ill", 1, "well"], dtype=object)}, "mixes numbers and text"),
        ({"labels": ["ill", None, "well"]}, "1 of 3 values missing"),
        ({"groups": [1, 2]}, "groups has shape"),
        ({"groups": [None, 1, 2]}, "groups has 1 of 3 values missing"),
        ({"n_resamples": -1}, "n_resamples is -1"),
        ({"n_resamples": 1.5}, "n_resamples is 1.5"),
        ({"random_state": "x"}, "random_state is 'x'"),
        ({"random_state": -1}, "random_state is -1"),
        ({"positive": ["ill"]}, "give a class of the model"),
        ({"positive": np.array(["ill", "well"])}, "give a class of the model"),
    ],
)
def test_invalid_arguments(arguments, what):
    model = Fixed(np.full((3, 2), 0.5))
    given = {"images": np.zeros((3, 4, 4)), "labels": ["ill", "well", "well"], **arguments}
    with pytest.raises(InputError, match=what):
        evaluate(model, **given)

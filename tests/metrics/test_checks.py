"""Invalid input of the metrics: a one-line error, never a meaningless score."""

import math

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.metrics import (
    METRICS,
    confusion_matrix,
    get_metric,
    precision_at_recall,
    reliability_curve,
    score_all,
    sensitivity_at_fpr,
)

Y = np.array([0, 0, 1, 1])
LABELS = np.array([0, 0, 0, 1])
PROBA = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
OF_PROBA = [name for name, metric in METRICS.items() if metric.needs == "probabilities"]
OF_LABELS = [name for name, metric in METRICS.items() if metric.needs == "labels"]


def score(name, y=Y, predicted=None, *, n_classes=2, positive=1, weight=None):
    if predicted is None:
        predicted = PROBA if METRICS[name].needs == "probabilities" else LABELS
    options = {"n_classes": n_classes, "positive": positive, "sample_weight": weight}
    return METRICS[name].function(y, predicted, **options)


WRONG_PROBA = [
    (np.column_stack([PROBA, PROBA[:, 0]]), r"shape \(4, 3\).* of the 2 classes"),
    (PROBA[:, :1], r"shape \(4, 1\)"),
    (PROBA[:, 1], r"shape \(4,\)"),
    (PROBA[:3], "of the 4 rows"),
    (PROBA * 3, r"hold 2\.7: give numbers from 0 to 1"),
    (PROBA - 1, "hold -0.9: give numbers from 0 to 1"),
    (PROBA.astype(str), "Probabilities are <U32"),
    (np.where(PROBA > 0.8, np.inf, PROBA), "hold inf"),
    (np.where(PROBA > 0.8, np.nan, PROBA + 2), "give numbers from 0 to 1"),
    (None, r"shape \(\)"),
]


@pytest.mark.parametrize("name", OF_PROBA)
@pytest.mark.parametrize(("proba", "message"), WRONG_PROBA[:-1])
def test_invalid_probabilities(name, proba, message):
    with pytest.raises(InputError, match=message):
        score(name, predicted=proba)


@pytest.mark.parametrize(("proba", "message"), [x for x in WRONG_PROBA if "2 classes" not in x[1]])
def test_invalid_probabilities_of_all_scores_at_once(proba, message):
    message = message if np.shape(proba) != (4, 1) else "codes from 0 to 0"
    with pytest.raises(InputError, match=message):
        score_all(Y, LABELS, proba, positive=1)


@pytest.mark.parametrize("name", OF_PROBA)
def test_rounding_errors_are_allowed(name):
    assert score(name, predicted=PROBA + 1e-9) == pytest.approx(score(name), abs=1e-6)


WRONG_CODES = [
    (Y + 5, "holds the code 5"),
    (Y - 1, "holds the code -1"),
    (Y * 0.5, "holds float64: give codes"),
    (Y.astype(str), "give codes, integers from 0 to 1"),
    (Y[:3], "rows"),
    (Y[:, None], r"has shape \(4, 1\)"),
]


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(("codes", "message"), WRONG_CODES)
def test_invalid_codes(name, codes, message):
    with pytest.raises(InputError, match=message):
        score(name, codes)
    if name in OF_LABELS:
        with pytest.raises(InputError, match=message):
            score(name, predicted=codes)


@pytest.mark.parametrize(("codes", "message"), WRONG_CODES)
def test_invalid_codes_of_all_scores_at_once(codes, message):
    for y, labels in ((codes, LABELS), (Y, codes)):
        with pytest.raises(InputError, match=message):
            score_all(y, labels, PROBA, positive=1)


def test_a_code_beyond_the_last_class_does_not_count_in_another_cell():
    with pytest.raises(InputError, match="labels holds the code 3"):
        confusion_matrix(np.array([0, 1]), np.array([3, 1]), 2)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(
    "weight",
    [np.ones(3), np.ones((4, 1)), -np.ones(4), np.array([1, 1, -1, 1.0]), np.full(4, np.nan), "a"],
    ids=str,
)
def test_invalid_weights(name, weight):
    with pytest.raises(InputError, match="sample_weight"):
        score(name, weight=weight)
    with pytest.raises(InputError, match="sample_weight"):
        score_all(Y, LABELS, PROBA, positive=1, sample_weight=weight)


@pytest.mark.parametrize("name", ["sensitivity", "specificity", "roc_auc", "calibration_error"])
@pytest.mark.parametrize("positive", [5, -1, "rare", math.nan])
def test_the_positive_class_is_one_of_two(name, positive):
    with pytest.raises(InputError, match=r"positive is .*: give 0, 1 or None"):
        score(name, positive=positive)


@pytest.mark.parametrize("name", ["accuracy", "roc_auc", "brier"])
@pytest.mark.parametrize("n_classes", [0, -1, 2.5, "2", 10**9])
def test_invalid_numbers_of_classes(name, n_classes):
    with pytest.raises(InputError, match=r"n_classes is .*: give an integer from 1"):
        score(name, n_classes=n_classes)


@pytest.mark.parametrize("name", [3, None, ["brier"]])
def test_a_metric_is_a_name(name):
    with pytest.raises(
        InputError, match=r"metric is .*: give 'macro_f1', .* or 'recall_at_fpr@0.05'"
    ):
        get_metric(name)


@pytest.mark.parametrize(
    ("proba", "n_bins", "message"),
    [
        (PROBA[:, 1], 0, "n_bins is 0"),
        (PROBA[:, 1], 2.5, "n_bins is 2.5"),
        (PROBA[:, 1], 10**9, "n_bins is 1000000000"),
        (PROBA, 10, r"proba has shape \(4, 2\)"),
        (PROBA[:3, 1], 10, "one probability for each of the 4 rows"),
        (PROBA[:, 1] * 9, 10, "from 0 to 1"),
    ],
)
def test_invalid_input_of_a_reliability_curve(proba, n_bins, message):
    with pytest.raises(InputError, match=message):
        reliability_curve(Y == 1, proba, n_bins)


@pytest.mark.parametrize("curve", [precision_at_recall, sensitivity_at_fpr])
@pytest.mark.parametrize(
    ("proba", "weight", "message"),
    [
        (PROBA, None, r"proba has shape \(4, 2\)"),
        (PROBA[:3, 1], None, "one probability for each of the 4 rows"),
        (PROBA[:, 1] * 9, None, "from 0 to 1"),
        (np.full(4, np.nan), None, r"missing \(NaN\) in row 1"),
        (PROBA[:, 1], np.ones(3), "one weight for each of the 4 rows"),
    ],
)
def test_curves_on_a_grid_check_their_input(curve, proba, weight, message):
    with pytest.raises(InputError, match=message):
        curve(Y == 1, proba, np.linspace(0, 1, 5), weight)

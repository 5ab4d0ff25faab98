"""The registry and all scores at once."""

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.metrics import METRICS, get_metric, score_all


def test_names_in_the_order_of_the_tables():
    assert list(METRICS) == [
        "macro_f1",
        "balanced_accuracy",
        "g_mean",
        "mcc",
        "pr_auc",
        "roc_auc",
        "brier",
        "calibration_error",
        "sensitivity",
        "specificity",
        "accuracy",
        "macro_precision",
        "macro_recall",
    ]
    assert [m.name for m in METRICS.values() if not m.greater_is_better] == [
        "brier",
        "calibration_error",
    ]


def test_an_unknown_name_lists_all_names():
    with pytest.raises(InputError, match="metric is 'f1': give 'macro_f1', 'balanced_accuracy'"):
        get_metric("f1")
    message = r"'auc': did you mean 'pr_auc' or 'roc_auc'\? Available: macro_f1, balanced"
    with pytest.raises(InputError, match=message):
        get_metric("auc")


@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_metric_gets_what_it_needs(n_classes):
    rng = np.random.default_rng(0)
    y, proba = rng.integers(n_classes, size=50), rng.dirichlet(np.ones(n_classes), size=50)
    labels, weight = rng.integers(n_classes, size=50), rng.uniform(size=50)
    positive = 0 if n_classes == 2 else None
    scores = score_all(y, labels, proba, positive=positive, sample_weight=weight)
    assert list(scores) == list(METRICS)
    for name, value in scores.items():
        metric = get_metric(name)
        predicted = labels if metric.needs == "labels" else proba
        assert value == metric.function(
            y, predicted, n_classes=n_classes, positive=positive, sample_weight=weight
        )
        assert type(value) is float


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_classes", [1, 2, 3])
@pytest.mark.parametrize("n_rows", [0, 1, 2])
def test_folds_of_few_rows_never_raise(n_classes, n_rows):
    y = np.zeros(n_rows, dtype=np.int64)
    proba = np.full((n_rows, n_classes), 1 / n_classes)
    scores = score_all(y, y, proba, positive=1 if n_classes == 2 else None)
    assert scores["accuracy"] == 1 if n_rows else np.isnan(scores["accuracy"])
    assert np.isnan(scores["roc_auc"])


@pytest.mark.filterwarnings("error")
def test_perfect_predictions():
    y = np.array([0, 0, 0, 1, 2])
    scores = score_all(y, y, np.eye(3)[y], positive=None)
    losses = {"brier": 0.0, "calibration_error": 0.0}
    assert scores == pytest.approx({name: losses.get(name, 1.0) for name in METRICS})

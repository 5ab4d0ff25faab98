"""The registry and all scores at once."""

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.metrics import METRICS, get_metric, ranking_metric, score_all
from rarebit.metrics.registry import MEANINGS


def test_names_in_the_order_of_the_tables():
    assert list(METRICS) == [
        "macro_f1",
        "balanced_accuracy",
        "g_mean",
        "mcc",
        "pr_auc",
        "roc_auc",
        "log_loss",
        "brier",
        "calibration_error",
        "sensitivity",
        "specificity",
        "accuracy",
        "macro_precision",
        "macro_recall",
        "log_loss_skill",
        "brier_skill",
        "calibration_slope",
        "calibration_intercept",
        "net_benefit@0.1",
        "precision_at_k@5%",
        "recall_at_precision@0.5",
        "recall_at_fpr@0.05",
    ]
    assert [m.name for m in METRICS.values() if not m.greater_is_better] == [
        "log_loss",
        "brier",
        "calibration_error",
    ]
    assert {name: m.best for name, m in METRICS.items() if m.best is not None} == {
        "calibration_slope": 1.0,
        "calibration_intercept": 0.0,
    }


def test_every_metric_and_family_has_a_meaning():
    assert set(MEANINGS) == {name.partition("@")[0] for name in METRICS} | {"expected_cost"}
    assert get_metric("net_benefit@0.3").meaning == MEANINGS["net_benefit"]


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
        expected = metric.function(
            y, predicted, n_classes=n_classes, positive=positive, sample_weight=weight
        )
        np.testing.assert_equal(value, expected)
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
    known = {"brier": 0.0, "calibration_error": 0.0, "log_loss": 0.0, "net_benefit@0.1": 1 / 3}
    known |= dict.fromkeys(("calibration_slope", "calibration_intercept"), np.nan)
    expected = {name: known.get(name, 1.0) for name in METRICS}
    assert scores == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_metric_at_another_operating_point():
    metric = get_metric("recall_at_precision@0.9")
    assert (metric.label, metric.needs) == ("Recall at precision 0.9", "probabilities")
    assert get_metric("precision_at_k@50").label == "Precision of the top 50"
    assert get_metric("net_benefit@0.2").lowest == pytest.approx(-0.25)
    assert get_metric("net_benefit@0.1").label == METRICS["net_benefit@0.1"].label


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net_benefit", "after the @, give a threshold probability .*, such as net_benefit@0.1"),
        ("net_benefit@1", "'net_benefit@1': after the @, give a threshold probability above 0"),
        ("net_benefit@ten", "give a threshold probability"),
        ("precision_at_k@0", r"give a number of rows or a percentage, such as precision_at_k@5%"),
        ("precision_at_k@2.5", "give a number of rows"),
        ("precision_at_k@200%", "give a number of rows"),
        ("recall_at_precision@90", "give a precision above 0 and at most 1"),
        ("recall_at_fpr@nan", "give a false-positive rate from 0 to 1"),
        ("recall_at_recall@0.5", "did you mean .*recall_at_"),
        ("brier@0.1", "brier takes no value"),
    ],
)
def test_a_wrong_operating_point(name, message):
    with pytest.raises(InputError, match=message):
        get_metric(name)


def test_a_score_that_is_best_in_between_cannot_rank():
    assert ranking_metric("log_loss") is METRICS["log_loss"]
    with pytest.raises(InputError, match="calibration_slope cannot rank models: it is best at 1"):
        ranking_metric("calibration_slope")

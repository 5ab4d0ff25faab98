"""Figures at operating points, against scikit-learn, exact intervals, and cells of a comparison."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import precision_score, recall_score

from rarebit.datasets import Dataset, Role
from rarebit.decision import fit_points, parse_points
from rarebit.evaluation import compare
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.operating import at_points, point_sentences, point_table
from rarebit.exceptions import InputError


def dataset(y, **more):
    import pandas as pd

    frame = pd.DataFrame({"a": np.arange(len(y), dtype=float)})
    return Dataset("d", frame, y, ("well", "ill"), 1, {"a": Role.NUMERIC}, **more)


def predictions(y, labels, weight=None, repeat=0):
    n = len(y)
    return Predictions(
        rows=np.arange(n),
        repeat=np.full(n, repeat),
        fold=np.zeros(n, dtype=int),
        y=y,
        labels=labels,
        proba=np.tile([0.5, 0.5], (n, 1)),
        weight=np.ones(n) if weight is None else weight,
    )


@pytest.fixture
def decided():
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=300) < 0.2).astype(int)
    labels = np.where(rng.uniform(size=300) < 0.8, y, 1 - y)
    return y, labels, rng.uniform(0.5, 2.0, size=300)


def test_shares_are_those_of_scikit_learn_with_exact_intervals(decided):
    y, labels, _ = decided
    [found] = at_points(dataset(y), {"p>=0.5": predictions(y, labels)})
    assert (found.rows, found.rare, found.alerts) == (300, y.sum(), labels.sum())
    assert found.recall.estimate == pytest.approx(recall_score(y, labels))
    assert found.precision.estimate == pytest.approx(precision_score(y, labels))
    assert found.fpr.estimate == pytest.approx(1 - recall_score(y, labels, pos_label=0))
    assert found.alert_rate.estimate == pytest.approx(labels.mean())
    exact = stats.binomtest(found.found, found.rare).proportion_ci(0.95, "exact")
    assert (found.recall.low, found.recall.high) == pytest.approx((exact.low, exact.high))


def test_weights_count_in_shares_and_not_in_rows(decided):
    y, labels, weight = decided
    [found] = at_points(dataset(y), {"p>=0.5": predictions(y, labels, weight)})
    assert found.found == ((y == 1) & (labels == 1)).sum()
    assert found.recall.estimate == pytest.approx(recall_score(y, labels, sample_weight=weight))
    assert found.precision.estimate == pytest.approx(
        precision_score(y, labels, sample_weight=weight)
    )


def test_rows_of_one_group_are_not_independent(decided):
    y, labels, _ = decided
    doubled = predictions(np.repeat(y, 2), np.repeat(labels, 2))
    table = dataset(np.repeat(y, 2), groups=np.repeat(np.arange(300), 2))
    [found] = at_points(table, {"p>=0.5": doubled})
    [once] = at_points(dataset(y), {"p>=0.5": predictions(y, labels)})
    assert found.recall.estimate == once.recall.estimate
    width, expected = (each.recall.high - each.recall.low for each in (found, once))
    assert width == pytest.approx(expected, rel=0.15)


def test_without_alerts_there_is_no_precision(decided):
    y, labels, _ = decided
    [found] = at_points(dataset(y), {"precision>=0.9": predictions(y, labels * 0)})
    assert np.isnan(found.precision.estimate)
    assert (found.recall.estimate, found.recall.low) == (0, 0)
    [sentence] = point_sentences(dataset(y), [found])
    assert sentence.startswith(f'At precision>=0.9, 0 of {y.sum()} rows of class "ill" were found')
    assert sentence.endswith("with 0 false alarms.")


@pytest.fixture(scope="module")
def outcome(two_columns):
    at = ["recall>=0.8", "alerts<=9", "p>=0.3"]
    return compare(
        *two_columns, models=["gaussian_nb"], treatments=["untouched"], preset="quick", at=at
    )


def test_a_comparison_measures_its_best_model_at_each_point(outcome):
    seen = outcome.predictions[outcome.best].first_repeat()
    recall, alerts, p = outcome.operating
    assert [found.at for found in (recall, alerts, p)] == ["recall>=0.8", "alerts<=9", "p>=0.3"]
    # Each row is counted once, and each test set is a batch.
    assert p.rows == 400
    assert p.alerts == (seen.proba[:, 1] >= 0.3).sum()
    assert alerts.alerts == 9 * len(np.unique(seen.fold))
    assert recall.recall.estimate > 0.75
    assert any(text.startswith("At alerts<=9 in each test set, ") for text in outcome.finding)


def test_the_table_holds_the_thresholds_and_promises_of_the_model(outcome):
    kept = outcome.model.held_out_
    fitted = fit_points(
        parse_points("recall>=0.8,alerts<=9,p>=0.3"),
        kept.proba,
        kept.y,
        positive=1,
        out_of_fold=True,
    )
    made = point_table(outcome.operating, outcome.model.points_)
    np.testing.assert_equal(made["threshold"].tolist(), [point.threshold for point in fitted])
    assert made["promise"].tolist() == [point.statement for point in fitted]
    assert point_table(outcome.operating, {})["confidence"].isna().all()


def test_points_change_no_score(two_columns, outcome):
    plain = compare(*two_columns, models=["gaussian_nb"], treatments=["untouched"], preset="quick")
    assert plain.operating == []
    np.testing.assert_array_equal(plain.ranking["macro_f1"], outcome.ranking["macro_f1"])
    assert "at" not in plain.settings
    assert outcome.settings["confidence"] == 0.9


def test_points_need_two_classes(two_columns):
    X, y = two_columns
    with pytest.raises(InputError, match="needs two classes, and there are 3"):
        compare(X, np.where(X[:, 1] > 1, 2, y), at="recall>=0.9")
    with pytest.raises(InputError, match=r"at is 'recall>0.9': give recall>=0.9"):
        compare(X, y, at="recall>0.9")
    with pytest.raises(InputError, match="confidence is 1: give a number above 0 and below 1"):
        compare(X, y, at="recall>=0.9", confidence=1)

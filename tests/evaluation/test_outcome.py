"""Figures from predictions, by brute force: counts are of rows, all others by row weight."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets import Dataset, Role
from rarebit.evaluation import Protocol, compare
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import cost_by_threshold, cost_of_decisions, costs_used
from rarebit.evaluation.curves import GRID, band, net_benefit, reliability
from rarebit.evaluation.outcome import (
    Found,
    class_shares,
    confusion,
    found_by,
    rare_classes,
)
from rarebit.metrics import METRICS, precision_at_recall, sensitivity_at_fpr

PAIR = ("gaussian_nb", "untouched")
COSTS = np.array([[0.0, 1.0], [10.0, 0.0]])  # of missing class 1, and of a false alarm


@st.composite
def predictions(draw, most_weight=3):
    """Two repeats of two folds, each with both classes and some weight, probabilities with ties."""
    parts = []
    for repeat, fold in ((0, 0), (0, 1), (1, 0), (1, 1)):
        n = draw(st.integers(2, 8))
        column = st.lists(st.integers(0, 5), min_size=n, max_size=n)
        proba = np.array(draw(column)) / 5
        y = np.arange(n) % 2
        weights = st.lists(st.integers(0, most_weight), min_size=n, max_size=n)
        weight = np.array(draw(weights), dtype=float)
        weight[:2] += 1
        parts.append((np.arange(n), np.full(n, repeat), np.full(n, fold), y, proba, weight))
    rows, repeats, folds, y, proba, weight = map(np.concatenate, zip(*parts, strict=True))
    return Predictions(
        rows, repeats, folds, y, (proba > 0.5).astype(int), np.stack([1 - proba, proba], 1), weight
    )


def repeated(found):
    """Each row as often as its weight says, with weight 1."""
    rows = found.take(np.repeat(np.arange(len(found.y)), found.weight.astype(int)))
    return replace(rows, weight=np.ones(len(rows.y)))


@given(predictions())
def test_a_weight_counts_like_as_many_rows(found):
    same = repeated(found)
    for curve in (precision_at_recall, sensitivity_at_fpr):
        for one, other in zip(band(found, [1], curve), band(same, [1], curve), strict=True):
            np.testing.assert_allclose(one, other)
    for one, other in zip(reliability(found, 1), reliability(same, 1), strict=True):
        np.testing.assert_allclose(one, other)
    one, other = cost_by_threshold(found, 1, COSTS), cost_by_threshold(same, 1, COSTS)
    used = np.isin(one.threshold, other.threshold)  # rows of weight 0 add thresholds
    np.testing.assert_allclose(one.cost[used], other.cost)
    one, other = (confusion(each).shares for each in (found, same))
    np.testing.assert_allclose(one, other)
    one, other = (cost_of_decisions(each, COSTS) for each in (found, same))
    assert one == pytest.approx(other)


@given(predictions())
def test_counts_are_of_rows_whatever_their_weight(found):
    rows = replace(found, weight=np.ones(len(found.y)))
    counts = [confusion(each).counts for each in (found, rows)]
    np.testing.assert_array_equal(*counts)
    first = found.repeat == 0
    for true in (0, 1):
        for predicted in (0, 1):
            hits = first & (found.y == true) & (found.labels == predicted)
            assert counts[0][true, predicted] == hits.sum()


@given(predictions())
def test_the_cost_at_a_threshold_is_the_mean_over_the_folds(found):
    curve = cost_by_threshold(found, 1, COSTS)
    for threshold, cost in zip(curve.threshold, curve.cost, strict=True):
        by_fold = []
        for fold in found.folds():
            alarm = (fold.proba[:, 1] >= threshold).astype(int)
            by_fold.append(np.average(COSTS[fold.y, alarm], weights=fold.weight))
        assert cost == pytest.approx(np.mean(by_fold))
    assert set(found.proba[:, 1]) <= set(curve.threshold)


@given(predictions())
def test_the_net_benefit_is_the_mean_over_the_folds(found):
    curve = net_benefit(found, 1)
    for threshold, benefit in list(zip(curve.threshold, curve.model, strict=True))[::40]:
        by_fold = []
        for fold in found.folds():
            alarm = fold.proba[:, 1] >= threshold - 1e-12
            worth = np.where(fold.y == 1, 1.0, -threshold / (1 - threshold))
            by_fold.append(np.average(alarm * worth, weights=fold.weight))
        assert benefit == pytest.approx(np.mean(by_fold))
    assert (curve.treat_none == 0).all()


@given(predictions())
def test_the_cost_of_decisions_is_the_mean_over_the_folds(found):
    by_fold = [
        np.average(COSTS[fold.y, fold.labels], weights=fold.weight) for fold in found.folds()
    ]
    assert len(by_fold) == 4
    assert cost_of_decisions(found, COSTS) == pytest.approx(np.mean(by_fold))
    # Without costs, a missed row costs the imbalance ratio, here 1, and a false alarm 1.
    errors = [np.average(fold.y != fold.labels, weights=fold.weight) for fold in found.folds()]
    costs = costs_used(dataset_of((3, 3), positive=1), None)
    assert cost_of_decisions(found, costs) == pytest.approx(np.mean(errors))


@given(predictions(most_weight=0))
def test_a_band_holds_the_middle_of_the_folds(found):
    curves = [
        precision_at_recall(fold.y == 1, fold.proba[:, 1], GRID, fold.weight)
        for fold in found.folds()
    ]
    middle = band(found, [1], precision_at_recall)
    np.testing.assert_allclose(middle.mean, np.mean(curves, axis=0))
    np.testing.assert_allclose(middle.low, np.quantile(curves, 0.1, axis=0))
    np.testing.assert_allclose(middle.high, np.quantile(curves, 0.9, axis=0))


def fold_of(y, proba, weight, fold):
    n = len(y)
    proba = np.array(proba)
    return Predictions(
        np.arange(n), np.zeros(n, int), np.full(n, fold), np.array(y), (proba > 0.5).astype(int),
        np.stack([1 - proba, proba], 1), np.array(weight, dtype=float),
    )  # fmt: skip


def joined(*parts):
    names = Predictions.__annotations__
    return Predictions(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def test_folds_without_weight_on_both_sides_have_no_curve():
    perfect = fold_of([0, 1], [0.1, 0.9], [1, 1], 0)
    no_rare_weight = fold_of([0, 1], [0.9, 0.1], [1, 0], 1)
    no_common_weight = fold_of([0, 1], [0.9, 0.1], [0, 1], 2)
    found = band(joined(perfect, no_rare_weight, no_common_weight), [1], precision_at_recall)
    assert (found.mean == 1).all()
    assert band(no_rare_weight, [1], precision_at_recall) is None
    # A fold in which no row has weight has no cost either.
    nothing = fold_of([0, 1], [0.9, 0.1], [0, 0], 1)
    costs = [cost_by_threshold(one, 1, COSTS) for one in (perfect, joined(perfect, nothing))]
    np.testing.assert_array_equal(*(one.cost for one in costs))


def test_the_first_repeat_holds_each_row_once():
    y, proba = np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8])
    two = Predictions(
        np.array([0, 1, 0, 1]), np.array([3, 3, 5, 5]), np.array([0, 1, 0, 1]), y, y,
        np.stack([1 - proba, proba], axis=1), np.ones(4),
    )  # fmt: skip
    assert two.first_repeat().proba[:, 1].tolist() == [0.1, 0.9]
    assert [fold.rows.tolist() for fold in two.folds()] == [[0], [1], [0], [1]]
    assert len(two.take(two.y > 1).first_repeat().y) == 0


def test_what_was_found_of_a_class():
    # 5 rows of class 0, of which 2 are predicted as 1; 10 of class 1, of which 8 are found.
    one = Found.in_counts("yes", np.array([[3, 2], [2, 8]]), 1)
    assert (one.found, one.missed, one.total) == (8, 2, 10)
    assert (one.false_alarms, one.others) == (2, 5)
    assert one.precision == 0.8
    assert np.isnan(Found.in_counts("yes", np.array([[3, 0], [2, 0]]), 1).precision)


def dataset_of(counts, **changes):
    target = np.repeat(np.arange(len(counts)), counts)
    frame = pd.DataFrame({"a": np.arange(len(target))})
    classes = tuple(f"class {i}" for i in range(len(counts)))
    values = {"positive": None, "roles": {"a": Role.NUMERIC}} | changes
    return Dataset("made", frame, target, classes, **values)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((3, 1, 2), [1]),  # the second-rarest class is exactly average
        ((9, 1, 2), [1, 2]),
        ((4, 4, 4, 4), [0, 1, 2]),  # no class is below average
        ((50, 4, 3, 2, 1), [4, 3, 2]),  # three at most
    ],
)
def test_the_rarest_classes_are_those_below_the_average(counts, expected):
    assert rare_classes(dataset_of(counts)) == expected


def test_class_shares_are_by_weight():
    data = dataset_of((3, 1))
    assert class_shares(data).tolist() == [0.75, 0.25]
    assert class_shares(replace(data, sample_weight=np.array([1.0, 1, 0, 2]))).tolist() == [0.5] * 2


# ---------------------------------------------------------------- one figure, one value


@cache
def weighted_comparison(protocol):
    """A comparison with costs, in which the common rows that look rare have the most weight."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 6 == 0
    X = np.column_stack([rng.normal(size=300) + 1.2 * y, rng.normal(size=300)])
    return compare(
        X,
        np.where(y, "sick", "well"),
        sample_weight=np.where(y, 3, 1) * np.exp(X[:, 0]),
        cost="fn=10,fp=1",
        models=["gaussian_nb"],
        treatments=["untouched", "tuned_threshold"],
        protocol=protocol,
        refit=False,
    )


ONE_SPLIT = Protocol.paper(n_configs=1)
FOLDS = Protocol(n_folds=3, n_repeats=2, n_configs=1, calibrate=False)


@pytest.fixture(params=[ONE_SPLIT, FOLDS], ids=["one split", "folds"])
def weighted(request):
    return weighted_comparison(request.param)


def test_costs_are_those_of_the_ranking(weighted):
    ranked = weighted.ranking.set_index("treatment")["expected_cost"]
    assert ranked["tuned_threshold"] < ranked["untouched"] / 2
    costs = np.array(weighted.settings["cost_matrix"])
    positive = weighted.dataset.positive
    for treatment, expected in ranked.items():
        pair = ("gaussian_nb", treatment)
        by_fold = [
            np.average(costs[fold.y, fold.labels], weights=fold.weight)
            for fold in weighted.predictions[pair].folds()
        ]
        assert cost_of_decisions(weighted.predictions[pair], costs) == pytest.approx(
            expected, abs=1e-12
        )
        assert np.mean(by_fold) == pytest.approx(expected, abs=1e-12)
    # Untouched, the rare class is predicted from a probability of one half on.
    curve = cost_by_threshold(weighted.predictions[PAIR], positive, costs)
    at_half = curve.cost[np.searchsorted(curve.threshold, 0.5)]
    assert at_half == pytest.approx(ranked["untouched"], abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "curve"), [("pr_auc", precision_at_recall), ("roc_auc", sensitivity_at_fpr)]
)
def test_areas_under_the_curves_are_those_of_the_ranking(weighted, metric, curve):
    positive = weighted.dataset.positive
    found = weighted.predictions[PAIR]
    expected = weighted.ranking.set_index("treatment").loc["untouched", metric]
    fine = np.linspace(0, 1, 20_001)
    by_fold = [
        np.trapezoid(curve(fold.y == positive, fold.proba[:, positive], fine, fold.weight), fine)
        for fold in found.folds()
    ]
    assert np.mean(by_fold) == pytest.approx(expected, abs=2e-4)
    area = np.trapezoid(band(found, [positive], curve).mean, GRID)
    assert area == pytest.approx(expected, abs=0.01)
    unweighted = replace(found, weight=np.ones(len(found.y)))
    area = np.trapezoid(band(unweighted, [positive], curve).mean, GRID)
    assert abs(area - expected) > 0.02


def test_the_calibration_and_confusion_of_one_split_are_those_of_the_ranking():
    weighted = weighted_comparison(ONE_SPLIT)
    row = weighted.ranking.set_index("treatment").loc["untouched"]
    positive = weighted.dataset.positive
    curve = reliability(weighted.predictions[PAIR], positive)
    gap = np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight)
    assert gap == pytest.approx(row["calibration_error"], abs=1e-12)
    shares = confusion(weighted.predictions[PAIR]).shares
    assert shares[positive, positive] == pytest.approx(row["sensitivity"], abs=1e-12)
    assert shares[1 - positive, 1 - positive] == pytest.approx(row["specificity"], abs=1e-12)
    [found] = found_by(weighted.dataset, weighted.predictions[PAIR])
    assert found.found / found.total != pytest.approx(row["sensitivity"], abs=1e-3)


def test_predictions_carry_the_weights_of_their_rows(weighted):
    for found in weighted.predictions.values():
        np.testing.assert_array_equal(found.weight, weighted.dataset.sample_weight[found.rows])


def test_every_figure_of_the_ranking_is_weighted(weighted):
    """All metrics once more, from the predictions."""
    dataset = weighted.dataset
    row = weighted.ranking.set_index("treatment").loc["untouched"]
    for name, metric in METRICS.items():
        by_fold = [
            metric.function(
                fold.y, fold.labels if metric.needs == "labels" else fold.proba,
                n_classes=2, positive=dataset.positive, sample_weight=fold.weight,
            )
            for fold in weighted.predictions[PAIR].folds()
        ]  # fmt: skip
        assert np.mean(by_fold) == pytest.approx(row[name], abs=1e-12), name

"""Scores at one operating point against scikit-learn, dcurves and counts by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_curve

from rarebit.exceptions import InputError
from rarebit.metrics import (
    decision_curve,
    net_benefit,
    precision_at_k,
    recall_at_fpr,
    recall_at_precision,
)

OPTIONS = {"n_classes": 2, "positive": 1}
POINTS = [
    net_benefit(0.3),
    precision_at_k(3),
    precision_at_k(0.25, share=True),
    recall_at_precision(0.6),
    recall_at_fpr(0.2),
]
# The 750 patients of dcurves' example data (Apache-2.0) by predicted risk of cancer: healthy ones
# and cancers whose risk is below 5 %, from 5 to 10 %, ..., and from 35 % on.
BANDS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35])
HEALTHY_FROM = np.array([645, 320, 193, 128, 98, 72, 49, 36])
CANCERS_FROM = np.array([105, 96, 87, 82, 75, 72, 62, 57])
# What dcurves 1.1.7 returns for the model and for treating all, at 5 %, 10 %, ..., 35 %.
OF_MODEL = [0.105544, 0.087407, 0.079216, 0.067333, 0.064, 0.054667, 0.050154]
OF_ALL = [0.094737, 0.044444, -0.011765, -0.075, -0.146667, -0.228571, -0.323077]


def two_columns(p):
    return np.column_stack([1 - p, p])


@st.composite
def tied(draw):
    """Two-class rows with tied probabilities and whole-number weights, one of each class."""
    cell = st.tuples(st.integers(0, 1), st.integers(0, 10), st.integers(1, 3))
    rows = [*draw(st.lists(cell, max_size=30)), (1, draw(st.integers(0, 10)), 1), (0, 4, 2)]
    y, level, weight = np.array(rows, dtype=np.int64).T
    return y, level / 10, weight


def test_the_decision_curve_of_the_published_example():
    counts = np.concatenate([-np.diff(HEALTHY_FROM, append=0), -np.diff(CANCERS_FROM, append=0)])
    is_class = np.repeat([False, True], len(BANDS))
    curve = decision_curve(is_class, np.tile(BANDS, 2), BANDS[1:], counts)
    np.testing.assert_allclose(curve.model, OF_MODEL, atol=5e-7)
    np.testing.assert_allclose(curve.treat_all, OF_ALL, atol=5e-7)
    assert not curve.treat_none.any()


@given(tied())
def test_net_benefit_is_counted(drawn):
    y, p, weight = drawn
    grid = np.array([0.0, 0.1, 0.3, 0.55, 0.9])
    curve = decision_curve(y == 1, p, grid, weight)
    for threshold, model, everyone in zip(grid, curve.model, curve.treat_all, strict=True):
        odds = threshold / (1 - threshold)
        gain = weight * np.where(y == 1, 1.0, -odds)
        assert model == pytest.approx(gain[p >= threshold].sum() / weight.sum())
        assert everyone == pytest.approx(gain.sum() / weight.sum())
    found = net_benefit(0.3)(y, two_columns(p), sample_weight=weight, **OPTIONS)
    assert found == pytest.approx(curve.model[2])


@given(tied(), st.sampled_from([0.2, 0.5, 0.75, 1.0]))
def test_recall_at_a_precision_equals_scikit_learn(drawn, wanted):
    y, p, weight = drawn
    precision, recall, _ = precision_recall_curve(y, p, sample_weight=weight)
    expected = recall[precision >= wanted - 1e-12].max()  # its last point has recall 0
    found = recall_at_precision(wanted)(y, two_columns(p), sample_weight=weight, **OPTIONS)
    assert found == pytest.approx(expected)


@given(tied(), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_recall_at_a_false_positive_rate_equals_scikit_learn(drawn, most):
    y, p, weight = drawn
    fpr, tpr, _ = roc_curve(y, p, sample_weight=weight, drop_intermediate=False)
    found = recall_at_fpr(most)(y, two_columns(p), sample_weight=weight, **OPTIONS)
    assert found == pytest.approx(tpr[fpr <= most + 1e-12].max())


@given(tied(), st.integers(1, 12))
def test_precision_at_k_is_the_mean_over_orders_of_tied_rows(drawn, k):
    y, p, _ = drawn
    k = min(k, len(y))
    level = np.sort(p)[::-1][k - 1]
    above, tied_rows = p > level, p == level
    hits = y[above].sum() + (k - above.sum()) * y[tied_rows].mean()
    assert precision_at_k(k)(y, two_columns(p), **OPTIONS) == pytest.approx(hits / k)
    share = precision_at_k(k / len(y), share=True)(y, two_columns(p), **OPTIONS)
    assert share == pytest.approx(hits / k)


def test_k_beyond_the_rows_is_the_share_of_the_class():
    y, p = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    assert precision_at_k(100)(y, two_columns(p), **OPTIONS) == 0.25


@given(tied())
def test_weights_are_repetitions(drawn):
    y, p, weight = drawn
    repeated = np.repeat(y, weight), two_columns(np.repeat(p, weight))
    for metric in POINTS:
        found = metric(y, two_columns(p), sample_weight=weight, **OPTIONS)
        assert found == pytest.approx(metric(*repeated, **OPTIONS))


@pytest.mark.parametrize("metric", POINTS)
def test_many_classes_are_averaged_over_those_present(metric):
    rng = np.random.default_rng(0)
    y, proba = rng.integers(2, size=60), rng.dirichlet(np.ones(3), size=60)
    each = [
        metric((y == code).astype(np.int64), two_columns(proba[:, code]), **OPTIONS)
        for code in range(2)
    ]
    assert metric(y, proba, n_classes=3, positive=None) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("metric", POINTS)
def test_no_rows(metric):
    assert np.isnan(metric(np.array([], dtype=np.int64), np.empty((0, 2)), **OPTIONS))


def test_no_precision_is_high_enough():
    y, p = np.array([1, 0, 0]), np.array([0.1, 0.8, 0.9])
    assert recall_at_precision(0.5)(y, two_columns(p), **OPTIONS) == 0


@pytest.mark.parametrize("threshold", [1.0, -0.1, np.nan])
def test_wrong_thresholds_of_a_decision_curve(threshold):
    with pytest.raises(InputError, match="threshold must hold probabilities of at least 0"):
        decision_curve(np.array([True]), np.array([0.5]), np.array([0.2, threshold]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: net_benefit(0), "threshold is 0: give a number above 0"),
        (lambda: precision_at_k(-1), "k is -1: give a number above 0"),
        (lambda: precision_at_k(2, share=True), "k is 2: give a number above 0 and at most 1"),
        (lambda: recall_at_precision(90), "precision is 90"),
        (lambda: recall_at_fpr(-0.1), "fpr is -0.1"),
    ],
)
def test_wrong_points(make, message):
    with pytest.raises(InputError, match=message):
        make()

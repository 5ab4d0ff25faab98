"""Areas under curves against scikit-learn and a count over all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from rarebit.metrics import pr_auc, roc_auc


@st.composite
def two_class(draw):
    """Both classes occur; probabilities with many ties; whole-number weights, 0 among them."""
    cell = st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(0, 3))
    rows = [*draw(st.lists(cell, max_size=30)), (0, draw(st.integers(0, 6)), 1), (1, 3, 2)]
    y, level, weight = np.array(rows, dtype=np.int64).T
    return y, np.column_stack([1 - level / 6, level / 6]), weight


@given(two_class())
def test_equal_scikit_learn(drawn):
    y, proba, weight = drawn
    for w in (None, weight.astype(float)):
        options = {"n_classes": 2, "positive": 1, "sample_weight": w}
        expected = average_precision_score(y, proba[:, 1], sample_weight=w)
        assert pr_auc(y, proba, **options) == pytest.approx(expected)
        expected = roc_auc_score(y, proba[:, 1], sample_weight=w)
        assert roc_auc(y, proba, **options) == pytest.approx(expected)


@given(two_class())
def test_roc_auc_is_the_share_of_pairs_in_the_right_order(drawn):
    y, proba, _ = drawn
    gap = proba[y == 1, 1][:, None] - proba[y == 0, 1]
    pairs = np.mean((gap > 0) + 0.5 * (gap == 0))
    assert roc_auc(y, proba, n_classes=2, positive=1) == pytest.approx(pairs)


@given(two_class())
def test_weights_are_repetitions(drawn):
    y, proba, weight = drawn
    for metric in (pr_auc, roc_auc):
        weighted = metric(y, proba, n_classes=2, positive=1, sample_weight=weight)
        repeated = metric(
            np.repeat(y, weight), np.repeat(proba, weight, axis=0), n_classes=2, positive=1
        )
        assert weighted == pytest.approx(repeated)


def test_the_positive_class_may_be_the_first():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=40)
    proba = rng.dirichlet([1, 1], size=40)
    expected = average_precision_score(1 - y, proba[:, 0])
    assert pr_auc(y, proba, n_classes=2, positive=0) == pytest.approx(expected)


def test_many_classes_are_averaged_one_against_rest():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(4, size=80), rng.dirichlet(np.ones(4), size=80)
    options = {"n_classes": 4, "positive": None}
    expected = roc_auc_score(y, proba, multi_class="ovr")
    assert roc_auc(y, proba, **options) == pytest.approx(expected)
    expected = average_precision_score(np.eye(4)[y], proba, average="macro")
    assert pr_auc(y, proba, **options) == pytest.approx(expected)


def test_an_absent_class_is_left_out_of_the_average():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(3, size=80), rng.dirichlet(np.ones(4), size=80)
    each = [roc_auc_score(y == code, proba[:, code]) for code in range(3)]
    assert roc_auc(y, proba, n_classes=4, positive=None) == pytest.approx(np.mean(each))


def test_a_class_without_weight_is_left_out_of_the_average():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(3, size=60), rng.dirichlet(np.ones(3), size=60)
    weight = np.where(y == 2, 0.0, 1.0)
    for metric in (pr_auc, roc_auc):
        found = metric(y, proba, n_classes=3, positive=None, sample_weight=weight)
        rows = y < 2
        assert found == pytest.approx(metric(y[rows], proba[rows], n_classes=3, positive=None))


def test_weights_may_add_to_1_or_less():
    y, proba = np.array([0, 1, 0]), np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    for total in (1.0, 0.5, 1e-3):
        weight = np.array([0.5, 0.25, 0.25]) * total
        options = {"n_classes": 2, "positive": 1, "sample_weight": weight}
        assert roc_auc(y, proba, **options) == pytest.approx(2 / 3)
        assert pr_auc(y, proba, **options) == pytest.approx(1 / 2)


@pytest.mark.filterwarnings("error")
def test_undefined_areas_are_nan():
    y, proba = np.zeros(3, dtype=np.int64), np.full((3, 2), 0.5)
    for metric in (pr_auc, roc_auc):
        assert np.isnan(metric(y, proba, n_classes=2, positive=1))
        assert np.isnan(metric(y[:0], proba[:0], n_classes=2, positive=1))
        assert np.isnan(metric(np.array([0, 1, 0]), proba * np.nan, n_classes=2, positive=1))

"""Log loss, Brier score, their skill and calibration error against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, d2_log_loss_score
from sklearn.metrics import log_loss as reference_log_loss

from rarebit.metrics import brier, brier_skill, calibration_error, log_loss, log_loss_skill


def two_columns(p):
    return np.column_stack([1 - p, p])


@st.composite
def tied(draw):
    """Two-class rows with tied probabilities and whole-number weights."""
    cell = st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(1, 3))
    y, level, weight = np.array(draw(st.lists(cell, min_size=1, max_size=40)), dtype=np.int64).T
    return y, two_columns(level / 20), weight


@given(tied())
def test_two_class_brier_equals_scikit_learn(drawn):
    y, proba, weight = drawn
    expected = brier_score_loss(y, proba[:, 1], sample_weight=weight, pos_label=1)
    value = brier(y, proba, n_classes=2, positive=1, sample_weight=weight)
    assert value == pytest.approx(expected)


def test_many_class_brier_is_half_the_squared_distance():
    proba = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    expected = ((0.2**2 + 0.3**2 + 0.5**2) / 2 + 1) / 2
    assert brier(np.array([2, 1]), proba, n_classes=3, positive=None) == pytest.approx(expected)


@given(tied())
def test_log_loss_equals_scikit_learn_also_at_0_and_1(drawn):
    y, proba, weight = drawn
    expected = reference_log_loss(y, proba, sample_weight=weight, labels=[0, 1])
    value = log_loss(y, proba, n_classes=2, positive=1, sample_weight=weight)
    assert value == pytest.approx(expected)


def test_log_loss_of_many_classes_equals_scikit_learn():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(3, size=60), rng.dirichlet(np.ones(4), size=60)
    weight = rng.uniform(size=60)
    expected = reference_log_loss(y, proba, sample_weight=weight, labels=range(4))
    value = log_loss(y, proba, n_classes=4, positive=None, sample_weight=weight)
    assert value == pytest.approx(expected)


def test_skill_equals_scikit_learn():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(3, size=60), rng.dirichlet(np.ones(3), size=60)
    options = {"sample_weight": rng.uniform(size=60)}
    skills = [
        f(y, proba, n_classes=3, positive=None, **options) for f in (log_loss_skill, brier_skill)
    ]
    weight, own = options["sample_weight"], np.eye(3)[y]
    shares = np.average(own, axis=0, weights=weight)
    errors = [np.average(((p - own) ** 2).sum(axis=1), weights=weight) for p in (proba, shares)]
    expected = [d2_log_loss_score(y, proba, **options), 1 - errors[0] / errors[1]]
    assert skills == pytest.approx(expected)


def test_the_prevalence_model_has_no_skill():
    y, weight = np.array([0, 0, 0, 1]), np.array([1.0, 1.0, 2.0, 6.0])
    options = {"n_classes": 2, "positive": 1, "sample_weight": weight}
    for skill in (log_loss_skill, brier_skill):
        assert skill(y, two_columns(np.full(4, 0.6)), **options) == pytest.approx(0)
        assert skill(y, two_columns(y.astype(float)), **options) == pytest.approx(1)
        assert skill(y, two_columns(np.full(4, 0.1)), **options) < 0
        assert np.isnan(skill(y[:3], two_columns(np.full(3, 0.6)), n_classes=2, positive=1))


@given(tied())
def test_weights_of_proper_scores_are_repetitions(drawn):
    y, proba, weight = drawn
    repeated = np.repeat(y, weight), np.repeat(proba, weight, axis=0)
    for metric in (log_loss, log_loss_skill, brier_skill):
        value = metric(y, proba, n_classes=2, positive=1, sample_weight=weight)
        expected = metric(*repeated, n_classes=2, positive=1)
        assert value == pytest.approx(expected, nan_ok=True)


@given(tied(), st.randoms(use_true_random=False))
def test_order_of_rows_ties_and_weights_as_repetition(drawn, random):
    y, proba, weight = drawn
    options = {"n_classes": 2, "positive": 1}
    value = calibration_error(y, proba, sample_weight=weight, **options)
    assert 0 <= value <= 1
    order = np.array(random.sample(range(len(y)), len(y)))
    shuffled = calibration_error(y[order], proba[order], sample_weight=weight[order], **options)
    repeated = calibration_error(np.repeat(y, weight), np.repeat(proba, weight, axis=0), **options)
    assert [shuffled, repeated] == pytest.approx([value, value])


def test_bins_count_by_their_weight():
    # Two bins: eight rows that are off by 0.1, two rows that are off by 0.4.
    p = np.repeat([0.1, 0.6], [8, 2])
    y = np.repeat([0, 1], [8, 2])
    expected = (8 * 0.1 + 2 * 0.4) / 10
    assert calibration_error(y, two_columns(p), n_classes=2, positive=1) == pytest.approx(expected)
    weight = np.repeat([0.25, 4.0], [8, 2])
    value = calibration_error(y, two_columns(p), n_classes=2, positive=1, sample_weight=weight)
    assert value == pytest.approx((2 * 0.1 + 8 * 0.4) / 10)


def test_a_constant_prediction_is_off_by_its_distance_to_the_share():
    y = np.repeat([0, 1], [90, 10])
    proba = two_columns(np.full(100, 0.3))
    assert calibration_error(y, proba, n_classes=2, positive=1) == pytest.approx(0.2)


def test_many_classes_are_averaged_over_those_present():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(2, size=60), rng.dirichlet(np.ones(3), size=60)
    each = [
        calibration_error(
            (y == code).astype(np.int64), two_columns(proba[:, code]), n_classes=2, positive=1
        )
        for code in range(2)
    ]
    value = calibration_error(y, proba, n_classes=3, positive=None)
    assert value == pytest.approx(np.mean(each))


def test_true_probabilities_have_nearly_no_error_and_distorted_ones_do():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 15, size=50_000)
    y = (rng.uniform(size=len(p)) < p).astype(np.int64)
    assert calibration_error(y, two_columns(p), n_classes=2, positive=1) < 0.005
    assert calibration_error(y, two_columns(np.sqrt(p)), n_classes=2, positive=1) > 0.1


@pytest.mark.filterwarnings("error")
def test_no_rows():
    y, proba = np.array([], dtype=np.int64), np.empty((0, 2))
    assert np.isnan(brier(y, proba, n_classes=2, positive=1))
    assert np.isnan(calibration_error(y, proba, n_classes=2, positive=1))

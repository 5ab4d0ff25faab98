"""Calibration recovers the truth on many rows and changes little on few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit, softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from rarebit.decision import ProbabilityCalibrator, correct_prior
from rarebit.decision.calibration import _evidence
from rarebit.exceptions import InputError

METHODS = ["auto", "vector", "temperature", "offset", "sigmoid", "isotonic", "none"]


def two_columns(p):
    return np.column_stack([1 - p, p])


def log_loss(y, proba):
    return -np.log(np.maximum(proba[np.arange(len(y)), y], 1e-12)).mean()


def distorted(n_rows, n_classes, slope, seed=0):
    """Labels, true probabilities, and probabilities made overconfident by ``slope`` and shifted."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n_rows, n_classes)) - np.arange(n_classes)
    truth = softmax(scores, axis=1)
    y = (rng.uniform(size=(n_rows, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    wrong = softmax(slope * scores + np.linspace(-0.5, 0.5, n_classes), axis=1)
    return y, truth, wrong


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("slope", [0.3, 4.0])
def test_many_rows_recover_the_truth(n_classes, slope):
    y, truth, wrong = distorted(8000, n_classes, slope)
    calibrated = ProbabilityCalibrator().fit(wrong, y).transform(wrong)
    assert np.abs(calibrated - truth).mean() < 0.02 < np.abs(wrong - truth).mean()


def test_two_classes_approach_platt_scaling_on_many_rows():
    y, _, wrong = distorted(20_000, 2, 2.0)
    scores = logit(wrong[:, [1]])
    platt = LogisticRegression(C=np.inf).fit(scores, y).predict_proba(scores)
    calibrated = ProbabilityCalibrator("sigmoid").fit(wrong, y).transform(wrong)
    assert np.abs(calibrated - platt).mean() < 0.002


def test_slopes_of_each_class_are_recovered():
    """Labels drawn from ``softmax(slopes * log p + offset)`` give slopes and offsets back."""
    rng = np.random.default_rng(0)
    proba = softmax(rng.normal(size=(40_000, 3)), axis=1)
    slopes, offset = np.array([0.6, 1.0, 1.5]), np.array([0.3, 0.0, -0.3])
    truth = softmax(slopes * np.log(proba) + offset, axis=1)
    y = (rng.uniform(size=(len(proba), 1)) > truth.cumsum(axis=1)).sum(axis=1)
    calibrator = ProbabilityCalibrator("vector").fit(proba, y)
    np.testing.assert_allclose(calibrator.slopes_, slopes, atol=0.05)
    np.testing.assert_allclose(calibrator.offset_ - calibrator.offset_.mean(), offset, atol=0.05)
    one_slope = ProbabilityCalibrator("sigmoid").fit(proba, y).transform(proba)
    assert log_loss(y, calibrator.transform(proba)) < log_loss(y, one_slope) - 0.005


def test_two_classes_approach_beta_calibration_on_many_rows():
    """``logit q = a log p - b log(1 - p) + c``, as in Kull, Silva Filho and Flach (2017)."""
    rng = np.random.default_rng(0)
    p = expit(1.5 * rng.normal(size=20_000))
    features = np.column_stack([np.log(p), -np.log(1 - p)])
    y = (rng.uniform(size=len(p)) < expit(features @ [0.7, 1.4] + 0.2)).astype(np.int64)
    beta = LogisticRegression(C=np.inf).fit(features, y).predict_proba(features)
    calibrated = ProbabilityCalibrator().fit(two_columns(p), y).transform(two_columns(p))
    assert np.abs(calibrated - beta).mean() < 0.003


def test_parameters_have_the_highest_posterior():
    """Against the posterior written out row by row, with weights."""
    y, _, wrong = distorted(60, 3, 2.0)
    weight = np.where(y == 2, 3.0, 1.0)
    calibrator = ProbabilityCalibrator("vector").fit(wrong, y, weight)
    scale = _evidence(weight, wrong, y)
    mixed = calibrator._log(wrong)

    def loss(slopes, offset):
        total = ((offset / 0.5) ** 2).sum() / 2
        for row, code, w in zip(mixed, y, weight, strict=True):
            total -= scale * w * np.log(softmax(slopes * row + offset)[code])
        # The best split of the log-slopes into a common part and deviations of the classes.
        logs = np.log(slopes)
        common = (logs.sum() / 0.25**2) / (1 / 0.5**2 + 3 / 0.25**2)
        return total + (common / 0.5) ** 2 / 2 + (((logs - common) / 0.25) ** 2).sum() / 2

    best = loss(calibrator.slopes_, calibrator.offset_)
    for step in (-0.02, 0.02):
        for code in range(3):
            moved = np.eye(3)[code] * step
            assert loss(calibrator.slopes_ * np.exp(moved), calibrator.offset_) > best
            assert loss(calibrator.slopes_, calibrator.offset_ + moved) > best


@pytest.mark.parametrize("method", METHODS)
def test_true_probabilities_are_kept(method):
    y, truth, _ = distorted(8000, 3, 1.0)
    calibrated = ProbabilityCalibrator(method).fit(truth, y).transform(truth)
    assert np.abs(calibrated - truth).mean() < 0.02


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_the_other_methods_correct_overconfidence(method):
    y, _, wrong = distorted(4000, 3, 3.0)
    calibrator = ProbabilityCalibrator(method).fit(wrong[:2000], y[:2000])
    assert log_loss(y[2000:], calibrator.transform(wrong[2000:])) < log_loss(y[2000:], wrong[2000:])


def test_temperature_has_no_offset():
    y, _, wrong = distorted(500, 3, 3.0)
    calibrator = ProbabilityCalibrator("temperature").fit(wrong, y)
    assert not calibrator.offset_.any()
    assert len(set(calibrator.slopes_)) == 1
    assert calibrator.slopes_[0] < 0.7


@pytest.mark.parametrize("method", METHODS)
def test_two_rows_change_little(method):
    proba = two_columns(np.array([0.1, 0.6]))
    calibrator = ProbabilityCalibrator(method).fit(proba, np.array([1, 0]))
    grid = two_columns(np.linspace(0, 1, 21))
    moved = calibrator.transform(grid)
    # The prior of two rows, one of each class, is 0.5, and the rows speak against the model.
    assert np.abs(moved - grid).max() < 0.5
    assert (np.diff(moved[:, 1]) >= 0).all()


def test_helps_on_average_on_few_rows():
    """Small tables, an overconfident model: calibrated for new rows, not only for those seen."""
    before, after = [], []
    for seed in range(40):
        y, _, wrong = distorted(2060, 2, 2.0, seed)
        calibrator = ProbabilityCalibrator().fit(wrong[:60], y[:60])
        before.append(log_loss(y[60:], wrong[60:]))
        after.append(log_loss(y[60:], calibrator.transform(wrong[60:])))
    assert np.mean(after) < np.mean(before) - 0.05


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=30),
    st.sampled_from(METHODS),
)
def test_any_two_class_rows_give_probabilities_in_the_same_order(rows, method):
    y, p = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    calibrator = ProbabilityCalibrator(method).fit(two_columns(p), y)
    mapped = calibrator.transform(two_columns(np.linspace(0, 1, 11)))
    assert np.isfinite(mapped).all()
    np.testing.assert_allclose(mapped.sum(axis=1), 1)
    if method != "isotonic":
        assert (np.diff(mapped[:, 1]) > 0).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("error")
def test_scores_of_0_and_1_and_a_class_never_seen(method):
    y, hard = np.array([0, 1, 1, 0, 1] * 4), np.eye(3)[np.array([0, 1, 0, 0, 1] * 4)]
    mapped = ProbabilityCalibrator(method).fit(hard, y).transform(np.eye(3))
    assert np.isfinite(mapped).all()
    np.testing.assert_allclose(mapped.sum(axis=1), 1)
    assert mapped[:2].argmax(axis=1).tolist() == [0, 1]
    assert mapped[:2, 2].max() < 0.1


def test_overconfident_scores_of_0_and_1_are_corrected():
    p = np.repeat([0.0, 1.0], [90, 10])
    y = np.concatenate([np.repeat([0, 1], [86, 4]), np.repeat([0, 1], [4, 6])])
    mapped = (
        ProbabilityCalibrator().fit(two_columns(p), y).transform(two_columns(np.array([0.0, 1.0])))
    )
    assert mapped[:, 1] == pytest.approx([4 / 90, 6 / 10], abs=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_one_class_only_changes_nothing(method):
    proba = two_columns(np.array([0.0, 0.2, 0.9]))
    calibrator = ProbabilityCalibrator(method).fit(proba, np.zeros(3, dtype=np.int64))
    np.testing.assert_allclose(calibrator.transform(proba), proba)
    assert (calibrator.slopes_.tolist(), calibrator.offset_.tolist()) == ([1, 1], [0, 0])
    assert calibrator.prior_.tolist() == [0.5, 0.5]


def test_only_the_proportions_of_weights_matter_and_weights_act():
    y, _, wrong = distorted(300, 2, 2.0)
    weight = np.where(y == 1, 3.0, 1.0)
    fits = [
        ProbabilityCalibrator().fit(wrong, y, scale * weight).transform(wrong)
        for scale in (1.0, 1e-6)
    ]
    np.testing.assert_allclose(fits[0], fits[1], atol=1e-6)
    plain = ProbabilityCalibrator().fit(wrong, y).transform(wrong)
    assert fits[0][:, 1].mean() > plain[:, 1].mean() + 0.05


def test_rows_sampled_by_class_count_as_the_evidence_that_they_are():
    """All rare rows, and few of the common ones with large weights: as good as a uniform sample."""
    rng = np.random.default_rng(0)
    truth = expit(rng.normal(size=200_000) - 5)
    y = (rng.uniform(size=len(truth)) < truth).astype(np.int64)
    kept = np.flatnonzero((y == 1) | (rng.uniform(size=len(y)) < 0.02))
    weight = np.where(y[kept] == 1, 1.0, 50.0)
    wrong = two_columns(expit(logit(truth) - 0.7))
    calibrator = ProbabilityCalibrator().fit(wrong[kept], y[kept], weight)
    # 2,200 rare rows pull against a Gaussian prior of precision 4: it hardly shrinks the offset.
    assert calibrator.offset_[1] - calibrator.offset_[0] == pytest.approx(0.7, abs=0.1)
    calibrated = calibrator.transform(wrong)[:, 1]
    assert calibrated.mean() == pytest.approx(truth.mean(), rel=0.05)
    # Brute force of the scale, row by row; equal weights count as 1.
    residual = [
        ((np.eye(2)[code] - p) ** 2).sum() for code, p in zip(y[kept], wrong[kept], strict=True)
    ]
    expected = np.dot(weight, residual) / np.dot(weight**2, residual)
    assert _evidence(weight, wrong[kept], y[kept]) == pytest.approx(expected)
    assert _evidence(np.full(len(kept), 8.0), wrong[kept], y[kept]) == pytest.approx(1 / 8)


def test_margins_of_a_support_vector_machine():
    """A softmax of margins is underconfident: the slope must grow."""
    rng = np.random.default_rng(0)
    margin = rng.normal(scale=1.0, size=1000)
    y = (rng.uniform(size=1000) < expit(6 * margin - 3)).astype(np.int64)
    proba = two_columns(expit(margin))
    calibrated = ProbabilityCalibrator().fit(proba, y).transform(proba)
    assert np.abs(calibrated[:, 1] - expit(6 * margin - 3)).mean() < 0.03


def test_unknown_method_and_clone():
    with pytest.raises(InputError, match="'platt'"):
        ProbabilityCalibrator("platt").fit(two_columns(np.array([0.5])), np.array([0]))
    assert clone(ProbabilityCalibrator("isotonic")).method == "isotonic"


def test_models_saved_by_0_1_0_open():
    y, _, wrong = distorted(100, 2, 2.0)
    calibrator = ProbabilityCalibrator("sigmoid").fit(wrong, y)
    state = vars(calibrator).copy()
    state["prior_say_"] = state.pop("prior_weight_")
    state["slope_"] = state.pop("slopes_")[0]
    opened = ProbabilityCalibrator.__new__(ProbabilityCalibrator)
    opened.__setstate__(state)
    np.testing.assert_array_equal(opened.transform(wrong), calibrator.transform(wrong))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_offsets_alone_undo_a_change_of_the_prior(n_classes):
    y, truth, _ = distorted(20_000, n_classes, 1.0)
    moved = correct_prior(
        truth,
        fitted_prior=np.bincount(y, minlength=n_classes) / len(y),
        true_prior=np.arange(1, n_classes + 1) / np.arange(1, n_classes + 1).sum(),
    )
    calibrator = ProbabilityCalibrator("offset").fit(moved, y)
    assert calibrator.slopes_.tolist() == [1] * n_classes
    assert np.abs(moved - truth).mean() > 0.05
    assert np.abs(calibrator.transform(moved) - truth).mean() < 0.01

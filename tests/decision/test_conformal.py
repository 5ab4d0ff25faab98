"""Limits of conformal sets: against crepes, by the law of order statistics, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from rarebit.decision import conformal_limits
from rarebit.exceptions import InputError


def drawn(n_rows, n_classes, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.choice(
        n_classes, size=n_rows, p=np.arange(1, n_classes + 1) / (n_classes * (n_classes + 1) / 2)
    )
    score = rng.normal(size=(n_rows, n_classes)) + 2 * np.eye(n_classes)[y]
    proba = np.exp(score)
    return proba / proba.sum(axis=1, keepdims=True), y


@pytest.mark.parametrize("n_classes", [2, 4])
def test_sets_are_those_of_crepes(n_classes):
    crepes = pytest.importorskip("crepes")
    proba, y = drawn(401, n_classes)
    fresh, _ = drawn(300, n_classes, seed=1)
    coverage = 0.8731  # a rank that is no whole number, where crepes counts equality differently
    sets = fresh >= conformal_limits(proba, y, coverage)
    for code in range(n_classes):
        own = crepes.ConformalClassifier().fit(1 - proba[y == code, code])
        expected = own.predict_set(1 - fresh[:, [code]], confidence=coverage, smoothing=False)
        np.testing.assert_array_equal(sets[:, code], expected[:, 0].astype(bool))


def test_the_expected_coverage_of_each_class_is_that_of_order_statistics():
    # With n rows, the k-th lowest of uniform values leaves 1 - k / (n + 1) above it on average.
    n_rows, coverage = 19, 0.9
    covered = []
    for seed in range(2000):
        p = np.random.default_rng(seed).uniform(size=n_rows)
        proba = np.column_stack([p, 1 - p])
        both = np.concatenate([proba, proba[:, ::-1]])
        limits = conformal_limits(both, np.repeat([0, 1], n_rows), coverage)
        covered.append(1 - limits[0])
    expected = stats.beta(18, 2)
    assert np.mean(covered) == pytest.approx(expected.mean(), abs=4 * expected.std() / 2000**0.5)
    assert expected.mean() == pytest.approx(coverage)


def test_a_rare_class_is_covered_as_a_common_one_is():
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=120_000) < 0.03).astype(int)
    p = 1 / (1 + np.exp(3.5 - rng.normal(size=len(y)) - 1.5 * y))
    proba = np.column_stack([1 - p, p])
    sets = proba[20_000:] >= conformal_limits(proba[:20_000], y[:20_000], 0.9)
    for code in (0, 1):
        rows = y[20_000:] == code
        assert sets[rows, code].mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(("coverage", "needed"), [(0.9, 9), (0.95, 19), (0.8, 4)])
def test_a_class_needs_enough_rows(coverage, needed):
    p = np.linspace(0.1, 0.9, 50)
    proba = np.column_stack([1 - p, p])
    for rare, is_enough in ((needed, True), (needed - 1, False)):
        y = (np.arange(50) < rare).astype(int)
        if is_enough:
            assert conformal_limits(proba, y, coverage)[1] == p[0]
            continue
        says = (
            f"coverage {coverage:g} needs {needed} rows of each class, and class 'ill' has {rare}"
        )
        with pytest.raises(InputError, match=says):
            conformal_limits(proba, y, coverage, labels=["well", "ill"])


def test_weights_may_differ_between_classes_but_not_within():
    proba, y = drawn(200, 2)
    even = conformal_limits(proba, y, 0.8)
    np.testing.assert_array_equal(conformal_limits(proba, y, 0.8, sample_weight=y + 1.0), even)
    odd = np.where(np.arange(200) < 100, 1.0, 2.0)
    with pytest.raises(InputError, match="holds for rows of equal weight, and those of class 0"):
        conformal_limits(proba, y, 0.8, sample_weight=odd)
    with pytest.raises(InputError, match="coverage is 90: give a number above 0 and below 1"):
        conformal_limits(proba, y, 90)

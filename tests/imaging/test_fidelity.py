"""Frechet distance against its formula, and features that need no network."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from rarebit.exceptions import InputError
from rarebit.imaging.augmentation import GaussianNoiseAugmenter
from rarebit.imaging.fidelity import (
    extract_features,
    feature_extractor,
    frechet_distance,
    own_class_share,
)


def test_frechet_distance_equals_its_formula():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4))
    b = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) + 1
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    gap = a.mean(axis=0) - b.mean(axis=0)
    expected = gap @ gap + np.trace(ca + cb - 2 * sqrtm(ca @ cb).real)
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))


def test_fewer_rows_than_features_and_too_few():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 20)), rng.normal(size=(4, 20))
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    gap = a.mean(axis=0) - b.mean(axis=0)
    # The trace of the root is the sum of the roots of the eigenvalues: at most two are not 0.
    roots = np.sqrt(np.sort(np.linalg.eigvals(ca @ cb).real)[-2:]).sum()
    expected = gap @ gap + np.trace(ca) + np.trace(cb) - 2 * roots
    assert frechet_distance(a, b) == pytest.approx(expected)
    with pytest.raises(InputError, match="two images"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))


def test_stronger_noise_is_further_away():
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, 16)
    images = 0.2 + 0.6 * ramp * rng.uniform(0.5, 1, (40, 1, 1)) * np.ones((40, 16, 16))
    extractor = feature_extractor()
    real = extract_features(images, extractor)
    labels = np.array([0] * 39 + [1])
    distances = []
    for step in (1, 3, 5):
        noisy = GaussianNoiseAugmenter(step=step, rho=1.0, random_state=0)
        made, _ = noisy.fit_resample(images, labels)
        distances.append(frechet_distance(real, extract_features(made[40:], extractor)))
    assert distances == sorted(distances)
    np.testing.assert_array_equal(real, extract_features(images, feature_extractor()))


def test_own_class_share_counts_neighbours():
    features, labels = np.array([[0.0], [1.0], [9.0]]), np.array(["a", "a", "b"])
    made = np.array([[0.4], [8.0], [2.0]])
    assert own_class_share(features, labels, made, np.array(["a", "b", "b"])) == pytest.approx(
        2 / 3
    )

"""Training on most images and evaluating on the rest: nothing leaks, doubts are noted."""

from dataclasses import replace

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.imaging.classifier import SDAQECClassifier
from rarebit.imaging.demo import digit_images
from rarebit.imaging.holdout import fit_and_evaluate
from rarebit.imaging.images.data import ImageData


class Remembering(SDAQECClassifier):
    """Notes what it was given instead of training."""

    def fit(self, X, y=None, groups=None):
        self.seen_, self.groups_ = X, groups
        self.classes_, self.class_counts_ = np.unique(y, return_counts=True)
        return self

    def predict_proba(self, X, *, hardware=None):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 12, 12), dtype=np.uint8)
    images[1] = images[0]
    images[31] = np.clip(images[30] * 0.9, 0, 255)
    labels = np.array(["well"] * 30 + ["ill"] * 10)
    return ImageData(images, labels, np.arange(40).astype(str), groups=np.arange(40) // 2)


def test_groups_and_duplicates_stay_on_one_side(data):
    data = replace(data, groups=np.arange(40) // 2 + 10 * (np.arange(40) == 5))
    for seed in range(4):
        trained = fit_and_evaluate(Remembering(), data, seed=seed, n_resamples=5)
        test = set(trained.test.names.astype(int))
        for group in np.unique(data.groups):
            members = set(np.flatnonzero(data.groups == group))
            assert len(members & test) in (0, len(members))
        assert len({0, 1} & test) in (0, 2)
        assert len({30, 31} & test) in (0, 2)
        assert len(trained.model.seen_) + len(test) == 40
        assert trained.evaluation.n_groups < len(test)
    assert any("4 images are equal or nearly equal to another" in note for note in trained.notes)


def test_a_given_test_split_is_used_and_leaks_are_noted(data):
    split = np.array(["train"] * 40)
    split[[1, 7, 8, 39]] = "test"
    trained = fit_and_evaluate(
        Remembering(), replace(data, split=split, groups=None), n_resamples=5
    )
    assert trained.test.names.tolist() == ["1", "7", "8", "39"]
    assert any(
        "1 of 4 images of the test split that came with the data" in note for note in trained.notes
    )


def test_equal_images_of_different_classes_and_one_large_set(data):
    images = data.images.copy()
    images[35] = images[2]
    groups = np.where(np.arange(40) < 12, 0, np.arange(40))
    trained = fit_and_evaluate(
        Remembering(), replace(data, images=images, groups=groups), n_resamples=5
    )
    assert any("1 pair of equal images with different labels" in note for note in trained.notes)
    assert any("13 of 40 images belong together" in note for note in trained.notes)


def test_no_test_images_and_no_labels(data):
    with pytest.raises(InputError, match="set aside for testing"):
        fit_and_evaluate(Remembering(), replace(data, groups=np.zeros(40)))
    with pytest.raises(InputError, match="no labels"):
        fit_and_evaluate(Remembering(), replace(data, labels=None))


def test_an_untested_class_is_noted(data):
    labels = data.labels.copy()
    labels[20] = "odd"
    trained = fit_and_evaluate(
        Remembering(), replace(data, labels=labels, groups=None), n_resamples=5
    )
    assert any("No test image is of class odd" in note for note in trained.notes)


def test_a_class_only_in_the_test_split_is_refused_before_training(data):
    labels, split = data.labels.copy(), np.array(["train"] * 40)
    split[[7, 8, 20, 39]] = "test"
    labels[20] = "odd"
    model = Remembering()
    with pytest.raises(InputError, match=r"no image of odd, of which the test split has 1: move"):
        fit_and_evaluate(model, replace(data, labels=labels, split=split))
    assert not hasattr(model, "seen_")
    with pytest.raises(InputError, match="None of the 40 images is in a training split"):
        fit_and_evaluate(model, replace(data, split=np.array(["test"] * 40)))


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        *(({"seed": seed}, "seed is") for seed in (-1, "x", 1.5, None, 2**40)),
        *(({"n_resamples": n}, "n_resamples is") for n in (-1, "x", 1.5, None)),
        *(
            ({"test_fraction": share}, "from 0 to 0.5")
            for share in (-1, 0.6, "x", None, True, np.nan)
        ),
    ],
)
def test_arguments_are_checked_before_training(data, arguments, what):
    model = Remembering()
    with pytest.raises(InputError, match=what):
        fit_and_evaluate(model, data, **arguments)
    assert not hasattr(model, "seen_")


def test_parameters_are_checked_before_duplicates_are_searched_for(data, monkeypatch):
    monkeypatch.setattr("rarebit.imaging.holdout.find_duplicates", None)
    with pytest.raises(InputError, match="backbone is 'alexnet'"):
        fit_and_evaluate(Remembering("alexnet"), data)


def test_labels_that_are_missing_or_too_few(data):
    for labels in (data.labels[:5], np.array([None] * 40)):
        with pytest.raises(InputError, match="labels"):
            fit_and_evaluate(Remembering(), replace(data, labels=labels))


def test_digits_are_the_eights_against_the_rest():
    data = digit_images(16)
    assert data.images.shape == (1797, 16, 16)
    assert np.unique(data.labels, return_counts=True)[1].tolist() == [174, 1623]

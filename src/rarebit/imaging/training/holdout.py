"""Train on a part of the images, score on the rest: what the command line does."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rarebit._common.random_state import check_seed
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging._checks import is_integer, require
from rarebit.imaging.classifier import SDAQECClassifier
from rarebit.imaging.evaluation import ImageEvaluation, evaluate
from rarebit.imaging.images.data import ImageData
from rarebit.imaging.images.duplicates import find_duplicates, keep_together
from rarebit.imaging.images.labels import NAMED, check_labels
from rarebit.imaging.images.splits import set_aside

# A set of images kept together is worth a warning when it holds more than this share of all.
LARGE_SET = 0.1


@dataclass(frozen=True, eq=False)
class Trained:
    """What :func:`fit_and_evaluate` found.

    Attributes
    ----------
    model : SDAQECClassifier
        Fitted on the images that are not in ``test``.
    evaluation : ImageEvaluation
        Its scores on ``test``.
    test : ImageData
        The images it was not trained on.
    notes : list of str
        What should be known before the scores are trusted.
    """

    model: SDAQECClassifier
    evaluation: ImageEvaluation
    test: ImageData
    notes: list[str]


def fit_and_evaluate(
    model: SDAQECClassifier,
    data: ImageData,
    *,
    test_fraction: float = 0.2,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Trained:
    """Fit a classifier on a part of the images and score it on the rest.

    Groups, and images that are equal or nearly so, stay on one side. Where the data bring a test
    part of their own, it is used as it is, and what crosses its border is said.

    Parameters
    ----------
    model : SDAQECClassifier
        Not fitted; fitted in place.
    data : ImageData
        Images with labels.
    test_fraction : float, default=0.2
        Share of the images to score on.
    n_resamples : int, default=1000
        Bootstrap resamples for the intervals.
    seed : int, default=0
        Which images are tested on, and the resamples.

    Returns
    -------
    Trained
        Model, scores, test images and notes.

    Raises
    ------
    InputError
        If there is nothing to test on, or fitting fails.
    """
    if data.labels is None:
        raise InputError("These images have no labels: there is nothing to train on.")
    check_labels(data.labels, len(data), "labels")
    check_seed(seed)
    require(is_integer(n_resamples, 0), "n_resamples", n_resamples, "an integer of at least 0")
    _check_classes(data.labels, data.split)
    pairs = find_duplicates(data.images)
    sets = keep_together(len(data), pairs, data.groups)
    notes = [*data.notes, *_notes_on_pairs(pairs, data.labels, sets)]
    codes = np.unique(data.labels, return_inverse=True)[1]
    if data.split is not None and (data.split == "test").any():
        is_test = data.split == "test"
        test, rest = np.flatnonzero(is_test), np.flatnonzero(~is_test)
        crossing = np.isin(sets[test], sets[rest]).sum()
        if crossing:
            notes.append(
                f"{crossing} of {len(test)} images of the data's own test part have a duplicate, "
                "or an image of their group, in its training part: the scores are too good."
            )
    else:
        rest, test = set_aside(codes, test_fraction, sets, seed)
    if len(test) == 0:
        raise InputError(
            f"None of the {len(data)} images can be set aside for testing: give more images, or "
            "more groups of them."
        )
    lost = np.setdiff1d(codes, codes[test])
    if len(lost):
        names = np.unique(data.labels)[lost]
        notes.append(
            f"No test image is of class {', '.join(map(str, names))}: nothing is known about how "
            "well it is recognised."
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RarebitWarning)
        model.fit(data.images[rest], data.labels[rest], groups=sets[rest])
    notes += [str(w.message) for w in caught if issubclass(w.category, RarebitWarning)]
    held_out = data.take(test)
    found = evaluate(
        model,
        held_out.images,
        data.labels[test],
        groups=sets[test],
        n_resamples=n_resamples,
        random_state=seed,
    )
    return Trained(model, found, held_out, list(dict.fromkeys(notes)))


def _check_classes(labels: np.ndarray, split: np.ndarray | None) -> None:
    """Refuse a test part of the data's own with a class that is not trained on."""
    if split is None or not (split == "test").any():
        return
    known = set(labels[split != "test"].tolist())
    foreign = [c for c in np.unique(labels[split == "test"]).tolist() if c not in known]
    if known and foreign:
        n = int(np.isin(labels, foreign).sum())
        raise InputError(
            f"The training part holds no image of {', '.join(map(str, foreign[:NAMED]))}, of which "
            f"the test part holds {n}: move some of them to the training part, or leave them out."
        )
    if not known:
        raise InputError(
            f"All {len(labels)} images are in the test part: give a training part, too."
        )


def _notes_on_pairs(pairs: pd.DataFrame, labels: np.ndarray, sets: np.ndarray) -> list[str]:
    """What to say about duplicates."""
    notes = []
    if len(pairs):
        n_images = len(np.unique(pairs[["first", "second"]]))
        notes.append(
            f"{n_images} images are equal to another, or nearly so ({int(pairs['exact'].sum())} "
            "pairs exactly); each set was kept on one side of every split."
        )
        first, second = labels[pairs["first"]], labels[pairs["second"]]
        clash = pairs[pairs["exact"].to_numpy() & (first != second)]
        if len(clash):
            notes.append(f"{len(clash)} pairs of equal images have different labels: check them.")
    largest = np.bincount(sets).max()
    if largest > LARGE_SET * len(sets) and largest > 1:
        notes.append(
            f"One set of images that belong together holds {largest} of {len(sets)}: the parts "
            "for training and testing are as uneven."
        )
    return notes

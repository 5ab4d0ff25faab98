"""Train on most of the images and evaluate on the rest: what `rarebit imaging train` does."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark
from rarebit._common.parameters import check_count, check_value
from rarebit._common.random_state import check_seed
from rarebit._common.wording import count, listed
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging._parameters import check_model
from rarebit.imaging.classifier import SDAQECClassifier
from rarebit.imaging.evaluation import ImageEvaluation, evaluate
from rarebit.imaging.images.data import ImageData
from rarebit.imaging.images.duplicates import find_duplicates, keep_together
from rarebit.imaging.images.labels import check_labels, check_split
from rarebit.imaging.images.splits import SHARE, set_aside

# A set of images kept together is noted if it holds more than this share of all images.
LARGE_SET = 0.1


@dataclass(frozen=True, eq=False)
class HoldoutResult:
    """A fitted classifier, and how well it does on held-out images.

    Attributes
    ----------
    model : SDAQECClassifier
        Fitted on the images that are not in ``test``.
    evaluation : ImageEvaluation
        Its scores on ``test``.
    test : ImageData
        The held-out images.
    notes : list of str
        What to know before trusting the scores.
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
) -> HoldoutResult:
    """Fit a classifier on most of the images and evaluate it on the rest.

    Groups, and equal or nearly equal images, stay on one side. A test split that comes with the
    data is used as it is; a note tells how many images have a duplicate across it.

    Parameters
    ----------
    model : SDAQECClassifier
        Fitted in place.
    data : ImageData
        Images with labels.
    test_fraction : float, default=0.2
        Share of the images to evaluate on, from 0 to 0.5.
    n_resamples : int, default=1000
        Bootstrap resamples for the intervals.
    seed : int, default=0
        Seed of the split and of the resamples.

    Returns
    -------
    HoldoutResult

    Raises
    ------
    InputError
        If there is nothing to test on, or fitting fails.

    Examples
    --------
    >>> from rarebit.imaging import digit_images
    >>> data = digit_images(8).take(np.arange(300))
    >>> model = SDAQECClassifier("resnet18", "direct", epochs=1, random_state=0)
    >>> found = fit_and_evaluate(model, data, n_resamples=10)
    >>> len(found.test) == len(found.evaluation.y) > 0
    True
    """
    check_model(model)  # before duplicates are searched for
    labels = data.labels
    if labels is None:
        raise InputError("The images have no labels: give labels to train on.")
    check_labels(labels, len(data), "labels")
    check_seed(seed)
    check_count("n_resamples", n_resamples, 0)
    check_value("test_fraction", test_fraction, SHARE)
    check_split(labels, data.split)
    pairs = find_duplicates(data.images)
    sets = keep_together(len(data), pairs, data.groups)
    rest, test, notes = _split(data, labels, sets, test_fraction, seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RarebitWarning)
        model.fit(data.images[rest], labels[rest], groups=sets[rest])
    warned = [Remark.read(str(w.message)) for w in caught if issubclass(w.category, RarebitWarning)]
    found = evaluate(
        model,
        data.images[test],
        labels[test],
        groups=sets[test],
        n_resamples=n_resamples,
        random_state=seed,
    )
    notes = [*data.notes, *_notes_on_pairs(pairs, labels, sets), *notes, *warned]
    return HoldoutResult(model, found, data.take(test), list(dict.fromkeys(notes)))


def _split(
    data: ImageData, labels: np.ndarray, sets: np.ndarray, test_fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Positions for training and for testing, and notes on them."""
    codes = np.unique(labels, return_inverse=True)[1]
    notes = []
    if data.split is not None and (data.split == "test").any():
        is_test = data.split == "test"
        rest, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
        crossing = np.isin(sets[test], sets[rest]).sum()
        if crossing:
            notes.append(
                f"{crossing} of {len(test)} images of the test split that came with the data have "
                "a duplicate, or an image of their group, in its training split: the scores are "
                "too optimistic."
            )
    else:
        rest, test = set_aside(codes, test_fraction, sets, seed)
    if len(test) == 0:
        raise InputError(
            f"None of the {len(data)} images can be set aside for testing: give more images or "
            "more groups, and a test_fraction above 0."
        )
    lost = np.setdiff1d(codes, codes[test])
    if len(lost):
        classes = listed(np.unique(labels)[lost].tolist(), "or")
        notes.append(f"No test image is of class {classes}, which is therefore not evaluated.")
    return rest, test, notes


def _notes_on_pairs(pairs: pd.DataFrame, labels: np.ndarray, sets: np.ndarray) -> list[str]:
    """Notes on duplicates."""
    notes = []
    if len(pairs):
        n_images = len(np.unique(pairs[["first", "second"]]))
        notes.append(
            f"{n_images:,} images are equal or nearly equal to another "
            f"({count(int(pairs['exact'].sum()), 'exactly equal pair')}); they were kept together "
            "in every split."
        )
        first, second = labels[pairs["first"]], labels[pairs["second"]]
        n_clashes = int((pairs["exact"].to_numpy() & (first != second)).sum())
        if n_clashes:
            notes.append(
                f"{count(n_clashes, 'pair')} of equal images with different labels: check them."
            )
    largest = np.bincount(sets).max()
    if largest > LARGE_SET * len(sets) and largest > 1:
        notes.append(
            f"{largest:,} of {len(sets):,} images belong together and were kept in one split, "
            "which makes the sizes of the splits uneven."
        )
    return notes

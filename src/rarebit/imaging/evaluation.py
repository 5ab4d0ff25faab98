"""Scores of a classifier on held-out images, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError

from rarebit._common.checks import warn
from rarebit._common.parameters import check_count
from rarebit._common.random_state import RandomState, check_random_state
from rarebit._common.wording import listed
from rarebit.exceptions import InputError
from rarebit.imaging.classifier import SDAQECClassifier
from rarebit.imaging.images.inputs import images_of
from rarebit.imaging.images.labels import check_groups, check_labels
from rarebit.metrics import confusion_matrix, score_all
from rarebit.statistics import Interval, bootstrap_scores

# Reported metrics, in this order.
REPORTED = (
    "balanced_accuracy", "sensitivity", "specificity", "macro_f1", "roc_auc", "pr_auc", "accuracy",
    "log_loss", "brier", "calibration_error",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ImageEvaluation:
    """Predictions on held-out images, and their scores.

    Attributes
    ----------
    classes : tuple of str
        Class labels, in the order of their codes.
    positive : int or None
        Code of the rare class, whose recall is the sensitivity; None with more than two classes.
    y, labels : ndarray of shape (n,), int64
        True and predicted codes.
    proba : ndarray of shape (n, n_classes)
        Probabilities.
    scores : dict of str to Interval
        By metric name, with 95 % bootstrap intervals over images or groups of them.
    n_groups : int
        Groups resampled; the number of images without groups.
    """

    classes: tuple[str, ...]
    positive: int | None
    y: np.ndarray
    labels: np.ndarray
    proba: np.ndarray
    scores: dict[str, Interval]
    n_groups: int

    @property
    def confusion(self) -> np.ndarray:
        """Images by true class (row) and predicted class (column)."""
        counts = confusion_matrix(self.y, self.labels, len(self.classes))
        return counts.astype(np.int64)


def evaluate(
    model: SDAQECClassifier,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    groups: np.ndarray | None = None,
    positive: Any = None,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> ImageEvaluation:
    """Score a fitted classifier on held-out images.

    Parameters
    ----------
    model : SDAQECClassifier
        A fitted classifier.
    images, labels : array
        As for its ``fit``.
    groups : ndarray of shape (n,), optional
        Whole groups are resampled, as images of one patient are not independent.
    positive : class label, optional
        The rare one of two classes, whose recall is the sensitivity. By default the one with fewer
        training images: the test images may be balanced.
    n_resamples, random_state : int, and int, Generator, RandomState or None, default=1000 and 0
        Number of bootstrap resamples for the intervals, and their source.

    Returns
    -------
    ImageEvaluation

    Examples
    --------
    >>> from rarebit.imaging import digit_images
    >>> data = digit_images(8).take(np.arange(400))
    >>> model = SDAQECClassifier("resnet18", "direct", epochs=1, random_state=0)
    >>> _ = model.fit(data.images[:300], data.labels[:300])
    >>> found = evaluate(model, data.images[300:], data.labels[300:], n_resamples=10)
    >>> found.confusion.sum(), found.classes[found.positive]
    (np.int64(100), '8')
    """
    if not hasattr(model, "classes_"):
        raise NotFittedError("The model is not fitted: call fit first.")
    classes = model.classes_
    pixels = images_of(images)
    truth = check_labels(labels, len(pixels), "labels")
    given = None if groups is None else check_groups(groups, len(pixels))
    check_count("n_resamples", n_resamples, 0)
    check_random_state(random_state)
    try:
        unknown = np.setdiff1d(truth, classes)
    except TypeError:  # text and numbers have no order
        unknown = truth
    if len(unknown):
        raise InputError(
            f"labels has class {str(unknown[0])!r}: give classes of the model, "
            f"{listed(classes.tolist(), 'or')}."
        )
    y = np.searchsorted(classes, truth).astype(np.int64)
    code = _positive_code(model, positive, y)
    proba = model.predict_proba(pixels)
    decided = proba.argmax(axis=1).astype(np.int64)
    scores = score_predictions(
        y, decided, proba, code,
        groups=given, n_resamples=n_resamples, random_state=random_state,
    )  # fmt: skip
    n_groups = len(y) if given is None else len(np.unique(given))
    return ImageEvaluation(tuple(map(str, classes)), code, y, decided, proba, scores, n_groups)


def _positive_code(model: SDAQECClassifier, wanted: Any, y: np.ndarray) -> int | None:
    """Find the code of the rare class of two."""
    classes = model.classes_.tolist()
    if wanted is not None:
        if len(classes) != 2:
            raise InputError(
                f"positive is {wanted!r}: leave it out, as the model has {len(classes)} classes."
            )
        if np.ndim(wanted) or wanted not in classes:
            raise InputError(
                f"positive is {wanted!r}: give a class of the model, {listed(classes, 'or')}."
            )
        return classes.index(wanted)
    if len(classes) != 2:
        return None
    if hasattr(model, "class_counts_"):
        return _rarer(model.class_counts_)
    code = _rarer(np.bincount(y, minlength=2))
    warn(
        "RB302",
        "The model was stored by a version that did not count training images: the sensitivity is "
        f"that of class {classes[code]}, the rarer one here. Give positive= to choose.",
        stacklevel=4,
    )
    return code


def _rarer(counts: np.ndarray) -> int:
    """Code of the class of two with fewer images; the second one if they have as many."""
    return 0 if counts[0] < counts[1] else 1


def score_predictions(
    y: np.ndarray,
    labels: np.ndarray,
    proba: np.ndarray,
    positive: int | None,
    *,
    groups: np.ndarray | None = None,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> dict[str, Interval]:
    """Score predictions: codes ``y`` and ``labels`` (n,), and ``proba`` (n, n_classes)."""

    def score(weight: np.ndarray) -> list[float]:
        scores = score_all(
            y, labels, proba, positive=positive, sample_weight=weight, names=REPORTED
        )
        return list(scores.values())

    found = bootstrap_scores(
        score, len(y), groups=groups, n_resamples=n_resamples, random_state=random_state
    )
    return dict(zip(REPORTED, found, strict=True))

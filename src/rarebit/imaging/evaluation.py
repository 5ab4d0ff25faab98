"""How well a classifier does on images that it has not seen, with intervals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import NotFittedError

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging._checks import check_random_state, is_integer, require
from rarebit.imaging.classifier import SDAQECClassifier
from rarebit.imaging.images.inputs import images_of
from rarebit.imaging.images.labels import check_groups, check_labels
from rarebit.metrics import METRICS, confusion_matrix

# What is reported, in this order.
REPORTED = (
    "balanced_accuracy", "sensitivity", "specificity", "macro_f1", "roc_auc", "pr_auc", "accuracy",
    "brier", "calibration_error",
)  # fmt: skip
LEVEL = 0.95


@dataclass(frozen=True)
class Score:
    """A score with the bounds of its interval; ``nan`` where it cannot be defined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class ImageEvaluation:
    """Predictions on images that were not trained on, and their scores.

    Attributes
    ----------
    classes : tuple of str
        Class labels, in the order of their codes.
    positive : int or None
        Code of the class of two whose recognition is the sensitivity; None where there are more.
    y, labels : ndarray of shape (n,), int64
        True and decided codes.
    proba : ndarray of shape (n, n_classes)
        Probabilities.
    scores : dict of str to Score
        By the metric's name, with 95 % bootstrap intervals over images, or over groups of them.
    n_groups : int
        Groups resampled; the number of images where there are none.
    """

    classes: tuple[str, ...]
    positive: int | None
    y: np.ndarray
    labels: np.ndarray
    proba: np.ndarray
    scores: dict[str, Score]
    n_groups: int

    @property
    def confusion(self) -> np.ndarray:
        """Images of each true class (line) by decided class (column)."""
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
    random_state: int = 0,
) -> ImageEvaluation:
    """Score a fitted classifier on images that it was not trained on.

    Parameters
    ----------
    model : SDAQECClassifier
        A fitted classifier.
    images, labels : array
        As for its ``fit``.
    groups : ndarray of shape (n,), optional
        Whole groups are resampled: images of one patient are not independent.
    positive : class label, optional
        The class of two whose recognition is the sensitivity; the one with fewer images in training
        where not given. The images scored do not say it: a test part may be balanced.
    n_resamples : int, default=1000
        Bootstrap resamples for the intervals.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    ImageEvaluation
        Predictions, scores and intervals.

    Raises
    ------
    InputError
        If a label is none of those the classifier knows, or ``positive`` is not one of two.
    """
    if not hasattr(model, "classes_"):
        raise NotFittedError("The model is not fitted yet: call its fit before it is scored.")
    classes = model.classes_
    pixels = images_of(images)
    truth = check_labels(labels, len(pixels), "labels")
    given = None if groups is None else check_groups(groups, len(pixels))
    require(is_integer(n_resamples, 0), "n_resamples", n_resamples, "an integer of at least 0")
    check_random_state(random_state)
    try:
        unknown = np.setdiff1d(truth, classes)
    except TypeError:  # text and numbers have no order
        unknown = truth
    if len(unknown):
        raise InputError(
            f"Images of class {str(unknown[0])!r} cannot be scored: the model knows "
            f"{', '.join(map(str, classes))}."
        )
    y = np.searchsorted(classes, truth).astype(np.int64)
    code = _positive_code(model, positive, y)
    proba = model.predict_proba(pixels)
    decided = proba.argmax(axis=1).astype(np.int64)
    units = np.arange(len(y)) if given is None else np.unique(given, return_inverse=True)[1]
    return ImageEvaluation(
        classes=tuple(map(str, classes)),
        positive=code,
        y=y,
        labels=decided,
        proba=proba,
        scores=bootstrap_scores(
            y, decided, proba, units, code, n_resamples=n_resamples, seed=random_state
        ),
        n_groups=len(np.unique(units)),
    )


def _positive_code(model: SDAQECClassifier, wanted: Any, y: np.ndarray) -> int | None:
    """Find the code of the class of two that matters."""
    classes = model.classes_.tolist()
    if wanted is not None:
        if len(classes) != 2:
            raise InputError(
                f"positive={wanted!r} needs two classes; the model has {len(classes)}."
            )
        if np.ndim(wanted) or wanted not in classes:
            raise InputError(
                f"positive={wanted!r} is no class of the model: {', '.join(map(str, classes))}."
            )
        return classes.index(wanted)
    if len(classes) != 2:
        return None
    if hasattr(model, "class_counts_"):
        return _rarer(model.class_counts_)
    code = _rarer(np.bincount(y, minlength=2))
    warnings.warn(
        "The model was stored by a version that kept no numbers of its training images: "
        f"sensitivity is that of class {classes[code]}, the rarer one of the images scored. "
        "Give positive= to choose.",
        RarebitWarning,
        stacklevel=3,
    )
    return code


def _rarer(counts: np.ndarray) -> int:
    """The class of two with fewer images, the second one where they have as many."""
    return 0 if counts[0] < counts[1] else 1


def bootstrap_scores(
    y: np.ndarray,
    labels: np.ndarray,
    proba: np.ndarray,
    units: np.ndarray,
    positive: int | None,
    *,
    metrics: Sequence[str] = REPORTED,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Score]:
    """Score predictions, with percentile bootstrap intervals.

    Parameters
    ----------
    y, labels : ndarray of shape (n,), int64
        True and decided codes.
    proba : ndarray of shape (n, n_classes)
        Probabilities.
    units : ndarray of shape (n,), int64
        What is resampled as one: ``0 .. n_units - 1``.
    positive : int or None
        Code of the rare class where there are two.
    metrics : sequence of str
        Names of :data:`rarebit.metrics.METRICS`.
    n_resamples : int, default=1000
        Resamples; those in which a score cannot be defined are left out of its interval.
    seed : int, default=0
        Seed of the resamples.

    Returns
    -------
    dict of str to Score

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1, 1, 1])
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.6, 0.4], [0.1, 0.9]])
    >>> found = bootstrap_scores(y, proba.argmax(axis=1), proba, np.arange(6), 1)
    >>> round(found["roc_auc"].value, 3), found["roc_auc"].low < 0.889 < found["roc_auc"].high
    (0.889, True)
    """
    rng = np.random.default_rng(seed)
    n_units = int(units.max()) + 1

    def score(weight: np.ndarray | None) -> list[float]:
        return [
            METRICS[name].function(
                y,
                labels if METRICS[name].needs == "labels" else proba,
                n_classes=proba.shape[1],
                positive=positive,
                sample_weight=weight,
            )
            for name in metrics
        ]

    draws = []
    for _ in range(n_resamples):
        # How often each unit was drawn is the weight of its rows.
        times = np.bincount(rng.integers(n_units, size=n_units), minlength=n_units)
        draws.append(score(times[units].astype(np.float64)))
    table = np.array(draws, dtype=np.float64).reshape(-1, len(metrics))
    scores = {}
    for name, value, column in zip(metrics, score(None), table.T, strict=True):
        defined = column[np.isfinite(column)]
        low, high = (
            np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            if len(defined)
            else (np.nan, np.nan)
        )
        scores[name] = Score(float(value), float(low), float(high))
    return scores

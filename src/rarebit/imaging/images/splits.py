"""Set images aside: stratified by class, in whole groups, with every class left for training."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from rarebit._common.parameters import Bounds, check_value

SHARE = Bounds(float, 0, 0.5)


def set_aside(
    codes: np.ndarray, fraction: float, groups: np.ndarray | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Set images aside for validation or testing.

    Parameters
    ----------
    codes : ndarray of shape (n,), int64
        Class codes.
    fraction : float
        Share to set aside, from 0 to 0.5, met approximately: a fold of whole groups is set aside.
    groups : ndarray of shape (n,), optional
        Images of one group stay on one side.
    seed : int, default=0
        Seed of the folds.

    Returns
    -------
    tuple of two ndarray, int64
        Positions kept and set aside, ascending. A class in a single group is kept whole; nothing is
        set aside if nothing can be spared.

    Examples
    --------
    >>> codes = np.array([0] * 8 + [1] * 4)
    >>> kept, aside = set_aside(codes, 0.25, groups=np.arange(12) // 2)
    >>> np.bincount(codes[aside]).tolist()
    [2, 2]
    """
    check_value("fraction", fraction, SHARE)
    n = len(codes)
    group = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    free = np.flatnonzero(~np.isin(group, _indispensable(codes, group)))
    # At most as many folds as groups, and as images of the largest class.
    limit = min(len(np.unique(group[free])), np.bincount(codes[free]).max(initial=0))
    if fraction == 0 or limit < 2:
        return np.arange(n), np.empty(0, dtype=np.int64)
    n_folds = min(round(1 / fraction), int(limit))
    folds = _folds(codes[free], group[free], n_folds, seed)
    aside = free[min(folds, key=lambda fold: _misfit(codes, free[fold], 1 / n_folds))]
    # If every fold takes some class whole, that class stays for training.
    lost = np.setdiff1d(codes, np.delete(codes, aside))
    spared = group[aside][np.isin(codes[aside], lost)]
    aside = aside[~np.isin(group[aside], spared)]
    return np.setdiff1d(np.arange(n), aside), np.sort(aside)


def _indispensable(codes: np.ndarray, group: np.ndarray) -> list[int]:
    """Groups that are the only ones with some class."""
    only = [np.unique(group[codes == code]) for code in np.unique(codes)]
    return [int(groups[0]) for groups in only if len(groups) == 1]


def _folds(codes: np.ndarray, group: np.ndarray, n_folds: int, seed: int) -> list[np.ndarray]:
    """Test folds of a stratified cross-validation."""
    # Without groups of several images the simpler splitter suffices, and is faster.
    grouped = len(np.unique(group)) < len(group)
    kind = StratifiedGroupKFold if grouped else StratifiedKFold
    splitter = kind(n_folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        splits = splitter.split(codes[:, None], codes, group if grouped else None)
        return [test for _, test in splits if 0 < len(test) < len(codes)]


def _misfit(codes: np.ndarray, aside: np.ndarray, share: float) -> tuple[int, int, float]:
    """How bad a fold is: classes lost to training, classes not in it, uneven shares."""
    counts = np.bincount(codes)
    taken = np.bincount(codes[aside], minlength=len(counts))
    present = counts > 0
    shares = taken[present] / counts[present]
    return int((shares == 1).sum()), int((shares == 0).sum()), float(np.abs(shares - share).sum())

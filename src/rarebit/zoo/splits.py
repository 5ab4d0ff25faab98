"""Splits of rows into training and test sets, for the comparison and within a training set.

One function makes the outer and the inner splits, so at both levels groups never cross a split and
training rows always precede test rows in time.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, StratifiedShuffleSplit

from rarebit._common.wording import count


@dataclass(frozen=True)
class Split:
    """Row positions of one training and one test set."""

    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray
    # Of the training rows, if they were cut to a budget: see :mod:`rarebit.zoo.cuts`
    design_weight: np.ndarray | None = None


def make_splits(
    y: np.ndarray,
    *,
    n_folds: int,
    n_repeats: int = 1,
    groups: np.ndarray | None = None,
    time: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[list[Split], list[str]]:
    """Split rows ``(n_rows,)`` into folds: stratified by class, by group, or ordered by time.

    Fewer folds are made if the rows, the groups or the rare class of a two-class problem do not
    suffice: the second value says so. Repeat ``r`` shuffles with ``seed + r``; time-ordered splits
    have no shuffle and one repeat. No splits are returned if none has rows on both sides.
    """
    if time is not None:
        return _time_splits(time, groups, n_folds)
    folds, notes = _feasible_folds(y, groups, n_folds)
    splits = []
    for repeat in range(n_repeats if folds else 0):
        splitter = (
            StratifiedKFold(folds, shuffle=True, random_state=(seed + repeat) % 2**32)
            if groups is None
            else StratifiedGroupKFold(folds, shuffle=True, random_state=(seed + repeat) % 2**32)
        )
        with warnings.catch_warnings():
            # `_feasible_folds` and the data checks report this in their own words.
            warnings.filterwarnings("ignore", message="The least populated class")
            for fold, (train, test) in enumerate(splitter.split(y[:, None], y, groups)):
                if len(train) and len(test):
                    splits.append(Split(repeat, fold, train, test))
    return splits, notes


def holdout_split(y: np.ndarray, *, test_size: float, seed: int) -> list[Split]:
    """One stratified split; classes with a single row stay in the training set."""
    single = np.isin(y, np.flatnonzero(np.bincount(y) == 1))
    rows = np.flatnonzero(~single)
    splitter = StratifiedShuffleSplit(1, test_size=test_size, random_state=seed)
    train, test = next(splitter.split(rows[:, None], y[rows]))
    return [Split(0, 0, np.sort(np.r_[rows[train], np.flatnonzero(single)]), np.sort(rows[test]))]


def _only(n: int, what: str) -> str:
    """Say that there are few things, after "there"."""
    return f"{'is' if n == 1 else 'are'} only {count(n, what)}"


def _feasible_folds(
    y: np.ndarray, groups: np.ndarray | None, n_folds: int
) -> tuple[int, list[str]]:
    """Folds that are possible, and why they are fewer than wanted."""
    counts = np.bincount(y)
    counts = counts[counts > 0]
    n_largest, n_rare = int(counts.max()), int(counts.min())
    limits = [(n_largest, f"{_only(n_largest, 'row')} in the largest class")]
    if len(counts) == 2:
        # Every test fold of a two-class problem needs a row of the rare class.
        limits.append((max(2, n_rare), f"{_only(n_rare, 'row')} of the rare class"))
    if groups is not None:
        n_groups = len(np.unique(groups))
        limits.append((n_groups, _only(n_groups, "group")))
    limit, reason = min(limits)
    if limit >= n_folds:
        return n_folds, []
    if limit < 2:
        return 0, []
    return limit, [f"{limit} folds instead of {n_folds}: there {reason}."]


def _time_splits(
    time: np.ndarray, groups: np.ndarray | None, n_folds: int
) -> tuple[list[Split], list[str]]:
    """Expanding windows: ``n_folds + 1`` blocks in time order; training on all before the test.

    Rows with the same timestamp stay together. A group that has rows in the test block is left out
    of the training set.
    """
    moments, moment_of_row, counts = np.unique(time, return_inverse=True, return_counts=True)
    block_of_moment = np.minimum((np.cumsum(counts) - counts) * (n_folds + 1) // len(time), n_folds)
    block = np.unique(block_of_moment, return_inverse=True)[1][moment_of_row]
    n_tests = int(block.max())
    splits = []
    for fold in range(1, n_tests + 1):
        test = np.flatnonzero(block == fold)
        train = np.flatnonzero(block < fold)
        if groups is not None:
            train = train[~np.isin(groups[train], groups[test])]
        if len(train):
            splits.append(Split(0, fold - 1, train, test))
    notes = []
    if len(splits) < n_folds:
        why = (
            f"the time column has only {count(len(moments), 'distinct value')}"
            if n_tests < n_folds
            else "the others have no training rows outside the groups of their test rows"
        )
        notes.append(f"{len(splits)} time-ordered folds instead of {n_folds}: {why}.")
    return splits, notes

"""Cuts of training rows to a budget: rare rows first, the others by known probabilities.

A budget spent in the classes' proportions leaves few rows of the class that matters. Here all rows
of the rare classes are kept as far as the budget allows, and the others are sampled. Each kept row
carries its **design weight**, ``1 / P(kept)``: the number of rows that it stands for.

Classifiers are fitted on the kept rows *without* these weights, and their probabilities are
corrected for the changed prior (:func:`rarebit.decision.correct_prior`). Within a class, every row
is equally likely to be kept, so only the class shares differ from those of the uncut rows, and the
correction is exact. Weighting the fit instead would be consistent too, but the few sampled rows
with large weights dominate its variance (Fithian and Hastie 2014; Wang, Zhang and Wang 2021).
Early stopping is part of the fit: its loss is on the kept rows as they are, too. Whatever is chosen
after the fit (hyper-parameters, calibration, threshold) uses the weights: it suits the uncut rows.

Rows are drawn one by one, also where they belong to groups: drawing whole groups would keep common
rows that share a group with a rare one more often than others. Splits keep groups together as ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rarebit._common.wording import listed

# Share of a budget that the rare classes may take together: all classes but the largest. They
# always get at least their share of the rows.
RARE_SHARE = 0.5
# Rows that a class keeps whatever the budget, if it has them.
AT_LEAST = 3
# Classes that a note names one by one.
MOST_CLASSES = 3


def keep_rare(
    y: np.ndarray, n_rows: int, *, seed: int, at_least: int = AT_LEAST
) -> tuple[np.ndarray, np.ndarray]:
    """Choose about ``n_rows`` rows, rare classes first; return positions and design weights.

    ``y`` holds label codes. Positions ascend, and the weights of a class add up to its rows in
    ``y``. More than ``n_rows`` rows are kept only where ``at_least`` rows a class need it.
    """
    counts = np.bincount(y)
    if n_rows >= len(y):
        return np.arange(len(y)), np.ones(len(y))
    quotas = _quotas(counts, n_rows, at_least)
    rng = np.random.default_rng(seed)
    chosen = np.sort(
        np.concatenate(
            [
                rng.choice(np.flatnonzero(y == code), size=quota, replace=False)
                for code, quota in enumerate(quotas)
            ]
        )
    )
    return chosen, (counts / np.maximum(quotas, 1))[y[chosen]]


def _quotas(counts: np.ndarray, n_rows: int, at_least: int) -> np.ndarray:
    """Rows to keep of each class: the smallest classes first, in equal parts; the largest last."""
    largest = int(counts.argmax())
    order = [code for code in np.argsort(counts, kind="stable") if code != largest]
    left = int(n_rows * max(RARE_SHARE, 1 - counts[largest] / counts.sum()))
    quotas = np.zeros_like(counts)
    for place, code in enumerate(order):
        # A class with fewer rows than its part leaves the rest to the larger ones.
        part = max(at_least, left // (len(order) - place))
        quotas[code] = min(counts[code], part)
        left -= quotas[code]
    quotas[largest] = min(counts[largest], max(at_least, n_rows - quotas.sum()))
    return quotas


def kept_rows(y: np.ndarray, kept: np.ndarray, names: Sequence[str]) -> str:
    """Say what a cut kept: "all 30 rows of class ill and 170 of 970 rows of class well"."""
    before, after = (np.bincount(codes, minlength=len(names)) for codes in (y, kept))
    order = np.argsort(before, kind="stable")
    whole = [code for code in order if 0 < before[code] == after[code]]
    cut = [code for code in order if before[code] > after[code]]
    parts = [f"all {before[code]:,} rows of class {names[code]}" for code in whole]
    if len(whole) > MOST_CLASSES:
        parts = [f"all {before[whole].sum():,} rows of {len(whole)} classes"]
    sampled = [f"{after[code]:,} of {before[code]:,} rows of class {names[code]}" for code in cut]
    if len(cut) > MOST_CLASSES:
        sampled = [f"{after[cut].sum():,} of {before[cut].sum():,} rows of {len(cut)} classes"]
    return listed([*parts, *sampled])

"""Warnings about failure signs of QI-SMOTE (the signs of arXiv:2509.02863)."""

from __future__ import annotations

from typing import Any

import numpy as np

from rarebit._common.checks import warn
from rarebit._common.memory import available_memory
from rarebit._common.wording import first_few, percent
from rarebit.quantum.vqe import PLATEAU_ITERATION

ROWS = 250  # new and real rows examined: enough for a share, few enough to cost nothing
FEATURES = 15  # features examined in pairs
EDGE = 0.01  # a value this near the end of a feature's scaled range, but not at it, is at the edge
CROWD = 0.5  # share of new rows at the edge of one feature that is worth a warning
BINS = 10
FEW = 10  # with fewer rows of a class, no warning
EXCESS = 2.0  # times as often out of range as held-out real rows: worth a warning, if above ...
RARE = 0.02  # ... this share of all values
MEMORY_SHARE = 0.5  # share of the free memory that may be asked for without a warning
STEEP = 0.05  # length of the energy's gradient above which a sample is not at a minimum


def plain(label: Any) -> Any:
    """Label as people write it: 1, not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label


def warn_of_edge(label: Any, new: np.ndarray, names: list[Any]) -> None:
    """Warn where new rows crowd at the edge of the box that holds the training rows.

    Min-max scaling does that to a feature with a few extreme values: the rest is squeezed together.
    """
    new = new[:: max(1, len(new) // ROWS)]
    inner = (new > 0) & (new < 1)
    share = (inner & ((new < EDGE) | (new > 1 - EDGE))).mean(axis=0)
    crowded = [names[i] for i in np.flatnonzero(share > CROWD)]
    if crowded:
        warn(
            "RB303",
            f"Class {plain(label)!r}: more than half of the new rows lie within {percent(EDGE)} of "
            f"the end of the range of {first_few(map(repr, crowded), 3)}. Extreme values squeeze "
            "the others together; transform such features first (logarithm, QuantileTransformer).",
        )


def warn_of_implausible(label: Any, new: np.ndarray, real: np.ndarray, names: list[Any]) -> None:
    """Warn where new rows combine values that no real row combines.

    A value is out of range if it lies outside those of the real rows that fall into the same
    tenth of another feature. Real rows held out would be so now and then; the warning is for new
    rows that are so more often.
    """
    some = np.unique(np.linspace(0, new.shape[1] - 1, FEATURES).astype(np.int64))
    new = new[:: max(1, len(new) // ROWS)][:, some]
    real = real[:: max(1, len(real) // ROWS)][:, some]
    if new.shape[1] < 2:
        return
    out_of_range, held_out = pairwise_excess(new, real)
    if out_of_range.mean() <= max(EXCESS * held_out, RARE):
        return
    worst = np.argsort(-(out_of_range + out_of_range.T), axis=None)[0]
    i, j = (names[some[index]] for index in np.unravel_index(worst, out_of_range.shape))
    warn(
        "RB303",
        f"Class {plain(label)!r}: new rows combine values that real rows do not "
        f"({percent(out_of_range.mean())} of their pairs of values, {percent(held_out)} expected), "
        f"most of all in {i!r} and {j!r}. Are these columns categorical (see "
        "categorical_features), or does the class fall into separate groups?",
    )


def pairwise_excess(new: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, float]:
    """Share of new values out of the pairwise ranges, and the share of real rows held out."""
    n_rows, n_features = real.shape
    # Feature j cuts the rows into bins; a cell is a bin of one feature, and holds whole rows.
    cells = _cells(real)
    order = np.argsort(cells, axis=None)
    present, starts = np.unique(cells.ravel()[order], return_index=True)
    members = real[order // n_features]
    low = np.full((n_features * BINS, n_features), np.inf)
    high = -low
    low[present] = np.minimum.reduceat(members, starts)
    high[present] = np.maximum.reduceat(members, starts)
    own, values = _cells(new), new[:, None, :]
    share = ((values < low[own]) | (values > high[own])).mean(axis=0)
    # Of the rows of a cell, the two at the ends are out of the range of the others.
    ends = 2 * (high > low).reshape(n_features, BINS, n_features).sum(axis=1)
    return share, float(np.minimum(ends, n_rows).mean() / n_rows)


def _cells(rows: np.ndarray) -> np.ndarray:
    """Number of the cell, among those of all features, into which each value falls."""
    bins = np.minimum((rows * BINS).astype(np.int64), BINS - 1)
    return bins + BINS * np.arange(rows.shape[1])


def warn_of_plateau(
    label: Any,
    settled_early: np.ndarray,
    gradient_norm: np.ndarray,
    optimizer: str,
    iterations: int,
) -> None:
    """Warn where the energies of most samples are not at a minimum when the optimiser ends."""
    steep = gradient_norm > STEEP
    early = (steep & settled_early).mean()
    if steep.mean() > 0.5:
        warn(
            "RB303",
            f"Class {plain(label)!r}: after {iterations} iterations of {optimizer!r} the energy of "
            f"{percent(steep.mean())} of the samples is not at a minimum "
            f"({percent(early)} sit on a plateau reached before iteration {PLATEAU_ITERATION}). "
            "Look at energy_trace_; try optimizer='bfgs', or more max_iterations.",
        )


def warn_of_memory(n_bytes: float, purpose: str, remedy: str) -> None:
    """Warn before asking for a large share of the free memory."""
    free = available_memory()
    if free is not None and n_bytes > MEMORY_SHARE * free:
        warn(
            "RB304",
            f"{purpose} needs about {n_bytes / 2**30:.1f} GiB of the {free / 2**30:.1f} GiB free; "
            f"{remedy}.",
        )

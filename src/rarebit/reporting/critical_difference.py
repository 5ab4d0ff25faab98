"""Critical-difference diagram: models by average rank, with a bar over those that do not differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from rarebit._common.wording import number
from rarebit.exceptions import InputError
from rarebit.reporting.svg import INK, PALETTE, styled

# All lengths are in inches, and so are the coordinates of the axes.
ROW = 0.24  # from one name to the next
BAR = 0.13  # from one bar to the next
OVERHANG = 0.05  # of a bar past the outer models under it
GAP = 0.08  # between a name and its line
FONT = 10.5  # points
NARROWEST = 3.2  # of a scale


@dataclass(frozen=True)
class _Scale:
    """Horizontal position of ranks."""

    first: int
    last: int
    left: float
    right: float

    def x(self, rank: float) -> float:
        share = (rank - self.first) / (self.last - self.first)
        return self.left + share * (self.right - self.left)


@styled
def critical_difference_diagram(
    average_ranks: pd.Series,
    cliques: Sequence[Sequence[str]],
    *,
    critical_difference: float | None = None,
    labels: Mapping[str, str] | None = None,
    highlight: Collection[str] = (),
    width: float = 7.2,
) -> Figure:
    """Draw the average ranks over data sets, and which models do not differ significantly.

    Parameters
    ----------
    average_ranks : Series of shape (n_models,)
        Average rank of each model by name; 1 is best, and drawn at the left.
    cliques : sequence of sequence of str
        Groups of models that do not differ significantly, from :func:`rarebit.statistics.cliques`;
        each gets a bar.
    critical_difference : float, optional
        Nemenyi's critical difference, drawn to scale above the axis.
    labels : mapping of str to str, optional
        Label for people of each model.
    highlight : collection of str, default=()
        Models drawn in colour.
    width : float, default=7.2
        Width of the figure in inches; it grows if long names leave no room for the axis.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> ranks = pd.Series({"C4.5": 3.14, "C4.5+m": 2.00, "C4.5+cf": 2.89, "C4.5+m+cf": 1.96})
    >>> figure = critical_difference_diagram(ranks, [list(ranks.index)], critical_difference=1.25)
    >>> figure.savefig(file, dpi=150, facecolor="white")  # doctest: +SKIP
    """
    _check(average_ranks, cliques, highlight)
    ordered = average_ranks.astype(float).sort_values(kind="stable")
    captions = {name: (labels or {}).get(name, str(name)) for name in ordered.index}
    margin = max(_text_width(f"{caption}  00.00") for caption in captions.values()) + 2 * GAP
    width = max(width, 2 * margin + NARROWEST)
    first = int(np.floor(ordered.min()))
    last = max(int(np.ceil(ordered.max())), first + 1)
    scale = _Scale(first, last, margin, width - margin)

    ends = [ordered[list(group)].agg(["min", "max"]) for group in cliques]
    bars = [(scale.x(low) - OVERHANG, scale.x(high) + OVERHANG) for low, high in ends]
    levels = _levels(bars)
    above = 0.35 if critical_difference is None else 0.75
    first_row = 0.25 + BAR * (max(levels, default=-1) + 1)
    below = first_row + ROW * ((len(ordered) + 1) // 2)

    figure = Figure(figsize=(width, above + below))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(-below, above))
    axes.set_axis_off()
    _draw_scale(axes, scale)
    if critical_difference is not None:
        _draw_measure(axes, scale, critical_difference)
    for (start, end), level in zip(bars, levels, strict=True):
        y = -0.14 - BAR * level
        axes.plot([start, end], [y, y], color=INK, linewidth=3.5, solid_capstyle="butt", zorder=3)
    _draw_models(axes, scale, ordered, captions, highlight, first_row)
    return figure


def _draw_scale(axes: Axes, scale: _Scale) -> None:
    """Draw the axis of ranks, with as many numbers as fit."""
    axes.plot([scale.left, scale.right], [0, 0], color=INK, linewidth=1.2)
    room = (scale.right - scale.left) / (scale.last - scale.first)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if step * room > 0.25 or step == 100)
    for rank in range(scale.first, scale.last + 1):
        numbered = rank % step == 0 or step == 1
        axes.plot([scale.x(rank)] * 2, [0, 0.08 if numbered else 0.05], color=INK, linewidth=1)
        if numbered:
            axes.text(scale.x(rank), 0.12, str(rank), ha="center", va="bottom", fontsize=FONT - 1)


def _draw_measure(axes: Axes, scale: _Scale, critical_difference: float) -> None:
    """Draw the critical difference above the start of the axis."""
    start, end = scale.left, scale.x(scale.first + critical_difference)
    axes.plot([start, end], [0.42, 0.42], color=INK, linewidth=1.2)
    for x in (start, end):
        axes.plot([x, x], [0.38, 0.46], color=INK, linewidth=1.2)
    axes.text(
        start,
        0.5,
        f"critical difference {number(critical_difference, 2)}",
        va="bottom",
        fontsize=FONT - 1,
    )


def _draw_models(
    axes: Axes,
    scale: _Scale,
    ordered: pd.Series,
    captions: Mapping[str, str],
    highlight: Collection[str],
    first_row: float,
) -> None:
    """Draw a line from each model's rank to its name, the better half to the left."""
    n_left = (len(ordered) + 1) // 2
    for i, (name, rank) in enumerate(zip(captions, ordered, strict=True)):
        # Names farthest from the middle are highest, so that no lines cross.
        left = i < n_left
        row = i if left else len(ordered) - 1 - i
        y = -first_row - ROW * row
        edge, outwards = (scale.left, -GAP) if left else (scale.right, GAP)
        parts = (captions[name], number(rank, 2))
        parts = parts if left else parts[::-1]
        color = PALETTE[1] if name in highlight else INK
        axes.plot([scale.x(rank)] * 2 + [edge], [0, y, y], color=color, linewidth=0.9)
        axes.text(
            edge + outwards, y, "  ".join(parts), color=color, fontsize=FONT,
            ha="right" if left else "left", va="center",
        )  # fmt: skip


def _levels(bars: Sequence[tuple[float, float]]) -> list[int]:
    """Level of each bar: the lowest at which it touches no earlier bar."""
    ends: list[float] = []  # of the last bar at each level
    levels = []
    for start, end in bars:
        free = next((i for i, last in enumerate(ends) if last + GAP < start), len(ends))
        ends[free : free + 1] = [end]
        levels.append(free)
    return levels


def _text_width(text: str) -> float:
    """Width of a text as drawn, in inches: up to 6 % more than its shapes, for whole pixels."""
    return 1.07 * float(TextPath((0, 0), text, size=FONT).get_extents().width) / 72


def _check(
    average_ranks: pd.Series, cliques: Sequence[Sequence[str]], highlight: Collection[str]
) -> None:
    if len(average_ranks) < 2 or not average_ranks.index.is_unique or average_ranks.isna().any():
        raise InputError(
            f"average_ranks is {average_ranks.to_dict()}: give at least two models, each with one "
            "rank that is not missing."
        )
    known = set(average_ranks.index)
    unknown = {name for group in (*cliques, highlight) for name in group} - known
    if unknown or not all(cliques):
        raise InputError(
            f"cliques {list(cliques)} or highlight {list(highlight)} have "
            f"{sorted(unknown) or 'no model'}: use the models of average_ranks."
        )

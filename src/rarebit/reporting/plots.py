"""The report's plots: one function a plot, data in, figure out, nothing kept in between.

Figures are drawn at the width of a phone, so that their text is readable there; on a wider page
they grow or stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from rarebit.metrics import ReliabilityCurve
from rarebit.reporting.curves import GRID, Band, CostCurve
from rarebit.reporting.names import seconds
from rarebit.reporting.svg import INK, PALETTE, styled

WIDTH = 5.2  # inches of 72 units: about the width of a phone's screen
# Lines differ in colour and in dashes: either alone is enough to tell them apart.
DASHES: tuple[str | tuple[float, tuple[float, ...]], ...] = (
    "-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 3)),
)  # fmt: skip
MARKERS = "oDs^vP"


@dataclass(frozen=True)
class Line:
    """A curve over folds with its name; ``shaded`` shows how far the folds spread."""

    label: str
    band: Band
    shaded: bool = False


@dataclass(frozen=True)
class Points:
    """A group of points with its name."""

    label: str
    x: np.ndarray
    y: np.ndarray


def _canvas(height: float, n_legend: int) -> tuple[Figure, Axes]:
    """Make a figure with room for a legend of ``n_legend`` lines below the axes."""
    figure = Figure(figsize=(WIDTH, height + 0.22 * n_legend), layout="constrained")
    return figure, figure.add_subplot()


def _legend(figure: Figure) -> None:
    figure.legend(loc="outside lower left", ncols=1, handlelength=3, borderaxespad=0.2)


def _unit_square(axes: Axes, x_label: str, y_label: str) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=x_label, ylabel=y_label)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set_xticks(ticks, ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_yticks(ticks, ["0", "25 %", "50 %", "75 %", "100 %"])


def _draw_lines(axes: Axes, lines: Sequence[Line], step: Literal["pre"] | None) -> None:
    for i, line in enumerate(lines):
        color = PALETTE[i % len(PALETTE)]
        style = {"color": color, "linestyle": DASHES[i % len(DASHES)], "label": line.label}
        if line.shaded:
            axes.fill_between(
                GRID, line.band.low, line.band.high, step=step, color=color, alpha=0.16, linewidth=0
            )
        axes.plot(
            GRID,
            line.band.mean,
            drawstyle="default" if step is None else f"steps-{step}",
            zorder=3 if i == 0 else 2,
            **style,  # type: ignore[arg-type]
        )


@styled
def precision_recall(lines: Sequence[Line], base_rate: float) -> Figure:
    """Precision against recall.

    Parameters
    ----------
    lines : sequence of Line
        Curves on ``GRID``, the most important first.
    base_rate : float
        Precision of guessing, drawn as a thin line.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _canvas(3.4, len(lines))
    axes.axhline(base_rate, color=INK, linewidth=0.8, linestyle=":")
    axes.annotate("guessing", (0.01, base_rate), (0, 3), textcoords="offset points", fontsize=10)
    _draw_lines(axes, lines, "pre")
    _unit_square(axes, "Rare rows found (recall)", "Alarms that are right (precision)")
    _legend(figure)
    return figure


@styled
def roc(lines: Sequence[Line]) -> Figure:
    """Sensitivity against the rate of false alarms.

    Parameters
    ----------
    lines : sequence of Line
        Curves on ``GRID``, the most important first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _canvas(3.4, len(lines))
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
    _draw_lines(axes, lines, None)
    _unit_square(axes, "Common rows raising an alarm", "Rare rows found (sensitivity)")
    _legend(figure)
    return figure


@styled
def reliability(curves: dict[str, ReliabilityCurve]) -> Figure:
    """Predicted probability against observed share, the number of rows below.

    Parameters
    ----------
    curves : dict of str to ReliabilityCurve
        Curves by label, the most important first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(WIDTH, 4.3 + 0.22 * len(curves)), layout="constrained")
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
    for i, (label, curve) in enumerate(curves.items()):
        style = {"color": PALETTE[i % len(PALETTE)], "linestyle": DASHES[i % len(DASHES)]}
        axes.plot(
            curve.predicted, curve.observed, marker=MARKERS[i % len(MARKERS)], markersize=5,
            label=label, **style,
        )  # fmt: skip
        counts.plot(
            curve.predicted, curve.weight, marker=MARKERS[i % len(MARKERS)], markersize=4,
            linewidth=0, color=style["color"],
        )  # fmt: skip
    # Where the class is rare all probabilities may be small: show the part that is used.
    used = [np.concatenate([curve.predicted, curve.observed]) for curve in curves.values()]
    top = min(1.0, 1.15 * max(values.max(initial=0.05) for values in used))
    axes.set(xlim=(-0.02 * top, top), ylim=(-0.03 * top, 1.03 * top), ylabel="Share that was rare")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    counts.set(xlabel="Predicted probability", ylabel="Rows")
    counts.set_ylim(0, 1.3 * max(curve.weight.max(initial=1) for curve in curves.values()))
    counts.locator_params(axis="y", nbins=2)
    _legend(figure)
    return figure


@styled
def threshold_cost(
    curves: dict[str, CostCurve], chosen: float | None, decided_cost: float | None
) -> Figure:
    """Cost of a row against the threshold from which the rare class is decided.

    Parameters
    ----------
    curves : dict of str to CostCurve
        Curves by label, the winner's first.
    chosen : float or None
        The threshold of the model handed over, marked by an upright line.
    decided_cost : float or None
        What the winner's own decisions cost, marked by a level line.

    Returns
    -------
    matplotlib.figure.Figure
    """
    marks = (chosen is not None) + (decided_cost is not None)
    figure, axes = _canvas(3.2, len(curves) + marks)
    for i, (label, curve) in enumerate(curves.items()):
        axes.plot(
            curve.threshold, curve.cost, drawstyle="steps-pre", label=label,
            color=PALETTE[i % len(PALETTE)], linestyle=DASHES[i % len(DASHES)],
        )  # fmt: skip
    if decided_cost is not None:
        axes.axhline(decided_cost, color=INK, linewidth=0.9, linestyle=":", label="as it decided")
    if chosen is not None:
        axes.axvline(
            chosen, color=INK, linewidth=0.9, linestyle="--", label=f"its threshold, {chosen:.3g}"
        )
    first = next(iter(curves.values()))
    # Where nearly everything is an alarm, cost soars and would flatten the rest.
    top = max(first.cost[-1], decided_cost or 0.0) * 1.2
    axes.set(xlim=(0, 1), ylim=(0, top or 1), ylabel="Cost of a row")
    axes.set_xlabel("Probability from which the rare class is decided")
    _legend(figure)
    return figure


def _ticks_around(values: np.ndarray) -> np.ndarray:
    """Give the numbers 1, 2, 5, 10, 20, ... from just below the values to just above them."""
    decades = np.arange(np.floor(np.log10(values.min())), np.ceil(np.log10(values.max())) + 1)
    ticks = np.outer(10.0**decades, [1, 2, 5]).ravel()
    first = np.searchsorted(ticks, values.min(), side="right") - 1
    last = np.searchsorted(ticks, values.max(), side="left")
    return ticks[first : last + 1]


@styled
def time_and_score(groups: Sequence[Points], winner: tuple[float, float], metric: str) -> Figure:
    """Score of every candidate against the time to fit it.

    Parameters
    ----------
    groups : sequence of Points
        Candidates by kind of treatment; ``x`` in seconds.
    winner : tuple of float
        Time and score of the winner, ringed.
    metric : str
        Label of the score.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _canvas(3.0, len(groups))
    for i, group in enumerate(groups):
        axes.scatter(
            group.x, group.y, s=34, alpha=0.85, linewidths=0, label=group.label,
            color=PALETTE[i % len(PALETTE)], marker=MARKERS[i % len(MARKERS)],
        )  # fmt: skip
    axes.scatter(*winner, s=150, facecolors="none", edgecolors=INK, linewidths=1.2)
    axes.annotate(
        "recommended", winner, (0, 9), textcoords="offset points", ha="center", fontsize=10
    )
    axes.set_xscale("log")
    ticks = _ticks_around(np.concatenate([group.x for group in groups]))
    axes.set(xlim=(ticks[0] * 0.85, ticks[-1] / 0.85), xticks=ticks[:: 1 + len(ticks) // 7])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(y=0.16)
    axes.set(xlabel="Time to fit (mean of the folds)", ylabel=metric)
    _legend(figure)
    return figure

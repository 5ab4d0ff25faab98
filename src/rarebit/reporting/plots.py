"""The report's plots: one function a plot, data in, figure out.

Figures are as wide as a phone, so that their text is readable there; on a wider page they grow or
stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from rarebit._common.wording import number, seconds
from rarebit.decision.costs import CostCurve
from rarebit.evaluation.curves import GRID, Band
from rarebit.metrics import DecisionCurve, ReliabilityCurve
from rarebit.reporting.svg import INK, PALETTE, styled

WIDTH = 5.2  # inches: about the width of a phone
# Lines differ in colour and in dashes; each alone is enough to distinguish them.
DASHES: tuple[str | tuple[float, tuple[float, ...]], ...] = (
    "-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 3)),
)  # fmt: skip
MARKERS = "oDs^vP"


@dataclass(frozen=True)
class Line:
    """A curve over folds with its name; ``shaded`` draws the spread of the folds."""

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
    """Make a figure with room for ``n_legend`` legend lines below the axes."""
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
    """Precision against recall, most important curve first; ``base_rate`` is that of guessing."""
    figure, axes = _canvas(3.4, len(lines))
    axes.axhline(base_rate, color=INK, linewidth=0.8, linestyle=":")
    axes.annotate("chance", (0.01, base_rate), (0, 3), textcoords="offset points", fontsize=10)
    _draw_lines(axes, lines, "pre")
    _unit_square(axes, "Recall (rare rows found)", "Precision (correct alarms)")
    _legend(figure)
    return figure


@styled
def roc(lines: Sequence[Line]) -> Figure:
    """Sensitivity against the false positive rate, the most important curve first."""
    figure, axes = _canvas(3.4, len(lines))
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
    _draw_lines(axes, lines, None)
    _unit_square(axes, "False positive rate", "Sensitivity (rare rows found)")
    _legend(figure)
    return figure


@styled
def reliability(curves: dict[str, ReliabilityCurve], *, weighted: bool = False) -> Figure:
    """Predicted probability against observed share, with the rows (or weight) of each bin below."""
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
    # All probabilities of a rare class may be small: show the range that is used.
    used = [np.concatenate([curve.predicted, curve.observed]) for curve in curves.values()]
    top = min(1.0, 1.15 * max(values.max(initial=0.05) for values in used))
    axes.set(xlim=(-0.02 * top, top), ylim=(-0.03 * top, 1.03 * top), ylabel="Observed share")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    counts.set(xlabel="Predicted probability", ylabel="Weight" if weighted else "Rows")
    counts.set_ylim(0, 1.3 * max(curve.weight.max(initial=1) for curve in curves.values()))
    counts.locator_params(axis="y", nbins=2)
    _legend(figure)
    return figure


@styled
def decision_curves(curves: dict[str, DecisionCurve]) -> Figure:
    """Net benefit against the threshold probability, with acting on all rows and on none."""
    figure, axes = _canvas(3.2, len(curves) + 2)
    first = next(iter(curves.values()))
    for i, (label, curve) in enumerate(curves.items()):
        axes.plot(
            curve.threshold, curve.model, label=label, zorder=3,
            color=PALETTE[i % len(PALETTE)], linestyle=DASHES[i % len(DASHES)],
        )  # fmt: skip
    for values, label, dashes in (
        (first.treat_all, "act on every row", "--"),
        (first.treat_none, "act on no row", ":"),
    ):
        axes.plot(first.threshold, values, color=INK, linewidth=0.9, linestyle=dashes, label=label)
    # Up to where a model is still of use; further right, all curves lie near or below 0.
    prevalence = first.treat_all[0]
    useful = [curve.threshold[curve.model > 0.02 * prevalence] for curve in curves.values()]
    end = min(1.0, 1.1 * max(values.max(initial=0.1) for values in useful))
    axes.set(xlim=(0, end), ylim=(-0.2 * prevalence, 1.05 * prevalence or 1))
    axes.set(xlabel="Threshold probability", ylabel="Net benefit per row")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    _legend(figure)
    return figure


@styled
def threshold_cost(
    curves: dict[str, CostCurve], chosen: float | None, decided_cost: float | None
) -> Figure:
    """Mean cost per row against the decision threshold, the best model's curve first.

    ``chosen`` is the threshold of the final model, ``decided_cost`` the cost of the best model's
    decisions in the folds.
    """
    marks = (chosen is not None) + (decided_cost is not None)
    figure, axes = _canvas(3.2, len(curves) + marks)
    for i, (label, curve) in enumerate(curves.items()):
        axes.plot(
            curve.threshold, curve.cost, drawstyle="steps-pre", label=label,
            color=PALETTE[i % len(PALETTE)], linestyle=DASHES[i % len(DASHES)],
        )  # fmt: skip
    if decided_cost is not None:
        label = f"cost in the folds: {number(decided_cost)}"
        axes.axhline(decided_cost, color=INK, linewidth=0.9, linestyle=":", label=label)
    if chosen is not None:
        label = f"threshold of the final model: {chosen:.3g}"
        axes.axvline(chosen, color=INK, linewidth=0.9, linestyle="--", label=label)
    first = next(iter(curves.values()))
    # If nearly every row is an alarm, the cost soars and would flatten the rest.
    top = max(first.cost[-1], decided_cost or 0.0) * 1.2
    axes.set(xlim=(0, 1), ylim=(0, top or 1), ylabel="Mean cost per row")
    axes.set_xlabel("Decision threshold (probability of the rare class)")
    _legend(figure)
    return figure


def _ticks_around(values: np.ndarray) -> np.ndarray:
    """Numbers 1, 2, 5, 10, 20, ... from just below the values to just above them."""
    decades = np.arange(np.floor(np.log10(values.min())), np.ceil(np.log10(values.max())) + 1)
    ticks = np.outer(10.0**decades, [1, 2, 5]).ravel()
    first = np.searchsorted(ticks, values.min(), side="right") - 1
    last = np.searchsorted(ticks, values.max(), side="left")
    return ticks[first : last + 1]


@styled
def time_and_score(groups: Sequence[Points], winner: tuple[float, float], metric: str) -> Figure:
    """Score of every candidate against its fit time in seconds, the best one ringed."""
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
    axes.set(xlabel="Fit time (mean over the folds)", ylabel=metric)
    _legend(figure)
    return figure


@styled
def intervals(table: pd.DataFrame, x_label: str, zero: float | None = None) -> Figure:
    """One line a row: ``middle`` with the interval ``low`` to ``high``, the first at the top."""
    figure = Figure(figsize=(WIDTH, 0.8 + 0.3 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    if zero is not None:
        axes.axvline(zero, color=INK, linewidth=0.9, linestyle=":")
    places, color = np.arange(len(table)), PALETTE[0]
    axes.hlines(places, table["low"], table["high"], color=color, alpha=0.55, linewidth=2)
    axes.plot(table["middle"], places, color=color, marker="o", markersize=5, linewidth=0)
    axes.set_yticks(places, table["label"])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(x_label)
    return figure


@styled
def gains(table: pd.DataFrame, metric: str) -> Figure:
    """Gain of each treatment (columns) on each data set (lines), with median and middle half."""
    figure = Figure(figsize=(WIDTH, 0.9 + 0.55 * table.shape[1]), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0, color=INK, linewidth=0.9, linestyle=":")
    # Marks are spread over the height of their row in a fixed pattern, so that few overlap.
    spread = 0.24 * np.sin(np.arange(len(table)) * 2.4)
    for row, name in enumerate(table):
        values = table[name].to_numpy()
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        color = PALETTE[row % len(PALETTE)]
        axes.barh(row, high - low, left=low, height=0.66, color=color, alpha=0.18, linewidth=0)
        axes.plot([middle] * 2, [row - 0.33, row + 0.33], color=color, linewidth=2)
        axes.scatter(values, row + spread, s=18, color=color, alpha=0.85, linewidths=0, zorder=3)
    axes.set_yticks(range(table.shape[1]), list(table.columns))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Gain in {metric}")
    return figure


@styled
def training_curves(history: dict[str, list[float]]) -> Figure:
    """Training and validation loss against the epoch, from a classifier's ``history_``."""
    labels = {"train_loss": "Training images", "val_loss": "Validation images"}
    figure, axes = _canvas(3.0, 2)
    for i, (name, label) in enumerate(labels.items()):
        losses = history.get(name, [])
        style = {"color": PALETTE[i], "linestyle": DASHES[i], "marker": "o", "label": label}
        if losses:
            axes.plot(range(1, len(losses) + 1), losses, markersize=3, **style)  # type: ignore[arg-type]
    axes.set(xlabel="Epoch", ylabel="Cross-entropy")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(figure)
    return figure

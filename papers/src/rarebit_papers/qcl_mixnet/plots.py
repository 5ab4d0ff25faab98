"""The figures of the study: data in, figure out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rarebit.reporting.svg import FAINT, INK, PALETTE, styled

BLUE, RED, GREEN, PINK, YELLOW, SKY = PALETTE
WIDTH = 7.6  # inches
ROW = 0.27  # inches of a line of a chart


def _rows(names: list[str], width: float = WIDTH, extra: float = 1.25) -> tuple[Figure, Axes]:
    """Make a chart with one line per name, the first on top."""
    figure = Figure(figsize=(width, ROW * len(names) + extra), layout="constrained")
    axes = figure.add_subplot()
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_axisbelow(True)
    return figure, axes


@styled
def gain_chart(published: pd.Series, measured: pd.Series) -> Figure:
    """Draw QCL-MixNet's macro-F1 less that of its best baseline, printed and measured."""
    names = list(measured.sort_values(ascending=False).index)
    figure, axes = _rows(names)
    rows = np.arange(len(names))
    axes.axvline(0, color=INK, linewidth=1)
    axes.hlines(rows, published[names], measured[names], color=FAINT, linewidth=3)
    axes.plot(published[names], rows, "D", color=YELLOW, markersize=6, label="as published")
    axes.plot(measured[names], rows, "o", color=BLUE, markersize=8, label="here, strict")
    axes.set_xlabel("macro-F1 of QCL-MixNet less that of the best of its 20 baselines")
    figure.legend(loc="outside upper left", ncols=2)
    return figure


@styled
def optimism_chart(table: pd.DataFrame) -> Figure:
    """Draw the optimism of the published protocol."""
    names = list(table["optimism"].sort_values(ascending=False).index)
    table = table.loc[names]
    figure, axes = _rows(names)
    rows = np.arange(len(names))
    selected, held_out = table["median_test_selected"], table["median_held_out"]
    axes.hlines(rows, held_out, selected, color=FAINT, linewidth=3)
    axes.plot(table["published"], rows, "D", color=YELLOW, markersize=6, label="published")
    axes.plot(selected, rows, "o", color=RED, markersize=8, label="here, test-selected")
    axes.plot(held_out, rows, "o", color=BLUE, markersize=8, label="here, held out")
    axes.set_xlabel("macro-F1 on the published split, median of the initialisations")
    axes.set_xlim(0, 1.02)
    figure.legend(loc="outside upper left", ncols=3)
    return figure


@styled
def box_chart(scores: pd.DataFrame, highlight: str) -> Figure:
    """Draw the spread of macro-F1 over data sets, one box per model, the best median on top."""
    names = list(scores.median().sort_values(ascending=False).index)
    figure, axes = _rows(names, extra=0.8)
    for row, name in enumerate(names):
        color = RED if name == highlight else BLUE
        axes.boxplot(
            scores[name].dropna(), positions=[row], orientation="horizontal", widths=0.62,
            patch_artist=True, manage_ticks=False,
            boxprops={"facecolor": color, "alpha": 0.25, "edgecolor": color},
            medianprops={"color": color, "linewidth": 2.2},
            whiskerprops={"color": color}, capprops={"color": color},
            flierprops={"marker": "o", "markersize": 4, "markerfacecolor": "none",
                        "markeredgecolor": color},
        )  # fmt: skip
    axes.set_xlabel(f"macro-F1 over {len(scores)} data sets, strict")
    axes.set_xlim(-0.02, 1.02)
    return figure


@styled
def ablation_chart(tables: Mapping[str, pd.DataFrame], published: pd.Series) -> Figure:
    """Draw what each arm changes, with its 95 % interval over data sets."""
    names = list(next(iter(tables.values())).index)
    figure, axes = _rows(names, extra=1.6)
    rows = np.arange(len(names))
    axes.axvline(0, color=INK, linewidth=1)
    height = 0.78 / len(tables)
    for i, ((protocol, table), color) in enumerate(zip(tables.items(), (RED, BLUE), strict=False)):
        table = table.loc[names]
        at = rows - 0.39 + (i + 0.5) * height
        error = [table["difference"] - table["low"], table["high"] - table["difference"]]
        axes.barh(
            at, table["difference"], height * 0.92, color=color, alpha=0.55, label=protocol,
            xerr=error, error_kw={"ecolor": color, "elinewidth": 1.4, "capsize": 2.5},
        )  # fmt: skip
    printed = [name for name in names if name in published]
    axes.plot(
        published[printed], [names.index(name) for name in printed], "D", color=YELLOW,
        markeredgecolor=INK, markeredgewidth=0.6, markersize=6.5, label="as published",
        linestyle="none",
    )  # fmt: skip
    axes.set_xlabel("macro-F1 less that of the whole network, mean over data sets")
    figure.legend(loc="outside upper left", ncols=3)
    return figure


@styled
def embedding_chart(panels: Mapping[str, np.ndarray], labels: np.ndarray) -> Figure:
    """Draw rows of at most six classes in the plane, as features and as embeddings."""
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (title, points) in zip(axes, panels.items(), strict=True):
        for label, color, marker in zip(np.unique(labels), PALETTE, "osD^vP", strict=False):
            rows = labels == label
            axis.scatter(
                *points[rows].T, s=22, color=color, marker=marker, alpha=0.8, linewidths=0,
                label=str(label),
            )  # fmt: skip
        axis.set_title(title)
        axis.set(xticks=[], yticks=[])
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=6)
    return figure

"""Figures of the study: scores with their intervals, and what each augmenter makes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rarebit.reporting.svg import PALETTE, styled


@styled
def score_figure(scores: pd.DataFrame, metric: str, label: str) -> Figure:
    """Draw one panel per data set: the arms' mean scores with their 95 % intervals."""
    datasets = list(dict.fromkeys(scores["dataset"]))
    arms = list(dict.fromkeys(scores["arm"]))
    figure = Figure((3.2 * len(datasets) + 1.6, 0.34 * len(arms) + 1.1), layout="constrained")
    panels = figure.subplots(1, len(datasets), sharey=True, squeeze=False)[0]
    places = {arm: len(arms) - place for place, arm in enumerate(arms)}
    for axes, dataset in zip(panels, datasets, strict=True):
        rows = scores[scores["dataset"] == dataset]
        y = rows["arm"].map(places).to_numpy()
        value = rows[metric].to_numpy()
        ends = rows[[f"{metric}_low", f"{metric}_high"]].to_numpy()
        axes.barh(y, value, height=0.62, color=PALETTE[0], alpha=0.35)
        width = np.nan_to_num(np.abs(ends - value[:, None])).T
        axes.errorbar(value, y, xerr=width, fmt="o", color=PALETTE[0], markersize=4, linewidth=1.4)
        low = min(0.5, float(value.min()) - 0.02)
        axes.set(title=dataset, xlabel=label, xlim=(low, 1.0))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", color="0.85")
        axes.set_axisbelow(True)
    panels[0].set_yticks(list(places.values()), list(places))
    return figure


@styled
def sheet(images: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Draw a sheet of images: one line per data set, one column per augmenter."""
    columns = list(dict.fromkeys(heading for row in images.values() for heading in row))
    size = (1.25 * len(columns) + 0.4, 1.4 * len(images) + 0.3)
    figure = Figure(size, layout="constrained")
    grid = figure.subplots(len(images), len(columns), squeeze=False)
    for line, (dataset, row) in zip(grid, images.items(), strict=True):
        for axes, heading in zip(line, columns, strict=True):
            if heading in row:
                axes.imshow(row[heading], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            axes.grid(visible=False)
            axes.spines[:].set_visible(False)
        line[0].set_ylabel(dataset)
    for axes, heading in zip(grid[0], columns, strict=True):
        axes.set_title(heading)
    return figure

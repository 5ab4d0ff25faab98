"""The section on stability: a sentence and a figure."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rarebit.evaluation.stability import Stability
from rarebit.reporting import names
from rarebit.reporting.curves import ReportFigure
from rarebit.reporting.plots import WIDTH
from rarebit.reporting.svg import PALETTE, styled


def stability_context(found: Stability | None) -> dict[str, Any] | None:
    """Sentence and figure; None if stability was not measured."""
    if found is None:
        return None
    caption = (
        "Mean absolute difference between the probability of the final model and those of the "
        "bootstrap refits, for each row (Riley & Collins, Biometrical Journal 65, 2023). Rows at "
        "the left have a low probability."
    )
    figure = ReportFigure("stability", "Movement of single rows", caption, draw(found))
    return {"sentence": names.clean(found.sentence), "figures": [figure]}


@styled
def draw(found: Stability) -> Figure:
    """Mean absolute prediction error against the probability of the final model."""
    figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
    axes = figure.add_subplot()
    axes.scatter(found.probability, found.error, s=14, alpha=0.5, linewidths=0, color=PALETTE[0])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    axes.set(xlabel="Probability of the final model", ylabel="Mean absolute difference")
    axes.set_ylim(bottom=0)
    return figure

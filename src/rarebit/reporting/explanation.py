"""The section on what the recommended model depends on: texts, bars and a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rarebit._common import wording
from rarebit.evaluation.explanation import Case, Effect, Explanation
from rarebit.reporting import names
from rarebit.reporting.curves import ReportFigure
from rarebit.reporting.plots import WIDTH
from rarebit.reporting.rows import NAME, Scale
from rarebit.reporting.svg import PALETTE, styled

# Groups in the table; the others are folded away below it.
TABLE_ROWS = 10
# Columns of a group that are named.
MOST_NAMES = 4
# Characters of a category on an axis.
TICK = 14


def explanation_context(found: Explanation | None) -> dict[str, Any] | None:
    """Texts of the section; None if nothing was measured."""
    if found is None:
        return None
    rows = importance_rows(found)
    return {
        "label": names.clean(found.label, 60),
        "n_folds": found.n_folds,
        "rows": rows[:TABLE_ROWS],
        "rest": rows[TABLE_ROWS:],
        "missed": [_case(case) for case in found.cases if case.is_missed],
        "alarms": [_case(case) for case in found.cases if not case.is_missed],
        "figures": _figures(found),
    }


def importance_rows(found: Explanation) -> list[dict[str, Any]]:
    """One entry a group of columns: texts, and places on the bar."""
    scale = Scale.around(
        [each.low for each in found.importances],
        [each.high for each in found.importances],
        [0.0],
    )
    return [
        {
            "columns": group_label(each.columns),
            "increase": wording.number(each.increase, signed=True),
            "interval": wording.interval(each.low, each.high, signed=True),
            "bar": scale.bar(each.low, each.increase, each.high),
            "zero": scale.at(0.0),
        }
        for each in found.importances
    ]


def group_label(columns: tuple[str, ...]) -> str:
    """Names of the columns of a group."""
    return names.clean(wording.first_few(columns, MOST_NAMES), 2 * NAME)


def top_columns(found: Explanation, n: int = 5) -> str:
    """One line for the terminal: the most important columns."""
    kept = [each for each in found.importances if each.increase > 0][:n]
    if not kept:
        return "No column makes the probabilities of the recommended model better."
    shown = "; ".join(
        f"{group_label(each.columns)} ({wording.number(each.increase, signed=True)})"
        for each in kept
    )
    return f"Columns that matter most (increase of the log loss without them): {shown}."


def _case(case: Case) -> dict[str, Any]:
    """Texts of one error; rows are counted from 1, as in the file."""
    return {
        "row": case.row + 1,
        "probability": wording.percent(case.probability),
        "average": wording.percent(case.average),
        "reasons": [
            f"{group_label(columns)}: {wording.number(100 * change, 1, signed=True)}"
            for columns, change in case.reasons
        ],
        "nearest": case.nearest + 1,
    }


def _figures(found: Explanation) -> list[ReportFigure]:
    """The effects, side by side."""
    if not found.effects:
        return []
    caption = (
        f'Mean predicted probability of class "{names.clean(found.label, 60)}" if the column had '
        "the same value in all rows (partial dependence of the final model). In a group of "
        "correlated columns, the one with the largest effect is shown."
    )
    title = "Effect of the most important columns"
    return [ReportFigure("effects", title, caption, draw_effects(found.effects))]


@styled
def draw_effects(effects: list[Effect]) -> Figure:
    """Mean predicted probability by the values of each column, one below the other."""
    figure = Figure(figsize=(WIDTH, 1.9 * len(effects)), layout="constrained")
    every = np.atleast_1d(figure.subplots(len(effects), 1, sharey=True))
    for axes, effect, color in zip(every, effects, PALETTE, strict=False):
        if any(isinstance(value, str) for value in effect.values):
            places = np.arange(len(effect.values))
            axes.bar(places, effect.probability, width=0.6, color=color)
            axes.grid(visible=False, axis="x")
            ticks = [names.clean(value, TICK) for value in effect.values]
            axes.set_xticks(places, ticks, rotation=20 if len(ticks) > 4 else 0)
        else:
            values = effect.values
            if isinstance(values[0], pd.Timestamp):
                values = [value.to_pydatetime() for value in pd.DatetimeIndex(values)]
            axes.plot(values, effect.probability, color=color, marker="o", markersize=4)
        axes.set_xlabel(names.clean(effect.column, 50))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    every[0].set_ylim(bottom=0)
    return figure

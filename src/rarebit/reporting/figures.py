"""Which plots a comparison gets, with a title and a sentence on what to see in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from rarebit.evaluation import Candidate, Comparison
from rarebit.evaluation.ranking_metric import greater_is_better, metric_label
from rarebit.metrics import ReliabilityCurve, reliability_curve
from rarebit.reporting import curves, names, outcome, plots
from rarebit.reporting.svg import inline_svg

# Characters of each half of a candidate's name that fit into a legend on a phone.
NAME_LIMIT = 24


@dataclass(frozen=True)
class ReportFigure:
    """A plot ready for the page."""

    name: str
    title: str
    caption: str
    svg: Markup


def report_figures(comparison: Comparison) -> dict[str, list[ReportFigure]]:
    """Draw all plots of a comparison.

    Returns
    -------
    dict of str to list of ReportFigure
        The plots of the sections ``"curves"``, ``"calibration"``, ``"costs"`` and ``"time"``; a
        section without anything to draw is empty.
    """
    time = _time(comparison)
    if not outcome.shown_in_plots(comparison):
        return {"curves": [], "calibration": [], "costs": [], "time": time}
    return {
        "curves": _curves(comparison),
        "calibration": _calibration(comparison),
        "costs": _costs(comparison),
        "time": time,
    }


def _figure(name: str, title: str, caption: str, figure: Figure) -> ReportFigure:
    return ReportFigure(name, title, caption, inline_svg(figure, name, f"{title}. {caption}"))


def _legend_label(comparison: Comparison, candidate: Candidate) -> str:
    return names.candidate_label(comparison, candidate, NAME_LIMIT)


def _curves(comparison: Comparison) -> list[ReportFigure]:
    """Precision-recall and ROC curves of a few candidates; of many classes also by class."""
    dataset = comparison.dataset
    two = dataset.positive is not None
    classes = outcome.rare_classes(comparison) if two else list(range(len(dataset.classes)))
    how = "" if two else ", averaged over the classes, each against the rest"
    shown = outcome.shown_in_plots(comparison)
    recall = _lines(comparison, shown, classes, curves.precision_on_grid)
    false_alarms = _lines(comparison, shown, classes, curves.sensitivity_on_grid)
    base = float(np.mean(dataset.counts[classes] / dataset.counts.sum()))
    spread = "The shade is the middle 80 % of the folds."
    figures = []
    if recall:
        caption = (
            f"How many alarms are right as more rare rows are found{how}. Further up and to the "
            f"right is better; guessing is right in {names.percent(base)}. {spread} A tuned "
            "threshold picks a point on the curve and leaves the curve as it is."
        )
        drawn = plots.precision_recall(recall, base)
        figures.append(_figure("precision-recall", "Precision and recall", caption, drawn))
    if false_alarms:
        caption = (
            f"How many rare rows are found as more common rows raise an alarm{how}. Further up and "
            f"to the left is better; the dotted line is guessing. {spread}"
        )
        drawn = plots.roc(false_alarms)
        figures.append(_figure("roc", "ROC curve", caption, drawn))
    return figures if two else figures + _by_class(comparison)


def _by_class(comparison: Comparison) -> list[ReportFigure]:
    """Precision and recall of the winner for each of the rarest classes."""
    rare = outcome.rare_classes(comparison)
    predictions = comparison.predictions.get(comparison.best)
    if predictions is None:
        return []
    lines: list[plots.Line] = []
    for code in rare:
        found = curves.band(predictions, [code], curves.precision_on_grid)
        if found is not None:
            label = f"{names.class_label(comparison, code, 30)} against the rest"
            lines.append(plots.Line(label, found, shaded=code == rare[0]))
    if not lines:
        return []
    dataset = comparison.dataset
    base = float(dataset.counts[rare[0]] / dataset.counts.sum())
    caption = (
        "The recommended model on each of the rarest classes against all the rest. A class whose "
        "curve lies low is the one it confuses; the dotted line is guessing the rarest class."
    )
    drawn = plots.precision_recall(lines, base)
    return [_figure("rarest-classes", "Precision and recall by class", caption, drawn)]


def _lines(
    comparison: Comparison, shown: list[Candidate], classes: list[int], curve: curves.Curve
) -> list[plots.Line]:
    """Curves of the candidates; the first two shaded, so that the plot stays readable."""
    lines: list[plots.Line] = []
    for candidate in shown:
        found = curves.band(comparison.predictions[candidate], classes, curve)
        if found is not None:
            label = _legend_label(comparison, candidate)
            lines.append(plots.Line(label, found, shaded=len(lines) < 2))
    return lines


def _calibration(comparison: Comparison) -> list[ReportFigure]:
    two = comparison.dataset.positive is not None
    drawn: dict[str, ReliabilityCurve] = {}
    if two:
        (code,) = outcome.rare_classes(comparison)
        for pair in outcome.shown_in_plots(comparison)[:2]:
            seen = curves.first_repeat(comparison.predictions[pair])
            drawn[_legend_label(comparison, pair)] = reliability_curve(
                seen.y == code, seen.proba[:, code]
            )
    elif comparison.best in comparison.predictions:
        seen = curves.first_repeat(comparison.predictions[comparison.best])
        for code in outcome.rare_classes(comparison):
            label = f"{names.class_label(comparison, code, 30)} against the rest"
            drawn[label] = reliability_curve(seen.y == code, seen.proba[:, code])
    if not drawn:
        return []
    caption = (
        "Can a probability be taken at its word? On the dotted line, of the rows said to be rare "
        "with 30 %, 30 % are. Below it the model warns too loudly, above it too quietly. Each mark "
        "is about a tenth of the rows; how many is drawn below."
    )
    figure = plots.reliability(drawn)
    return [_figure("calibration", "Probabilities against what happened", caption, figure)]


def _costs(comparison: Comparison) -> list[ReportFigure]:
    """Draw cost against the threshold: two classes only, since with more there is no single one."""
    code = comparison.dataset.positive
    if code is None:
        return []
    costs, said = outcome.costs_used(comparison)
    drawn, decided = {}, None
    for pair in outcome.shown_in_plots(comparison)[:2]:
        seen = curves.first_repeat(comparison.predictions[pair])
        label = _legend_label(comparison, pair)
        drawn[label] = curves.cost_curve(seen.y == code, seen.proba[:, code], costs)
        if pair == comparison.best:
            rare, alarm = (seen.y == code).astype(int), (seen.labels == code).astype(int)
            decided = float(costs[rare, alarm].mean())
    if not drawn:
        return []
    chosen = getattr(comparison.model, "threshold_", None)
    caption = (
        "What a row costs on average if the rare class is decided from this probability on: "
        f"{said}. The lowest point is found with hindsight, so expect a little more."
    )
    figure = plots.threshold_cost(drawn, None if chosen is None else float(chosen), decided)
    return [_figure("threshold-cost", "Cost of the decision threshold", caption, figure)]


def _time(comparison: Comparison) -> list[ReportFigure]:
    table = comparison.ranking
    finite = np.isfinite(table["score"]) & (table["fit_seconds"] > 0)
    table = table[finite]
    if table.empty:
        return []
    kinds = table["treatment"].map(names.treatment_kind)
    groups = [
        plots.Points(
            label,
            table.loc[kinds == kind, "fit_seconds"].to_numpy(),
            table.loc[kinds == kind, "score"].to_numpy(),
        )
        for kind, label in outcome.KIND_LABELS.items()
        if (kinds == kind).any()
    ]
    is_best = (table["classifier"] == comparison.best[0]) & (
        table["treatment"] == comparison.best[1]
    )
    if not is_best.any():
        return []
    winner = table[is_best].iloc[0]
    metric = metric_label(comparison.metric)
    better = "higher" if greater_is_better(comparison.metric) else "lower"
    caption = (
        f"Each mark is a classifier under a treatment; {better} is better, further left is "
        "quicker. The time includes the search for settings, calibration and the threshold."
    )
    figure = plots.time_and_score(
        groups, (float(winner["fit_seconds"]), float(winner["score"])), metric
    )
    return [_figure("time", "What a score costs in time", caption, figure)]

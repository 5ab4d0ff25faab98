"""The figures of a comparison, each with a title and a caption."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from rarebit._common.wording import number, percent
from rarebit.evaluation import Comparison
from rarebit.evaluation.curves import Curve, band, cost_by_threshold, reliability
from rarebit.evaluation.outcome import (
    baseline,
    class_shares,
    cost_of_decisions,
    costs_used,
    ranked,
    rare_classes,
    treatment_kind,
)
from rarebit.metrics import precision_at_recall, sensitivity_at_fpr
from rarebit.reporting import names, plots
from rarebit.reporting.svg import inline_svg
from rarebit.running.cells import Candidate

# Characters of each half of a candidate's name that fit into a legend on a phone.
NAME = 22
KIND_LABELS = {
    "none": "Untouched",
    "threshold": "Tuned threshold",
    "weights": "Class weights",
    "resampling": "Resampling",
}
SHADE = "The shaded area holds the middle 80 % of the folds. "


@dataclass(frozen=True)
class ReportFigure:
    """A figure ready for the page."""

    name: str
    title: str
    caption: str
    svg: Markup

    @classmethod
    def draw(cls, name: str, title: str, caption: str, figure: Figure) -> ReportFigure:
        """Turn a plot into inline SVG; title and caption describe it to those who cannot see it."""
        return cls(name, title, caption, inline_svg(figure, name, f"{title}. {caption}"))


def report_figures(comparison: Comparison) -> dict[str, list[ReportFigure]]:
    """Draw all figures of a comparison, by section; a section without data is empty."""
    shown = shown_in_plots(comparison)
    return {
        "curves": _curves(comparison, shown),
        "calibration": _calibration(comparison, shown),
        "costs": _costs(comparison, shown),
        "time": _time(comparison),
    }


def shown_in_plots(comparison: Comparison) -> list[Candidate]:
    """Pick the best model, its baseline, and the best of each kind of treatment.

    Of models with the same fit, such as one untouched and with a tuned threshold, the first stands
    for all: a threshold selects a point on a curve and does not change the curve.
    """
    order = ranked(comparison)
    wanted = [comparison.best, baseline(comparison)]
    for kind in KIND_LABELS:
        wanted += [pair for pair in order if treatment_kind(pair[1]) == kind][:1]
    first_of_fit: dict[Candidate, Candidate] = {}
    for pair in wanted:
        if pair is not None and pair in order:
            first_of_fit.setdefault(_fit_of(pair), pair)
    return list(first_of_fit.values())


def _fit_of(candidate: Candidate) -> Candidate:
    """The same for candidates that differ in their decision only."""
    classifier, treatment = candidate
    same = treatment_kind(treatment) in ("none", "threshold")
    return classifier, "untouched" if same else treatment


def _legend(comparison: Comparison, candidate: Candidate, metric: str) -> str:
    """Label of a candidate with its score in the ranking."""
    table = comparison.ranking
    own = (table["classifier"] == candidate[0]) & (table["treatment"] == candidate[1])
    label = names.candidate_label(comparison, candidate, NAME)
    return f"{label} ({number(table.loc[own, metric].iloc[0])})"


def _lines(
    comparison: Comparison, shown: list[Candidate], classes: list[int], curve: Curve, metric: str
) -> list[plots.Line]:
    """Curves of the candidates; the first two shaded, so that the plot stays readable."""
    lines: list[plots.Line] = []
    for candidate in shown:
        found = band(comparison.predictions[candidate], classes, curve)
        if found is not None:
            label = _legend(comparison, candidate, metric)
            lines.append(plots.Line(label, found, shaded=len(lines) < 2))
    return lines


def _curves(comparison: Comparison, shown: list[Candidate]) -> list[ReportFigure]:
    """Precision-recall and ROC curves of a few candidates; with many classes also by class."""
    dataset = comparison.dataset
    two = dataset.positive is not None
    classes = rare_classes(comparison) if two else list(range(len(dataset.classes)))
    how = "" if two else ", averaged over the classes, each against the rest"
    base = float(np.mean(class_shares(dataset)[classes]))
    shade = SHADE if comparison.coverage.folds > 1 else ""
    recall = _lines(comparison, shown, classes, precision_at_recall, "pr_auc")
    false_alarms = _lines(comparison, shown, classes, sensitivity_at_fpr, "roc_auc")
    figures = []
    if recall:
        caption = (
            f"Precision (share of correct alarms) as more rare rows are found{how}. In brackets: "
            "the PR-AUC. Further up and to the right is better; random guessing has a precision of "
            f"{percent(base)}. {shade}Tuning the threshold does not change the curve."
        )
        drawn = plots.precision_recall(recall, base)
        title = "Precision-recall curve"
        figures.append(ReportFigure.draw("precision-recall", title, caption, drawn))
    if false_alarms:
        caption = (
            f"Share of rare rows found as more common rows are flagged by mistake{how}. In "
            "brackets: the ROC-AUC. Further up and to the left is better; the dotted line is "
            f"random guessing. {shade}"
        )
        figures.append(
            ReportFigure.draw("roc", "ROC curve", caption.rstrip(), plots.roc(false_alarms))
        )
    return figures if two else figures + _by_class(comparison)


def _by_class(comparison: Comparison) -> list[ReportFigure]:
    """Precision-recall curve of the best model for each of the rarest classes."""
    rare = rare_classes(comparison)
    predictions = comparison.predictions.get(comparison.best)
    if predictions is None:
        return []
    lines: list[plots.Line] = []
    for code in rare:
        found = band(predictions, [code], precision_at_recall)
        if found is not None:
            label = f"{names.class_label(comparison, code, 30)} against the rest"
            lines.append(plots.Line(label, found, shaded=code == rare[0]))
    if not lines:
        return []
    caption = (
        "The recommended model on each of the rarest classes, against all other rows. The dotted "
        "line is random guessing of the rarest class."
    )
    drawn = plots.precision_recall(lines, float(class_shares(comparison.dataset)[rare[0]]))
    title = "Precision-recall curve by class"
    return [ReportFigure.draw("rarest-classes", title, caption, drawn)]


def _calibration(comparison: Comparison, shown: list[Candidate]) -> list[ReportFigure]:
    rare, best = rare_classes(comparison), comparison.best
    if comparison.dataset.positive is not None:
        drawn = {
            _legend(comparison, pair, "calibration_error"): reliability(
                comparison.predictions[pair], rare[0]
            )
            for pair in shown[:2]
        }
        which = " In brackets: the calibration error."
    else:
        drawn = {
            f"{names.class_label(comparison, code, 30)} against the rest": reliability(
                comparison.predictions[best], code
            )
            for code in rare
            if best in comparison.predictions
        }
        which = ""
    if not drawn:
        return []
    weighted = comparison.dataset.sample_weight is not None
    caption = (
        "Predicted probability against observed share. On the dotted line, 30 % of the rows with a "
        "predicted probability of 30 % are of the class; below it, probabilities are too high, "
        "above it, too low. Each mark stands for about a tenth of the "
        f"{'row weight' if weighted else 'rows'}.{which}"
    )
    figure = plots.reliability(drawn, weighted=weighted)
    return [ReportFigure.draw("calibration", "Calibration", caption, figure)]


def _costs(comparison: Comparison, shown: list[Candidate]) -> list[ReportFigure]:
    """Cost by threshold, for two classes only: more classes have no single threshold."""
    dataset = comparison.dataset
    if dataset.positive is None or not shown:
        return []
    costs = costs_used(comparison)
    drawn = {
        names.candidate_label(comparison, pair, NAME): cost_by_threshold(
            comparison.predictions[pair], dataset.positive, costs
        )
        for pair in shown[:2]
    }
    best = comparison.best
    decided = cost_of_decisions(comparison, best) if best in comparison.predictions else None
    chosen = getattr(comparison.model, "threshold_", None)
    source = "The costs are those given."
    if comparison.settings.get("cost_matrix") is None:
        source = (
            "No costs were given: a missed rare row is assumed to cost "
            f"{number(dataset.imbalance_ratio, 1)} (the imbalance ratio) and a false alarm 1. "
            "Give your own costs to choose a threshold."
        )
    caption = (
        "Mean cost per row if the rare class is predicted from this probability on, averaged over "
        f"the folds. {source} The lowest point is optimistic: it was found on the test rows."
    )
    figure = plots.threshold_cost(drawn, None if chosen is None else float(chosen), decided)
    return [ReportFigure.draw("threshold-cost", "Cost by threshold", caption, figure)]


def _time(comparison: Comparison) -> list[ReportFigure]:
    table = comparison.ranking
    table = table[np.isfinite(table["score"]) & (table["fit_seconds"] > 0)]
    best = table[
        (table["classifier"] == comparison.best[0]) & (table["treatment"] == comparison.best[1])
    ]
    if best.empty:
        return []
    kinds = table["treatment"].map(treatment_kind)
    groups = [
        plots.Points(
            label,
            table.loc[kinds == kind, "fit_seconds"].to_numpy(),
            table.loc[kinds == kind, "score"].to_numpy(),
        )
        for kind, label in KIND_LABELS.items()
        if (kinds == kind).any()
    ]
    better = "higher" if comparison.objective.greater_is_better else "lower"
    caption = (
        f"Each mark is a classifier with a treatment; {better} is better, further left is faster. "
        "The time includes the hyper-parameter search, calibration and threshold tuning."
    )
    ringed = (float(best["fit_seconds"].iloc[0]), float(best["score"].iloc[0]))
    figure = plots.time_and_score(groups, ringed, comparison.objective.label)
    return [ReportFigure.draw("time", "Score and fit time", caption, figure)]

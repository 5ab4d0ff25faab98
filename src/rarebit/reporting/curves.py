"""The figures of what models do on held-out rows: curves, calibration, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from rarebit._common.wording import number, percent
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import CostCells, cost_by_threshold, cost_of_decisions, costs_used
from rarebit.evaluation.curves import Curve, band, net_benefit, reliability
from rarebit.evaluation.outcome import class_shares, rare_classes
from rarebit.metrics import precision_at_recall, sensitivity_at_fpr
from rarebit.reporting import names, plots
from rarebit.reporting.svg import inline_svg

SHADE = "The shaded area holds the middle 80 % of the folds. "


@dataclass(frozen=True)
class ReportFigure:
    """A figure with what the page says about it."""

    name: str
    title: str
    caption: str
    figure: Figure

    @property
    def svg(self) -> Markup:
        """Inline SVG; title and caption describe the plot to those who cannot see it."""
        return inline_svg(self.figure, self.name, f"{self.title}. {self.caption}")


@dataclass(frozen=True)
class Shown:
    """A model shown in the figures."""

    label: str
    # Scores by the name of the metric, for the legends
    scores: Mapping[str, float]
    predictions: Predictions

    def legend(self, metric: str) -> str:
        """Label with the score."""
        return f"{self.label} ({number(self.scores[metric])})"


def curves(dataset: Dataset, shown: Sequence[Shown], *, folds: bool) -> list[ReportFigure]:
    """Precision-recall and ROC curves; with many classes also by class.

    ``folds``: whether the predictions are of several folds, whose spread is shaded.
    """
    two = dataset.positive is not None
    classes = rare_classes(dataset) if two else list(range(len(dataset.classes)))
    how = "" if two else ", averaged over the classes, each against the rest"
    base = float(np.mean(class_shares(dataset)[classes]))
    shade = SHADE if folds else ""
    recall = _lines(shown, classes, precision_at_recall, "pr_auc")
    false_alarms = _lines(shown, classes, sensitivity_at_fpr, "roc_auc")
    figures = []
    if recall:
        caption = (
            f"Precision (share of correct alarms) as more rare rows are found{how}. In brackets: "
            "the PR-AUC. Further up and to the right is better; random guessing has a precision of "
            f"{percent(base)}. {shade}Tuning the threshold does not change the curve."
        )
        drawn = plots.precision_recall(recall, base)
        title = "Precision-recall curve"
        figures.append(ReportFigure("precision-recall", title, caption, drawn))
    if false_alarms:
        caption = (
            f"Share of rare rows found as more common rows are flagged by mistake{how}. In "
            "brackets: the ROC-AUC. Further up and to the left is better; the dotted line is "
            f"random guessing. {shade}"
        )
        figures.append(ReportFigure("roc", "ROC curve", caption.rstrip(), plots.roc(false_alarms)))
    return figures if two or not shown else figures + _by_class(dataset, shown[0].predictions)


def _lines(
    shown: Sequence[Shown], classes: list[int], curve: Curve, metric: str
) -> list[plots.Line]:
    """Curves of the models; the first two shaded, so that the plot stays readable."""
    lines: list[plots.Line] = []
    for model in shown:
        found = band(model.predictions, classes, curve)
        if found is not None:
            lines.append(plots.Line(model.legend(metric), found, shaded=len(lines) < 2))
    return lines


def _by_class(dataset: Dataset, predictions: Predictions) -> list[ReportFigure]:
    """Precision-recall curve of the first model for each of the rarest classes."""
    rare = rare_classes(dataset)
    lines: list[plots.Line] = []
    for code in rare:
        found = band(predictions, [code], precision_at_recall)
        if found is not None:
            label = f"{names.class_label(dataset, code, 30)} against the rest"
            lines.append(plots.Line(label, found, shaded=code == rare[0]))
    if not lines:
        return []
    caption = (
        "The recommended model on each of the rarest classes, against all other rows. The dotted "
        "line is random guessing of the rarest class."
    )
    drawn = plots.precision_recall(lines, float(class_shares(dataset)[rare[0]]))
    title = "Precision-recall curve by class"
    return [ReportFigure("rarest-classes", title, caption, drawn)]


def calibration(dataset: Dataset, shown: Sequence[Shown]) -> list[ReportFigure]:
    """Predicted probability against observed share: two models, or the rarest of many classes."""
    rare = rare_classes(dataset)
    if dataset.positive is not None:
        drawn = {
            model.legend("calibration_error"): reliability(model.predictions, rare[0])
            for model in shown[:2]
        }
        which = " In brackets: the calibration error."
    else:
        drawn = {
            f"{names.class_label(dataset, code, 30)} against the rest": reliability(
                model.predictions, code
            )
            for model in shown[:1]
            for code in rare
        }
        which = ""
    if not drawn:
        return []
    weighted = dataset.full_weight is not None
    caption = (
        "Predicted probability against observed share. On the dotted line, 30 % of the rows with a "
        "predicted probability of 30 % are of the class; below it, probabilities are too high, "
        "above it, too low. Each mark stands for about a tenth of the "
        f"{'row weight' if weighted else 'rows'}.{which}"
    )
    figure = plots.reliability(drawn, weighted=weighted)
    return [ReportFigure("calibration", "Calibration", caption, figure)]


def decisions(dataset: Dataset, shown: Sequence[Shown]) -> list[ReportFigure]:
    """Decision curve of two models, for the rarest class."""
    if not shown:
        return []
    code = rare_classes(dataset)[0]
    drawn = {model.label: net_benefit(model.predictions, code) for model in shown[:2]}
    against = "" if dataset.positive is not None else " against the rest"
    caption = (
        f"Net benefit of acting on the rows of class “{names.class_label(dataset, code, 30)}”"
        f"{against} whose probability is at or above the threshold: correct alarms per row, less "
        "false alarms weighted by the odds of the threshold. Choose the threshold by how many "
        "false alarms one correct alarm is worth (9 at 10 %). A model is of use where its curve "
        "lies above both other lines."
    )
    figure = plots.decision_curves(drawn)
    return [ReportFigure("decision-curve", "Decision curve", caption, figure)]


def costs(
    dataset: Dataset, shown: Sequence[Shown], given: CostCells | None, threshold: float | None
) -> list[ReportFigure]:
    """Cost by threshold, for two classes only: more classes have no single threshold.

    ``threshold`` is the one that the first model decides by, if it has one.
    """
    if dataset.positive is None or not shown:
        return []
    used = costs_used(dataset, given)
    drawn = {
        model.label: cost_by_threshold(model.predictions, dataset.positive, used)
        for model in shown[:2]
    }
    source = "The costs are those given."
    if used.ndim == 3:
        source += (
            " A tuned model has no single threshold: it decides each row by the row's own costs, "
            "and the dotted line is what that costs."
        )
    if given is None:
        source = (
            "No costs were given: a missed rare row is assumed to cost "
            f"{number(dataset.imbalance_ratio, 1)} (the imbalance ratio) and a false alarm 1. "
            "Give your own costs to choose a threshold."
        )
    caption = (
        "Mean cost per row if the rare class is predicted from this probability on, averaged over "
        f"the folds. {source} The lowest point is optimistic: it was found on the test rows."
    )
    decided = cost_of_decisions(shown[0].predictions, used)
    figure = plots.threshold_cost(drawn, threshold, decided)
    return [ReportFigure("threshold-cost", "Cost by threshold", caption, figure)]

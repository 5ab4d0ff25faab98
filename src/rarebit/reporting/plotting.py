"""The figures of the report one by one, for notebooks and papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.figure import Figure

from rarebit._common.wording import in_a_sentence
from rarebit.datasets import Dataset
from rarebit.evaluation import Comparison, Evaluation
from rarebit.exceptions import InputError
from rarebit.reporting import curves, names, plots
from rarebit.reporting.curves import ReportFigure, Shown
from rarebit.reporting.evaluation import shown_model
from rarebit.reporting.explanation import group_label
from rarebit.reporting.figures import NAME, shown_models


def plot_ranking(comparison: Comparison, limit: int = 15) -> Figure:
    """Draw the mean score of each candidate with its 95 % interval, best first.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.
    limit : int, default=15
        Number of candidates drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> from rarebit.evaluation import compare
    >>> outcome = compare(load_dataset("digits_8"), preset="quick")  # doctest: +SKIP
    >>> plot_ranking(outcome).savefig("ranking.png", dpi=150)  # doctest: +SKIP
    """
    table = comparison.ranking.head(limit)
    pairs = zip(table["classifier"], table["treatment"], strict=True)
    labels = [names.candidate_label(comparison, pair, NAME) for pair in pairs]
    table = table.assign(label=labels, middle=table["score"])
    return plots.intervals(table, comparison.objective.label)


def plot_effects(comparison: Comparison) -> Figure:
    """Draw what each treatment changes, with its 95 % interval, averaged over the classifiers.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned, with an untouched model.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = comparison.effects
    if table.empty:
        raise InputError("No treatment was compared with the untouched model: compare with one.")
    labels = [names.label(comparison, name, NAME) for name in table["treatment"]]
    reference = names.label(comparison, table["reference"].iloc[0], NAME)
    table = table.assign(label=labels, middle=table["difference"])
    metric = in_a_sentence(comparison.objective.label)
    return plots.intervals(table, f"Difference in {metric} from “{reference}”", zero=0.0)


def plot_importance(comparison: Comparison, limit: int = 15) -> Figure:
    """Draw how much each column matters to the recommended model, with 95 % intervals.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned, with an explanation.
    limit : int, default=15
        Number of columns or groups of correlated columns drawn, those that matter most.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if comparison.explanation is None:
        raise InputError("comparison.explanation is None: call compare with explain=True.")
    found = comparison.explanation.importances[:limit]
    table = pd.DataFrame(
        [(group_label(each.columns), each.low, each.increase, each.high) for each in found],
        columns=["label", "low", "middle", "high"],
    )
    return plots.intervals(table, "Increase of log loss if shuffled", zero=0.0)


def plot_precision_recall(outcome: Comparison | Evaluation) -> Figure:
    """Draw precision against recall.

    Parameters
    ----------
    outcome : Comparison or Evaluation
        A comparison (the models of the report's figures) or an evaluation (its model).

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _drawn(outcome, "precision-recall", _curves(outcome))


def plot_roc(outcome: Comparison | Evaluation) -> Figure:
    """Draw sensitivity against the false positive rate.

    Parameters
    ----------
    outcome : Comparison or Evaluation
        As for :func:`plot_precision_recall`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _drawn(outcome, "roc", _curves(outcome))


def plot_reliability(outcome: Comparison | Evaluation) -> Figure:
    """Draw observed shares against predicted probabilities: the reliability diagram.

    Parameters
    ----------
    outcome : Comparison or Evaluation
        A comparison (the best model and its baseline) or an evaluation (its model).

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _drawn(outcome, "calibration", curves.calibration)


def plot_decision_curve(outcome: Comparison | Evaluation) -> Figure:
    """Draw the net benefit of acting on the rarest class by threshold probability.

    Parameters
    ----------
    outcome : Comparison or Evaluation
        As for :func:`plot_reliability`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _drawn(outcome, "decision-curve", curves.decisions)


Draw = Callable[[Dataset, Sequence[Shown]], list[ReportFigure]]


def _curves(outcome: Comparison | Evaluation) -> Draw:
    """Curves, with the spread of the folds where there are several."""
    folds = isinstance(outcome, Comparison) and outcome.coverage.folds > 1
    return lambda dataset, shown: curves.curves(dataset, shown, folds=folds)


def _drawn(outcome: Comparison | Evaluation, name: str, draw: Draw) -> Figure:
    """The report's figure of that name."""
    shown = [shown_model(outcome)] if isinstance(outcome, Evaluation) else shown_models(outcome)
    for figure in draw(outcome.dataset, shown):
        if figure.name == name:
            return figure.figure
    raise InputError(f"The {name} figure is not defined: the held-out rows lack a class.")

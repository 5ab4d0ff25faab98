"""The figures of a comparison, each with a title and a caption."""

from __future__ import annotations

import numpy as np

from rarebit.evaluation import Comparison
from rarebit.evaluation.outcome import baseline, ranked, treatment_kind
from rarebit.evaluation.ranking import line_of
from rarebit.reporting import curves, names, plots
from rarebit.reporting.curves import ReportFigure, Shown
from rarebit.running.cells import Candidate

# Characters of each half of a candidate's name that fit into a legend on a phone.
NAME = 22
KIND_LABELS = {
    "none": "Untouched",
    "threshold": "Tuned threshold",
    "weights": "Class weights",
    "resampling": "Resampling",
}


def report_figures(comparison: Comparison) -> dict[str, list[ReportFigure]]:
    """Draw all figures of a comparison, by section; a section without data is empty."""
    dataset, shown = comparison.dataset, shown_models(comparison)
    given = comparison.settings.get("cost_matrix")
    threshold = getattr(comparison.model, "threshold_", None)
    return {
        "curves": curves.curves(dataset, shown, folds=comparison.coverage.folds > 1),
        "calibration": curves.calibration(dataset, shown),
        "decisions": curves.decisions(dataset, shown),
        "costs": curves.costs(dataset, shown, given, threshold),
        "time": _time(comparison),
    }


def shown_models(comparison: Comparison) -> list[Shown]:
    """The models to be drawn, the best first."""
    return [_as_shown(comparison, pair) for pair in shown_in_plots(comparison)]


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


def _as_shown(comparison: Comparison, candidate: Candidate) -> Shown:
    """A candidate with its mean scores."""
    label = names.candidate_label(comparison, candidate, NAME)
    line = line_of(comparison.ranking, candidate)
    scores = {str(name): value for name, value in line.items()}
    return Shown(label, scores, comparison.predictions[candidate])


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
    return [ReportFigure("time", "Score and fit time", caption, figure)]

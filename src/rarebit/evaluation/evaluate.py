"""A fitted model on rows of another time or place: scores, calibration, and what has drifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rarebit._common.checks import CheckResult, check_codes, finds
from rarebit._common.parameters import check_count
from rarebit._common.random_state import check_seed
from rarebit._common.wording import interval, number
from rarebit.datasets import Dataset
from rarebit.datasets.columns.drift import drift_sentence
from rarebit.datasets.columns.shift import ColumnShift
from rarebit.decision import FittedPoint
from rarebit.decision.costs import cost_columns
from rarebit.evaluation.cautions import useless
from rarebit.evaluation.checks import with_checks
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import TotalCost, cost_sentence, read_costs, total_cost
from rarebit.evaluation.evaluate_finding import (
    calibration_sentences,
    in_use_sentences,
    prevalence_sentence,
    score_sentences,
)
from rarebit.evaluation.labelled import labelled_rows
from rarebit.evaluation.notebook import as_html
from rarebit.evaluation.operating import AtPoint, at_points
from rarebit.evaluation.recalibration import Recalibration, measure_recalibration
from rarebit.evaluation.review import Reviewed, review_sentence, with_review
from rarebit.evaluation.scores import calibration_table, class_table, column_drift, score_table
from rarebit.evaluation.subgroups import Subgroups, subgroups
from rarebit.exceptions import InputError
from rarebit.persistence import load
from rarebit.running.cells import REVIEWED
from rarebit.running.provenance import versions
from rarebit.statistics.bootstrap import resamples_for
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.deciding import check_points
from rarebit.zoo.objective import EXPECTED_COST, get_objective
from rarebit.zoo.recalibrating import recalibrated


@dataclass(frozen=True)
class Evaluation:
    """The outcome of :func:`evaluate`.

    Attributes
    ----------
    model : TreatedClassifier
        The model evaluated.
    dataset : Dataset
        The rows with a label, as values; classes and roles are those of the model.
    predictions : Predictions
        What the model predicts for these rows.
    metrics : DataFrame
        One row a metric: ``metric, label, score, low, high`` (95 % bootstrap interval, of whole
        groups where there are groups) and ``training``, the score on the inner held-out rows of
        training (nan if the model holds none).
    classes : DataFrame
        One row a class: ``label, rows, share, low, high`` (exact 95 % interval of the share) and
        ``training_rows, training_share``. Row weights are not applied.
    prevalence_p : float
        p-value of the hypothesis that the class shares are those of training.
    calibration : DataFrame
        One row for each of the rare classes: ``label, predicted`` (mean probability), ``observed``
        (share, by weight), and their ``difference`` with its 95 % interval ``low, high``.
    drift : DataFrame
        One row a column, as in :func:`rarebit.evaluation.evaluate`'s notes.
    recalibration : Recalibration
        Whether another calibration would help.
    operating : list of AtPoint
        What decisions at each operating point did on these rows.
    points : dict of str to FittedPoint
        The operating points: those of the model, then those asked for.
    review : Reviewed or None
        What decisions are worth here if a person decides some rows; None if the model was not
        fitted with a budget of review.
    subgroups : Subgroups or None
        Figures of the rows by the columns asked for; None if none were.
    cost_matrix : list of lists or None
        ``cost[true, predicted]``, numbers or names of columns; None if neither the model nor the
        user has costs.
    cost : TotalCost or None
        What the decisions cost in total, with intervals; None without costs.
    finding : list of str
        Plain sentences: how good the model is here, and what differs from training.
    warnings : list of str
        What the user should know before relying on the figures.
    settings, versions : dict
        Everything needed to run it again.
    checks : list of CheckResult
        What each check found: ``code, title, result`` ("issue", "tip", "passed", "not applicable"
        or "ignored") and ``messages``.
    """

    model: TreatedClassifier
    dataset: Dataset
    predictions: Predictions
    metrics: pd.DataFrame
    classes: pd.DataFrame
    prevalence_p: float
    calibration: pd.DataFrame
    drift: pd.DataFrame
    recalibration: Recalibration
    operating: list[AtPoint]
    points: dict[str, FittedPoint]
    review: Reviewed | None
    subgroups: Subgroups | None
    cost_matrix: list[list[float | str]] | None
    cost: TotalCost | None
    finding: list[str]
    warnings: list[str]
    settings: dict[str, Any]
    versions: dict[str, str]
    checks: list[CheckResult] = field(default_factory=list)

    def _repr_html_(self) -> str:
        """The finding and the scores, for a notebook."""
        table = pd.DataFrame(
            {
                "Metric": self.metrics["label"],
                "Score": self.metrics["score"].map(number),
                "95 % interval": list(map(interval, self.metrics["low"], self.metrics["high"])),
                "In training": self.metrics["training"].map(number),
            }
        )
        return as_html(f"Evaluation on {self.dataset.name}", self.finding, table)

    def recalibrated(self) -> TreatedClassifier | None:
        """Return the model with the best update of its calibration, fitted on these rows.

        Its decision rule is tuned on them, too.

        Returns
        -------
        TreatedClassifier or None
            None if no update shows a gain.
        """
        update = self.recalibration.best
        if update is None:
            return None
        seen, rows = self.predictions, self.dataset
        return recalibrated(
            self.model, seen.proba, seen.y, seen.weight, update,
            groups=rows.groups, amounts=rows.amounts,
        )  # fmt: skip


def evaluate(
    model: TreatedClassifier | str | PathLike[str],
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    sample_weight: Any = None,
    cost: str | ArrayLike | None = None,
    by: str | Sequence[str] | None = None,
    at: str | Sequence[str] | None = None,
    name: str | None = None,
    source: str = "",
    ignore_checks: str | Sequence[str] | None = None,
    n_resamples: int | None = None,
    seed: int = 0,
    trusted: Sequence[str] = (),
) -> Evaluation:
    """Evaluate a fitted model on rows that it was not fitted on.

    Parameters
    ----------
    model : TreatedClassifier or path
        A fitted model, or the folder of a stored one.
    X : Dataset, DataFrame or array of shape (n_rows, n_features)
        The rows, read as the model reads new rows: text, dates and missing values are allowed.
    y : array of shape (n_rows,) or str, optional
        Class labels, or the name of their column in ``X``; rows without one are left out. Not
        allowed with a ``Dataset``.
    groups, sample_weight : array of shape (n_rows,) or str, optional
        Rows of one group (a patient) are resampled together; weights are used in all scores.
        Arrays, or names of columns of ``X``.
    cost : str, array or nested list of shape (n_classes, n_classes), optional
        Cost of decisions, as in :func:`rarebit.evaluation.compare`; those of the model by default.
    by : str or list of str, optional
        Columns of ``X`` by whose values subgroups are shown; they need not be features.
    at : str or list of str, optional
        Operating points to show besides those that the model was fitted with.
    name, source : str, optional
        Name of the rows, and where they come from, for the output.
    ignore_checks : list of str, optional
        Codes of checks, such as ``"RB002"``, whose findings are left out.
    n_resamples : int, optional
        Bootstrap samples for the intervals; the default is 500, fewer with many rows.
    seed : int, default=0
        Seed of the intervals and tests.
    trusted : sequence of str, default=()
        Further types that the stored model may contain, as in :func:`rarebit.load`.

    Returns
    -------
    Evaluation
        Scores, calibration, drift, and whether recalibration would help.

    Notes
    -----
    ``drift`` has the columns ``column, difference, by_chance, p, missing, missing_before``:
    training is divided into bins (tenths of the numbers, the most frequent categories, missing
    values); ``difference`` is the share of rows that would have to move to another bin,
    ``by_chance`` its 95 % quantile between samples of these sizes of one distribution, ``p`` the
    Holm-adjusted p-value of a permutation test.

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> data = load_dataset("breast_cancer_rare")
    >>> earlier, later = data.take(np.arange(200)), data.take(np.arange(200, len(data.target)))
    >>> model = TreatedClassifier("gaussian_nb", "untouched").fit(earlier.frame, earlier.labels)
    >>> found = evaluate(model, later, n_resamples=50)
    >>> found.metrics.set_index("metric").loc["roc_auc", "score"] > 0.9
    np.True_
    """
    fitted = loaded(model, trusted)
    check_seed(seed)
    ignored = check_codes(ignore_checks)
    if n_resamples is not None:
        check_count("n_resamples", n_resamples, 0)
    amounts = cost_columns(fitted.costs_.as_lists() if cost is None and fitted.costs_ else cost)
    dataset = labelled_rows(
        fitted, X, y, groups=groups, weights=sample_weight, by=by, amounts=amounts, name=name,
        source=source,
    )  # fmt: skip
    costs = fitted.costs_ if cost is None else read_costs(cost, dataset)
    cost_of = None if costs is None else costs.matrix(dataset.amounts)
    own = get_objective(fitted.metric if costs is None else EXPECTED_COST, cost_of)
    points = _points(fitted, at)
    predictions = _predict(fitted, dataset)
    if n_resamples is None:
        n_resamples = resamples_for(len(dataset.target))
    options = {"n_resamples": n_resamples, "seed": seed}
    metrics = score_table(fitted, dataset, predictions, own, **options)
    classes, prevalence_p = class_table(fitted, dataset, seed)
    calibration = calibration_table(dataset, predictions, **options)
    drift = column_drift(fitted, dataset.frame, seed)
    recalibration = measure_recalibration(dataset, predictions, **options)
    review = _review(fitted, dataset, predictions)
    given = None if costs is None else costs.as_lists()
    total = total_cost(dataset, predictions, given, **options)
    found = Evaluation(
        model=fitted,
        dataset=dataset,
        predictions=predictions,
        metrics=metrics,
        classes=classes,
        prevalence_p=prevalence_p,
        calibration=calibration,
        drift=drift,
        recalibration=recalibration,
        operating=at_points(dataset, _decided_at(points, predictions)),
        points=points,
        review=review,
        subgroups=subgroups(dataset, predictions, own, costs=cost_of, seed=seed),
        cost_matrix=given,
        cost=total,
        finding=[
            *useless("the model", dataset, predictions),
            *score_sentences(metrics, own.name),
            *([] if total is None else [cost_sentence(dataset, total, "the model", "row")]),
            prevalence_sentence(dataset, classes, prevalence_p),
            *in_use_sentences(fitted),
            *calibration_sentences(calibration),
            recalibration.sentence(),
            drift_sentence(drift),
            *([] if review is None else [review_sentence(review)]),
        ],
        warnings=_warnings(fitted, dataset),
        settings={**options, "cost_matrix": given},
        versions=versions(),
    )
    applies = {
        "RB201": fitted.seen_rows_ is not None,
        "RB204": not drift.empty,
        "RB206": not recalibration.table.empty,
        "RB113": bool(np.isfinite(calibration["low"]).any()),
    }
    return with_checks("evaluate", found, applies, ignored)


def loaded(
    model: TreatedClassifier | str | PathLike[str], trusted: Sequence[str]
) -> TreatedClassifier:
    """Return a model, from its folder if it is stored."""
    fitted = model if isinstance(model, TreatedClassifier) else load(model, trusted=trusted)
    if not isinstance(fitted, TreatedClassifier):
        raise InputError(
            f"{model} holds a {type(fitted).__name__}, not a model of `compare` or `train`."
        )
    return fitted


def _points(model: TreatedClassifier, at: str | Sequence[str] | None) -> dict[str, FittedPoint]:
    """Operating points of the model, and those asked for, fitted on its held-out rows."""
    texts = [*model.points_, *map(str, check_points(at, len(model.classes_)))]
    found = {text: model.point(text) for text in texts}
    return {text: point for text, point in found.items() if point is not None}


def _decided_at(points: dict[str, FittedPoint], predictions: Predictions) -> dict[str, Predictions]:
    """The predictions, decided at each operating point."""
    return {
        text: replace(predictions, labels=point.decide(predictions.proba))
        for text, point in points.items()
    }


def _review(
    model: TreatedClassifier, dataset: Dataset, predictions: Predictions
) -> Reviewed | None:
    """What review changes, if the model was fitted with a budget of review."""
    rule = model.review_rule()
    if rule is None:
        return None
    reviewed = rule.reviewed(predictions.proba, dataset.table)
    labels = np.where(reviewed, REVIEWED, predictions.labels)
    return with_review(dataset, str(rule.budget), predictions, replace(predictions, labels=labels))


def _predict(model: TreatedClassifier, dataset: Dataset) -> Predictions:
    """Predict all rows, as one fold."""
    labels, proba = model.labelled(dataset.table)
    n_rows = len(dataset.target)
    once, weight = np.zeros(n_rows, dtype=np.int64), dataset.sample_weight
    return Predictions(
        rows=np.arange(n_rows),
        repeat=once,
        fold=once,
        y=dataset.target,
        labels=labels,
        proba=proba,
        weight=np.ones(n_rows) if weight is None else weight,
    )


def _warnings(model: TreatedClassifier, dataset: Dataset) -> list[str]:
    """What was left out, rows of training, classes that do not occur, changed units."""
    training, seen_rows = model.columns_, model.seen_rows_
    repeated = [] if seen_rows is None else seen_rows.sentences(dataset.frame)
    shift = ColumnShift({name: training[name] for name in model.roles_ if name in training})
    shift.add(dataset.frame)
    return [*repeated, *_absent(dataset), *dataset.notes, *shift.sentences()]


@finds("RB202")
def _absent(dataset: Dataset) -> list[str]:
    """Say which classes have no row."""
    absent = [
        repr(label) for label, n in zip(dataset.classes, dataset.counts, strict=True) if not n
    ]
    if not absent:
        return []
    named = ", ".join(absent)
    return [f"No row is of class {named}: scores that need it are not defined or leave it out."]

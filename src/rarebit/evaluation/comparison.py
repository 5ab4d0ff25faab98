"""The outcome of a comparison on one data set: plain values for terminal, report and user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rarebit._common.checks import CheckResult
from rarebit._common.optional import import_extra
from rarebit._common.wording import interval, number, p_value
from rarebit.datasets import Dataset
from rarebit.evaluation.coverage import Coverage
from rarebit.evaluation.notebook import as_html
from rarebit.metrics import Metric
from rarebit.running.cells import Candidate
from rarebit.statistics import Interval, bootstrap_scores
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.objective import get_objective

if TYPE_CHECKING:  # they take what is defined here
    from rarebit.decision.points import FittedPoint
    from rarebit.evaluation.costs import TotalCost
    from rarebit.evaluation.evaluate import Evaluation
    from rarebit.evaluation.explanation import Explanation
    from rarebit.evaluation.operating import AtPoint
    from rarebit.evaluation.review import Reviewed
    from rarebit.evaluation.stability import Stability
    from rarebit.evaluation.subgroups import Subgroups

# Candidates shown in a notebook.
NOTEBOOK_ROWS = 12


@dataclass(frozen=True, eq=False)
class Predictions:
    """Test predictions of one candidate: all folds of all repeats, one after another."""

    # Position of each predicted row in the data set; a row occurs at most once a repeat
    rows: np.ndarray
    # Where each prediction was made
    repeat: np.ndarray
    fold: np.ndarray
    # True and predicted label codes
    y: np.ndarray
    labels: np.ndarray
    # Calibrated probabilities, (n, n_classes)
    proba: np.ndarray
    # Ones if the data set has no weights
    weight: np.ndarray

    def take(self, chosen: np.ndarray) -> Predictions:
        """Return the chosen predictions only, by mask or by position."""
        return Predictions(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def first_repeat(self) -> Predictions:
        """Return the first repeat only, in which each row occurs at most once."""
        first = self.repeat.min(initial=np.iinfo(np.int64).max)
        return self.take(self.repeat == first)

    def folds(self) -> Iterator[Predictions]:
        """Return the folds of all repeats, one by one."""
        places = np.stack([self.repeat, self.fold], axis=1)
        for place in np.unique(places, axis=0):
            yield self.take((places == place).all(axis=1))

    def intervals(
        self,
        score: Callable[[np.ndarray], Sequence[float]],
        dataset: Dataset,
        *,
        n_resamples: int,
        seed: int,
    ) -> list[Interval]:
        """Bootstrap intervals of scores of these rows, of whole groups where there are groups."""
        return bootstrap_scores(
            score,
            len(self.rows),
            groups=None if dataset.groups is None else dataset.groups[self.rows],
            sample_weight=self.weight,
            n_resamples=n_resamples,
            random_state=seed,
        )

    def mean_intervals(
        self, values: np.ndarray, dataset: Dataset, *, n_resamples: int, seed: int
    ) -> list[Interval]:
        """Bootstrap intervals of weighted means of values of these rows, one line a mean."""

        def means(weight: np.ndarray) -> list[float]:
            with np.errstate(invalid="ignore"):
                return list(values @ weight / weight.sum())

        return self.intervals(means, dataset, n_resamples=n_resamples, seed=seed)


@dataclass(frozen=True, eq=False)
class Answer:
    """What one metric says of the treatments and of the recommended model.

    Attributes
    ----------
    metric : str
        Name of the metric.
    effects : DataFrame
        As :attr:`Comparison.effects`.
    best_corrected : tuple of (float, float, float)
        As :attr:`Comparison.best_corrected`.
    """

    metric: str
    effects: pd.DataFrame
    best_corrected: tuple[float, float, float]

    @property
    def objective(self) -> Metric:
        """Label and direction of the metric."""
        return get_objective(self.metric)


@dataclass(frozen=True)
class Comparison:
    """The outcome of :func:`rarebit.evaluation.compare`.

    Attributes
    ----------
    dataset : Dataset
        The data set compared on.
    metric : str
        The metric that ranks. If none was asked for, that of the decisions: macro F1, or the
        expected cost.
    cells : DataFrame
        One row for each fit of a candidate on a fold: ``classifier, treatment, repeat, fold,
        status`` ("done", "failed" or "timeout"), one column a metric, ``fit_seconds,
        predict_seconds, peak_mib, n_train, n_test, notes, error``; ``search_cut_short`` is 1 where
        a time budget ended the search.
    ranking : DataFrame
        One row a candidate, best first: ``rank, classifier, treatment, score, low, high``
        (corrected 95 % interval of the mean), ``p_best`` (Holm-adjusted p-value of the difference
        from the recommended model; nan for itself), ``n_done, n_failed``, the mean of every
        metric under its own name, ``fit_seconds``, ``predict_seconds``. If the probabilities were
        judged, too: ``log_loss_low, log_loss_high, log_loss_p``.
    effects : DataFrame
        One row a treatment, averaged over the classifiers: ``treatment, reference, difference, low,
        high, p`` (Holm-adjusted), ``wins, ties, losses`` (by classifier), ``detectable`` (the
        difference that these folds would detect with a power of 80 %). The reference is the
        untouched model with a tuned threshold.
    finding : list of str
        Plain sentences: does resampling help on this table?
    recommendation : str
        The sentence of the finding that names the best model.
    best : tuple of (str, str)
        Recommended classifier and treatment.
    best_corrected : tuple of (float, float, float)
        Its score and 95 % interval, corrected for selection (bootstrap bias correction).
    probabilities : Answer or None
        The answer of the log loss, which judges the probabilities. None if a metric was asked for:
        then it alone ranks and chooses.
    predictions : dict of (str, str) to Predictions
        Test predictions of each candidate with at least one finished cell.
    labels : dict of str to str
        Label for people of each classifier and treatment name.
    warnings : list of str
        What the user should know before relying on the figures.
    left_out : list of str
        What was not compared, and why.
    settings, versions : dict
        Everything needed to run it again.
    coverage : Coverage
        How many ``models`` were compared on how many ``folds``, of how many planned (``of_models``,
        ``of_folds``): fewer where a time budget was not enough.
    subgroups : Subgroups or None
        Figures of the best model for subgroups of the rows; None if no columns were named for them.
    cost : TotalCost or None
        What the decisions of the best model cost in total, with intervals; None without costs.
    operating : list of AtPoint
        What the best model did on test rows at each operating point asked for.
    review : Reviewed or None
        What the best model's decisions are worth if a person decides some rows; None if that was
        not asked for.
    stability : Stability or None
        How far predictions move between bootstrap refits; None if that was not asked for.
    explanation : Explanation or None
        What the best model depends on; None if that was not asked for, or not computed in time.
    model : TreatedClassifier or None
        The best candidate refitted on all rows (cut as the training sets were); None if that was
        not asked for, or if a time budget was not enough for it.
    test : Evaluation or None
        The model on rows of another time or place; None if none were given.
    checks : list of CheckResult
        What each check found: ``code, title, result`` ("issue", "tip", "passed", "not applicable"
        or "ignored") and ``messages``.
    """

    dataset: Dataset
    metric: str
    cells: pd.DataFrame
    ranking: pd.DataFrame
    effects: pd.DataFrame
    finding: list[str]
    recommendation: str
    best: Candidate
    best_corrected: tuple[float, float, float]
    predictions: dict[Candidate, Predictions]
    labels: dict[str, str]
    warnings: list[str]
    left_out: list[str]
    settings: dict[str, Any]
    versions: dict[str, str]
    coverage: Coverage
    subgroups: Subgroups | None = None
    cost: TotalCost | None = None
    operating: list[AtPoint] = field(default_factory=list)
    review: Reviewed | None = None
    explanation: Explanation | None = None
    stability: Stability | None = None
    model: TreatedClassifier | None = None
    probabilities: Answer | None = None
    test: Evaluation | None = None
    checks: list[CheckResult] = field(default_factory=list)

    def _repr_html_(self) -> str:
        """The finding and the first lines of the ranking, for a notebook."""
        shown = self.ranking.head(NOTEBOOK_ROWS)
        score = self.objective.label
        table = pd.DataFrame(
            {
                "#": shown["rank"],
                "Classifier": [self.labels.get(name, name) for name in shown["classifier"]],
                "Treatment": [self.labels.get(name, name) for name in shown["treatment"]],
                score: [number(value) for value in shown["score"]],
                "95 % interval": list(map(interval, shown["low"], shown["high"])),
                "p vs. best": [p_value(value) for value in shown["p_best"]],
            }
        )
        rest = len(self.ranking) - len(shown)
        more = [f"The first {len(shown)} of {len(self.ranking)} models:"] if rest else []
        return as_html(f"Comparison on {self.dataset.name}", [*self.finding, *more], table)

    def to_polars(self) -> Any:
        """Return the ranking as a polars table; needs the extra ``polars``.

        Returns
        -------
        polars.DataFrame
        """
        return import_extra("polars").from_pandas(self.ranking)

    @property
    def columns_left_out(self) -> dict[str, str]:
        """Columns that the best model does not use although nobody asked for it, and why."""
        unused = {} if self.model is None else self.model.left_out_
        return self.dataset.dropped | unused

    @property
    def points(self) -> dict[str, FittedPoint]:
        """The operating points of the model, by their texts."""
        return {} if self.model is None else self.model.points_

    @property
    def answers(self) -> list[Answer]:
        """The answer of the metric that ranks, and that on the probabilities, if there is one."""
        decisions = Answer(self.metric, self.effects, self.best_corrected)
        return [decisions, self.probabilities] if self.probabilities else [decisions]

    @property
    def objective(self) -> Metric:
        """Label and direction of the metric that ranks."""
        return get_objective(self.metric)

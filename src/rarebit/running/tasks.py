"""Tasks: what the runner can run. Each gives the result of one cell, in any process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.base import clone

from rarebit._common.checks import coded
from rarebit._common.predictions import combine_weights
from rarebit._common.threads import one_thread
from rarebit.datasets import Dataset
from rarebit.decision import expected_cost
from rarebit.decision.costs import Costs
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.metrics import METRICS, score_all
from rarebit.running.cells import (
    REVIEW,
    REVIEWED,
    SEARCH_CUT_SHORT,
    CellKey,
    CellPredictions,
    CellResult,
)
from rarebit.running.limits import TimeLimitExceeded, peak_memory_mib, reset_peak_memory, time_limit
from rarebit.zoo import TreatedClassifier, get_classifier
from rarebit.zoo.fitting import spread
from rarebit.zoo.objective import EXPECTED_COST
from rarebit.zoo.splits import Split

# Also scored on the probabilities before calibration.
RAW_METRICS = ("brier", "calibration_error")


class Task(Protocol):
    """One cell to run. Workers receive it pickled (by cloudpickle: lambdas are fine)."""

    @property
    def key(self) -> CellKey:
        """The cell."""
        ...

    @property
    def seconds(self) -> float | None:
        """Limit of processor time, or None."""
        ...

    def run(self) -> CellResult:
        """Compute the result; an exception makes a ``failed`` cell of it."""
        ...


def run_task(task: Task, left: float | None = None) -> CellResult:
    """Run one task within its limits; what goes wrong is part of the result.

    It may take ``left`` seconds by the clock, its share of the time budget of the whole run.
    """
    started = time.monotonic()
    try:
        # A cell's own limit is in processor time: what else the machine does is not its fault.
        with time_limit(left), time_limit(task.seconds, time.process_time):
            return task.run()
    except TimeLimitExceeded:
        taken = time.monotonic() - started
        if left is not None and taken >= left:
            return out_of_time(task, taken)
        return CellResult(
            task.key, "timeout", error=f"Ended after {task.seconds:g} s of processor time."
        )
    except (InputError, MissingExtraError) as error:
        return CellResult(task.key, "failed", error=str(error), is_refused=True)
    except Exception as error:
        # A cell that fails is a result: it is recorded, ranked last, and the others continue.
        return CellResult(task.key, "failed", error=f"{type(error).__name__}: {error}")


def out_of_time(task: Task, seconds: float) -> CellResult:
    """The result of a task that was ended after its share of the time budget."""
    error = f"Ended after {seconds:.1f} s, its share of the time budget."
    return CellResult(task.key, "cut", fit_seconds=seconds, error=error)


@dataclass(frozen=True)
class ScoreTask:
    """A cell whose scores a function computes: an arm of a study on one split, say.

    The function runs pinned to one thread; its time and memory are measured.

    Attributes
    ----------
    key : CellKey
        The cell.
    score : callable () -> mapping of str to float
        Gives scores of any names.
    seconds : float or None, default=None
        The cell is ended after this much processor time.
    module : str or None, default=None
        A library that the function loads, such as ``"torch"``: it is loaded first, so that it is
        pinned to one thread as well.

    Examples
    --------
    >>> ScoreTask(CellKey("wine", "no mixup"), lambda: {"f1": 0.5}).run().scores
    {'f1': 0.5}
    """

    key: CellKey
    score: Callable[[], Mapping[str, float]]
    seconds: float | None = None
    module: str | None = None

    def run(self) -> CellResult:
        """Compute the scores."""
        reset_peak_memory()
        started = time.perf_counter()
        with one_thread(self.module):
            scores = {name: float(value) for name, value in self.score().items()}
        seconds = time.perf_counter() - started
        return CellResult(
            self.key, "done", scores=scores, fit_seconds=seconds, peak_mib=peak_memory_mib()
        )


@dataclass(frozen=True)
class CellTask:
    """A cell of a comparison: a model is fitted on the training set and scored on the test set."""

    key: CellKey
    # At least the rows of the split, whose positions refer to it
    dataset: Dataset
    split: Split
    # Not fitted; the task clones it
    model: TreatedClassifier
    # The cell is ended after this much processor time
    seconds: float | None = None
    # Whether the result carries the test predictions
    keep_predictions: bool = True
    # Costs that the result is scored with, whatever the model optimises
    costs: Costs | None = None
    # Positions of the rows of ``dataset`` in a larger one, to which the predictions refer
    rows: np.ndarray | None = None

    def run(self) -> CellResult:
        """Fit on the training set, score on the test set."""
        model = clone(self.model)
        with one_thread(library_of(model)):
            return self._fit_and_score(model)

    def _fit_and_score(self, model: TreatedClassifier) -> CellResult:
        dataset, split = self.dataset, self.split
        train, test = dataset.take(split.train), dataset.take(split.test)
        reset_peak_memory()
        started = time.perf_counter()
        fit_on(model, train, split.design_weight)
        fitted = time.perf_counter()
        values = model.read(test.table)
        positions, seen_proba, seen_raw = model.decide_values(values)
        predicted = time.perf_counter()

        codes = np.unique(train.target)  # of the model's classes, in their order
        labels = codes[positions]
        proba, raw = (spread(p, codes, len(dataset.classes)) for p in (seen_proba, seen_raw))
        rows = split.test if self.rows is None else self.rows[split.test]
        at = {text: codes[point.decide(seen_proba)] for text, point in model.points_.items()}
        if (review := model.review_rule()) is not None:
            decided = at.get(next(iter(model.points_), ""), labels)
            at[REVIEW] = np.where(review.reviewed(seen_proba, values), REVIEWED, decided)
        predictions = CellPredictions(rows, labels, proba, at) if self.keep_predictions else None
        scores = self._scores(test, labels, proba, raw)
        if model.search_cut_short_:
            scores[SEARCH_CUT_SHORT] = 1.0
        return CellResult(
            self.key,
            "done",
            scores=scores,
            fit_seconds=fitted - started,
            predict_seconds=predicted - fitted,
            peak_mib=peak_memory_mib(),
            n_train=len(split.train),
            n_test=len(split.test),
            notes=tuple(map(coded, model.notes_)),
            predictions=predictions,
        )

    def _scores(
        self, test: Dataset, labels: np.ndarray, proba: np.ndarray, raw: np.ndarray
    ) -> dict[str, float]:
        """Every metric; labels ``(n_test,)``, proba and raw ``(n_test, n_classes)``."""
        y, positive, weight = test.target, test.positive, test.full_weight
        # The user's metric may be one at another operating point.
        every = dict.fromkeys([*METRICS, self.model.metric])
        scores = score_all(y, labels, proba, positive=positive, sample_weight=weight, names=every)
        for name in RAW_METRICS:
            scores[f"raw_{name}"] = METRICS[name].function(
                y, raw, n_classes=proba.shape[1], positive=positive, sample_weight=weight
            )
        if self.costs is not None:
            cost = self.costs.matrix(test.amounts)
            scores[EXPECTED_COST] = expected_cost(y, labels, cost, sample_weight=weight)
        return scores


def library_of(model: TreatedClassifier) -> str | None:
    """The optional library of a classifier of the zoo, to be loaded before threads are pinned."""
    named = isinstance(model.classifier, str)
    return get_classifier(model.classifier).module if named else None


def fit_on(
    model: TreatedClassifier, dataset: Dataset, design_weight: np.ndarray | None = None
) -> TreatedClassifier:
    """Fit a model on all rows of a data set; ``design_weight`` is that of a cut of its rows."""
    return model.fit(
        dataset.table,
        dataset.labels,
        dataset.sample_weight,
        groups=dataset.groups,
        time=dataset.time,
        design_weight=combine_weights(design_weight, dataset.design_weight),
    )

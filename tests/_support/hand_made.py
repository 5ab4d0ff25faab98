"""A comparison of six models on twelve rows and three folds, with scores made by hand."""

import numpy as np
import pandas as pd

from rarebit.datasets import Dataset, Role
from rarebit.evaluation.summary import summarise
from rarebit.metrics import METRICS
from rarebit.running import CellKey, CellResult
from rarebit.running.cells import CellPredictions
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.protocols import Protocol
from rarebit.zoo import PRESETS

DATASET = Dataset(
    "hand",
    pd.DataFrame({"a": np.arange(12.0)}),
    np.tile([0, 0, 1], 4),
    ("no", "yes"),
    1,
    {"a": Role.NUMERIC},
)
MODELS = ["logistic_regression", "knn"]
TREATMENTS = ["untouched", "tuned_threshold", "smote"]
PLAN = make_plan(DATASET, PRESETS["quick"], models=MODELS, treatments=TREATMENTS)
FOLDS = np.array_split(np.arange(12), 3)


def make_cell(classifier, treatment, fold, score, status="done", notes=(), loss=None):
    test = FOLDS[fold]
    proba = np.column_stack(
        [1 - (DATASET.target[test] == 1) * 0.5, (DATASET.target[test] == 1) * 0.5]
    )
    return CellResult(
        CellKey("hand", classifier, treatment, "strict", 0, 0, fold, "h"),
        status,
        scores=dict.fromkeys(METRICS, score) | ({} if loss is None else {"log_loss": loss})
        if status == "done"
        else {},
        fit_seconds=1.0,
        n_train=8,
        n_test=4,
        notes=notes,
        error="" if status == "done" else "too slow",
        predictions=CellPredictions(test, DATASET.target[test], proba)
        if status == "done"
        else None,
    )


def make_cells(scores):
    """Cells of a table ``(classifier, treatment) -> scores by fold``."""
    return [
        make_cell(*pair, fold, score)
        for pair, by_fold in scores.items()
        for fold, score in enumerate(by_fold)
    ]


SCORES = {
    ("logistic_regression", "untouched"): [0.60, 0.62, 0.61],
    ("logistic_regression", "tuned_threshold"): [0.70, 0.73, 0.71],
    ("logistic_regression", "smote"): [0.68, 0.69, 0.70],
    ("knn", "untouched"): [0.50, 0.55, 0.52],
    ("knn", "tuned_threshold"): [0.60, 0.62, 0.66],
    ("knn", "smote"): [0.61, 0.60, 0.63],
}


def conclude(
    cells, n_planned=None, metric="macro_f1", plan=PLAN, dataset=DATASET, settings=None, judge=None
):
    job = Job(dataset, plan, Protocol(), metric, probability_metric=judge)
    return summarise(
        job,
        cells,
        n_planned=n_planned or len(cells),
        test_ratio=0.5,
        settings=settings or {},
        versions={},
    )

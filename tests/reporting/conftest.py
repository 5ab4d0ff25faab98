"""Comparisons to report on, made from small scikit-learn models: real scores, real predictions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import minmax_scale
from sklearn.tree import DecisionTreeClassifier

from rarebit.datasets import Dataset, Role
from rarebit.datasets._dataset import ColumnReport
from rarebit.evaluation import Protocol, compare
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.summary import summarise
from rarebit.metrics import score_all
from rarebit.running import CellKey, CellResult
from rarebit.running.cells import CellPredictions
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.zoo import PRESETS

CLASSIFIERS = {
    "logistic_regression": lambda: LogisticRegression(solver="newton-cholesky", C=0.1),
    "gaussian_nb": lambda: GaussianNB(var_smoothing=1e-2),
    "decision_tree": lambda: DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
}
TREATMENTS = ["untouched", "class_weights", "tuned_threshold", "random_over", "smote"]


def digits(n_classes):
    """The digits: 8 against the rest, or four of them with two made rare."""
    X, digit = load_digits(return_X_y=True)
    X = minmax_scale(X)[:, 2:62:3]
    if n_classes == 2:
        rows = np.arange(600)
        target, classes, positive = (digit[rows] == 8).astype(np.int64), ("rest", "8"), 1
    else:
        caps = {0: 180, 1: 120, 3: 40, 8: 25}
        rows = np.concatenate([np.flatnonzero(digit == d)[:cap] for d, cap in caps.items()])
        target, classes, positive = np.searchsorted([0, 1, 3, 8], digit[rows]), (0, 1, 3, 8), None
    frame = pd.DataFrame(X[rows], columns=[f"pixel {i}" for i in range(X.shape[1])])
    frame.iloc[::7, 2] = np.nan
    columns = [ColumnReport(str(name), "numeric", "numbers") for name in frame]
    columns[0] = ColumnReport("pixel 0", "dropped", "the same value in every row")
    return Dataset(
        name="digits",
        frame=frame,
        target=target.astype(np.int64),
        classes=classes,
        positive=positive,
        roles=dict.fromkeys(frame.columns, Role.NUMERIC),
        columns=(*columns, ColumnReport("digit", "target", "named as the target")),
        notes=("12 rows are repeated; a repeated row may sit on both sides of a split.",),
        source="scikit-learn, load_digits",
    )


def fit_predict(classifier, treatment, dataset, train, test):
    """Labels and probabilities of one cell."""
    X = dataset.frame.fillna(dataset.frame.median())
    y = dataset.target[train]
    rows = X.iloc[train].to_numpy()
    model = CLASSIFIERS[classifier]()
    if treatment in ("random_over", "smote"):
        sampler = {"random_over": RandomOverSampler, "smote": SMOTE}[treatment](random_state=0)
        rows, y = sampler.fit_resample(rows, y)
    weight = None
    if treatment == "class_weights":
        counts = np.bincount(y)
        weight = (len(y) / len(counts) / counts)[y]
    model.fit(rows, y, sample_weight=weight)
    proba = model.predict_proba(X.iloc[test].to_numpy())
    prior = 1.0 if treatment != "tuned_threshold" else dataset.counts / len(dataset.target)
    return (proba / np.sqrt(prior)).argmax(axis=1), proba


def make_cell(pair, dataset, train, test, repeat, fold):
    labels, proba = fit_predict(*pair, dataset, train, test)
    y = dataset.target[test]
    return CellResult(
        CellKey(dataset.name, *pair, "strict", 0, repeat, fold, "hash"),
        "done",
        scores=score_all(y, labels, proba, positive=dataset.positive),
        fit_seconds=0.01 * (1 + 7 * fold) * len(pair[0]),
        predict_seconds=0.002,
        peak_mib=12.5,
        n_train=len(train),
        n_test=len(test),
        predictions=CellPredictions(test, labels, proba),
    )


def make_comparison(n_classes, n_splits=3, n_repeats=2, probability_metric=None):
    dataset = digits(n_classes)
    plan = make_plan(dataset, PRESETS["quick"], models=list(CLASSIFIERS), treatments=TREATMENTS)
    protocol = Protocol(n_folds=n_splits, n_repeats=n_repeats)
    folds = RepeatedStratifiedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=0)
    splits = folds.split(dataset.frame, dataset.target)
    cells = [
        make_cell(pair, dataset, train, test, *divmod(number, n_splits))
        for number, (train, test) in enumerate(splits)
        for pair in plan.candidates
    ]
    return summarise(
        Job(dataset, plan, protocol, "macro_f1", probability_metric=probability_metric),
        cells,
        n_planned=len(cells),
        test_ratio=1 / (n_splits - 1),
        warnings=["The rare class has 60 rows: intervals are wide.", *dataset.notes],
        settings={
            "dataset": "digits",
            "fingerprint": "0123456789abcdef",
            "metric": "macro_f1",
            "cost_matrix": None,
            "protocol": protocol.settings(),
            "preset": "quick",
            "seed": 0,
            "jobs": 1,
            "time_budget": None,
            "folds": n_splits * n_repeats,
        },
        versions={"python": "3.11", "rarebit": "0.1.0", "scikit-learn": "1.9.1"},
    )


@pytest.fixture(scope="session")
def two_classes():
    return make_comparison(2)


@pytest.fixture(scope="session")
def two_answers():
    """Without a metric of the user's: probabilities and decisions are judged."""
    return make_comparison(2, n_splits=2, probability_metric="log_loss")


@pytest.fixture(scope="session")
def weighted():
    """A real comparison with costs, in which common rows that look rare have the most weight."""
    rng = np.random.default_rng(0)
    y = np.arange(240) % 6 == 0
    X = np.column_stack([rng.normal(size=240) + 1.2 * y, rng.normal(size=240)])
    return compare(
        X,
        np.where(y, "sick", "well"),
        sample_weight=np.where(y, 3, 1) * np.exp(X[:, 0]),
        cost="fn=10,fp=1",
        models=["gaussian_nb"],
        treatments=["untouched", "tuned_threshold", "smote"],
        protocol=Protocol(n_folds=3, n_repeats=2, n_configs=1),
    )


@pytest.fixture(scope="session")
def four_classes():
    return make_comparison(4)


@pytest.fixture(scope="session")
def many_classes(four_classes):
    """Twenty-six classes, for the layout: labels and predictions drawn, nothing learned."""
    rng = np.random.default_rng(0)
    n_classes, n_rows = 26, len(four_classes.dataset.target)
    weight = 1 / np.arange(1, n_classes + 1)
    target = rng.choice(n_classes, n_rows, p=weight / weight.sum())
    target[:n_classes] = np.arange(n_classes)
    predictions = {}
    for pair, found in four_classes.predictions.items():
        y = target[found.rows]
        proba = rng.dirichlet(np.full(n_classes, 0.3), len(y)) + 0.3 * np.eye(n_classes)[y]
        proba /= proba.sum(axis=1, keepdims=True)
        predictions[pair] = Predictions(
            found.rows, found.repeat, found.fold, y, proba.argmax(axis=1), proba, found.weight
        )
    dataset = Dataset(
        name="letters",
        frame=four_classes.dataset.frame,
        target=target,
        classes=tuple(f"Letter number {i}" for i in range(n_classes)),
        positive=None,
        roles=four_classes.dataset.roles,
    )
    return replace(four_classes, dataset=dataset, predictions=predictions)


HOSTILE = (
    "<script>alert(1)</script>",
    "</svg><script>alert(2)</script>",
    "=cmd|' /C calc'!A0",
    r"$\frac{$",
    "[bold red]markup[/bold red] [/]",
    "שלום עולם \u202egnp.exe",
    "a very long name " * 20,
    "\x00\x1b[31m red\n\r\ttab",
)


@pytest.fixture(scope="session")
def hostile(two_classes):
    """A comparison in which everything that a user can name is an attack."""
    names = dict(zip(two_classes.labels, HOSTILE, strict=True))
    dataset = two_classes.dataset
    columns = [ColumnReport(name, "numeric", name) for name in HOSTILE]
    frame = dataset.frame.iloc[:, : len(HOSTILE)].set_axis(list(HOSTILE), axis=1)
    dataset = replace(
        dataset,
        name=HOSTILE[0],
        frame=frame,
        classes=(HOSTILE[1], HOSTILE[0]),
        columns=tuple(columns),
        source=HOSTILE[0],
    )
    rename = {"classifier": names, "treatment": names, "reference": names}
    return replace(
        two_classes,
        dataset=dataset,
        labels={name: name for name in names.values()},
        cells=two_classes.cells.replace(rename),
        ranking=two_classes.ranking.replace(rename),
        effects=two_classes.effects.replace(rename),
        best=tuple(names[name] for name in two_classes.best),
        predictions={
            (names[a], names[b]): found for (a, b), found in two_classes.predictions.items()
        },
        warnings=list(HOSTILE),
        left_out=list(HOSTILE),
        finding=list(HOSTILE),
        settings={HOSTILE[0]: HOSTILE[1], "cost_matrix": None, "seed": 0},
        versions={HOSTILE[1]: HOSTILE[0]},
    )

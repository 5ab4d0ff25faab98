"""Comparisons to report on, made from small scikit-learn models: real scores, real predictions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import minmax_scale
from sklearn.tree import DecisionTreeClassifier

from rarebit.datasets import ColumnReport, Dataset, Role
from rarebit.evaluation import Comparison, Predictions, Protocol, compare
from rarebit.metrics import score_all

CLASSIFIERS = {
    "logistic_regression": lambda: LogisticRegression(solver="newton-cholesky", C=0.1),
    "naive_bayes": lambda: GaussianNB(var_smoothing=1e-2),
    "decision_tree": lambda: DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
}
TREATMENTS = ["untouched", "class_weights", "tuned_threshold", "random_over", "smote"]
LABELS = {
    "logistic_regression": "Logistic regression",
    "naive_bayes": "Naive Bayes",
    "decision_tree": "Decision tree",
    "untouched": "Untouched",
    "class_weights": "Class weights",
    "tuned_threshold": "Tuned threshold",
    "random_over": "Random over-sampling",
    "smote": "SMOTE",
}


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


def interval(values, ratio):
    """Nadeau and Bengio's interval, as evaluation computes it."""
    n = len(values)
    error = np.sqrt((1 / n + ratio) * np.var(values, ddof=1))
    half = stats.t.ppf(0.975, n - 1) * error
    return values.mean(), values.mean() - half, values.mean() + half


def make_comparison(n_classes, n_splits=3, n_repeats=2):
    dataset = digits(n_classes)
    folds = RepeatedStratifiedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=0)
    cells, found = [], {}
    for number, (train, test) in enumerate(folds.split(dataset.frame, dataset.target)):
        repeat, fold = divmod(number, n_splits)
        for classifier in CLASSIFIERS:
            for treatment in TREATMENTS:
                labels, proba = fit_predict(classifier, treatment, dataset, train, test)
                y = dataset.target[test]
                found.setdefault((classifier, treatment), []).append(
                    (
                        test,
                        np.full(len(test), repeat),
                        np.full(len(test), fold),
                        y,
                        labels,
                        proba,
                        np.ones(len(test)),
                    )
                )
                cells.append(
                    {
                        "classifier": classifier,
                        "treatment": treatment,
                        "repeat": repeat,
                        "fold": fold,
                        "status": "done",
                        "fit_seconds": 0.01 * (1 + len(cells) % 7) * len(classifier),
                        "predict_seconds": 0.002,
                        "peak_mib": 12.5,
                        "n_train": len(train),
                        "n_test": len(test),
                        "notes": "",
                        "error": "",
                        **score_all(y, labels, proba, positive=dataset.positive),
                    }
                )
    cells = pd.DataFrame(cells)
    ratio = 1 / (n_splits - 1)
    scores = cells.pivot_table(
        index=["repeat", "fold"], columns=["classifier", "treatment"], values="macro_f1"
    )
    ranking = rank(cells, scores, ratio)
    best = (ranking.classifier[0], ranking.treatment[0])
    middle, low, high = interval(scores[best].to_numpy(), ratio)
    return Comparison(
        dataset=dataset,
        metric="macro_f1",
        cells=cells,
        ranking=ranking,
        effects=effects_of(scores, ratio),
        finding=[
            "Resampling shows no gain on this table: compared with the untouched model with a "
            "tuned threshold, SMOTE changes macro F1 by +0.004 (95 % interval −0.012 to +0.020).",
            "4 of the other 14 models do not differ significantly from the recommended one.",
        ],
        best=best,
        best_corrected=(middle - 0.006, low - 0.01, high - 0.004),
        predictions={
            pair: Predictions(*(np.concatenate(part) for part in zip(*parts, strict=True)))
            for pair, parts in found.items()
        },
        labels=LABELS,
        warnings=["The rare class has 60 rows: intervals are wide.", *dataset.notes],
        left_out=["CatBoost: the extra 'boosting' is not installed."],
        settings={
            "dataset": "digits",
            "fingerprint": "0123456789abcdef",
            "metric": "macro_f1",
            "cost_matrix": None,
            "protocol": {"name": "strict", "n_folds": n_splits, "n_repeats": n_repeats, "seed": 0},
            "preset": "quick",
            "seed": 0,
            "jobs": 1,
            "time_budget": None,
            "folds": n_splits * n_repeats,
        },
        versions={"python": "3.11", "rarebit": "0.1.0", "scikit-learn": "1.9.1"},
    )


def rank(cells, scores, ratio):
    metrics = list(cells.columns[12:])
    rows = []
    for pair in scores.columns:
        own = cells[(cells.classifier == pair[0]) & (cells.treatment == pair[1])]
        score, low, high = interval(scores[pair].to_numpy(), ratio)
        rows.append(
            {
                "classifier": pair[0],
                "treatment": pair[1],
                "score": score,
                "low": low,
                "high": high,
                "n_done": len(own),
                "n_failed": 0,
                **own[[*metrics, "fit_seconds", "predict_seconds"]].mean().to_dict(),
            }
        )
    ranking = pd.DataFrame(rows).sort_values("score", ascending=False, ignore_index=True)
    ranking.insert(0, "rank", np.arange(1, len(ranking) + 1))
    spread = np.linspace(0.4, 0.0004, len(ranking))
    ranking.insert(6, "p_best", [np.nan, *spread[1:]])
    return ranking


def effects_of(scores, ratio):
    rows = []
    for treatment in TREATMENTS:
        if treatment == "tuned_threshold":
            continue
        differences = scores.xs(treatment, axis=1, level="treatment") - scores.xs(
            "tuned_threshold", axis=1, level="treatment"
        )
        difference, low, high = interval(differences.mean(axis=1).to_numpy(), ratio)
        wins = int((differences.mean() > 0).sum())
        rows.append((treatment, "tuned_threshold", difference, low, high, 0.2, wins, 0, 3 - wins))
    names = ["treatment", "reference", "difference", "low", "high", "p", "wins", "ties", "losses"]
    effects = pd.DataFrame(rows, columns=names)
    return effects.sort_values("difference", ascending=False, ignore_index=True)


@pytest.fixture(scope="session")
def two_classes():
    return make_comparison(2)


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
    names = dict(zip(LABELS, HOSTILE, strict=True))
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

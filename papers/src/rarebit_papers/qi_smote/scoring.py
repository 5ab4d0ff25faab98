"""One training set, over-sampled once, in front of every classifier; scores on the test set.

Everything is fitted on training rows. A tuned threshold is tuned on calibrated out-of-fold
probabilities of inner folds, each of them over-sampled by itself.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rarebit.decision import ProbabilityCalibrator, TunedThreshold, correct_prior
from rarebit.exceptions import RarebitWarning
from rarebit.metrics import METRICS, score_all
from rarebit.running import CellKey
from rarebit.zoo import get_classifier, raw_proba
from rarebit.zoo.splits import Split, make_splits
from rarebit_papers.qi_smote.arms import Resampled, Sampler, resample
from rarebit_papers.qi_smote.data import StudySet
from rarebit_papers.request import Request
from rarebit_papers.studies import Cell, Scores, named

N_FOLDS, INNER_FOLDS = 5, 3
SHOWN = ("accuracy", "f1", "g_mean", "roc_auc", "pr_auc", "mcc")
LEVELS = ("model", "decision")
DIGITS = 4  # of what is stored
Arm = Callable[[np.ndarray, np.ndarray, Split], Scores]


def plan_arms(request: Request, sets: Iterable[StudySet], arms: Mapping[str, Arm]) -> list[Cell]:
    """Lay out every arm on every fold, repeat by repeat; ``--seeds`` is the number of repeats."""
    return [
        Cell(
            CellKey(study_set.name, arm, repeat=repeat, fold=fold),
            partial(_run, arms[arm], study_set, request.data_dir, repeat, fold),
        )
        for repeat in range(request.seeds or 1)
        for study_set in sets
        for fold in range(N_FOLDS)
        for arm in arms
    ]


def settings_of(request: Request) -> dict[str, int | str]:
    """Return what the numbers of a study depend on, besides its code."""
    return {"repeats": request.seeds or 1, "seeds": "1000 * repeat + fold"}


def _run(arm: Arm, study_set: StudySet, data_dir: Path | None, repeat: int, fold: int) -> Scores:
    X, y = _load(study_set, data_dir)
    return arm(X, y, splits_of(y, repeat + 1)[repeat * N_FOLDS + fold])


@lru_cache(maxsize=2)
def _load(study_set: StudySet, data_dir: Path | None) -> tuple[np.ndarray, np.ndarray]:
    return study_set.load(data_dir)


def splits_of(y: np.ndarray, n_repeats: int) -> list[Split]:
    """Make repeated stratified folds, the same for every arm."""
    return make_splits(y, n_folds=N_FOLDS, n_repeats=n_repeats)[0]


def rare_f1(y: np.ndarray, labels: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
    """F1 of class 1; 0 where nothing is right.

    Equal to :func:`sklearn.metrics.f1_score`, which took 70 times as long here: tuning a threshold
    takes a few hundred scores of a few hundred rows each.
    """
    weight = np.ones(len(y)) if sample_weight is None else sample_weight
    right = float(weight[(y == 1) & (labels == 1)].sum())
    decided = float(weight[labels == 1].sum())
    return 2 * right / max(decided + float(weight[y == 1].sum()), np.finfo(float).tiny)


def score_arm(
    sampler: Sampler,
    X: np.ndarray,
    y: np.ndarray,
    split: Split,
    *,
    classifiers: Iterable[str],
    tuned: bool = False,
    resampling: Callable[[Any, np.ndarray, np.ndarray], Resampled] = resample,
) -> Scores:
    """Over-sample one training set and score every classifier on the test set.

    Returns the scores of each classifier and decision: "plain" is the more probable class, "tuned"
    a threshold tuned for F1. Missing values are filled with the training set's medians.
    """
    # One seed for all arms on a training set, so that they differ only by what they are.
    seed = 1000 * split.repeat + split.fold
    training, test = _prepared(X[split.train], X[split.test])
    own, truth = y[split.train], y[split.test]
    with warnings.catch_warnings():
        # The study measures what the arms warn of; the reader cannot act on it.
        for category in (RarebitWarning, ConvergenceWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        started = time.process_time()
        made = resampling(sampler and sampler(seed), training, own)
        scores: Scores = {
            "n_made": len(made.y) - len(own),
            "resample_seconds": round(time.process_time() - started, 4),
            **{key: round(value, DIGITS) for key, value in made.figures.items()},
            "notes": made.notes,
        }
        seen = made.transform(test)
        inner = _inner_folds(sampler, X[split.train], own, seed, resampling) if tuned else []
        for name in classifiers:
            raw, corrected = _probabilities(name, made, seen, own, seed)
            # 1/2 of the raw probability: the class that the classifier itself calls more probable.
            plain = {"threshold": 0.5} | _scores(truth, raw[:, 1] > 0.5, raw)
            scores |= named(plain, name, "plain")
            if tuned:
                calibrator, rule = _tuned(name, inner, own, seed)
                decided = rule.decide(calibrator.transform(corrected)) == 1
                threshold = {"threshold": round(rule.threshold_ or 0.0, DIGITS)}
                scores |= named(threshold | _scores(truth, decided, corrected), name, "tuned")
    return scores


def _prepared(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Impute and scale, fitted on the training rows alone."""
    steps = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(train)
    return steps.transform(train), steps.transform(test)


def _probabilities(
    name: str, made: Resampled, seen: np.ndarray, y: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of unseen rows: raw, and corrected for the prior that resampling changed."""
    model = get_classifier(name).factory(seed).fit(made.X, made.y)
    raw = raw_proba(model, seen)
    fitted, true = (np.bincount(labels, minlength=2) / len(labels) for labels in (made.y, y))
    return raw, correct_prior(raw, fitted_prior=fitted, true_prior=true)


def _inner_folds(
    sampler: Sampler, X: np.ndarray, y: np.ndarray, seed: int, resampling: Callable[..., Resampled]
) -> list[tuple[Split, Resampled, np.ndarray]]:
    """Inner training sets, each over-sampled by itself, and the rows held out of it."""
    folds = []
    for split in make_splits(y, n_folds=INNER_FOLDS, seed=seed)[0]:
        training, held_out = _prepared(X[split.train], X[split.test])
        made = resampling(sampler and sampler(seed), training, y[split.train])
        folds.append((split, made, made.transform(held_out)))
    return folds


def _tuned(
    name: str, folds: list[tuple[Split, Resampled, np.ndarray]], y: np.ndarray, seed: int
) -> tuple[ProbabilityCalibrator, TunedThreshold]:
    """Calibrate, and tune the threshold for F1, on out-of-fold probabilities."""
    proba = np.empty((len(y), 2))
    for split, made, seen in folds:
        proba[split.test] = _probabilities(name, made, seen, y[split.train], seed)[1]
    calibrator = ProbabilityCalibrator().fit(proba, y)
    rule = TunedThreshold(positive=1, random_state=seed)
    return calibrator, rule.fit(calibrator.transform(proba), y, score=rare_f1)


def _scores(y: np.ndarray, decided: np.ndarray, proba: np.ndarray) -> Scores:
    labels = decided.astype(np.int64)
    known = [name for name in SHOWN if name in METRICS]
    scores = {"f1": rare_f1(y, labels)} | score_all(y, labels, proba, positive=1, names=known)
    return {name: round(scores[name], DIGITS) for name in SHOWN}

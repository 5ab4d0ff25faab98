"""One training part, over-sampled once, behind every classifier; scores on the test part.

All that is fitted is fitted on training rows. A tuned threshold is tuned on calibrated
out-of-fold probabilities of inner folds, each of them over-sampled by itself.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rarebit.decision import ProbabilityCalibrator, TunedThreshold, correct_prior
from rarebit.exceptions import RarebitWarning
from rarebit.metrics import METRICS
from rarebit.zoo import get_classifier, raw_proba
from rarebit.zoo.splits import Split, make_splits
from rarebit_papers.cells import Line
from rarebit_papers.qi_smote.arms import Resampled, resample

N_FOLDS, INNER_FOLDS = 5, 3
SHOWN = ("accuracy", "f1", "g_mean", "roc_auc", "pr_auc", "mcc")
DIGITS = 4  # of what is written
Sampler = Callable[[int], Any] | None


def splits_of(y: np.ndarray, n_repeats: int) -> list[Split]:
    """Repeated stratified folds, the same for every arm."""
    return make_splits(y, n_folds=N_FOLDS, n_repeats=n_repeats)[0]


def seed_of(split: Split) -> int:
    """A seed for all arms on one training part, so that they differ by what they are alone."""
    return 1000 * split.repeat + split.fold


def rare_f1(y: np.ndarray, labels: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
    """F1 of class 1; 0 where nothing is right.

    Equal to :func:`sklearn.metrics.f1_score`, which took 70 times as long here: tuning a threshold
    asks for some hundred scores of a few hundred rows each.

    Examples
    --------
    >>> round(rare_f1(np.array([0, 1, 1, 1]), np.array([1, 1, 1, 0])), 3)
    0.667
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
) -> list[Line]:
    """Over-sample one training part and score every classifier on the test part.

    Parameters
    ----------
    sampler : callable (seed) -> sampler, or None
        What over-samples.
    X : ndarray of shape (n_rows, n_features)
        Features; missing ones are filled with the training part's medians.
    y : ndarray of shape (n_rows,)
        Labels, 1 the rare class.
    split : Split
        Which rows are which.
    classifiers : iterable of str
        Names from the zoo.
    tuned : bool, default=False
        Whether to score, besides the more probable class, a threshold tuned for F1.
    resampling : callable (sampler, X, y) -> Resampled
        How the sampler is applied.

    Returns
    -------
    list of dict
        One line a classifier and decision.
    """
    seed = seed_of(split)
    training, test = _prepared(X[split.train], X[split.test])
    own = y[split.train]
    with warnings.catch_warnings():
        # What the arms warn of is what the study looks at; it is not the reader's to mend.
        for category in (RarebitWarning, ConvergenceWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        started = time.process_time()
        made = resampling(sampler and sampler(seed), training, own)
        spent = time.process_time() - started
        seen = made.transform(test)
        lines = []
        inner = _inner_parts(sampler, X[split.train], own, seed, resampling) if tuned else []
        for name in classifiers:
            proba = _probabilities(name, made, seen, own, seed)
            common = {"classifier": name, "n_made": len(made.y) - len(own)}
            common["resample_seconds"] = round(spent, 4)
            common |= {key: round(value, DIGITS) for key, value in made.figures.items()}
            common["notes"] = " ".join(made.notes)
            # 1/2 of the raw probability: the class that the classifier itself calls more probable.
            cut = 0.5
            raw = proba[0]
            lines.append(common | {"decision": "plain", "threshold": cut}
                         | _scores(y[split.test], raw[:, 1] > cut, raw))  # fmt: skip
            if tuned:
                calibrator, rule = _tuned(name, inner, own, seed)
                labels = rule.decide(calibrator.transform(proba[1]))
                lines.append(
                    common
                    | {"decision": "tuned", "threshold": round(rule.threshold_ or 0.0, DIGITS)}
                    | _scores(y[split.test], labels == 1, proba[1])
                )
    return lines


def _prepared(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fill gaps and scale, by the training part alone."""
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


def _inner_parts(
    sampler: Sampler, X: np.ndarray, y: np.ndarray, seed: int, resampling: Callable[..., Resampled]
) -> list[tuple[Split, Resampled, np.ndarray]]:
    """Inner training parts, each over-sampled by itself, and the rows left out of it."""
    parts = []
    for split in make_splits(y, n_folds=INNER_FOLDS, seed=seed)[0]:
        training, held_out = _prepared(X[split.train], X[split.test])
        made = resampling(sampler and sampler(seed), training, y[split.train])
        parts.append((split, made, made.transform(held_out)))
    return parts


def _tuned(
    name: str, parts: list[tuple[Split, Resampled, np.ndarray]], y: np.ndarray, seed: int
) -> tuple[ProbabilityCalibrator, TunedThreshold]:
    """Calibrate, and tune the threshold for F1, on out-of-fold probabilities."""
    proba = np.empty((len(y), 2))
    for split, made, seen in parts:
        proba[split.test] = _probabilities(name, made, seen, y[split.train], seed)[1]
    calibrator = ProbabilityCalibrator().fit(proba, y)
    rule = TunedThreshold(positive=1, random_state=seed)
    return calibrator, rule.fit(calibrator.transform(proba), y, score=rare_f1)


def _scores(y: np.ndarray, decided: np.ndarray, proba: np.ndarray) -> Line:
    labels = decided.astype(np.int64)
    scores: Line = {"f1": rare_f1(y, labels)}
    for name in SHOWN:
        if name != "f1":
            metric = METRICS[name]
            predicted = labels if metric.needs == "labels" else proba
            scores[name] = metric.function(y, predicted, n_classes=2, positive=1)
    return {name: round(scores[name], DIGITS) for name in SHOWN}

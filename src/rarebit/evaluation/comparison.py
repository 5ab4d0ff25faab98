"""What a comparison on one data set found: plain values for terminal, report and user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rarebit.datasets import Dataset
from rarebit.running.cells import Candidate

if TYPE_CHECKING:
    from rarebit.zoo import TreatedClassifier


@dataclass(frozen=True)
class Predictions:
    """Test-fold predictions of one candidate, all folds of all repeats one after the other.

    Attributes
    ----------
    rows : ndarray of shape (n,), int64
        Position of each predicted row in the data set; a row comes once a repeat at most.
    repeat, fold : ndarray of shape (n,), int64
        Where each prediction was made.
    y : ndarray of shape (n,), int64
        True label codes.
    labels : ndarray of shape (n,), int64
        Decided label codes.
    proba : ndarray of shape (n, n_classes), float64
        Calibrated probabilities.
    """

    rows: np.ndarray
    repeat: np.ndarray
    fold: np.ndarray
    y: np.ndarray
    labels: np.ndarray
    proba: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """The outcome of :func:`rarebit.evaluation.compare`.

    Attributes
    ----------
    dataset : Dataset
        What was compared on.
    metric : str
        The metric that ranks.
    cells : DataFrame
        One row a cell: ``classifier, treatment, repeat, fold, status`` ("done", "failed" or
        "timeout"), one column a metric, ``fit_seconds, predict_seconds, peak_mib, n_train, n_test,
        notes, error``.
    ranking : DataFrame
        One row a candidate, best first: ``rank, classifier, treatment, score, low, high``
        (corrected 95 % interval of the mean), ``p_best`` (Holm-adjusted p-value of its difference
        to the winner; nan for the winner), ``n_done, n_failed``, the mean of every metric under
        its own name, ``fit_seconds``, ``predict_seconds``.
    effects : DataFrame
        One row a treatment, over the classifiers: ``treatment, reference, difference, low, high,
        p`` (Holm-adjusted), ``wins, ties, losses`` (by classifier), ``detectable`` (the difference
        that these folds would show in four cases of five). The reference is the untouched model
        with a tuned threshold.
    finding : list of str
        Plain sentences: does resampling help on this table?
    best : tuple of (str, str)
        Classifier and treatment handed over.
    best_corrected : tuple of (float, float, float)
        The winner's score and 95 % interval, corrected for having been picked (bootstrap bias
        correction).
    predictions : dict of (str, str) to Predictions
        Test-fold predictions of each candidate that finished at least one cell.
    labels : dict of str to str
        Label for people of each classifier and treatment name.
    warnings : list of str
        What the user should know before trusting the figures.
    left_out : list of str
        What the preset, a missing extra or the budget left out.
    settings, versions : dict
        Everything needed to run it again.
    model : TreatedClassifier or None
        The best candidate refitted on all rows.
    """

    dataset: Dataset
    metric: str
    cells: pd.DataFrame
    ranking: pd.DataFrame
    effects: pd.DataFrame
    finding: list[str]
    best: Candidate
    best_corrected: tuple[float, float, float]
    predictions: dict[Candidate, Predictions]
    labels: dict[str, str]
    warnings: list[str]
    left_out: list[str]
    settings: dict[str, Any]
    versions: dict[str, str]
    model: TreatedClassifier | None = None

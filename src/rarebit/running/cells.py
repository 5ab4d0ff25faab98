"""A cell: one classifier under one treatment, fitted on a training part, scored on its test part.

The key says which cell it is, the result what came of it. Both are plain values, so that workers
can send them and the store can keep them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

# One classifier under one treatment, for example ("random_forest", "smote").
Candidate = tuple[str, str]

# "cut": the time of the whole run was up; never stored, so that a resumed run does the cell.
Status = Literal["done", "failed", "timeout", "cut"]


@dataclass(frozen=True)
class CellKey:
    """What identifies a cell in the store.

    ``config_hash`` covers everything else that the figures depend on: the data themselves, the
    protocol's settings, the metric, the user's own estimators.
    """

    dataset: str
    classifier: str
    treatment: str
    protocol: str
    seed: int
    repeat: int
    fold: int
    config_hash: str

    def __str__(self) -> str:
        return (
            f"{self.dataset}: {self.classifier} + {self.treatment}, fold {self.repeat}.{self.fold}"
        )


@dataclass(frozen=True)
class CellPredictions:
    """Predictions on the test part of one cell.

    Attributes
    ----------
    rows : ndarray of shape (n_test,), int64
        Positions of the rows in the data set.
    labels : ndarray of shape (n_test,), int64
        Decided label codes.
    proba : ndarray of shape (n_test, n_classes), float64
        Calibrated probabilities.
    """

    rows: np.ndarray
    labels: np.ndarray
    proba: np.ndarray

    def to_bytes(self) -> bytes:
        """Pack as a compressed .npz (plain arrays, no pickle)."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, rows=self.rows, labels=self.labels, proba=self.proba)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, packed: bytes) -> CellPredictions:
        """Unpack what :meth:`to_bytes` packed."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return cls(arrays["rows"], arrays["labels"], arrays["proba"])


@dataclass(frozen=True)
class CellResult:
    """What came of a cell.

    Attributes
    ----------
    status : {"done", "failed", "timeout", "cut"}
        A cell that is not done has no scores; ``error`` says why.
    scores : dict of str to float
        Every metric, and under ``raw_*`` those of the probabilities before calibration.
    fit_seconds, predict_seconds : float
        Wall-clock time on one thread.
    peak_mib : float
        Highest resident memory of the worker while it ran the cell, in MiB; nan where the system
        does not tell.
    notes : tuple of str
        What was adapted on the way, in plain sentences.
    """

    key: CellKey
    status: Status
    scores: dict[str, float] = field(default_factory=dict)
    fit_seconds: float = float("nan")
    predict_seconds: float = float("nan")
    peak_mib: float = float("nan")
    n_train: int = 0
    n_test: int = 0
    notes: tuple[str, ...] = ()
    error: str = ""
    predictions: CellPredictions | None = None

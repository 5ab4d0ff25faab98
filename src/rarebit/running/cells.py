"""A cell: one candidate (or arm of a study) fitted on one training set and scored on its test set.

The key identifies the cell, the result holds its outcome. Both are plain values: workers send them
and the store keeps them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

# One classifier under one treatment, for example ("random_forest", "smote").
Candidate = tuple[str, str]

# Columns of a table that name a candidate.
PAIR = ["classifier", "treatment"]

# "cut": the time budget was not enough; never stored, so that a resumed run does the cell. One that
# was started has the seconds that it took.
Status = Literal["done", "failed", "timeout", "cut"]

# A score of 1 in the cells whose search was ended by a time limit; others do not have it.
SEARCH_CUT_SHORT = "search_cut_short"

# Names the labels with rows that go to a person, and their code.
REVIEW = "review"
REVIEWED = -1

# Begins the names of packed labels of an operating point.
AT = "at "


def candidate_name(candidate: Candidate) -> str:
    """Classifier and treatment, if there is one, as one name.

    >>> candidate_name(("svm", "smote")), candidate_name(("no mixup", ""))
    ('svm + smote', 'no mixup')
    """
    return " + ".join(filter(None, candidate))


@dataclass(frozen=True)
class CellKey:
    """What identifies a cell in the store.

    A study has no treatments of its own or no folds: it gives the name of its arm as
    ``classifier`` and leaves what does not apply at its default.

    Attributes
    ----------
    dataset, classifier, treatment : str
        What is fitted on what.
    protocol : str
        Name of the protocol, or of a study.
    seed, repeat, fold : int
        The split.
    config_hash : str
        Everything else that the figures depend on: the data themselves, the protocol's settings,
        the metric, the user's own estimators; see :func:`rarebit.running.config_hash`.

    Examples
    --------
    >>> str(CellKey("wine", "svm", "smote", "strict", fold=2)), str(CellKey("wine", "no mixup"))
    ('wine: svm + smote, fold 0.2', 'wine: no mixup, fold 0.0')
    """

    dataset: str
    classifier: str
    treatment: str = ""
    protocol: str = ""
    seed: int = 0
    repeat: int = 0
    fold: int = 0
    config_hash: str = ""

    @property
    def candidate(self) -> Candidate:
        """Classifier and treatment."""
        return self.classifier, self.treatment

    @property
    def name(self) -> str:
        """Classifier and treatment as one name."""
        return candidate_name(self.candidate)

    def __str__(self) -> str:
        return f"{self.dataset}: {self.name}, fold {self.repeat}.{self.fold}"


@dataclass(frozen=True)
class CellPredictions:
    """Predictions on the test set of one cell."""

    # Positions of the rows in the data set
    rows: np.ndarray
    # Decided label codes
    labels: np.ndarray
    # Calibrated probabilities, (n_test, n_classes)
    proba: np.ndarray
    # Label codes decided at each operating point, by its text
    at: dict[str, np.ndarray] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Pack as a compressed .npz (plain arrays, no pickle)."""
        buffer = io.BytesIO()
        arrays = {"rows": self.rows, "labels": self.labels, "proba": self.proba}
        arrays |= {AT + text: labels for text, labels in self.at.items()}
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, packed: bytes) -> CellPredictions:
        """Unpack what :meth:`to_bytes` packed."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            decided = {name[len(AT) :]: arrays[name] for name in arrays if name.startswith(AT)}
            return cls(arrays["rows"], arrays["labels"], arrays["proba"], decided)


@dataclass(frozen=True)
class CellResult:
    """The outcome of a cell.

    Attributes
    ----------
    key : CellKey
        Which cell.
    status : {"done", "failed", "timeout", "cut"}
        A cell that is not done has no scores; ``error`` says why.
    scores : dict of str to float
        Scores by name. A comparison gives every metric, and under ``raw_*`` those of the
        probabilities before calibration. Any names will do; ``"svm/tuned/f1"`` is the score ``f1``
        of one line of several (see :meth:`rarebit.running.Store.lines`).
    fit_seconds, predict_seconds : float
        Wall-clock time on one thread.
    peak_mib : float
        Highest resident memory of the worker while it ran the cell, in MiB; nan where the system
        does not report it.
    n_train, n_test : int
        Rows; 0 in a cell that is not done.
    notes : tuple of str
        What was adapted on the way, in plain sentences.
    error : str
        Why the cell is not done.
    is_refused : bool
        Whether it failed because the user's input was refused (not stored).
    predictions : CellPredictions or None
        Predictions on the test set, where they are kept.
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
    is_refused: bool = False
    predictions: CellPredictions | None = None

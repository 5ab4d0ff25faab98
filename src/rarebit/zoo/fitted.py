"""What a fitted classifier does with new rows: reads, predicts and decides them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from rarebit.datasets import Role, clean_values
from rarebit.datasets.columns.survey import find_spellings
from rarebit.datasets.spellings import Spelling
from rarebit.decision import FittedPoint, FittedReview
from rarebit.decision.points import NEED_NO_ROWS
from rarebit.exceptions import InputError
from rarebit.zoo.deciding import HeldOut, check_points, points_of, set_limits
from rarebit.zoo.fitting import FittedPipeline
from rarebit.zoo.goal import DecisionRule, amounts_for, decided
from rarebit.zoo.intake import frame_as_fitted
from rarebit.zoo.reviewing import choose_review


class FittedClassifier(ClassifierMixin, BaseEstimator):
    """The prediction half of :class:`rarebit.zoo.TreatedClassifier`, which documents it."""

    confidence: float
    review: str | int | None
    classes_: np.ndarray
    feature_names_in_: np.ndarray
    roles_: dict[str, Role]
    # None in models of version 0.1.0
    spellings_: dict[str, Spelling] | None
    pipeline_: FittedPipeline
    calibrator_: Any
    decision_: DecisionRule | None
    points_: dict[str, FittedPoint]
    held_out_: HeldOut | None
    positive_: int | None
    prior_: np.ndarray

    def decide(self, X: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return label codes, calibrated probabilities and the classifier's own ones of new rows.

        Codes ``(n_rows,)`` are positions in ``classes_``, probabilities ``(n_rows, n_classes)``.
        """
        return self.decide_values(self.read(X))

    @property
    def columns_read(self) -> dict[str, Role]:
        """Role of each column that new rows need: the features, and amounts that decide."""
        return self.roles_ | dict.fromkeys(amounts_for(self.decision_), Role.NUMERIC)

    def read(self, X: Any, spellings: Mapping[str, Spelling] | None = None) -> pd.DataFrame:
        """Turn the cells of new rows into values; ``spellings`` as found in the whole table."""
        check_is_fitted(self, "pipeline_")
        frame = frame_as_fitted(X, self.feature_names_in_, type(self).__name__)
        if spellings is None:
            spellings = find_spellings(frame, self.columns_read, self.spellings_)
        return clean_values(frame, self.columns_read, spellings)

    def point(self, at: str | None = None) -> FittedPoint | None:
        """Return an operating point, fitted now if it is not a stored one; None: the first stored.

        None if the model has none: labels are then those of its treatment.
        """
        check_is_fitted(self, "pipeline_")
        if at is None:
            return next(iter(self.points_.values()), None)
        points = check_points(at, len(self.classes_))
        if len(points) != 1 or self.positive_ is None:
            raise InputError(f"at is {at!r}: give one operating point of a model for two classes.")
        text = str(points[0])
        if text in self.points_:
            return self.points_[text]
        if self.held_out_ is None and points[0].kind not in NEED_NO_ROWS:
            raise InputError(
                f"at is {text!r}, and the model keeps no rows to fit it on: train it again, with "
                "this operating point."
            )
        return points_of(points, self.held_out_, self.positive_, self.confidence)[text]

    def review_rule(
        self, review: str | int | None = None, at: str | None = None
    ) -> FittedReview | None:
        """Fit a budget of review, by default that of the model; None if there is none."""
        budget = self.review if review is None else review
        return None if budget is None else choose_review(self, budget, self.point(at))

    def decide_values(self, values: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Decide as :meth:`decide` does, for rows that were read."""
        raw, proba = self.pipeline_.both_proba(values)
        if self.calibrator_ is not None:
            proba = self.calibrator_.transform(proba)
        rule = self.decision_
        codes = raw.argmax(axis=1) if rule is None else decided(rule, proba, values)
        return codes, proba, raw

    def labelled(
        self, values: pd.DataFrame, at: str | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return label codes as :meth:`predict` decides them, and calibrated probabilities.

        The rows were read by :meth:`read`.
        """
        point = self.point(at)
        codes, proba, _ = self.decide_values(values)
        return codes if point is None else point.decide(proba), proba

    def predict(self, X: Any, *, at: str | None = None) -> np.ndarray:
        """Return the decided class label of each row.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_features)
            Rows with the columns of ``fit``.
        at : str, optional
            The operating point that decides. The default is the first of those that the model was
            fitted with, and without any the decision of its treatment.

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        codes, _ = self.labelled(self.read(X), at)
        return np.asarray(self.classes_[codes])

    def predict_review(
        self, X: Any, *, review: str | int | None = None, at: str | None = None
    ) -> np.ndarray:
        """Return which rows should go to a person: those whose labels are expected to cost most.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_features)
            One batch of rows with the columns of ``fit``.
        review : str or int, optional
            A share of the rows such as ``"5%"``, or a number of rows such as 50. The default is
            what the model was fitted with.
        at : str, optional
            The operating point that decides the others, as in :meth:`predict`.

        Returns
        -------
        ndarray of shape (n_rows,), bool
            All False if no budget was given.
        """
        rule = self.review_rule(review, at)
        values = self.read(X)
        if rule is None:
            return np.zeros(len(values), dtype=bool)
        return rule.reviewed(self.decide_values(values)[1], values)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the calibrated probability of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_features)
            Rows with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        return self.decide(X)[1]

    def predict_set(self, X: Any, *, coverage: float = 0.9) -> np.ndarray:
        """Return the set of labels of each row that holds the true one with a given probability.

        For rows of each class alone, also the rare one, fitted on the out-of-fold rows that the
        model keeps. Since the model is then fitted on all rows, the coverage is approximate; for an
        exact one see :func:`rarebit.decision.conformal_limits`.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_features)
            Rows with the columns of ``fit``.
        coverage : float, default=0.9
            The probability, above 0 and below 1.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), bool
            Whether each class, in the order of ``classes_``, is in the set. A set may be empty.
        """
        limits = set_limits(self.held_out_, coverage, self.classes_.tolist())
        return np.asarray(self.predict_proba(X) >= limits)

    def __sklearn_tags__(self) -> Tags:
        """Declare which tables are accepted."""
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    @property
    def threshold_(self) -> float | None:
        """Calibrated probability from which the rare class is decided; None if not tuned."""
        check_is_fitted(self, "pipeline_")
        return getattr(self.decision_, "threshold_", None)

    @property
    def even_threshold(self) -> float:
        """Calibrated probability of the rare class at which both are as probable beforehand."""
        proba = self.pipeline_.even_proba()
        if self.calibrator_ is not None:
            proba = self.calibrator_.transform(proba)
        return float(proba[0, self.positive_])

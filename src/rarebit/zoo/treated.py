"""A classifier with its treatment of the imbalance: what is compared, and what is handed over."""

from __future__ import annotations

import time as clock
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from rarebit.datasets import Role, as_frame, clean_values, infer_columns
from rarebit.decision import ProbabilityCalibrator, TunedThreshold, expected_cost
from rarebit.exceptions import InputError
from rarebit.metrics import get_metric
from rarebit.zoo.fitting import OutOfFold, Recipe, Rows, fit_pipeline, out_of_fold, search
from rarebit.zoo.registry import as_classifier_spec, as_treatment, get_classifier, get_treatment


class TreatedClassifier(ClassifierMixin, BaseEstimator):
    """A classifier under one treatment of the class imbalance, ready to use.

    ``fit`` does everything on the rows that it is given, and on no others: imputation, scaling and
    encoding; resampling or weighting; a search over the classifier's configurations; correction of
    the probabilities for the prior that resampling changed; calibration; the decision threshold.
    The last four use out-of-fold predictions of inner folds.

    Parameters
    ----------
    classifier : str or estimator, default="hist_gradient_boosting"
        A name from :func:`rarebit.zoo.list_classifiers`, or a scikit-learn classifier.
    treatment : str or sampler, default="tuned_threshold"
        A name from :func:`rarebit.zoo.list_treatments`, or an imbalanced-learn sampler.
    metric : str, default="macro_f1"
        What the search and the threshold optimise; a name from ``rarebit.metrics.METRICS``.
    positive : label, optional
        The rare class of a two-class problem; the rarer one where not given.
    cost_matrix : array of shape (n_classes, n_classes), optional
        ``cost[true, decided]``; where given, expected cost is optimised in place of ``metric``.
    roles : dict of str to Role, optional
        Role of each feature column; inferred where not given. Other columns are ignored.
    n_configs : int, default=1
        Configurations that a random search may try; 1 means the defaults.
    search : {"random", "grid"}, default="random"
        Random search over the classifier's space, or its committed grid.
    inner_folds : int, default=3
        Folds inside the given rows.
    search_rows : int or None, default=2000
        The search sees at most so many rows (a stratified subsample); None for all.
    calibrate : bool, default=True
        Whether probabilities are calibrated.
    time_limit : float, optional
        Seconds after which the search tries no further configuration.
    device : str, default="cpu"
        Where a classifier that knows devices computes.
    random_state : int, default=0
        Seed of everything.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    class_counts_ : ndarray of shape (n_classes,), int64
        Rows of each class.
    pipeline_ : FittedPipeline
        Preprocessing, sampler and classifier.
    calibrator_ : ProbabilityCalibrator or None
        Fitted on inner out-of-fold probabilities.
    decision_ : TunedThreshold or None
        Decision rule on calibrated probabilities; None where the classifier's own most probable
        class decides.
    params_ : dict
        The configuration that the search chose.
    notes_ : list of str
        What was adapted on the way.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> model = TreatedClassifier("logistic_regression", "tuned_threshold").fit(X, y)
    >>> model.predict_proba(X).shape
    (100, 2)
    """

    def __init__(
        self,
        classifier: Any = "hist_gradient_boosting",
        treatment: Any = "tuned_threshold",
        *,
        metric: str = "macro_f1",
        positive: Any = None,
        cost_matrix: np.ndarray | None = None,
        roles: dict[str, Role] | None = None,
        n_configs: int = 1,
        search: str = "random",
        inner_folds: int = 3,
        search_rows: int | None = 2000,
        calibrate: bool = True,
        time_limit: float | None = None,
        device: str = "cpu",
        random_state: int = 0,
    ) -> None:
        self.classifier = classifier
        self.treatment = treatment
        self.metric = metric
        self.positive = positive
        self.cost_matrix = cost_matrix
        self.roles = roles
        self.n_configs = n_configs
        self.search = search
        self.inner_folds = inner_folds
        self.search_rows = search_rows
        self.calibrate = calibrate
        self.time_limit = time_limit
        self.device = device
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: np.ndarray | None = None,
        *,
        groups: np.ndarray | None = None,
        time: np.ndarray | None = None,
    ) -> Self:
        """Fit on these rows alone.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_features)
            Features, values as read: text, dates and missing values are welcome.
        y : array of shape (n_rows,)
            Class labels.
        sample_weight : array of shape (n_rows,), optional
            Weight of each row, in fitting and in the inner scores.
        groups, time : array of shape (n_rows,), optional
            As in :func:`rarebit.zoo.splits.make_splits`, for the inner folds.

        Returns
        -------
        self
        """
        deadline = None if self.time_limit is None else clock.monotonic() + self.time_limit
        frame = as_frame(X)
        self.roles_ = self.roles if self.roles is not None else infer_columns(frame)[0]
        if not self.roles_:
            raise InputError("X has no usable feature column; see rarebit.datasets.infer_columns.")
        self.feature_names_in_ = np.array(list(frame.columns), dtype=object)
        self.n_features_in_ = frame.shape[1]
        self.classes_, codes, self.class_counts_ = np.unique(
            np.asarray(y), return_inverse=True, return_counts=True
        )
        rows = Rows(clean_values(frame, self.roles_), codes, sample_weight, groups, time)
        recipe = self._recipe()
        outcome = search(
            recipe,
            rows,
            lambda codes, oof: self._search_score(recipe, codes, oof),
            kind=self.search,
            n_configs=self.n_configs,
            n_folds=self.inner_folds,
            search_rows=self.search_rows,
            deadline=deadline,
        )
        self.params_, self.n_configs_tried_ = outcome.params, outcome.n_tried
        self.pipeline_, notes = fit_pipeline(recipe, rows, self.params_)
        self.notes_ = [*outcome.notes, *notes]
        self._fit_decision(recipe, rows, outcome.oof)
        return self

    def _recipe(self) -> Recipe:
        named = isinstance(self.classifier, str), isinstance(self.treatment, str)
        return Recipe(
            get_classifier(self.classifier)
            if named[0]
            else as_classifier_spec("own", self.classifier),
            get_treatment(self.treatment) if named[1] else as_treatment("own", self.treatment),
            self.roles_,
            tuple(map(str, self.classes_)),
            self.random_state,
            self.device,
        )

    def _fit_decision(self, recipe: Recipe, rows: Rows, oof: OutOfFold | None) -> None:
        """Fit calibration and decision rule on inner out-of-fold probabilities."""
        tuned = recipe.treatment.decision == "tuned"
        self.calibrator_ = None
        self.decision_ = None
        if len(self.classes_) < 2 or not (self.calibrate or tuned):
            return
        if oof is None:
            oof = out_of_fold(recipe, rows, self.params_, self.inner_folds)
        if len(oof.positions) == 0:
            self.notes_.append("Too few rows for inner folds: no calibration, no tuned threshold.")
            return
        seen = rows.take(oof.positions)
        proba = oof.corrected
        if self.calibrate:
            self.calibrator_ = ProbabilityCalibrator().fit(proba, seen.y, seen.sample_weight)
            proba = self.calibrator_.transform(proba)
        if tuned:
            self.decision_ = self._tuned(proba, seen.y, seen.sample_weight)

    def _tuned(
        self,
        proba: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        **options: int,
    ) -> TunedThreshold:
        return TunedThreshold(positive=self._positive_code(), **options).fit(
            proba, y, score=self._label_score, sample_weight=sample_weight
        )

    def _positive_code(self) -> int | None:
        """Code of the rare class; None with three classes or more."""
        if len(self.classes_) != 2:
            return None
        if self.positive is None:
            return 0 if self.class_counts_[0] < self.class_counts_[1] else 1
        found = np.flatnonzero(self.classes_ == self.positive)
        if len(found) == 0:
            raise InputError(
                f"positive={self.positive!r} is not among the classes: {list(self.classes_)}."
            )
        return int(found[0])

    def _label_score(
        self, y: np.ndarray, labels: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> float:
        """Score of decided labels, greater is better: the metric, or minus the expected cost."""
        if self.cost_matrix is not None:
            return -expected_cost(y, labels, self.cost_matrix, sample_weight=sample_weight)
        metric = get_metric(self.metric)
        if metric.needs != "labels":
            # A threshold moves no probability: it is tuned for the best all-round label score.
            metric = get_metric("macro_f1")
        score = metric.function(
            y,
            labels,
            n_classes=len(self.classes_),
            positive=self._positive_code(),
            sample_weight=sample_weight,
        )
        return score if metric.greater_is_better else -score

    def _search_score(self, recipe: Recipe, y: np.ndarray, oof: OutOfFold) -> float:
        """Score of a configuration under the treatment's own decision."""
        metric = get_metric(self.metric)
        if self.cost_matrix is None and metric.needs == "probabilities":
            score = metric.function(
                y, oof.corrected, n_classes=len(self.classes_), positive=self._positive_code()
            )
            return score if metric.greater_is_better else -score
        if recipe.treatment.decision == "tuned":
            # Without resamples: quick, and alike for all configurations.
            labels = self._tuned(oof.corrected, y, n_resamples=0).decide(oof.corrected)
        else:
            labels = oof.raw.argmax(axis=1)
        return self._label_score(y, labels)

    def decide(self, X: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels and probabilities of new rows at once.

        Returns
        -------
        codes : ndarray of shape (n_rows,), int64
            Decided classes, as positions in ``classes_``.
        proba : ndarray of shape (n_rows, n_classes)
            Calibrated probabilities.
        raw : ndarray of shape (n_rows, n_classes)
            Probabilities as the classifier gives them.
        """
        check_is_fitted(self, "pipeline_")
        frame = clean_values(self._frame_of(X), self.roles_)
        raw, proba = self.pipeline_.both_proba(frame)
        if self.calibrator_ is not None:
            proba = self.calibrator_.transform(proba)
        codes = raw.argmax(axis=1) if self.decision_ is None else self.decision_.decide(proba)
        return codes, proba, raw

    def _frame_of(self, X: Any) -> pd.DataFrame:
        """As a frame; plain arrays get the column names that ``fit`` saw."""
        frame = as_frame(X)
        if not hasattr(X, "columns") and frame.shape[1] == self.n_features_in_:
            frame.columns = list(self.feature_names_in_)
        return frame

    def predict(self, X: Any) -> np.ndarray:
        """Decide a class label for each row."""
        return self.classes_[self.decide(X)[0]]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Calibrated probability of each class, in the order of ``classes_``."""
        return self.decide(X)[1]

    @property
    def threshold_(self) -> float | None:
        """Calibrated probability from which the rare class is decided; None where not tuned."""
        return None if self.decision_ is None else self.decision_.threshold_

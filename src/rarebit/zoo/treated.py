"""A classifier with its treatment of the imbalance: what is compared, and what the user gets."""

from __future__ import annotations

import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from rarebit._common.devices import check_device
from rarebit._common.parameters import NON_NEGATIVE, OPEN_FRACTION, Rule, check_parameters
from rarebit._common.random_state import RandomState, as_seed
from rarebit.datasets.columns.reading import left_out
from rarebit.datasets.columns.seen_rows import SeenRows
from rarebit.datasets.columns.shift import summarise_columns
from rarebit.datasets.labels import check_class_weights
from rarebit.datasets.spellings import Spelling
from rarebit.decision.constraints import CONFIDENCE
from rarebit.decision.prior import read_prevalence
from rarebit.metrics import ranking_metric
from rarebit.zoo.cuts import kept_rows
from rarebit.zoo.deciding import check_points, fit_decision, points_of
from rarebit.zoo.fitted import FittedClassifier
from rarebit.zoo.fitting import Recipe, Rows, fit_pipeline, search
from rarebit.zoo.goal import Goal, make_goal
from rarebit.zoo.intake import (
    SEARCH_RULES,
    costs_between,
    of_earlier_version,
    read_features,
    rows_given,
    values_of,
)
from rarebit.zoo.registry import classifier_of, treatment_of
from rarebit.zoo.reviewing import check_review
from rarebit.zoo.text import TEXT_ENCODERS, check_text_encoders, with_text_that_helps

_RULES: dict[str, Rule] = SEARCH_RULES | {
    "time_limit": (None, *NON_NEGATIVE),
    "confidence": OPEN_FRACTION,
}


class TreatedClassifier(FittedClassifier):
    """A classifier under one treatment of the class imbalance, ready to use.

    ``fit`` uses only the rows that it is given, for everything: imputation, scaling and encoding;
    resampling or weighting; a search over the classifier's configurations; correction of the
    probabilities for the prior that resampling changed; calibration; the decision threshold. The
    last four use out-of-fold predictions of inner folds.

    Parameters
    ----------
    classifier : str or estimator, default="hist_gradient_boosting"
        A name from :func:`rarebit.zoo.list_classifiers`, or a scikit-learn classifier.
    treatment : str or sampler, default="tuned_threshold"
        A name from :func:`rarebit.zoo.list_treatments`, or an imbalanced-learn sampler.
    metric : str, default="macro_f1"
        What the search and the threshold optimise; a name for :func:`rarebit.metrics.get_metric`.
    search_metric : str, optional
        What the search optimises instead, such as ``"log_loss"``.
    positive : label, optional
        The rare class of a two-class problem; the rarer one by default.
    cost_matrix : array or nested list of shape (n_classes, n_classes), optional
        ``cost[true, decided]``, to minimise instead of ``metric``. A cell is a number, or the name
        of a column with the amount of each row: each is then decided at its least expected cost.
    at : str or list of str, optional
        Operating points of a two-class problem, such as ``"recall>=0.95"`` or ``"alerts<=50"``; see
        :func:`rarebit.decision.parse_points`. The first one decides the labels of new rows.
    prevalence : float, str or mapping, optional
        Share of each class where the model is used, if it is not that of the rows, as in
        case-control data: as in :func:`rarebit.zoo.at_prevalence`. Everything but the fit itself
        is weighted to it.
    confidence : float, default=0.9
        Confidence with which all operating points together hold on new rows.
    review : str or int, optional
        Rows of a two-class problem that a person decides: a share such as ``"5%"``, or a number of
        rows of each batch. Labels stay as they are; ``predict_review`` names the rows.
    cost_classes : sequence of labels, optional
        The classes of ``cost_matrix`` in its order; the sorted classes of ``y`` by default.
    roles : dict of str to Role or str, optional
        Role of some columns, such as "numeric" or "categorical", or "drop"; the others are
        inferred.
    spellings : dict of str to Spelling, optional
        How columns were written that are given as they were read, as in ``Dataset.spellings``: new
        rows whose cells can be read in two ways are read like these.
    n_configs : int, default=1
        Configurations that a random search tries at most; 1: the defaults only.
    search : {"random", "grid"}, default="random"
        Random search over the classifier's space, or its fixed grid.
    inner_folds : int, default=3
        Folds within the given rows.
    search_rows : int or None, default=2000
        Most rows that the search sees, cut as for ``max_rows``; None: all.
    max_rows : int or None, default=None
        Most rows that are used: rare rows first, then a sample of the largest class. Probabilities
        and decisions are those for the rows as given; None: all rows are used.
    calibrate : bool, default=True
        Whether probabilities are calibrated.
    text : {"target", "string", "auto"}, default="target"
        Encoders of text with many values that are tried on the inner folds: target encoding,
        skrub's string encoder (extra ``text``), or both. Text that does not help is left out.
    time_limit : float, optional
        Seconds after which the search tries no further configuration.
    device : str, default="cpu"
        Where a classifier that supports devices computes.
    random_state : int, RandomState, Generator or None, default=0
        Seed of everything.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    class_counts_ : ndarray of shape (n_classes,), int64
        Rows of each class.
    n_rows_ : int
        Rows that were used, after a cut to ``max_rows``.
    pipeline_ : FittedPipeline
        Preprocessing, sampler and classifier.
    calibrator_ : ProbabilityCalibrator or None
        Fitted on inner out-of-fold probabilities.
    decision_ : TunedThreshold, CostRule or None
        Decision rule on calibrated probabilities; None if the classifier's most probable class is
        decided.
    positive_ : int or None
        Code of the rare class of two; None with more.
    points_ : dict of str to FittedPoint
        The operating points by their texts, fitted on inner out-of-fold probabilities.
    prior_ : ndarray of shape (n_classes,)
        Share of each class that probabilities are for.
    held_out_ : HeldOut or None
        Inner out-of-fold rows, on which other decision rules can be fitted; None if there are none.
    params_ : dict
        The configuration that the search chose.
    roles_ : dict of str to Role
        What each column is used as; others are left out.
    columns_ : dict of str to ColumnSummary
        Gaps, quantiles and bins of each column in training, with which new rows are compared.
    seen_rows_ : SeenRows
        Hashes of the training rows, by which an evaluation notices that it is made on them.
    spellings_ : dict of str to Spelling
        How the cells of columns of text are written.
    left_out_ : dict of str to str
        Columns that are not used, and why.
    notes_ : list of str
        What was adapted on the way, and which columns were left out.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> model = TreatedClassifier("logistic_regression", "tuned_threshold").fit(X, y)
    >>> model.predict_proba(X[y == 1]).mean(axis=0).round(2)
    array([0.13, 0.87])
    """

    def __init__(
        self,
        classifier: Any = "hist_gradient_boosting",
        treatment: Any = "tuned_threshold",
        *,
        metric: str = "macro_f1",
        search_metric: str | None = None,
        positive: Any = None,
        cost_matrix: ArrayLike | None = None,
        at: str | Sequence[str] | None = None,
        prevalence: float | str | Mapping[str, float] | None = None,
        confidence: float = CONFIDENCE,
        review: str | int | None = None,
        cost_classes: Sequence[Any] | None = None,
        roles: Mapping[str, str] | None = None,
        spellings: Mapping[str, Spelling] | None = None,
        n_configs: int = 1,
        search: str = "random",
        inner_folds: int = 3,
        search_rows: int | None = 2000,
        max_rows: int | None = None,
        calibrate: bool = True,
        text: str = "target",
        time_limit: float | None = None,
        device: str = "cpu",
        random_state: RandomState = 0,
    ) -> None:
        self.classifier = classifier
        self.treatment = treatment
        self.metric = metric
        self.search_metric = search_metric
        self.positive = positive
        self.cost_matrix = cost_matrix
        self.at = at
        self.prevalence = prevalence
        self.confidence = confidence
        self.review = review
        self.cost_classes = cost_classes
        self.roles = roles
        self.spellings = spellings
        self.n_configs = n_configs
        self.search = search
        self.inner_folds = inner_folds
        self.search_rows = search_rows
        self.max_rows = max_rows
        self.calibrate = calibrate
        self.text = text
        self.time_limit = time_limit
        self.device = device
        self.random_state = random_state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(of_earlier_version(state))

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        time: ArrayLike | None = None,
        design_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit on these rows only.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_features)
            Features as read: text, dates and missing values are accepted.
        y : array of shape (n_rows,)
            Class labels.
        sample_weight : array of shape (n_rows,), optional
            Weight of each row, in fitting and in the inner scores.
        groups, time : array of shape (n_rows,), optional
            As in :func:`rarebit.zoo.splits.make_splits`, for the inner folds.
        design_weight : array of shape (n_rows,), optional
            For rows that were sampled by class: the number of rows that each one stands for. The
            classifier is fitted on the rows as they are; probabilities, search and decision are
            for the rows that they stand for.

        Returns
        -------
        self
        """
        deadline = None if self.time_limit is None else clock.monotonic() + self.time_limit
        self._start()
        given = self._training_rows(X, y, sample_weight, groups, time, design_weight)
        searched = None if self.search_metric is None else ranking_metric(self.search_metric)
        goal = make_goal(self.metric, self.costs_, self.classes_, self.positive, given.y)
        goal = replace(goal, search_metric=searched, calibrated=self.calibrate)
        self.positive_, points = goal.positive, check_points(self.at, len(self.classes_))
        if self.prevalence is not None:
            classes = self.classes_.tolist()
            shares = read_prevalence(self.prevalence, classes, self.positive_)
            given = given.at_prevalence(shares)
        self.prior_ = given.prior(len(self.classes_))
        rows = given.cut(self.max_rows, seed=self.random_state_)
        self.n_rows_ = len(rows.y)
        budget = check_review(self.review, len(self.classes_), points)
        recipe = self._recipe(rows, goal)
        self.seen_rows_ = SeenRows.of(given.frame[list(self.roles_)])
        outcome = search(
            recipe, rows, partial(goal.search_score, recipe),
            kind=self.search, n_configs=self.n_configs, n_folds=self.inner_folds,
            search_rows=self.search_rows, deadline=deadline,
        )  # fmt: skip
        self.params_, self.n_configs_tried_ = outcome.params, outcome.n_tried
        self.search_cut_short_ = outcome.cut_short
        self.pipeline_, notes = fit_pipeline(recipe, rows, self.params_)
        if rows is not given:
            kept = kept_rows(given.y, rows.y, recipe.class_names)
            self.notes_.append(f"Fitted on {kept}; probabilities are those for all rows.")
        decision = fit_decision(
            recipe, rows, goal, self.params_, oof=outcome.oof,
            n_folds=self.inner_folds, calibrate=self.calibrate, keep_rows=bool(points or budget),
        )  # fmt: skip
        self.calibrator_, self.decision_ = decision.calibrator, decision.rule
        self.held_out_ = decision.held_out
        self.points_ = points_of(points, self.held_out_, self.positive_, self.confidence)
        self.notes_ += [*outcome.notes, *notes, *decision.notes]
        return self

    def _start(self) -> None:
        """Check the parameters, and forget an earlier fit."""
        ranking_metric(self.metric)
        check_parameters(self, _RULES)
        check_device(self.device)
        check_text_encoders(self.text)
        self.notes_: list[str] = []
        self.left_out_: dict[str, str] = {}
        self.roles_ = {}

    def _training_rows(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, time: Any, design_weight: Any
    ) -> Rows:
        """Check and clean the table, and learn its columns and classes."""
        given = rows_given(X, y, sample_weight, groups, time, design_weight)
        frame, labels, sample_weight = given.frame, given.y, given.sample_weight
        self.classes_, codes, self.class_counts_ = np.unique(
            labels, return_inverse=True, return_counts=True
        )
        self.costs_ = costs_between(self.classes_, self.cost_matrix, self.cost_classes)
        amounts = [] if self.costs_ is None else self.costs_.columns
        reading = read_features(frame, self.roles, amounts)
        self.roles_ = reading.roles
        self.spellings_ = {**reading.spellings, **(self.spellings or {})}
        self.left_out_ |= reading.dropped
        self.notes_ += reading.notes
        self.feature_names_in_ = np.array(list(frame.columns), dtype=object)
        self.n_features_in_ = frame.shape[1]
        if sample_weight is not None:
            check_class_weights(sample_weight, codes, self.classes_.tolist())
        self.random_state_: int = as_seed(self.random_state)
        values = values_of(frame, self.roles_, self.spellings_, amounts)
        self.columns_ = summarise_columns(values, self.roles_)
        return replace(given, frame=values, y=codes)

    def _recipe(self, rows: Rows, goal: Goal) -> Recipe:
        """What is fitted, once text that does not help is left out."""
        recipe = Recipe(
            classifier_of(self.classifier), treatment_of(self.treatment), self.roles_,
            tuple(map(str, self.classes_)), self.random_state_, self.device,
        )  # fmt: skip
        recipe, unused, notes = with_text_that_helps(
            recipe, rows, partial(goal.search_score, recipe), self.inner_folds,
            TEXT_ENCODERS[self.text],
        )  # fmt: skip
        self.roles_ = recipe.roles
        self.left_out_ |= unused
        self.notes_ += notes
        if self.left_out_:
            self.notes_.insert(0, left_out(self.left_out_))
        return recipe

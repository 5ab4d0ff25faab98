"""Calibrate probabilities, with no more freedom than the number of rows supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.validation import check_is_fitted

from rarebit._common.parameters import check_value
from rarebit._common.predictions import check_codes, check_proba, check_row_weights

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Real

    Proba = Float[np.ndarray, "rows classes"]
    Codes = Integer[np.ndarray, " rows"]
    Weights = Float[np.ndarray, " rows"]

Method = Literal["auto", "vector", "sigmoid", "temperature", "offset", "isotonic", "none"]

# Pseudo-rows of the class prior when it is mixed into the probabilities: see the notes.
PRIOR_ROWS = 2.0

# Standard deviations of the Gaussian priors around the identity: of the log of the common slope, of
# the deviation of each class from it, and of the offset of each class.
SLOPE_SD = 0.5
CLASS_SLOPE_SD = 0.25
OFFSET_SD = 0.5

# Rows of a class at which its isotonic curve weighs as much as the identity.
ISOTONIC_ROWS = 50.0


class ProbabilityCalibrator(BaseEstimator):
    """Calibrate probabilities on rows that the model was not fitted on.

    Parameters
    ----------
    method : {"auto", "vector", "sigmoid", "temperature", "offset", "isotonic", "none"}
        ``"vector"``, the same as ``"auto"``, the default: ``softmax(slopes * log p + offset)`` with
        one slope and one offset per class, vector scaling (Guo et al. 2017); for two classes this
        is beta calibration (Kull, Silva Filho and Flach 2017). ``"sigmoid"``: one slope for all
        classes; for two classes this is Platt scaling of the log-odds, for many the bias-corrected
        temperature scaling of Alexandari, Kundaje and Shrikumar (2020). ``"temperature"``: the
        common slope alone. ``"offset"``: the offsets alone, calibration in the large.
        ``"isotonic"``: one isotonic curve per class against the rest, normalised to a sum of 1.
        ``"none"``: identity.

    Attributes
    ----------
    n_classes_ : int
        Number of classes.
    prior_ : ndarray of shape (n_classes,)
        Share of each class in ``y``.
    prior_weight_ : float
        Share of ``prior_`` that is mixed into the probabilities first.
    slopes_ : ndarray of shape (n_classes,)
        Slope of the log-probability of each class; 1 changes nothing.
    offset_ : ndarray of shape (n_classes,)
        Offset of each class; 0 changes nothing.
    curves_ : list of ndarray of shape (2, n_knots)
        For ``"isotonic"``: input and output probability of each class.

    Notes
    -----
    Slopes and offsets are maximum a posteriori estimates under Gaussian priors around the identity:
    a handful of rows changes little, and with many rows the priors do not matter. The log of a
    slope is the sum of a common part (standard deviation 0.5) and a deviation of its class (0.25);
    the standard deviation of an offset is 0.5. Slopes are positive, so with two classes the ranking
    of the rows is kept.

    Before that, probabilities are mixed with the class shares of ``y``, as if the shares had been
    observed on 2 rows and the model on the rows outside the largest class. So a score of exactly 0
    or 1 becomes no more confident than the number of rows supports, and with many rows the mixture
    changes next to nothing.

    If ``y`` holds one class only, the identity is kept. Sample weights are scaled so that they
    express no more evidence than the rows do: by ``sum(w * r2) / sum(w**2 * r2)``, where ``r2`` is
    the squared residual of a row. Equal weights count as 1. (With equal residuals the sum of the
    weights becomes Kish's effective sample size. Sampled rows of a common class have small
    residuals, so their large weights cost little.)

    Examples
    --------
    Probabilities of an overconfident model:

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.uniform(0.3, 0.7, size=2000)
    >>> y = (rng.uniform(size=2000) < truth).astype(np.int64)
    >>> sure = truth**5 / (truth**5 + (1 - truth) ** 5)
    >>> calibrator = ProbabilityCalibrator().fit(np.column_stack([1 - sure, sure]), y)
    >>> calibrator.transform(np.array([[0.014, 0.986]])).round(1)
    array([[0.3, 0.7]])
    """

    def __init__(self, method: Method = "auto") -> None:
        self.method = method

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Models saved by 0.1.0 have an old name of an attribute, and one slope for all classes.
        old = {"prior_say_": "prior_weight_"}
        state = {old.get(name, name): value for name, value in state.items()}
        if "slope_" in state:
            state["slopes_"] = np.full(state["n_classes_"], state.pop("slope_"))
        super().__setstate__(state)

    def fit(
        self, proba: Proba, y: Codes, sample_weight: Real[np.ndarray, " rows"] | None = None
    ) -> Self:
        """Fit on probabilities ``(n_rows, n_classes)`` of rows that the model was not fitted on.

        ``y`` and ``sample_weight`` ``(n_rows,)`` are the true label codes and weights of the rows.
        """
        check_value("method", self.method, *get_args(Method))
        proba = check_proba(proba)
        y = check_codes("y", y, proba.shape[1], len(proba))
        weight = check_row_weights(sample_weight, len(y), positive=True)
        self.n_classes_ = proba.shape[1]
        self.slopes_, self.offset_ = np.ones(self.n_classes_), np.zeros(self.n_classes_)
        self.curves_: list[np.ndarray] = []
        self.prior_weight_ = 0.0
        self.prior_ = np.full(self.n_classes_, 1 / self.n_classes_)
        if self.method == "none" or len(np.unique(y)) < 2:
            return self
        weight = weight * _evidence(weight, proba, y)
        if self.method == "isotonic":
            self.curves_ = _isotonic_curves(proba, y, weight)
            return self
        # One more row per class: a class absent from y keeps a small share.
        mass = np.bincount(y, weights=weight, minlength=self.n_classes_) + 1
        self.prior_ = mass / mass.sum()
        outside_largest = len(y) - np.bincount(y).max()
        self.prior_weight_ = float(PRIOR_ROWS / (PRIOR_ROWS + outside_largest))
        self.slopes_, self.offset_ = _fit_scaling(self._log(proba), y, weight, self.method)
        return self

    def transform(self, proba: Proba) -> Proba:
        """Calibrate probabilities ``(n_rows, n_classes)``; the rows of the result add to 1."""
        check_is_fitted(self, "n_classes_")
        proba = check_proba(proba, self.n_classes_)
        if self.curves_:
            return _follow(self.curves_, proba)
        if self.prior_weight_ == 0:
            return proba
        return softmax(self.slopes_ * self._log(proba) + self.offset_, axis=1)

    def _log(self, proba: Proba) -> Proba:
        """Return the logarithm of the probabilities mixed with the prior; it is always finite."""
        weight = self.prior_weight_
        # Rounding may push a probability below 0.
        return np.log((1 - weight) * np.maximum(proba, 0) + weight * self.prior_)


def _evidence(weight: Weights, proba: Proba, y: Codes) -> float:
    """Factor that makes the weighted information equal to that of the rows; see the class's notes.

    It is the information matrix of a weighted likelihood over the variance of its score.
    """
    residual = ((np.eye(proba.shape[1])[y] - proba) ** 2).sum(axis=1)
    variance = float(weight**2 @ residual)
    return float(weight @ residual) / variance if variance > 0 else 1 / float(weight.mean())


def _fit_scaling(
    log_proba: Proba, y: Codes, weight: Weights, method: Method
) -> tuple[Float[np.ndarray, " classes"], Float[np.ndarray, " classes"]]:
    """Return the maximum a posteriori slopes and offsets."""
    n_classes = log_proba.shape[1]
    one_hot = np.eye(n_classes)[y]
    # Parameters: log of the common slope; of each class, its deviation from it and its offset
    sizes = [1, n_classes, n_classes]
    sd = np.repeat([SLOPE_SD, CLASS_SLOPE_SD, OFFSET_SD], sizes)
    is_free = np.repeat(
        [method != "offset", method in {"auto", "vector"}, method != "temperature"], sizes
    )

    def unpack(params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return slopes and offsets."""
        return np.exp(params[0] + params[1 : n_classes + 1]), params[n_classes + 1 :]

    def loss(params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the negative log-posterior and its gradient."""
        slopes, offset = unpack(params)
        scaled = slopes * log_proba
        log_q = log_softmax(scaled + offset, axis=1)
        residual = weight[:, None] * (np.exp(log_q) - one_hot)
        by_class = (residual * scaled).sum(axis=0)
        gradient = np.concatenate([[by_class.sum()], by_class, residual.sum(axis=0)])
        penalty = ((params / sd) ** 2).sum() / 2
        return penalty - weight @ log_q[np.arange(len(y)), y], (gradient + params / sd**2) * is_free

    return unpack(minimize(loss, np.zeros(len(sd)), jac=True, method="L-BFGS-B").x)


def _isotonic_curves(proba: Proba, y: Codes, weight: Weights) -> list[Float[np.ndarray, "2 knots"]]:
    """Fit one curve per class, the closer to the identity the fewer rows the class has."""
    curves = []
    for code, column in enumerate(proba.T):
        is_class = y == code
        knots = np.unique(np.append(column, [0.0, 1.0]))
        fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
            column, is_class.astype(np.float64), sample_weight=weight
        )
        n_rare = min(is_class.sum(), (~is_class).sum())
        share = n_rare / (n_rare + ISOTONIC_ROWS)
        curves.append(np.stack([knots, share * fitted.predict(knots) + (1 - share) * knots]))
    return curves


def _follow(curves: list[np.ndarray], proba: Proba) -> Proba:
    """Map each class by its curve and normalise the rows to a sum of 1."""
    curved = np.column_stack(
        [np.interp(column, *curve) for column, curve in zip(proba.T, curves, strict=True)]
    )
    total = curved.sum(axis=1, keepdims=True)
    return np.divide(curved, total, out=np.array(proba, dtype=np.float64), where=total > 0)

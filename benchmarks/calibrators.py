"""Calibrators that `calibration.py` compares: the library's, variants of it, and those of packages.

Each is fitted on probabilities `(n_rows, n_classes)` and label codes, and gives a function that
maps probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from rarebit.decision import ProbabilityCalibrator

Apply = Callable[[np.ndarray], np.ndarray]
Fit = Callable[[np.ndarray, np.ndarray], Apply]

# The default before the study
TODAY = "today's"


def ours(method: str, proba: np.ndarray, y: np.ndarray) -> Apply:
    """Fit a method of the library."""
    return ProbabilityCalibrator(method).fit(proba, y).transform


def then_isotonic(proba: np.ndarray, y: np.ndarray) -> Apply:
    """Fit the default before the study, then curves on what it gives."""
    first = ours("sigmoid", proba, y)
    second = ours("isotonic", first(proba), y)
    return lambda new: second(first(new))


def probmetrics(method: str, proba: np.ndarray, y: np.ndarray) -> Apply:
    """Fit a calibrator of the package probmetrics."""
    from probmetrics.calibrators import get_calibrator

    return get_calibrator(method).fit(proba, y).predict_proba


def beta(proba: np.ndarray, y: np.ndarray) -> Apply:
    """Fit beta calibration of two classes."""
    from betacal import BetaCalibration

    with np.errstate(divide="ignore", invalid="ignore"):
        fitted = BetaCalibration("abm").fit(proba[:, 1], y)
    return lambda new: _two(fitted.predict(new[:, 1]))


def venn_abers(proba: np.ndarray, y: np.ndarray) -> Apply:
    """Fit inductive Venn-Abers calibration of two classes."""
    from venn_abers import VennAbers

    fitted = VennAbers()
    fitted.fit(proba, y)
    return lambda new: fitted.predict_proba(new)[0]


def _two(p: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - p, p])


def one_against_rest(fit: Fit, proba: np.ndarray, y: np.ndarray) -> Apply:
    """Calibrate each class against the rest; the rows are scaled to a sum of 1."""
    n = proba.shape[1]
    if n == 2:
        return fit(proba, y)
    fitted = [fit(_two(proba[:, code]), (y == code).astype(np.int64)) for code in range(n)]

    def apply(new: np.ndarray) -> np.ndarray:
        mapped = np.column_stack([fitted[code](_two(new[:, code]))[:, 1] for code in range(n)])
        total = mapped.sum(axis=1, keepdims=True)
        return np.divide(mapped, total, out=new.copy(), where=total > 0)

    return apply


def of_present(fit: Fit, proba: np.ndarray, y: np.ndarray) -> Apply:
    """Fit on the classes that the rows hold; the packages need rows of every class."""
    present, codes = np.unique(y, return_inverse=True)
    if len(present) < 2:
        return lambda new: new

    def within(new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mass = new[:, present].sum(axis=1, keepdims=True)
        even = np.full((len(new), len(present)), 1 / len(present))
        return np.divide(new[:, present], mass, out=even, where=mass > 0), mass

    fitted = fit(within(proba)[0], codes)

    def apply(new: np.ndarray) -> np.ndarray:
        share, mass = within(new)
        mapped = new.copy()
        mapped[:, present] = fitted(share) * mass
        return mapped

    return apply


ALL_METHODS: dict[str, Fit] = {
    "none": lambda proba, y: lambda new: new,
    TODAY: partial(ours, "sigmoid"),
    "temperature": partial(of_present, partial(probmetrics, "ts-mix")),
    "beta": partial(of_present, partial(one_against_rest, beta)),
    "Venn-Abers": partial(of_present, partial(one_against_rest, venn_abers)),
    "structured": partial(of_present, partial(probmetrics, "logistic")),
    "isotonic": partial(ours, "isotonic"),
    "today's + isotonic": then_isotonic,
    "class slopes": partial(ours, "vector"),
}
PACKAGES = {
    "temperature": "probmetrics", "structured": "probmetrics", "beta": "betacal",
    "Venn-Abers": "venn_abers",
}  # fmt: skip
# Those whose package is installed
METHODS = {
    name: fit
    for name, fit in ALL_METHODS.items()
    if name not in PACKAGES or find_spec(PACKAGES[name])
}

"""Fitting one recipe on some rows: the pipeline, its out-of-fold probabilities, its search.

Everything here sees training rows only; what it returns is what :class:`TreatedClassifier` keeps.
"""

from __future__ import annotations

import time as clock
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from imblearn.under_sampling.base import BaseCleaningSampler
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils.class_weight import compute_sample_weight

from rarebit._common.checks import Remark
from rarebit._common.devices import find_device
from rarebit._common.optional import is_installed
from rarebit._common.predictions import combine_weights
from rarebit.datasets import Role
from rarebit.decision import correct_prior
from rarebit.decision.prior import stands_for
from rarebit.exceptions import RarebitWarning
from rarebit.zoo.cuts import AT_LEAST, keep_rare
from rarebit.zoo.pipeline import build_pipeline
from rarebit.zoo.spec import ClassifierSpec, Treatment, raw_proba
from rarebit.zoo.splits import make_splits

# Rows that are encoded and predicted at a time.
ROWS_PER_PIECE = 50_000


@dataclass(frozen=True)
class Rows:
    """Cleaned rows and what belongs to them; ``y`` holds label codes."""

    frame: pd.DataFrame
    y: np.ndarray
    sample_weight: np.ndarray | None = None
    groups: np.ndarray | None = None
    time: np.ndarray | None = None
    # Rows that each row stands for, after a cut: see :mod:`rarebit.zoo.cuts`
    design_weight: np.ndarray | None = None

    @property
    def full_weight(self) -> np.ndarray | None:
        """Weight of each row in everything but the fit itself: its own times its design weight."""
        return combine_weights(self.sample_weight, self.design_weight)

    def take(self, positions: np.ndarray) -> Rows:
        """Return the rows at ``positions``."""
        return Rows(
            self.frame.iloc[positions],
            self.y[positions],
            *(
                None if values is None else values[positions]
                for values in (self.sample_weight, self.groups, self.time, self.design_weight)
            ),
        )

    def cut(self, n_rows: int | None, *, seed: int, at_least: int = AT_LEAST) -> Rows:
        """Return these rows, or about ``n_rows`` of them, rare classes first."""
        if n_rows is None or len(self.y) <= n_rows:
            return self
        chosen, weight = keep_rare(self.y, n_rows, seed=seed, at_least=at_least)
        kept = self.take(chosen)
        return replace(kept, design_weight=combine_weights(weight, kept.design_weight))

    def at_prevalence(self, shares: np.ndarray) -> Rows:
        """Return these rows as a sample from where the classes have these shares."""
        weight = stands_for(self.y, self.full_weight, shares)
        return replace(self, design_weight=combine_weights(weight, self.design_weight))

    def prior(self, n_classes: int) -> np.ndarray:
        """Return the weighted share of each class, before any cut."""
        mass = np.bincount(self.y, weights=self.full_weight, minlength=n_classes)
        return mass / mass.sum()


@dataclass(frozen=True)
class Recipe:
    """A classifier under a treatment, for columns of certain roles."""

    classifier: ClassifierSpec
    treatment: Treatment
    roles: dict[str, Role]
    class_names: tuple[str, ...]
    random_state: int
    device: str = "cpu"
    # How text of many values is encoded: see :func:`rarebit.zoo.preprocessing.make_encoder`
    text_encoder: str = "target"

    @property
    def n_classes(self) -> int:
        """Number of all classes."""
        return len(self.class_names)


@dataclass
class FittedPipeline:
    """A fitted pipeline whose probabilities are spread over all classes."""

    # Fitted on the codes ``0 .. len(present) - 1``
    pipeline: Any
    # Codes of the classes in the training rows
    present: np.ndarray
    # Share of each present class as the classifier saw it, after resampling or weighting
    fitted_prior: np.ndarray
    # Share of each present class in the training rows, before any cut
    true_prior: np.ndarray
    n_classes: int
    # Share of each present class as the classifier would have seen it without a cut; None: no cut
    uncut_prior: np.ndarray | None = None

    def both_proba(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the classifier's probabilities, and those corrected for the changed prior.

        The former are corrected for a cut of the rows, the latter also for the treatment.
        """
        fitted = self._present_proba(frame)
        move = partial(correct_prior, fitted, fitted_prior=self.fitted_prior)
        raw = fitted if self.uncut_prior is None else move(true_prior=self.uncut_prior)
        whole = partial(spread, codes=self.present, n_classes=self.n_classes)
        return whole(raw), whole(move(true_prior=self.true_prior))

    def even_proba(self) -> np.ndarray:
        """Corrected probabilities ``(1, 2)`` where the classifier finds two classes as probable."""
        seen = self.fitted_prior if self.uncut_prior is None else self.uncut_prior
        return correct_prior(np.full((1, 2), 0.5), fitted_prior=seen, true_prior=self.true_prior)

    def _present_proba(self, frame: pd.DataFrame) -> np.ndarray:
        if self.pipeline is None:  # a single class: nothing to learn
            return np.ones((len(frame), 1))
        starts = range(0, max(len(frame), 1), ROWS_PER_PIECE)
        pieces = (frame.iloc[start : start + ROWS_PER_PIECE] for start in starts)
        return np.concatenate([raw_proba(self.pipeline, piece) for piece in pieces])


def spread(proba: np.ndarray, codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Probabilities of the classes ``codes`` as those of all, ``(n_rows, n_classes)``; 0 else."""
    full = np.zeros((len(proba), n_classes))
    full[:, codes] = proba
    return full


def fit_pipeline(
    recipe: Recipe, rows: Rows, params: dict[str, Any]
) -> tuple[FittedPipeline, list[str]]:
    """Fit preprocessing, sampler or weights, and classifier; return notes on what was adapted."""
    present = np.unique(rows.y)
    true_prior = rows.prior(recipe.n_classes)[present]
    if len(present) == 1:
        only = FittedPipeline(None, present, true_prior, true_prior, recipe.n_classes)
        return only, ["The training rows have a single class: it is predicted for every row."]
    limit = recipe.classifier.slow_rows
    rows, given = rows.cut(limit, seed=recipe.random_state), rows
    local = np.searchsorted(present, rows.y)
    notes = []
    if rows is not given:
        notes.append(
            f"{recipe.classifier.label} is slow: fitted on {len(local):,} rows, rare ones first."
        )
    pipeline = build_pipeline(
        recipe.classifier,
        recipe.treatment,
        recipe.roles,
        recipe.random_state,
        class_names=[recipe.class_names[code] for code in present],
        text_encoder=recipe.text_encoder,
    )
    if "device" in recipe.classifier.tags:
        pipeline.set_params(classify__device=_device_of(recipe))
    pipeline.set_params(**{f"classify__{name}": value for name, value in params.items()})
    weight = _weights(recipe, rows, local)
    fit_params = {} if weight is None else {"classify__sample_weight": weight}
    with warnings.catch_warnings(record=True) as caught:
        # Convergence and the like: a matter of the search, not of the user.
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RarebitWarning)
        pipeline.fit(rows.frame, local, **fit_params)
    notes += [Remark.read(str(warning.message)) for warning in caught]
    sampler = pipeline.named_steps.get("sample")
    if sampler is not None:
        notes += [Remark("RB106", note) for note in sampler.notes_]
        if rows.sample_weight is not None:
            notes.append("Row weights were not used in fitting: resampled rows have none.")
    fitted_prior, uncut_prior = _priors(recipe, rows, local, weight, sampler)
    fitted = FittedPipeline(
        pipeline, present, fitted_prior, true_prior, recipe.n_classes, uncut_prior
    )
    return fitted, notes


def _priors(
    recipe: Recipe, rows: Rows, y: np.ndarray, weight: np.ndarray | None, sampler: Any
) -> tuple[np.ndarray, np.ndarray | None]:
    """Shares of the classes as the classifier saw them, and as it would have without a cut."""
    given = np.bincount(y, weights=weight)
    mass = given if sampler is None else sampler.class_counts_
    if _balances_by_itself(recipe):
        mass = np.ones(len(given))
    if rows.design_weight is None:
        return mass / mass.sum(), None
    stands_for = np.bincount(y, weights=rows.design_weight) / np.bincount(y)
    uncut = mass if _sets_class_shares(recipe, sampler) else given * stands_for
    return mass / mass.sum(), uncut / uncut.sum()


def _device_of(recipe: Recipe) -> str:
    """Device by the classifier's name for it: XGBoost knows CPUs and CUDA only."""
    if "tree" not in recipe.classifier.tags or recipe.device.startswith(("cpu", "cuda")):
        return recipe.device
    found = recipe.device == "auto" and is_installed("torch") and find_device("auto").type == "cuda"
    return "cuda" if found else "cpu"


def _weights(recipe: Recipe, rows: Rows, y: np.ndarray) -> np.ndarray | None:
    """Row weights ``(n_rows,)`` that the classifier is fitted with; None: none."""
    if recipe.treatment.sampler is not None or "sample_weight" not in recipe.classifier.tags:
        return None
    if recipe.treatment.kind != "weights":
        return rows.sample_weight
    return combine_weights(compute_sample_weight("balanced", y), rows.sample_weight)


def _balances_by_itself(recipe: Recipe) -> bool:
    """Return whether the classifier gives all classes the same weight, whatever its rows."""
    spec = recipe.classifier
    by_parameter = recipe.treatment.kind == "weights" and spec.weighted_by == "class_weight"
    return by_parameter or "balanced" in spec.tags


def _sets_class_shares(recipe: Recipe, sampler: Any) -> bool:
    """Return whether the classifier sees the same class shares whatever those of the rows."""
    # Cleaning alone removes single rows, and leaves the shares nearly alone.
    if sampler is not None:
        return sampler.is_applied_ and not isinstance(sampler.sampler, BaseCleaningSampler)
    return recipe.treatment.kind == "weights" or _balances_by_itself(recipe)


@dataclass(frozen=True)
class OutOfFold:
    """Probabilities of rows from models that were not fitted on them.

    ``positions`` are the rows covered: all of them, except with time-ordered splits. ``fold`` is
    the number of the fold that each was held out in.
    """

    positions: np.ndarray
    fold: np.ndarray
    raw: np.ndarray
    corrected: np.ndarray

    def take(self, chosen: np.ndarray) -> OutOfFold:
        """Return some of the covered rows."""
        parts = (self.positions, self.fold, self.raw, self.corrected)
        return OutOfFold(*(part[chosen] for part in parts))


def out_of_fold(recipe: Recipe, rows: Rows, params: dict[str, Any], n_folds: int) -> OutOfFold:
    """Fit on inner folds and predict the held-out rows."""
    splits, _ = make_splits(
        rows.y, n_folds=n_folds, groups=rows.groups, time=rows.time, seed=recipe.random_state
    )
    nothing = np.empty((0, recipe.n_classes))
    positions, raw, corrected = [np.empty(0, dtype=np.int64)], [nothing], [nothing]
    for split in splits:
        fitted, _ = fit_pipeline(recipe, rows.take(split.train), params)
        raw_part, corrected_part = fitted.both_proba(rows.frame.iloc[split.test])
        positions.append(split.test)
        raw.append(raw_part)
        corrected.append(corrected_part)
    fold = np.repeat(np.arange(len(positions)), list(map(len, positions)))
    return OutOfFold(
        np.concatenate(positions), fold, np.concatenate(raw), np.concatenate(corrected)
    )


@dataclass
class SearchOutcome:
    """The best configuration, and how it was found."""

    params: dict[str, Any]
    n_tried: int
    oof: OutOfFold | None = None
    notes: list[str] = field(default_factory=list)
    # Whether the time limit ended it
    cut_short: bool = False


def search(
    recipe: Recipe,
    rows: Rows,
    objective: Callable[[Rows, OutOfFold], float],
    *,
    kind: str,
    n_configs: int,
    n_folds: int,
    search_rows: int | None,
    deadline: float | None = None,
) -> SearchOutcome:
    """Pick a configuration by its out-of-fold score on (a cut of) the training rows.

    ``objective`` scores the rows covered, greater is better. A random search (``kind``) tries
    ``n_configs`` configurations, the defaults among them, and none after ``deadline``, a moment of
    ``time.monotonic()``. The out-of-fold probabilities of the best are returned if the search saw
    every row.
    """
    candidates = _candidates(recipe, kind, n_configs)
    if len(candidates) == 1:
        return SearchOutcome(candidates[0], 1)
    seen, notes = rows.cut(search_rows, seed=recipe.random_state, at_least=n_folds), []
    if seen is not rows:
        notes.append(
            f"Configurations were searched on {len(seen.y):,} of {len(rows.y):,} rows, rare ones "
            "first."
        )
    best: tuple[float, dict[str, Any], OutOfFold] | None = None
    failure: Exception | None = None
    tried = 0
    for params in candidates:
        if tried and deadline is not None and clock.monotonic() > deadline:
            notes.append(f"Time allowed {tried} of {len(candidates)} configurations.")
            break
        tried += 1
        try:
            oof = out_of_fold(recipe, seen, params, n_folds)
            score = objective(seen.take(oof.positions), oof)
        except ValueError as error:  # a configuration that does not suit these rows
            failure = error
            continue
        if best is None or score > best[0] or np.isnan(best[0]):
            best = (score, params, oof)
    if best is None:
        raise failure or ValueError("no configuration could be fitted")
    cut_short = tried < len(candidates)
    return SearchOutcome(best[1], tried, best[2] if seen is rows else None, notes, cut_short)


def _candidates(recipe: Recipe, kind: str, n_configs: int) -> list[dict[str, Any]]:
    """Configurations to try, the defaults first."""
    if kind == "grid":
        return list(ParameterGrid(recipe.classifier.grid)) if recipe.classifier.grid else [{}]
    space = recipe.classifier.search_space
    if n_configs <= 1 or not space:
        return [{}]
    with warnings.catch_warnings():
        # All of a space smaller than the budget is tried.
        warnings.filterwarnings("ignore", message="The total space of parameters")
        sampled = ParameterSampler(space, n_configs - 1, random_state=recipe.random_state)
        return [{}, *sampled]

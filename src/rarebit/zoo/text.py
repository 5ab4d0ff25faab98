"""Columns of text with many values: used where their encoding improves every inner fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rarebit._common.wording import listed, number
from rarebit.zoo.fitting import OutOfFold, Recipe, Rows, out_of_fold
from rarebit.zoo.preprocessing import text_columns

# Rows from which it is told whether the encoding helps, rare ones first.
TEXT_ROWS = 20_000


def with_text_that_helps(
    recipe: Recipe, rows: Rows, objective: Callable[[Rows, OutOfFold], float], n_folds: int
) -> tuple[Recipe, dict[str, str], list[str]]:
    """Compare the default configuration with and without columns of text.

    Returns the recipe with them if it is better on every inner fold, else the one without them; the
    columns that it leaves out with the reason, and notes.
    """
    text = text_columns(recipe.roles)
    if not text:
        return recipe, {}, []
    roles = {name: role for name, role in recipe.roles.items() if name not in text}
    plain = replace(recipe, roles=roles)
    if not roles:
        return recipe, {}, []
    seen = rows.cut(TEXT_ROWS, seed=recipe.random_state, at_least=n_folds)
    using, without = (_inner_scores(tried, seen, objective, n_folds) for tried in (recipe, plain))
    means = f"mean inner score {number(np.mean(using))} with it, {number(np.mean(without))} without"
    if np.all(using > without):
        return recipe, {}, [f"Text of many values is used: {listed(text)} ({means})."]
    reason = f"text of many values that does not help on every inner fold: {means}"
    return plain, dict.fromkeys(text, reason), []


def _inner_scores(
    recipe: Recipe, rows: Rows, objective: Callable[[Rows, OutOfFold], float], n_folds: int
) -> np.ndarray:
    """Score the default configuration on each inner fold; nan if it cannot be fitted."""
    nothing = np.full(n_folds, np.nan)
    if recipe.n_classes < 2:
        return nothing
    try:
        oof = out_of_fold(recipe, rows, {}, n_folds)
        folds = [oof.take(part) for part in np.array_split(np.arange(len(oof.positions)), n_folds)]
        return np.array([objective(rows.take(fold.positions), fold) for fold in folds])
    except ValueError:  # too few rows of each class to encode text, or to score a fold
        return nothing

"""Columns of text with many values: used where their encoding improves the score on inner folds."""

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

    Returns the better recipe, the columns that it leaves out with the reason, and notes.
    """
    text = text_columns(recipe.roles)
    if not text:
        return recipe, {}, []
    roles = {name: role for name, role in recipe.roles.items() if name not in text}
    plain = replace(recipe, roles=roles)
    if not roles:
        return recipe, {}, []
    seen = rows.cut(TEXT_ROWS, seed=recipe.random_state, at_least=n_folds)
    using, without = (_inner_score(tried, seen, objective, n_folds) for tried in (recipe, plain))
    scores = f"inner score {number(using)} with it, {number(without)} without"
    if using > without:
        return recipe, {}, [f"Text of many values is used: {listed(text)} ({scores})."]
    return plain, dict.fromkeys(text, f"text of many values that does not help: {scores}"), []


def _inner_score(
    recipe: Recipe, rows: Rows, objective: Callable[[Rows, OutOfFold], float], n_folds: int
) -> float:
    """Score the default configuration on inner folds; minus infinity if it cannot be fitted."""
    if recipe.n_classes < 2:
        return -np.inf
    try:
        oof = out_of_fold(recipe, rows, {}, n_folds)
    except ValueError:  # too few rows of each class to encode text
        return -np.inf
    return objective(rows.take(oof.positions), oof) if len(oof.positions) else -np.inf

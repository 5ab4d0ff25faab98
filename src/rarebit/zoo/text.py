"""Columns of text with many values: used where an encoder of them improves every inner fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rarebit._common.optional import import_extra
from rarebit._common.parameters import check_value
from rarebit._common.wording import listed
from rarebit.zoo.fitting import OutOfFold, Recipe, Rows, out_of_fold
from rarebit.zoo.preprocessing import text_columns

# Rows from which it is told whether the encoding helps, rare ones first.
TEXT_ROWS = 20_000
# The encoders that are tried: what users ask for, and how these are named in notes.
TEXT_ENCODERS = {"target": ("target",), "string": ("string",), "auto": ("target", "string")}
_NAMES = {"target": "the shares of the classes in its rows", "string": "its n-grams (skrub)"}


def check_text_encoders(text: str) -> None:
    """Refuse encoders that do not exist or are not installed, before anything is fitted."""
    if "string" in TEXT_ENCODERS[check_value("text", text, *TEXT_ENCODERS)]:
        import_extra("skrub")


def with_text_that_helps(
    recipe: Recipe,
    rows: Rows,
    objective: Callable[[Rows, OutOfFold], float],
    n_folds: int,
    encoders: Sequence[str] = ("target",),
) -> tuple[Recipe, dict[str, str], list[str]]:
    """Compare the default configuration with and without columns of text.

    Returns the recipe with the best of the encoders that are better on every inner fold, else the
    one without these columns; the columns that it leaves out with the reason, and notes.
    """
    text = text_columns(recipe.roles)
    if not text:
        return recipe, {}, []
    roles = {name: role for name, role in recipe.roles.items() if name not in text}
    plain = replace(recipe, roles=roles)
    if not roles:
        return replace(recipe, text_encoder=encoders[0]), {}, []
    seen = rows.cut(TEXT_ROWS, seed=recipe.random_state, at_least=n_folds)
    without = _inner_scores(plain, seen, objective, n_folds)
    tried = [replace(recipe, text_encoder=encoder) for encoder in encoders]
    scores = [_inner_scores(one, seen, objective, n_folds) for one in tried]
    helps = [bool(np.all(using > without)) for using in scores]
    means = np.array([float(np.mean(using)) for using in scores])
    k = int(np.argmax(np.where(helps, means, -np.inf) if any(helps) else np.nan_to_num(means)))
    if helps[k]:
        how = _NAMES[tried[k].text_encoder]
        return tried[k], {}, [f"Text of many values is used as {how}: {listed(text)}."]
    reason = "text of many values that does not help on every inner fold"
    return plain, dict.fromkeys(text, reason), []


def _inner_scores(
    recipe: Recipe, rows: Rows, objective: Callable[[Rows, OutOfFold], float], n_folds: int
) -> np.ndarray:
    """Score the default configuration on each inner fold; nan if it cannot be fitted."""
    nothing = np.array([np.nan])
    if recipe.n_classes < 2:
        return nothing
    try:
        oof = out_of_fold(recipe, rows, {}, n_folds)
        folds = [oof.take(oof.fold == fold) for fold in np.unique(oof.fold)]
        scores = [objective(rows.take(fold.positions), fold) for fold in folds]
        return np.array(scores) if scores else nothing
    except ValueError:  # too few rows of each class to encode text, or to score a fold
        return nothing

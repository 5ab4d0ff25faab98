"""Columns that hold the amounts of costs: read as numbers, whether or not they are features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.wording import closest
from rarebit.datasets._dataset import Dataset, Role
from rarebit.datasets.columns.reading import DROP, Reading
from rarebit.datasets.columns.survey import find_spelling
from rarebit.datasets.columns.values import parse_numbers
from rarebit.datasets.spellings import Spelling
from rarebit.decision.costs import amounts_of
from rarebit.exceptions import InputError


def roles_with_amounts(roles: Any, frame: pd.DataFrame, names: Iterable[str]) -> Any:
    """Return the roles that a user gives, with columns of amounts as numbers unless dropped."""
    if not isinstance(roles, Mapping | None):
        return roles  # refused where all roles are read
    given: dict[str, Any] = dict(roles or {})
    for name in names:
        if name not in frame.columns:
            hint = closest(name, frame.columns) or ": give a number, or the name of a column"
            raise InputError(f"the table has no column {name!r} (for cost){hint}")
        role = given.setdefault(name, Role.NUMERIC)
        if role not in (Role.NUMERIC, DROP):
            raise InputError(
                f"column {name!r} is a cost, so its role cannot be {role}: give numeric, or drop "
                "to use it as a cost only"
            )
    return given


def read_amounts(
    frame: pd.DataFrame, names: Sequence[str], reading: Reading
) -> tuple[pd.DataFrame | None, dict[str, Spelling], list[str]]:
    """Read columns of amounts beside the features that were read.

    Returns the amounts, how those that are no features are written, and what was guessed.
    """
    spellings: dict[str, Spelling] = {}
    guessed: list[str] = []
    amounts = {}
    for name in names:
        spelling = reading.spellings.get(name)
        if spelling is None:
            spelling, sentences = find_spelling(frame[name], name, reading.survey)
            guessed += sentences
            spellings[name] = spelling
        amounts[name] = parse_numbers(frame[name], spelling)
    return pd.DataFrame(amounts) if amounts else None, spellings, guessed


def take_amounts(amounts: pd.DataFrame | None, chosen: np.ndarray) -> pd.DataFrame | None:
    """Return the amounts of the chosen rows, all of which must be numbers of at least 0."""
    if amounts is None:
        return None
    taken = amounts[chosen]
    for name in taken.columns:
        amounts_of(taken, name)
    return taken.reset_index(drop=True)


def with_amounts(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """Return the data set with these amounts, taken from its features where it lacks them."""
    known = pd.DataFrame() if dataset.amounts is None else dataset.amounts
    amounts = {}
    for name in names:
        if name not in known and dataset.roles.get(name) != Role.NUMERIC:
            numeric = [feature for feature, role in dataset.roles.items() if role == Role.NUMERIC]
            raise InputError(
                f"the table has no column of numbers {name!r} (for cost){closest(name, numeric)}"
            )
        amounts[name] = parse_numbers(known[name] if name in known else dataset.frame[name])
    every = np.ones(len(dataset.target), dtype=bool)
    return replace(dataset, amounts=take_amounts(pd.DataFrame(amounts) if names else None, every))

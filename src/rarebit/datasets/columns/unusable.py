"""Cells that a fitted model cannot use, counted over the chunks of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.numbers import take_apart
from rarebit.datasets.columns.roles import missing_notes
from rarebit.datasets.columns.values import (
    PLAIN,
    as_text,
    doubtful_words,
    is_typed,
    text_of,
    without,
)
from rarebit.datasets.spellings import Spelling

# Roles of columns in which NA could be a value.
_WORDED = (Role.CATEGORICAL, Role.TEXT, Role.PRESENCE)


@dataclass
class _Count:
    """Cells of one column: those with a value, those of no use, and the first of the latter."""

    present: int = 0
    lost: int = 0
    example: str = ""


@dataclass
class UnusableCells:
    """Counts cells that do not fit the role of their column, and unknown categories.

    A stray word in a column of numbers counts as missing, and a category that no training row had
    counts as unknown. Neither stops a model, so a column in the wrong unit or of misspelt words
    would go unnoticed. Memory does not grow with the number of rows.
    """

    roles: Mapping[str, Role]
    # Known values; in a column that is not named, every value counts as known
    categories: Mapping[str, Collection[str]] = field(default_factory=dict)
    # How the columns of text are written
    spellings: Mapping[str, Spelling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._counts = {name: _Count() for name in self.roles}
        # Words for "missing", such as NA, that could be values
        self._words: dict[str, Counter[str]] = {
            name: Counter() for name, role in self.roles.items() if role in _WORDED
        }

    def count(
        self,
        frame: pd.DataFrame,
        values: pd.DataFrame,
        left_out: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        """Add the cells of a chunk and the values that they were read as.

        ``left_out`` tells for some columns which rows held a word that was not parsed.
        """
        for name, role in self.roles.items():
            column, words = frame[name], (left_out or {}).get(name, {})
            found = values[name].to_numpy()
            empty = found == 0 if role == Role.PRESENCE else pd.isna(found)
            if role == Role.CATEGORICAL:
                lost = self._are_unknown(name, values[name], empty)
                n_present = len(values) - int(empty.sum())
            else:
                lost = self._hold_something(name, column, empty, words)
                n_present = len(values) - int((empty & ~lost).sum())
            if name in self._words:
                self._words[name].update(doubtful_words(column[empty]))
            counted = self._counts[name]
            if not counted.lost and lost.any():
                first = int(lost.argmax())
                words_there = (word for word, rows in words.items() if rows[first])
                counted.example = next(words_there, str(column.iloc[first])).strip()
            counted.present += n_present
            counted.lost += int(lost.sum())

    def _are_unknown(self, name: str, values: pd.Series, empty: np.ndarray) -> np.ndarray:
        """Tell which categories the model does not know."""
        known = self.categories.get(name)
        if known is None:
            return np.zeros(len(values), dtype=bool)
        return ~empty & ~values.isin(list(known)).to_numpy()

    def _hold_something(
        self, name: str, column: pd.Series, empty: np.ndarray, words: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Tell which of the cells without a value hold something that does not mean missing."""
        if is_typed(column):
            lost = empty & pd.notna(column.to_numpy())
        else:
            # Reading cells as text is slow: only those that may be lost.
            lost = empty.copy()
            lost[empty] = self._are_present(name, column[empty])
        missing = self.spellings.get(name, PLAIN).missing
        for word, rows in words.items():
            if text_of(word) not in (None, *missing):
                lost |= rows
        return lost

    def _are_present(self, name: str, column: pd.Series) -> np.ndarray:
        """Tell which cells do not mean missing in this column."""
        return pd.notna(without(as_text(column), self.spellings.get(name, PLAIN).missing))

    def sentences(self) -> list[str]:
        """Describe the lost cells and the doubtful words, one sentence per column with any."""
        sentences = [
            f"Column {name!r}: {'; '.join(missing_notes(words))}."
            for name, words in self._words.items()
            if words
        ]
        for name, role in self.roles.items():
            counted = self._counts[name]
            if not counted.lost:
                continue
            share = (
                f"{counted.lost:,} of its {counted.present:,} values, such as {counted.example!r},"
            )
            said = (
                f"Column {name!r}: {share} were not among the training rows and count as "
                f"{'unknown' if role == Role.CATEGORICAL else 'missing'}."
                if role in (Role.CATEGORICAL, Role.PRESENCE)
                else f"Column {name!r} is {role}; {share} are not and count as missing."
            )
            parts = take_apart(counted.example) if role == Role.NUMERIC else None
            if parts is not None and parts.unit:
                trained = self.spellings.get(name, PLAIN).unit
                said = (
                    f"Column {name!r}: {share} have the unit {parts.unit!r}, and training had "
                    f"{repr(trained) if trained else 'none'}. They count as missing: write them as "
                    "in training."
                )
            sentences.append(Remark("RB207", said))
        return sentences

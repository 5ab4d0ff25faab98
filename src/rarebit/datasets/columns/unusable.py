"""Cells that a fitted model cannot use, counted over the chunks of a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rarebit._common.frames import as_frame
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.cleaning import CONVERTERS
from rarebit.datasets.columns.values import as_text, parse_categories


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

    def __post_init__(self) -> None:
        self._counts = {name: _Count() for name in self.roles}

    def count(self, frame: pd.DataFrame) -> None:
        """Add the cells of a chunk."""
        frame = as_frame(frame)
        for name, role in self.roles.items():
            present, lost = self._look_at(name, role, frame[name])
            counted = self._counts[name]
            if not counted.lost and lost.any():
                counted.example = str(frame[name].to_numpy(dtype=object)[lost][0]).strip()
            counted.present += int(present.sum())
            counted.lost += int(lost.sum())

    def _look_at(self, name: str, role: Role, column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Tell which cells hold a value, and which of these are of no use."""
        if role != Role.CATEGORICAL:
            empty = np.isnan(CONVERTERS[role](column))
            # Reading cells as text is slow: only if something may be lost.
            present = pd.notna(as_text(column)) if empty.any() else ~empty
            return present, present & empty
        values = pd.Series(parse_categories(column), dtype=object)
        present = values.notna().to_numpy()
        known = self.categories.get(name)
        if known is None:
            return present, np.zeros(len(values), dtype=bool)
        return present, present & ~values.isin(list(known)).to_numpy()

    def sentences(self) -> list[str]:
        """Describe the lost cells, one sentence per column that has any."""
        sentences = []
        for name, role in self.roles.items():
            counted = self._counts[name]
            if not counted.lost:
                continue
            share = (
                f"{counted.lost:,} of its {counted.present:,} values, such as {counted.example!r},"
            )
            sentences.append(
                f"Column {name!r}: {share} were not among the training rows and count as unknown."
                if role == Role.CATEGORICAL
                else f"Column {name!r} is {role}; {share} are not and count as missing."
            )
        return sentences

"""Reasons of each scored row in words: which columns change its probability most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rarebit._common.wording import number
from rarebit.datasets import Role
from rarebit.exceptions import InputError
from rarebit.explain import correlated_groups, shapley_values
from rarebit.zoo.treated import TreatedClassifier

# Rows of the file that others are compared with; a file needs so many at least.
N_BACKGROUND, LEAST_ROWS = 25, 10
# Columns of a group of correlated ones that are named.
MOST_NAMED = 2


class RowReasons:
    """Explains rows by comparison with the first rows of their file.

    The class explained is the rare one of two, and of many the one that is predicted.
    """

    def __init__(self, model: TreatedClassifier, first: pd.DataFrame, n_reasons: int) -> None:
        if len(first) < LEAST_ROWS:
            raise InputError(
                f"The table has {len(first)} rows, and reasons compare each row with the others: "
                f"give at least {LEAST_ROWS} rows, or leave out `explain`."
            )
        if len(model.classes_) < 2:
            raise InputError("The model knows one class only, so there are no reasons to give.")
        self.model = model
        self.n_reasons = n_reasons
        self.groups = correlated_groups(first)
        places = np.unique(np.linspace(0, len(first) - 1, N_BACKGROUND).astype(int))
        self.background = first.iloc[places]

    def columns(self, values: pd.DataFrame, codes: np.ndarray) -> pd.DataFrame:
        """Return the columns ``reason_1, reason_2, ...`` of rows that were read and decided."""
        found = shapley_values(
            lambda rows: self.model.decide_values(rows)[1],
            values,
            self.background,
            groups=self.groups,
            random_state=0,
        )
        positive = self.model.positive_
        explained = codes if positive is None else np.full(len(codes), positive)
        texts = [
            [
                self._text(values, row, found.columns[k], found.contributions[row, k, code])
                for k in found.top(row, self.n_reasons, output=int(code))
            ]
            for row, code in enumerate(explained)
        ]
        padded = [[*each, *[""] * (self.n_reasons - len(each))] for each in texts]
        names = [f"reason_{k}" for k in range(1, self.n_reasons + 1)]
        return pd.DataFrame(padded, columns=names, index=values.index)

    def _text(self, values: pd.DataFrame, row: int, columns: tuple[str, ...], change: float) -> str:
        """Write the values of a group, and its change of the probability in percentage points."""
        shown = ", ".join(
            f"{name} = {self._cell(values[name].iloc[row], self.model.columns_read[name])}"
            for name in columns[:MOST_NAMED]
        )
        others = len(columns) - MOST_NAMED
        more = f" and {others} more" if others > 0 else ""
        return f"{shown}{more}: {number(100 * change, 1, signed=True)}"

    @staticmethod
    def _cell(value: object, role: Role) -> str:
        if pd.isna(value):  # type: ignore[call-overload]
            return "missing"
        if role == Role.DATE:
            return f"{pd.to_datetime(value, unit='D'):%Y-%m-%d}"  # type: ignore[call-overload]
        if role == Role.BOOLEAN:
            return "yes" if value else "no"
        return f"{value:.6g}" if isinstance(value, float) else str(value)

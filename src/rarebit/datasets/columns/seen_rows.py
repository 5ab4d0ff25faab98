"""Which rows a model was fitted on, as a sample of hashes: to notice that it is tested on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from rarebit._common.checks import finds
from rarebit._common.wording import count, percent

# Hashes that are kept: those of the smallest values, which are a random sample of the rows.
MOST_KEPT = 20_000
# Chance at which new rows have so many rows of training among them.
ALPHA = 1e-4


@dataclass(frozen=True)
class SeenRows:
    """Hashes of the rows of training."""

    # Sorted, of distinct rows; all of those up to the last one
    hashes: np.ndarray
    # Whether distinct rows with larger hashes were left out
    is_sample: bool
    # Probability that a further row of the same distribution repeats one of these: the share of
    # rows that are not alone (Good, Biometrika 40, 1953)
    repeats: float

    @classmethod
    def of(cls, values: pd.DataFrame) -> SeenRows:
        """Hash rows, as values."""
        hashes, counts = np.unique(_hashes(values), return_counts=True)
        alone = int((counts == 1).sum())
        return cls(hashes[:MOST_KEPT], len(hashes) > MOST_KEPT, 1 - alone / len(values))

    @finds("RB201")
    def sentences(self, values: pd.DataFrame) -> list[str]:
        """Warn if new rows, as values, are rows of training: more than chance would explain."""
        hashes = _hashes(values)
        if self.is_sample:
            hashes = hashes[hashes <= self.hashes[-1]]
        n_seen = int(np.isin(hashes, self.hashes).sum())
        if not n_seen or stats.binom.sf(n_seen - 1, len(hashes), self.repeats) > ALPHA:
            return []
        who = (
            f"About {percent(n_seen / len(hashes))} of the rows"
            if self.is_sample
            else f"{count(n_seen, 'row')} of {len(hashes):,}"
        )
        verb = "is" if n_seen == 1 and not self.is_sample else "are"
        return [
            f"{who} {verb} among the rows that the model was trained on (the same in every column "
            "that it uses): the figures on them are too good. Leave them out."
        ]


def _hashes(values: pd.DataFrame) -> np.ndarray:
    """Hash each row."""
    return pd.util.hash_pandas_object(values, index=False).to_numpy()

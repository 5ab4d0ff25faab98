"""Rows of another time or place, on which a comparison's model is evaluated after the refit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.frames import as_frame, check_columns
from rarebit._common.wording import in_a_sentence, interval, number
from rarebit.datasets import Dataset
from rarebit.datasets.labels import known_codes
from rarebit.datasets.make import find_column
from rarebit.evaluation.comparison import Comparison
from rarebit.evaluation.evaluate import Evaluation, evaluate
from rarebit.evaluation.ranking import line_of
from rarebit.exceptions import InputError
from rarebit.metrics import Metric

NAME = "the test rows"


@dataclass(frozen=True)
class OtherRows:
    """What :func:`rarebit.evaluation.evaluate` is given."""

    X: Any
    y: Any = None
    # Names of the columns with groups and weights, and of those of subgroups
    uses: dict[str, Any] = field(default_factory=dict)
    name: str = NAME
    source: str = ""

    @classmethod
    def like(cls, dataset: Dataset, table: Any, **names: str) -> OtherRows:
        """Take a table whose target, groups and weights have the names that they have there."""
        named = {column.used_as: column.name for column in dataset.columns}
        uses: dict[str, Any] = {
            "groups": named.get("groups"),
            "sample_weight": named.get("weights"),
        }
        if dataset.by is not None:
            uses["by"] = list(dataset.by.columns)
        return cls(table, named.get("target"), uses, **names)

    def check(self, dataset: Dataset) -> None:
        """Refuse rows that lack columns or hold unknown labels, before anything is fitted."""
        if isinstance(self.X, Dataset):
            frame, labels = self.X.frame, pd.Series(self.X.labels)
        else:
            frame = as_frame(self.X)
            labels = find_column(frame, self.y, "target")
        amounts = [] if dataset.amounts is None else list(dataset.amounts.columns)
        check_columns(frame, [*dataset.roles, *amounts])
        known_codes(labels, dataset.classes)

    def added_to(self, comparison: Comparison, ignored: Sequence[str] = ()) -> Comparison:
        """Return the comparison with the evaluation of its model on these rows."""
        if comparison.model is None:
            return comparison
        found = evaluate(
            comparison.model,
            self.X,
            self.y,
            **self.uses,
            cost=comparison.settings["cost_matrix"],
            name=self.name,
            source=self.source,
            ignore_checks=ignored,
            seed=comparison.settings["seed"],
        )
        expected = comparison.best_corrected[0]
        if not np.isfinite(expected):
            expected = float(line_of(comparison.ranking, comparison.best)["score"])
        said = _sentence(found, comparison.objective, expected)
        return replace(comparison, test=found, finding=[*comparison.finding, said])


def other_rows(test: Any, dataset: Dataset, *, refit: bool) -> OtherRows | None:
    """Check rows for the refitted model: a Dataset, a pair of X and y, or a table like the data."""
    if test is None:
        return None
    if not refit:
        raise InputError("test needs a refitted model: leave out refit=False.")
    if isinstance(test, OtherRows):
        others = test
    elif isinstance(test, Dataset):
        others = OtherRows(test, name=test.name, source=test.source)
    elif isinstance(test, tuple) and len(test) == 2:
        others = OtherRows(*test)
    else:
        others = OtherRows.like(dataset, test)
    others.check(dataset)
    return others


def _sentence(evaluation: Evaluation, metric: Metric, expected: float) -> str:
    """The score on the test rows beside the one expected from cross-validation."""
    row = evaluation.metrics.set_index("metric").loc[metric.name].to_dict()
    return (
        f"On {evaluation.dataset.name} ({len(evaluation.dataset.target):,} rows that no model was "
        f"fitted on), the {in_a_sentence(row['label'])} of the model is {number(row['score'])} "
        f"(95 % interval {interval(row['low'], row['high'])}); {number(expected)} was expected "
        "from cross-validation."
    )

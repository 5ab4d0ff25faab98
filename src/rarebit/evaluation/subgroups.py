"""How good a model is for subgroups of the rows, and for which it differs from the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from rarebit._common.checks import Remark
from rarebit._common.wording import count, first_few, p_equals, percent
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import costs_at
from rarebit.evaluation.outcome import rare_classes
from rarebit.evaluation.scores import score_intervals
from rarebit.metrics import METRICS, Metric
from rarebit.statistics import Interval, holm, weighted_share
from rarebit.statistics.binomial import effective_rows
from rarebit.statistics.intervals import as_columns
from rarebit.zoo.objective import get_objective

# Numbers and dates with more values than this are cut into quartiles.
MOST_VALUES = 6
# Groups of a column of categories; the least frequent values together are the last.
MOST_GROUPS = 10
# With fewer rows of the class, or of the others, a group is called too small and is not tested.
LEAST_ROWS = 10
# Chance of any wrong finding among all tests that is accepted.
LEVEL = 0.05
# Bootstrap samples for the intervals of scores.
N_RESAMPLES = 200
MISSING = "missing"


@dataclass(frozen=True)
class Subgroup:
    """A group of held-out rows, and how good the model is on them.

    Attributes
    ----------
    column, value : str
        What the rows have in common.
    rows, rare : int
        Rows, and rows of the rare class; row weights are not applied.
    scores : dict of str to Interval
        Log loss, ROC-AUC and the metric that ranks, with bootstrap intervals.
    predicted : float
        Mean predicted probability of the rare class.
    observed, recall, precision : Interval
        Its observed share; rows found of all of its rows; correct alarms of all alarms. With row
        weights, the intervals are approximate: they have the effective number of rows.
    """

    column: str
    value: str
    rows: int
    rare: int
    scores: dict[str, Interval]
    predicted: float
    observed: Interval
    recall: Interval
    precision: Interval

    @property
    def is_small(self) -> bool:
        """Whether there are too few rows, of the rare class or of the others, to say much."""
        return min(self.rare, self.rows - self.rare) < LEAST_ROWS

    def flat(self) -> dict[str, object]:
        """Return all figures by name, for tables."""
        names = ("column", "value", "rows", "rare", "predicted")
        shares = {name: getattr(self, name) for name in ("observed", "recall", "precision")}
        return {name: getattr(self, name) for name in names} | as_columns(self.scores | shares)


@dataclass(frozen=True)
class Subgroups:
    """The groups of all columns asked for.

    Attributes
    ----------
    label : str
        The class whose recall, precision and calibration are shown.
    groups : list of Subgroup
        One for each value of each column.
    notes : list of str
        Which groups are too small, and which differ from the other rows.
    """

    label: str
    groups: list[Subgroup]
    notes: list[str]

    def frame(self) -> pd.DataFrame:
        """Return one row a group, all figures as columns.

        Returns
        -------
        DataFrame
        """
        return pd.DataFrame([group.flat() for group in self.groups])


def subgroups(
    dataset: Dataset,
    predictions: Predictions | None,
    metric: Metric,
    *,
    costs: np.ndarray | None = None,
    seed: int = 0,
) -> Subgroups | None:
    """Figures of the held-out rows by the columns ``dataset.by``; None if either is missing.

    ``costs`` are those of :func:`rarebit.evaluation.costs.costs_used`, if there are any.
    """
    if dataset.by is None or predictions is None:
        return None
    seen, code = predictions.first_repeat(), rare_classes(dataset)[0]
    score = partial(_figures, dataset=dataset, code=code, metric=metric, costs=costs, seed=seed)
    groups, small, tests = [], [], []
    for column in dataset.by:
        values = group_labels(dataset.by[column].iloc[seen.rows])
        for value in values.cat.categories:
            inside = (values == value).to_numpy()
            group = score(column=str(column), value=str(value), seen=seen.take(inside))
            groups.append(group)
            if group.is_small:
                small.append(f"{column} = {value} ({group.rare} of {group.rows:,})")
            elif not inside.all():
                tests += _tests(group, seen, inside, code)
    label, notes = str(dataset.classes[code]), []
    if small:
        said = (
            f"Too small to judge, with fewer than {LEAST_ROWS} rows of class {label!r} or of the "
            f"others: {first_few(small)}."
        )
        notes.append(Remark("RB116", said))
    return Subgroups(label, groups, [*notes, *_findings(tests, grouped=dataset.groups is not None)])


def group_labels(column: pd.Series) -> pd.Series:
    """Put every value into one of a few groups, as ordered categories."""
    present = column.dropna()
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    is_date = pd.api.types.is_datetime64_any_dtype(column)
    write: Callable[[Any], str] = "{:%Y-%m-%d}".format if is_date else str
    if (is_number or is_date) and present.nunique() > MOST_VALUES:
        quarter = pd.qcut(present.rank(method="max"), 4, labels=False, duplicates="drop")
        ends = present.groupby(quarter).agg(["min", "max"])
        write = _digits(pd.Series(ends.to_numpy().ravel())).format if is_number else write
        names = [f"{write(low)} to {write(high)}" for low, high in ends.itertuples(index=False)]
        labels = quarter.map(dict(zip(ends.index, names, strict=True)))
    elif is_number or is_date:
        values = present.drop_duplicates().sort_values()
        write = _digits(values).format if is_number else write
        names, labels = [*map(write, values)], present.map(write)
    else:
        names, labels = [str(value) for value in present.value_counts().index], present.map(str)
        if len(names) > MOST_GROUPS:
            others = names[MOST_GROUPS - 1 :]
            names = [*names[: MOST_GROUPS - 1], f"{len(others)} other values"]
            labels = labels.where(~labels.isin(others), names[-1])
    if len(present) < len(column):
        names = [*names, MISSING]
    names = list(dict.fromkeys(names))  # a value may be called "missing", too
    return labels.reindex(column.index).fillna(MISSING).astype(pd.CategoricalDtype(names))


def _digits(values: pd.Series) -> str:
    """Return the format with the fewest digits, four at least, that tells all numbers apart."""
    distinct = values.nunique()
    formats = [f"{{:.{digits}g}}" for digits in range(4, 18)]
    return next((f for f in formats if len(set(map(f.format, values))) == distinct), formats[-1])


def _figures(
    column: str,
    value: str,
    seen: Predictions,
    *,
    dataset: Dataset,
    code: int,
    metric: Metric,
    costs: np.ndarray | None,
    seed: int,
) -> Subgroup:
    """Compute all figures of one group."""
    if costs is not None:
        metric = get_objective(metric.name, costs_at(costs, seen))
    is_class, alarm, weight = seen.y == code, seen.labels == code, seen.weight
    metrics = {each.name: each for each in (METRICS["log_loss"], METRICS["roc_auc"], metric)}
    found = score_intervals(
        dataset, seen, list(metrics.values()), n_resamples=N_RESAMPLES, seed=seed
    )
    return Subgroup(
        column,
        value,
        len(seen.y),
        int(is_class.sum()),
        dict(zip(metrics, found, strict=True)),
        float(np.average(seen.proba[:, code], weights=weight)) if weight.any() else np.nan,
        weighted_share(is_class, weight),
        weighted_share(alarm[is_class], weight[is_class]),
        weighted_share(is_class[alarm], weight[alarm]),
    )


def _effective(hit: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Effective numbers of hits and of rows."""
    n_rows = effective_rows(weight)
    return min(n_rows * float(weight @ hit) / weight.sum(), n_rows) if n_rows else 0.0, n_rows


@dataclass(frozen=True)
class _Test:
    """One comparison of a group, and the words for it."""

    what: str
    p: float


def _tests(group: Subgroup, seen: Predictions, inside: np.ndarray, code: int) -> list[_Test]:
    """Compare recall and precision with the other rows, and calibration with itself."""
    is_class, alarm = seen.y == code, seen.labels == code
    where = f"{group.column} = {group.value}"
    tests = []
    for name, rows, hit in (("recall", is_class, alarm), ("precision", alarm, is_class)):
        own, other = rows & inside, rows & ~inside
        counts = [_effective(hit[part], seen.weight[part]) for part in (own, other)]
        if min(n_rows for _, n_rows in counts) < LEAST_ROWS:
            continue
        shares = [n_hits / n_rows for n_hits, n_rows in counts]
        table = np.array([[round(n_hits), round(n_rows - n_hits)] for n_hits, n_rows in counts])
        tests.append(
            _Test(
                f"{where} differs: {name} {percent(shares[0])}, on the other rows "
                f"{percent(shares[1])}",
                float(stats.fisher_exact(table).pvalue),
            )
        )
    proba, weight = seen.proba[inside, code], seen.weight[inside]
    spread = np.sqrt(weight**2 @ (proba * (1 - proba)))
    if spread > 0:
        z = weight @ (is_class[inside] - proba) / spread
        what = (
            f"{where} is not calibrated: mean predicted probability {percent(group.predicted)}, "
            f"observed share {percent(group.observed.estimate)}"
        )
        tests.append(_Test(what, float(2 * stats.norm.sf(abs(z)))))
    return tests


def _findings(tests: list[_Test], *, grouped: bool) -> list[str]:
    """Say which groups differ, after Holm's adjustment over all tests."""
    if not tests:
        return []
    adjusted = holm([test.p for test in tests])
    how = f"Holm-adjusted over {count(len(tests), 'test')}"
    if grouped:
        how += "; rows of one group count as independent, so p-values are too small"
    found: list[str] = [
        Remark("RB115", f"{test.what} ({p_equals(p)}, {how}).")
        for test, p in sorted(zip(tests, adjusted, strict=True), key=lambda pair: pair[1])
        if p < LEVEL
    ]
    return found or [f"No subgroup differs significantly ({how})."]

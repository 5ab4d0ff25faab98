"""What a user should know about a table before trusting any score on it, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight

from rarebit._common.wording import first_few, number, percent, written_alike
from rarebit.datasets._dataset import Dataset, Role
from rarebit.datasets.columns.cleaning import clean_values
from rarebit.datasets.columns.roles import FEW_VALUES, IDENTIFIER_NAME

FEW_ROWS = 10
EXTREME_RATIO = 100
# With fewer rows of a class, one column may predict it by chance.
ROWS_TO_JUDGE = 20
# A prediction from fewer rows than this does not count.
ROWS_TO_GUESS = 5
# Rows searched for giveaways, over all classes: enough to tell, and fast.
SAMPLE_ROWS = 20_000
GIVEAWAY = 0.98
MISSING_GAP = 0.9
SENTINELS = (-99999, -9999, -999, -99, -9, 99, 999, 9999, 99999)
SENTINEL_SHARE = 0.01


def find_problems(dataset: Dataset) -> list[str]:
    """Find what makes scores on a data set misleading; one or two sentences per problem.

    These are classes that may be the same, tiny classes and extreme imbalance; rows that repeat the
    features of another; single columns that give the target away, by their values or by where they
    are missing; and numbers such as -999 that stand for "missing".
    """
    values = clean_values(dataset.frame, dataset.roles)
    return [
        *find_giveaways(dataset),
        *written_alike(dataset.classes),
        *_small_classes(dataset),
        *_repeated_rows(dataset, values),
        *_likely_groups(dataset, values),
        *_sentinels(dataset, values),
    ]


def _small_classes(dataset: Dataset) -> list[str]:
    """Find classes that are too small to judge, and extreme imbalance."""
    problems = []
    small = np.flatnonzero(dataset.counts < FEW_ROWS)
    if len(small):
        sizes = [f"{dataset.classes[code]!r} ({dataset.counts[code]})" for code in small]
        problems.append(
            f"Fewer than {FEW_ROWS} rows in {_counted(sizes, 'class', 'classes')}: "
            "scores on so few are little more than chance."
        )
    if dataset.imbalance_ratio >= EXTREME_RATIO:
        problems.append(
            f"The largest class has {number(dataset.imbalance_ratio, 0)} rows per row of the "
            "smallest: "
            "differences between models will be within the noise unless they are large."
        )
    return problems


def _repeated_rows(dataset: Dataset, values: pd.DataFrame) -> list[str]:
    """Find rows with the same features."""
    rows = pd.util.hash_pandas_object(values, index=False).to_numpy()
    _, group, sizes = np.unique(rows, return_inverse=True, return_counts=True)
    n_repeats = int((sizes - 1).sum())
    if not n_repeats:
        return []
    pairs = np.unique(np.column_stack([group, dataset.target]), axis=0)
    conflicting = np.bincount(pairs[:, 0], minlength=len(sizes)) > 1
    problem = (
        f"{n_repeats} of {len(rows)} rows repeat the features of another row "
        f"(sets of identical rows: {int((sizes > 1).sum())}); they may fall on both sides of a "
        "split and inflate the scores."
    )
    if conflicting.any():
        problem += (
            f" {int(sizes[conflicting].sum())} rows have the features of a row of another class, "
            "which no model can tell apart."
        )
    return [problem]


def _likely_groups(dataset: Dataset, values: pd.DataFrame) -> list[str]:
    """Find identifiers whose values repeat, if no groups were named."""
    if dataset.groups is not None:
        return []
    named = [
        name
        for name, role in dataset.roles.items()
        if role in (Role.NUMERIC, Role.CATEGORICAL) and IDENTIFIER_NAME.search(name)
    ]
    return [
        f"Column {name!r} is named like an identifier, and its values repeat: if they stand for "
        f"patients, machines or the like, keep the rows of each together with groups "
        f"(--groups {name}); otherwise, leave the column out."
        for name in named
        if FEW_VALUES < values[name].nunique() < values[name].count()
    ]


def find_giveaways(dataset: Dataset) -> list[str]:
    """Find single columns that tell the target, by their values or by where they are missing."""
    judged = np.flatnonzero(dataset.counts >= ROWS_TO_JUDGE)
    if len(judged) < 2:
        return []
    rows = _sample(dataset.target, judged)
    y = np.searchsorted(judged, dataset.target[rows])
    weights = compute_sample_weight("balanced", y)
    values = clean_values(dataset.frame.iloc[rows], dataset.roles)
    copies, tellers, absences = [], [], []
    for name, role in dataset.roles.items():
        column = values[name]
        absence = _absence(column.isna().to_numpy(), y, [dataset.classes[k] for k in judged])
        if absence:
            absences.append(f"Column {name!r} {absence}: where it is missing tells the target.")
        elif _is_copy(column, y):
            copies.append(name)
        elif _balanced_accuracy(_cells(column, role, y, weights), y) >= GIVEAWAY:
            tellers.append(name)
    problems = [
        f"Column {name!r} is the target under another name: each class has its own value."
        for name in copies
    ]
    if tellers:
        problems.append(
            "Almost without error, one column is enough to tell the classes: "
            f"{_counted(list(map(repr, tellers)), 'column', 'columns')}. "
            "Make sure that it is known before the outcome."
        )
    return problems + absences


def _sample(target: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """Pick rows of the judged classes, evenly spread, at most the same number of each."""
    most = max(ROWS_TO_JUDGE, SAMPLE_ROWS // len(judged))
    picked = []
    for code in judged:
        rows = np.flatnonzero(target == code)
        spread = np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)
        picked.append(rows[spread])
    return np.sort(np.concatenate(picked))


def _absence(missing: np.ndarray, y: np.ndarray, labels: Sequence[object]) -> str:
    """Describe a column that is missing in nearly all rows of one class, or in nearly no others."""
    if not missing.any():
        return ""
    for code, label in enumerate(labels):
        inside, outside = missing[y == code].mean(), missing[y != code].mean()
        if abs(inside - outside) >= MISSING_GAP:
            return (
                f"is missing in {percent(inside)} of class {label!r} and {percent(outside)} of the "
                "rest"
            )
    return ""


def _is_copy(column: pd.Series, y: np.ndarray) -> bool:
    """Tell whether each value stands for one class and each class for one value."""
    codes, uniques = pd.factorize(column, use_na_sentinel=False)
    pairs = np.unique(codes * (int(y.max()) + 1) + y)
    return len(uniques) == len(pairs) == len(np.unique(y))


def _cells(column: pd.Series, role: Role, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Divide one column into cells: its categories, or the leaves of a small tree on it."""
    if role is Role.CATEGORICAL:
        return pd.factorize(column, use_na_sentinel=False)[0]
    tree = DecisionTreeClassifier(
        max_leaf_nodes=4 * (int(y.max()) + 1), min_samples_leaf=ROWS_TO_GUESS, random_state=0
    )
    numbers = column.to_numpy(dtype=np.float64).reshape(-1, 1)
    # Trees compare in float32 and refuse numbers beyond its range.
    numbers = np.clip(numbers, -1e38, 1e38)
    leaves: np.ndarray = tree.fit(numbers, y, weights).apply(numbers)
    return leaves


def _balanced_accuracy(cells: np.ndarray, y: np.ndarray) -> float:
    """Score the best prediction in each cell; all classes have the same weight."""
    n_classes = int(y.max()) + 1
    table = np.bincount(cells * n_classes + y, minlength=(int(cells.max()) + 1) * n_classes)
    table = table.reshape(-1, n_classes)
    shares = table / table.sum(axis=0)
    guess = np.where(table.sum(axis=1) >= ROWS_TO_GUESS, shares.argmax(axis=1), -1)
    right = shares * (guess[:, np.newaxis] == np.arange(n_classes))
    return float(right.sum(axis=0).mean())


def _sentinels(dataset: Dataset, values: pd.DataFrame) -> list[str]:
    """Find numbers that lie far from the rest and look like a mark for "missing"."""
    problems = []
    for name, role in dataset.roles.items():
        numbers = values[name].to_numpy() if role is Role.NUMERIC else np.empty(0)
        numbers = numbers[~np.isnan(numbers)]
        for mark in np.intersect1d(SENTINELS, numbers):
            rest = numbers[numbers != mark]
            count = len(numbers) - len(rest)
            if (
                len(rest)
                and count >= max(ROWS_TO_GUESS, SENTINEL_SHARE * len(numbers))
                and np.abs(rest - mark).min() > np.ptp(rest)
            ):
                problems.append(
                    f"Column {name!r} holds {mark:g} in {count} rows, far from its other values: "
                    "if that stands for missing, leave these cells empty."
                )
    return problems


def _counted(items: Sequence[str], one: str, many: str) -> str:
    """List the first items after the word for them."""
    return f"{one if len(items) == 1 else many} {first_few(items)}"

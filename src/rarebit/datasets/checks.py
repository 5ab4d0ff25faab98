"""What a user should know about a table before trusting any score on it, in plain sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark, finds
from rarebit._common.wording import count, listed, named, number, written_alike
from rarebit.datasets._dataset import Dataset, Role
from rarebit.datasets.columns.cleaning import clean_values
from rarebit.datasets.columns.roles import FEW_VALUES, IDENTIFIER_NAME
from rarebit.datasets.columns.values import truth_of
from rarebit.datasets.giveaways import find_giveaways
from rarebit.datasets.spellings import PLACEHOLDERS

FEW_ROWS = 10
EXTREME_RATIO = 100
SENTINELS = (-99999, -9999, -999, -99, -9, 99, 999, 9999, 99999)
SENTINEL_SHARE = 0.01
FEWEST_SENTINELS = 5
# Words that mean missing among numbers, but are names of classes.
CLASS_WORDS = frozenset({"none", "nil"})
# How the last row of a report begins.
TOTALS = frozenset({
    "total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt", "somme",
    "total général", "total general", "suma", "totale", "totaal",
})  # fmt: skip


def find_problems(dataset: Dataset) -> list[str]:
    """Find what makes scores on a data set misleading; one or two sentences per problem.

    These are classes or categories that may be the same, tiny classes and extreme imbalance; rows
    that repeat the features of another; single columns that give the target away, by their values
    or by where they are missing; and numbers such as -999 that stand for "missing".
    """
    values = clean_values(dataset.frame, dataset.roles)
    return [
        *find_giveaways(dataset),
        *_classes_alike(dataset),
        *_doubtful_classes(dataset),
        *_categories_alike(dataset, values),
        *_small_classes(dataset),
        *_extreme_imbalance(dataset),
        *_repeated_rows(dataset, values),
        *_likely_groups(dataset, values),
        *_sentinels(dataset, values),
    ]


@finds("RB009")
def find_totals(frame: pd.DataFrame, what: str) -> list[str]:
    """Find a last row of totals, a word for it that no other row holds; ``what`` becomes of it."""
    for name in frame.columns if len(frame) else ():
        column = frame[name]
        word = column.iloc[-1]
        if isinstance(word, str) and word.strip(" :").casefold() in TOTALS:
            if (column == word).sum() > 1:
                continue
            return [
                f"The last row looks like a row of totals ({word.strip()!r} in column {name!r}); "
                f"it {what}."
            ]
    return []


@finds("RB003")
def _classes_alike(dataset: Dataset) -> list[str]:
    """Find classes that differ only in how they are written."""
    return written_alike(dataset.classes)


def _doubtful_classes(dataset: Dataset) -> list[str]:
    """Find classes among three or more that mean missing elsewhere, and a truth value twice."""
    names = [str(label).strip() for label in dataset.classes]
    if len(names) < 3:
        return []
    sizes = zip(names, dataset.counts.tolist(), strict=True)
    problems: list[str] = [
        Remark(
            "RB004",
            f"The class {name!r} ({count(size, 'row')}) often means missing: if it does, leave "
            "these cells empty.",
        )
        for name, size in sizes
        if name.lower() in PLACEHOLDERS - CLASS_WORDS
    ]
    truth = np.array([truth_of(name) for name in names])
    for value, word in ((0, "false"), (1, "true")):
        same = [name for name, means in zip(names, truth, strict=True) if means == value]
        # Classes that differ in case alone are named by another check.
        if len({name.casefold() for name in same}) > 1 and not np.isnan(truth).any():
            said = f"The classes {listed(map(repr, same))} all mean {word}: "
            problems.append(Remark("RB003", f"{said}if they are one, write them alike."))
    return problems


@finds("RB003")
def _categories_alike(dataset: Dataset, values: pd.DataFrame) -> list[str]:
    """Find categories that differ only in how they are written, in columns that have few."""
    categories = {
        name: sorted(map(str, values[name].dropna().unique()))
        for name, role in dataset.roles.items()
        if role is Role.CATEGORICAL
    }
    return [
        sentence
        for name, labels in categories.items()
        if len(labels) <= FEW_VALUES
        for sentence in written_alike(labels, f"Column {name!r}:")
    ]


@finds("RB005")
def _small_classes(dataset: Dataset) -> list[str]:
    """Find classes that are too small to judge."""
    small = np.flatnonzero(dataset.counts < FEW_ROWS)
    if not len(small):
        return []
    sizes = [f"{dataset.classes[code]!r} ({dataset.counts[code]})" for code in small]
    return [
        f"Fewer than {FEW_ROWS} rows in {named('class', sizes, 'classes')}: "
        "scores on so few are little more than chance."
    ]


@finds("RB006")
def _extreme_imbalance(dataset: Dataset) -> list[str]:
    """Find a class that is very rare."""
    if dataset.imbalance_ratio < EXTREME_RATIO:
        return []
    return [
        f"The largest class has {number(dataset.imbalance_ratio, 0)} rows per row of the smallest: "
        "differences between models will be within the noise unless they are large."
    ]


@finds("RB002")
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


@finds("RB008")
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


@finds("RB007")
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
                and count >= max(FEWEST_SENTINELS, SENTINEL_SHARE * len(numbers))
                and np.abs(rest - mark).min() > np.ptp(rest)
            ):
                problems.append(
                    f"Column {name!r} contains {mark:g} in {count:,} rows, far from its other "
                    "values: if it means missing, empty those cells."
                )
    return problems

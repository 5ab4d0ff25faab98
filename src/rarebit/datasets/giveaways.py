"""Single columns that give the target, or one of its classes, away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight

from rarebit._common.checks import finds
from rarebit._common.wording import named, percent
from rarebit.datasets._dataset import Dataset, Role
from rarebit.datasets.columns.cleaning import clean_values

# With fewer rows of a class, or of all others, one column may predict it by chance.
ROWS_TO_JUDGE = 20
# A prediction from fewer rows than this does not count.
ROWS_TO_GUESS = 5
# Rows searched, over all classes: enough to tell, and fast.
SAMPLE_ROWS = 20_000
# What one column reaches for a class against the rest, by one of two scores: the mean of both
# recalls, which does not depend on how rare the class is, or Matthews' correlation, which suffers
# little from a few rows missed. benchmarks/giveaways.py measures both on clean tables.
RECALLS = 0.98
CORRELATION = 0.95
MISSING_GAP = 0.9
# A class that the other columns predict as well, up to this difference of the mean recall, is
# easy, and no column gives it away.
AS_WELL = 0.03
EASY_ROWS = 1_000


@finds("RB001")
def find_giveaways(dataset: Dataset) -> list[str]:
    """Find single columns that tell a class, by their values or by where they are missing.

    A class that the other columns together tell as well is easy, like the setosa of the iris data:
    none of its columns is reported.
    """
    counts = dataset.counts
    judged = np.flatnonzero(np.minimum(counts, counts.sum() - counts) >= ROWS_TO_JUDGE)
    if not len(judged):
        return []
    rows = _sample(dataset)
    y = dataset.target[rows]
    values = clean_values(dataset.frame.iloc[rows], dataset.roles)
    copies, absences = [], {}
    tellers: dict[str, np.ndarray] = {}
    for name, role in dataset.roles.items():
        column = values[name]
        if absence := _absence(column.isna().to_numpy(), y, judged, dataset.classes):
            absences[name] = absence
        elif _is_copy(column, y, len(counts)):
            copies.append(name)
        elif (recalls := _recalls_if_told(_cells(column, role, y), y, counts))[judged].any():
            tellers[name] = recalls
    others = values.drop(columns=[*copies, *absences, *tellers])
    told = _without_easy_classes(tellers, judged, others, y)
    return [
        *(
            f"Column {name!r} is the target under another name: each class has its own value."
            for name in copies
        ),
        *_sentences(told, [repr(label) for label in dataset.classes]),
        *(
            f"Column {name!r} {absence}: where it is missing tells the target."
            for name, absence in absences.items()
        ),
    ]


def _sample(dataset: Dataset) -> np.ndarray:
    """Pick rows, evenly spread, at most the same number of each class."""
    most = max(ROWS_TO_JUDGE, SAMPLE_ROWS // len(dataset.classes))
    return np.sort(
        np.concatenate([_spread(dataset.target == k, most) for k in range(len(dataset.classes))])
    )


def _spread(wanted: np.ndarray, most: int) -> np.ndarray:
    """Pick at most so many of the rows that are wanted, evenly spread."""
    rows = np.flatnonzero(wanted)
    return rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)]


def _absence(
    missing: np.ndarray, y: np.ndarray, judged: np.ndarray, labels: Sequence[object]
) -> str:
    """Describe a column that is missing in nearly all rows of one class, or in nearly no others."""
    if not missing.any():
        return ""
    for code in judged:
        inside, outside = missing[y == code].mean(), missing[y != code].mean()
        if abs(inside - outside) >= MISSING_GAP:
            return (
                f"is missing in {percent(inside)} of class {labels[code]!r} and {percent(outside)} "
                "of the rest"
            )
    return ""


def _is_copy(column: pd.Series, y: np.ndarray, n_classes: int) -> bool:
    """Tell whether each value stands for one class and each class for one value."""
    codes, uniques = pd.factorize(column, use_na_sentinel=False)
    return len(uniques) == len(np.unique(codes * n_classes + y)) == len(np.unique(y))


def _cells(column: pd.Series, role: Role, y: np.ndarray) -> np.ndarray:
    """Divide one column into cells: its categories, or the leaves of a small tree on it."""
    if role in (Role.CATEGORICAL, Role.TEXT):
        return pd.factorize(column, use_na_sentinel=False)[0]
    tree = DecisionTreeClassifier(
        max_leaf_nodes=4 * (int(y.max()) + 1), min_samples_leaf=ROWS_TO_GUESS, random_state=0
    )
    numbers = column.to_numpy(dtype=np.float64).reshape(-1, 1)
    # Trees compare in float32 and refuse numbers beyond its range.
    numbers = np.clip(numbers, -1e38, 1e38)
    weights = compute_sample_weight("balanced", y)
    leaves: np.ndarray = tree.fit(numbers, y, weights).apply(numbers)
    return leaves


def _recalls_if_told(cells: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mean recall of each class and its rest, 0 where the cells do not tell the class."""
    n_classes = len(counts)
    table = np.bincount(cells * n_classes + y, minlength=(int(cells.max()) + 1) * n_classes)
    table = table.reshape(-1, n_classes)
    enough = table.sum(axis=1, keepdims=True) >= ROWS_TO_GUESS
    inside = table * (counts / table.sum(axis=0))  # as many as in the whole table
    outside = inside.sum(axis=1, keepdims=True) - inside
    rest = counts.sum() - counts
    guessed = enough & (inside / counts > outside / rest)
    hits, alarms = (inside * guessed).sum(axis=0), (outside * guessed).sum(axis=0)
    recalls = (hits / counts + 1 - alarms / rest) / 2
    spread = (hits + alarms) * (counts.sum() - hits - alarms) * counts * rest
    correlation = (hits * rest - alarms * counts) / np.sqrt(np.maximum(spread, 1))
    return np.where((recalls >= RECALLS) | (correlation >= CORRELATION), recalls, 0.0)


def _without_easy_classes(
    tellers: dict[str, np.ndarray], judged: np.ndarray, others: pd.DataFrame, y: np.ndarray
) -> dict[str, list[int]]:
    """List the classes that each column tells, but not those that the others tell as well."""
    hard = []
    for code in judged:
        best = max((recalls[code] for recalls in tellers.values()), default=0.0)
        if best and _forest_recall(others, y == code) < best - AS_WELL:
            hard.append(int(code))
    told = {name: [c for c in hard if recalls[c]] for name, recalls in tellers.items()}
    return {name: codes for name, codes in told.items() if codes}


def _forest_recall(values: pd.DataFrame, y: np.ndarray) -> float:
    """Cross-validated mean recall of a forest on these columns, from some rows of each side."""
    if values.empty:
        return 0.5
    rows = np.concatenate([_spread(y == side, EASY_ROWS) for side in (False, True)])
    table = values.iloc[rows]
    codes = table.apply(
        lambda column: column if column.dtype.kind == "f" else pd.factorize(column)[0]
    )
    forest = RandomForestClassifier(30, class_weight="balanced", random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    numbers = np.clip(codes.to_numpy(dtype=np.float64), -1e38, 1e38)
    return float(
        balanced_accuracy_score(y[rows], cross_val_predict(forest, numbers, y[rows], cv=folds))
    )


def _sentences(told: dict[str, list[int]], labels: Sequence[str]) -> list[str]:
    """Name the columns, those of the same classes together."""
    columns: dict[tuple[int, ...], list[str]] = {}
    for name, codes in told.items():
        whole = len(labels) == 2 or len(codes) == len(labels)
        columns.setdefault(() if whole else tuple(codes), []).append(repr(name))
    return [
        "Almost without error, one column is enough to tell "
        + (
            f"{named('class', [labels[k] for k in codes], 'classes')} from the rest"
            if codes
            else "the classes"
        )
        + f": {named('column', names)}. Make sure that it is known before the outcome."
        for codes, names in columns.items()
    ]

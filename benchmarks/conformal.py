"""Whether sets of labels cover each class as often as promised.

**Generated tables.** A model is fitted on a small table, and sets on rows kept apart (exact) or on
the out-of-fold predictions of the rows that it was fitted on (approximate). What the sets cover of
100,000 fresh rows is known for rows kept apart: with ``n`` rows of a class and the ``k``-th lowest
of their probabilities as the limit, the coverage of this class is Beta(n + 1 - k, k) distributed.

**Public tables.** The rows of a class that are covered among ``m`` test rows are beta-binomial with
these parameters, so their expected share is ``1 - k / (n + 1)`` for any number of test rows.

    RAREBIT_DATA=folder python benchmarks/conformal.py --out results/conformal.md
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from promises import (
    ARMS,
    MODELS,
    MOST_ROWS,
    N_FRESH,
    N_ROWS,
    TABLES,
    clouds,
    how_it_ran,
    interactions,
    public_split,
    run_study,
)
from rarebit import TreatedClassifier, load_dataset
from rarebit.decision import conformal_limits
from rarebit.exceptions import InputError

COVERAGE = 0.9
CLASSES = ("common", "rare")


def limits_of_arms(
    model: TreatedClassifier, X: pd.DataFrame, y: np.ndarray, seed: int
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Fit the model on half of the rows and sets on the others, and both on all rows."""
    fit, apart = train_test_split(np.arange(len(y)), test_size=1 / 2, stratify=y, random_state=seed)
    model.fit(X.iloc[fit], y[fit])
    yield ARMS[0], model.predict_proba(X.iloc[apart]), y[apart]
    model.fit(X, y)
    yield ARMS[1], model.held_out_.proba, model.held_out_.y


def covered(
    model: TreatedClassifier, X: pd.DataFrame, y: np.ndarray, fresh: pd.DataFrame,
    truth: np.ndarray, seed: int,
) -> Iterator[dict[str, object]]:  # fmt: skip
    """One row for each arm and class: what the sets cover of the fresh rows."""
    for arm, proba, codes in limits_of_arms(model, X, y, seed):
        try:
            limits = conformal_limits(proba, codes, COVERAGE)
        except InputError:  # too few rare rows
            continue
        sets = model.predict_proba(fresh) >= limits
        for code, name in enumerate(CLASSES):
            n_rows = int((codes == code).sum())
            rank = int((1 - COVERAGE) * (n_rows + 1) + 1e-9)
            rows = truth == code
            yield {
                "arm": arm,
                "class": name,
                "rows": n_rows,
                "test_rows": int(rows.sum()),
                "coverage": sets[rows, code].mean(),
                "expected": 1 - rank / (n_rows + 1),
                "size": sets.sum(axis=1).mean(),
            }


def study_generated(n_tables: int) -> pd.DataFrame:
    """One row for each table, model, arm and class."""
    rows: list[dict[str, object]] = []
    for make in (clouds, interactions):
        fresh, truth = make(N_FRESH, np.random.default_rng(12345))
        for seed in range(n_tables):
            X, y = make(N_ROWS, np.random.default_rng(seed))
            for name in MODELS:
                model = TreatedClassifier(name, "untouched", random_state=seed)
                found = covered(model, pd.DataFrame(X), y, pd.DataFrame(fresh), truth, seed)
                rows += [{"table": f"{make.__name__}, {name}", **row} for row in found]
    return pd.DataFrame(rows)


def study_public(n_splits: int) -> pd.DataFrame:
    """One row for each table, split, arm and class; a third of the rows is tested."""
    rows: list[dict[str, object]] = []
    for name in TABLES if n_splits else ():
        data = load_dataset(name)
        y = (data.target == data.positive).astype(np.int64)
        for seed in range(n_splits):
            fit, test = public_split(y, seed)
            model = TreatedClassifier(
                "logistic_regression", "untouched", roles=data.roles, random_state=seed
            )
            parts = (data.frame.iloc[fit], y[fit], data.frame.iloc[test], y[test])
            rows += [{"table": name, **row} for row in covered(model, *parts, seed)]
    return pd.DataFrame(rows)


def lines_of(found: pd.DataFrame) -> list[str]:
    """Table of mean coverages, with the standard error over repetitions."""
    lines = [
        "| table | fitted on | class | rows | test rows | covered | expected | set size |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for keys, group in found.groupby(["table", "arm", "class"], sort=False):
        error = group.coverage.std(ddof=0) / np.sqrt(max(len(group) - 1, 1))
        cells = [*keys, f"{group.rows.mean():.0f}", f"{group.test_rows.mean():,.0f}"]
        cells += [f"{100 * group.coverage.mean():.1f} ± {100 * error:.1f} %"]
        cells += [f"{100 * group.expected.mean():.1f} %" if keys[1] == ARMS[0] else "–"]
        cells.append(f"{group['size'].mean():.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def page(generated: pd.DataFrame, public: pd.DataFrame, seconds: float) -> str:
    """The page of results."""
    mean = generated.groupby(["arm", "class"])[["coverage", "expected"]].mean() * 100
    said = "; ".join(
        f"{arm}, {name} class: {row.coverage:.1f} % ({row.expected:.1f} % expected of rows apart)"
        for (arm, name), row in mean.iterrows()
    )
    lines = ["# Do sets of labels cover each class?", ""]
    lines += [
        f"Asked for {100 * COVERAGE:.0f} %, and covered of {N_FRESH:,} fresh rows: {said}.",
        "",
    ]
    lines += [how_it_ran(__file__, seconds), ""]
    n_tables, n_splits = (
        0 if found.empty else found.groupby(["table", "arm", "class"]).size().max()
        for found in (generated, public)
    )
    lines += ["## Generated tables", ""]
    lines += [f"{n_tables} tables of {N_ROWS:,} rows for each line, ± one standard error.", ""]
    lines += lines_of(generated)
    if len(public):
        lines += ["", "## Public tables", ""]
        lines += [
            f"{n_splits} splits of each table, logistic regression, at most {MOST_ROWS:,} rows. "
            "Splits of one table overlap, so the standard errors are too small.", "",
        ]  # fmt: skip
        lines += lines_of(public)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    purpose = __doc__.splitlines()[0]
    run_study(purpose, study_generated, study_public, page, tables=25, splits=20)

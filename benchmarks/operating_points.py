"""Whether operating points hold on new rows as often as promised.

**Generated tables.** A model is fitted on a small table, and each operating point is fitted with
90 % confidence, alone: on rows kept apart (exact), or on the out-of-fold predictions of the rows
that the model was fitted on (approximate). What the point does on 100,000 fresh rows tells whether
its constraint holds. Shares are of the tables in which the point was promised.

**Public tables.** Test rows are few, so a promise that is kept may look broken, and the reverse.
For rows kept apart the expected share is known: with ``n`` rare rows of which ``m`` may be missed,
the recall of the threshold follows a Beta(n - m, m + 1) distribution, so the rows found among the
test rows are beta-binomial, whatever the table and the model (for scores without ties).

    RAREBIT_DATA=folder python benchmarks/operating_points.py --out results/operating_points.md
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats
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
from rarebit.datasets import Dataset
from rarebit.decision import FittedPoint, fit_points, parse_points
from rarebit.statistics import misses_allowed

POINTS = ("recall>=0.8", "recall>=0.95", "fpr<=0.05", "alerts<=5%", "precision>=0.5")
CONFIDENCE = 0.9
RECALL = 0.8


# --- generated tables -----------------------------------------------------------------------------


def fit_arms(
    model: TreatedClassifier, X: np.ndarray, y: np.ndarray, points: tuple[str, ...], seed: int
) -> Iterator[tuple[str, TreatedClassifier, list[FittedPoint]]]:
    """Fit the model on two thirds and the points on the others, and both on all rows."""
    fit, apart = train_test_split(np.arange(len(y)), test_size=1 / 3, stratify=y, random_state=seed)
    model.fit(X[fit], y[fit])
    proba = model.predict_proba(X[apart])
    yield ARMS[0], model, [fit_one(text, proba, y[apart]) for text in points]
    model.fit(X, y)
    kept = model.held_out_
    yield ARMS[1], model, [fit_one(text, kept.proba, kept.y) for text in points]


def fit_one(text: str, proba: np.ndarray, y: np.ndarray) -> FittedPoint:
    """Fit one point alone."""
    return fit_points(parse_points(text), proba, y, positive=1, confidence=CONFIDENCE)[0]


def value_of(point: FittedPoint, p: np.ndarray, y: np.ndarray) -> float:
    """What the point limits, on these rows."""
    alerts = point.alerts(p)
    rows = {"recall": (y == 1), "precision": alerts, "fpr": (y == 0)}
    hits = y == 1 if point.point.kind == "precision" else alerts
    chosen = rows.get(point.point.kind, np.ones(len(y), dtype=bool))
    return float(hits[chosen].mean()) if chosen.any() else 1.0


def holds(point: FittedPoint, value: float) -> bool:
    """Return whether the constraint is met."""
    limit = point.point.value
    return value >= limit if point.point.kind in ("recall", "precision") else value <= limit


def study_generated(n_tables: int) -> pd.DataFrame:
    """One row for each table, arm and point."""
    rows = []
    for make in (clouds, interactions):
        fresh, truth = make(N_FRESH, np.random.default_rng(12345))
        for seed in range(n_tables):
            X, y = make(N_ROWS, np.random.default_rng(seed))
            for name in MODELS:
                model = TreatedClassifier(name, "untouched", random_state=seed)
                for arm, fitted, points in fit_arms(model, X, y, POINTS, seed):
                    p = fitted.predict_proba(fresh)[:, 1]
                    for point in points:
                        value = value_of(point, p, truth)
                        rows.append(
                            {
                                "table": make.__name__,
                                "model": name,
                                "point": str(point.point),
                                "arm": arm,
                                "promised": point.confidence > 0,
                                "holds": holds(point, value),
                                "value": value,
                            }
                        )
            print(make.__name__, seed, flush=True)
    return pd.DataFrame(rows)


# --- public tables --------------------------------------------------------------------------------


def expected_share(n_apart: int, n_test: int) -> float:
    """Probability that a recall on ``n_test`` rare rows is at least RECALL; see above."""
    missed = misses_allowed(n_apart, RECALL, CONFIDENCE)
    if missed < 0:
        return np.nan
    least = int(np.ceil(RECALL * n_test - 1e-9))
    return float(stats.betabinom.sf(least - 1, n_test, n_apart - missed, missed + 1))


def study_public(n_splits: int) -> pd.DataFrame:
    """One row for each table, split and arm."""
    rows = []
    for name in TABLES:
        dataset = load_dataset(name)
        y = (dataset.target == dataset.positive).astype(np.int64)
        for seed in range(n_splits):
            rows += [{"table": name, **row} for row in split_once(dataset, y, seed)]
        print(name, flush=True)
    return pd.DataFrame(rows)


def split_once(dataset: Dataset, y: np.ndarray, seed: int) -> Iterator[dict[str, object]]:
    """Fit on two thirds of the rows (at most MOST_ROWS of all), and test on the last one."""
    train, test = public_split(y, seed)
    fit, apart = train_test_split(train, test_size=1 / 2, stratify=y[train], random_state=seed)
    model = TreatedClassifier(
        "logistic_regression", "untouched", roles=dataset.roles, random_state=seed
    )
    for arm, rows, calibration in ((ARMS[0], fit, apart), (ARMS[1], train, None)):
        model.fit(dataset.frame.iloc[rows], y[rows])
        if calibration is None:
            proba, truth = model.held_out_.proba, model.held_out_.y
        else:
            proba, truth = model.predict_proba(dataset.frame.iloc[calibration]), y[calibration]
        point = fit_one(f"recall>={RECALL}", proba, truth)
        p = model.predict_proba(dataset.frame.iloc[test])[:, 1]
        yield {
            "arm": arm,
            "rare": int(truth.sum()),
            "test_rare": int(y[test].sum()),
            "promised": point.confidence > 0,
            "holds": holds(point, value_of(point, p, y[test])),
            "expected": expected_share(int(truth.sum()), int(y[test].sum())),
        }


# --- page -----------------------------------------------------------------------------------------


def page(generated: pd.DataFrame, public: pd.DataFrame, seconds: float) -> str:
    """The page of results."""
    lines = ["# Do operating points hold on new rows?", "", *summary(generated, public), ""]
    lines += [how_it_ran(__file__, seconds), ""]
    lines += ["## Generated tables", "", *generated_lines(generated), ""]
    if len(public):
        lines += ["## Public tables: recall of at least 0.8 on the test rows", ""]
        lines += public_lines(public)
    return "\n".join(lines) + "\n"


def summary(generated: pd.DataFrame, public: pd.DataFrame) -> list[str]:
    """What came out, in short."""
    promised = generated[generated.promised]
    found = promised.groupby("arm").holds.agg(["mean", "size"])
    shares = "; ".join(
        f"{arm}: {100 * row['mean']:.1f} % of {int(row['size']):,}" for arm, row in found.iterrows()
    )
    precision = promised[promised.point.str.startswith("precision")]
    broken = precision.groupby("arm").holds.agg(["count", "sum"])
    lost = "; ".join(
        f"{arm}: {int(row['count'] - row['sum'])} of {int(row['count'])}"
        for arm, row in broken.iterrows()
    )
    said = (
        f"Promised with 90 % confidence, and kept on {N_FRESH:,} fresh rows: {shares}. Promises of "
        f"precision that were broken on the fresh rows: {lost}."
    )
    if len(public):
        known = public[public.promised & (public.arm == ARMS[0])]
        said += (
            f" On test rows of public tables: {100 * known.holds.mean():.1f} % with rows kept "
            f"apart, where {100 * known.expected.mean():.1f} % are expected."
        )
    return [said]


def generated_lines(generated: pd.DataFrame) -> list[str]:
    """Table of the generated part."""
    n_tables = generated.groupby(["table", "model", "point", "arm"]).size().max()
    lines = [
        f"{n_tables} tables of {N_ROWS:,} rows for each line. Interval: exact binomial, 95 %. "
        "Value: mean on fresh rows, where promised.",
        "",
        "| table | model | point | fitted on | promised | kept | 95 % interval | broken | value |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (table, model, point, arm), group in generated.groupby(
        ["table", "model", "point", "arm"], sort=False
    ):
        own = group[group.promised]
        kept = ["–", "–", "–", "–"]
        if len(own):
            exact = stats.binomtest(int(own.holds.sum()), len(own)).proportion_ci(0.95, "exact")
            kept = [
                f"{100 * own.holds.mean():.0f} %",
                f"{100 * exact.low:.0f} to {100 * exact.high:.0f} %",
                f"{int((~own.holds.astype(bool)).sum())}",
                f"{own.value.mean():.3f}",
            ]
        cells = [table, model, f"`{point}`", arm, f"{len(own)} of {len(group)}", *kept]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def public_lines(public: pd.DataFrame) -> list[str]:
    """Table of the public part."""
    lines = [
        f"{public.groupby(['table', 'arm']).size().max()} splits of each table; logistic "
        f"regression, at most {MOST_ROWS:,} rows. Splits of one table overlap. Expected: for rows "
        "kept apart.",
        "",
        "| table | fitted on | rare rows | in the test set | promised | kept | expected |",
        "|---|---|---|---|---|---|---|",
    ]
    for (table, arm), group in public.groupby(["table", "arm"], sort=False):
        own = group[group.promised]
        expected = f"{100 * own.expected.mean():.0f} %" if arm == ARMS[0] and len(own) else "–"
        kept = f"{100 * own.holds.mean():.0f} %" if len(own) else "–"
        cells = [table, arm, *(f"{group[name].mean():.0f}" for name in ("rare", "test_rare"))]
        cells += [f"{len(own)} of {len(group)}", kept, expected]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    purpose = __doc__.splitlines()[0]
    run_study(purpose, study_generated, study_public, page, tables=70, splits=30)

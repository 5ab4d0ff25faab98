"""Which calibrator improves log loss and Brier score most, measured on 75 public tables.

**Tables.** The first table of each family on the choosing side of `tables/list.toml` that has at
least 150 rows and at most 20 classes; 3,000 random rows of it if it has more.

**Models.** Logistic regression, random forest and gradient boosting (50 iterations), untouched and
after SMOTE: each is fitted on 60 % of the rows, on the splits of two seeds. All calibrators are
fitted on the same out-of-fold probabilities of three inner folds, corrected for the prior that
SMOTE changed, as `TreatedClassifier` does, and scored on the other 40 %.

**Calibrators.**

- *today's*: `ProbabilityCalibrator()`, a slope for all classes and an offset for each class.
- *temperature*: one slope, from the package probmetrics.
- *beta*: Kull, Silva Filho and Flach (2017), each class against the rest, from the package betacal.
- *Venn-Abers*: Vovk and Petej (2014), each class against the rest, from the package venn-abers.
- *structured*: matrix scaling with ridge penalties of Berta, Holzmüller, Jordan and Bach (2026);
  for two classes Platt scaling of the log-odds; from the package probmetrics.
- *isotonic*: `ProbabilityCalibrator("isotonic")`, curves drawn to the identity on few rows.
- *today's + isotonic*: such curves for the probabilities that today's calibrator gives.
- *class slopes*: today's, and a slope for each class with a Gaussian prior (standard deviation
  0.25); for two classes this is beta calibration with priors.

**Scores.** Log loss (probabilities below 1e-6 count as 1e-6) and Brier score, each divided by that
of the class shares of the training rows: 1 is no skill. The calibration error beside them. The unit
of all tests is the table: the mean over its two seeds, three models and two treatments.

**The rule, written down before the run.** A calibrator can replace today's if

1. its mean log loss over the tables is lower, with p < 0.05 (Wilcoxon's signed-rank test, Holm's
   correction over all calibrators but *none*),
2. its mean Brier score is not higher, and
3. it harms no more tables than today's: its log loss is more than 0.01 above that of *none*.

Of those that can, the one with the lowest mean log loss becomes the default, or the simplest that
does not differ from it (p >= 0.05, uncorrected), in the order temperature, isotonic, class slopes,
today's + isotonic, beta, structured, Venn-Abers. If none can, today's stays.

**Since the run** *class slopes* is the default, `ProbabilityCalibrator("vector")`, and replaces the
code that was here; *today's* was the default before, `ProbabilityCalibrator("sigmoid")`.

    pip install --no-deps --target peers probmetrics==1.3.0 pytorch-minimize==0.1.0 \
        venn-abers==1.5.4 betacal==1.1.0
    PYTHONPATH=peers python benchmarks/calibration.py --data tables_data --out results/calibration

The packages are used by this script alone. A killed run resumes.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from functools import lru_cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from calibrators import ALL_METHODS, METHODS, TODAY
from rarebit._common.wording import count
from rarebit.datasets import Role, clean_values
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.running import CellKey, ScoreTask, config_hash, run_cells
from rarebit.running.folder import store_in
from rarebit.running.provenance import versions
from rarebit.statistics.paired import holm
from rarebit.statistics.pairwise import wilcoxon_p, win_tie_loss
from rarebit.zoo import get_classifier, get_treatment
from rarebit.zoo.fitting import Recipe, Rows, fit_pipeline, out_of_fold
from rarebit.zoo.splits import make_splits
from tables import PublicTable, list_tables, load_table

MODELS = {
    "logistic_regression": {},
    "random_forest": {},
    "hist_gradient_boosting": {"max_iter": 50},
}
TREATMENTS = ("untouched", "smote")
SCORES = {"log_loss": "log loss", "brier": "Brier score", "calibration_error": "calibration error"}
MIN_ROWS, MAX_ROWS, MAX_CLASSES, INNER_FOLDS = 150, 3000, 20, 3
LOWEST = 1e-6
HARM, ALPHA = 0.01, 0.05
SIMPLEST_FIRST = [
    "temperature", "isotonic", "class slopes", "today's + isotonic", "beta", "structured",
    "Venn-Abers",
]  # fmt: skip
PACKAGES = ("probmetrics", "venn-abers", "betacal")


# --- one cell -------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def load(
    table: PublicTable, folder: Path
) -> tuple[Rows, dict[str, Role], tuple[str, ...], int | None]:
    """One table, cut to MAX_ROWS; the last one is kept, since its cells follow each other."""
    dataset = load_table(table, folder)
    roles = {name: role for name, role in dataset.roles.items() if role != Role.TEXT}
    rows = Rows(
        clean_values(dataset.frame, roles, dataset.spellings), dataset.target, groups=dataset.groups
    )
    if len(rows.y) > MAX_ROWS:
        chosen = np.random.default_rng(0).choice(len(rows.y), MAX_ROWS, replace=False)
        rows = rows.take(np.sort(chosen))
    return rows, roles, tuple(map(str, dataset.classes)), dataset.positive


def score(
    table: PublicTable, model: str, treatment: str, seed: int, folder: Path
) -> dict[str, float]:
    """Fit a model once and score what each calibrator makes of its probabilities."""
    rows, roles, classes, positive = load(table, folder)
    splits, _ = make_splits(rows.y, n_folds=5, groups=rows.groups, seed=seed)
    tested = np.concatenate([split.test for split in splits[: round(0.4 * len(splits))]])
    train, test = rows.take(np.setdiff1d(np.arange(len(rows.y)), tested)), rows.take(tested)
    recipe = Recipe(get_classifier(model), get_treatment(treatment), roles, classes, seed)
    seen = out_of_fold(recipe, train, MODELS[model], INNER_FOLDS)
    y = train.y[seen.positions]
    fitted, _ = fit_pipeline(recipe, train, MODELS[model])
    proba = fitted.both_proba(test.frame)[1]

    shares = np.tile((np.bincount(train.y, minlength=len(classes)) + 1.0), (len(test.y), 1))
    shares /= shares.sum(axis=1, keepdims=True)
    scores = {"rare_rows": float(len(y) - np.bincount(y).max())}
    for name, fit in METHODS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations within the packages
            mapped = fit(seen.corrected, y)(proba)
        for metric in SCORES:
            value = _score(metric, test.y, mapped, positive)
            if metric != "calibration_error":
                value /= _score(metric, test.y, shares, positive)
            scores[f"{name}/{metric}"] = value
    return scores


def _score(metric: str, y: np.ndarray, proba: np.ndarray, positive: int | None) -> float:
    """Score probabilities."""
    if metric == "log_loss":
        return float(-np.log(np.maximum(proba[np.arange(len(y)), y], LOWEST)).mean())
    return METRICS[metric].function(y, proba, n_classes=proba.shape[1], positive=positive)


def tasks(tables: list[PublicTable], options: argparse.Namespace) -> list[ScoreTask]:
    """All cells, table by table."""
    settings = config_hash({"max_rows": MAX_ROWS, "inner_folds": INNER_FOLDS, "version": 1})
    return [
        ScoreTask(
            CellKey(table.name, model, treatment, "calibration", seed, config_hash=settings),
            partial(score, table, model, treatment, seed, options.data),
            module="torch",
        )
        for table in tables
        for seed in range(options.seed, options.seed + 2)
        for model in MODELS
        for treatment in TREATMENTS
    ]


# --- what it shows --------------------------------------------------------------------------------


def by_table(cells: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean scores, one row a table and one column a calibrator."""
    return cells.pivot_table(metric, "dataset", "method", sort=False).reindex(columns=list(METHODS))


def compared(cells: pd.DataFrame) -> pd.DataFrame:
    """Compare each calibrator with today's over the tables."""
    means = {metric: by_table(cells, metric) for metric in SCORES}
    loss, error = means["log_loss"], means["calibration_error"]
    found = pd.DataFrame({metric: means[metric].mean() for metric in SCORES})
    found["difference"] = found["log_loss"] - found["log_loss"][TODAY]
    others = [name for name in METHODS if name not in {"none", TODAY}]
    found.loc[others, "p"] = holm([wilcoxon_p(loss[name] - loss[TODAY]) for name in others])
    records = {name: win_tie_loss(loss[TODAY] - loss[name]) for name in METHODS}
    found["record"] = pd.Series({name: f"{r.wins} : {r.losses}" for name, r in records.items()})
    harm = loss.sub(loss["none"], axis=0)
    found["harmed"], found["worst"] = (harm > HARM).sum(), harm.max()
    found["error_up"] = error.gt(error["none"], axis=0).sum()
    return found


def chosen(cells: pd.DataFrame) -> str:
    """The default by the rule."""
    loss, found = by_table(cells, "log_loss"), compared(cells)
    today = found.loc[TODAY]
    can = found[
        (found["difference"] < 0)
        & (found["p"] < ALPHA)
        & (found["brier"] <= today["brier"])
        & (found["harmed"] <= today["harmed"])
    ]
    if can.empty:
        return TODAY
    best = can["log_loss"].idxmin()
    alike = [name for name in can.index if wilcoxon_p(loss[name] - loss[best]) >= ALPHA]
    return min(alike, key=SIMPLEST_FIRST.index)


def verdicts(cells: pd.DataFrame) -> pd.DataFrame:
    """Write what was compared."""
    found = compared(cells)
    return pd.DataFrame(
        {
            **{label: found[metric] for metric, label in SCORES.items()},
            "log loss less today's": found["difference"].map("{:+.4f}".format),
            "p (Holm)": found["p"].map(lambda p: "" if np.isnan(p) else f"{p:.2g}"),
            "better : worse": found["record"],
            "tables harmed": found["harmed"],
            "worst harm": found["worst"].map("{:+.3f}".format),
            "calibration error above that of none": found["error_up"],
        }
    )


def parts(cells: pd.DataFrame) -> pd.DataFrame:
    """Mean log loss of parts of the cells."""
    groups = {
        **{model: cells["classifier"] == model for model in MODELS},
        **{treatment: cells["treatment"] == treatment for treatment in TREATMENTS},
        "two classes": cells["classes"] == 2,
        "more classes": cells["classes"] > 2,
        "up to 100 rows outside the largest class": cells["rare_rows"] <= 100,
        "101 to 500 rows": cells["rare_rows"].between(101, 500),
        "more rows": cells["rare_rows"] > 500,
    }
    lines = {name: by_table(cells[rows], "log_loss").mean() for name, rows in groups.items()}
    return pd.DataFrame(lines).T


def markdown(frame: pd.DataFrame, corner: str) -> str:
    """Write a table, numbers with four digits after the point."""
    lines = [f"| {corner} | {' | '.join(frame.columns)} |", "|---" * (frame.shape[1] + 1) + "|"]
    for name, row in frame.iterrows():
        cells = [f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page(cells: pd.DataFrame, options: argparse.Namespace) -> str:
    """The page of results."""
    found = versions()
    machine = f"{found.pop('machine')}, {found.pop('cores')} cores, one thread used"
    found |= {name: version(name) for name in PACKAGES if find_spec(name.replace("-", "_"))}
    n_tables = cells["dataset"].nunique()
    minutes = cells.drop_duplicates("cell")["fit_seconds"].sum() / 60
    text = [
        "# Calibrators on public tables\n",
        "The plan and the rule of choice are in `benchmarks/calibration.py`, written before the "
        "run; the calibrators in `benchmarks/calibrators.py`.\n",
        f"- {count(n_tables, 'table')}, {cells['cell'].nunique()} cells, {minutes:.0f} minutes",
        f"- Command: `python {shlex.join(sys.argv)}` (seeds {options.seed} and {options.seed + 1})",
        f"- Versions: {', '.join(f'{name} {number}' for name, number in found.items())}",
        f"- Machine: {machine}, load average {psutil.getloadavg()[0]:.1f} at the end\n",
        "## Over all tables\n",
        "Log loss and Brier score are divided by those of the class shares; a table is harmed if "
        f"its log loss is more than {HARM} above that without calibration. The last column counts "
        "tables. A table is the mean of its cells.\n",
        markdown(verdicts(cells), "calibrator") + "\n",
        f"By the rule, the default is *{chosen(cells)}*.\n",
        "## Mean log loss in parts\n",
        markdown(parts(cells), "part") + "\n",
    ]
    for metric, label in SCORES.items():
        text.append(
            f"## Mean {label} of each table\n\n{markdown(by_table(cells, metric), 'table')}\n"
        )
    return "\n".join(text)


def usable(options: argparse.Namespace) -> list[PublicTable]:
    """The tables of the study, less those whose files are not at hand."""
    chosen: dict[str, PublicTable] = {}
    for table in list_tables("choosing"):
        if table.rows >= MIN_ROWS and table.classes <= MAX_CLASSES:
            chosen.setdefault(table.family, table)
    at_hand = []
    for table in chosen.values():
        if options.tables and table.name not in options.tables:
            continue
        try:
            load_table(table, options.data)
            at_hand.append(table)
        except (OSError, InputError) as error:
            print(f"{table.name} is left out: {error}", file=sys.stderr)
    return at_hand


def main() -> None:
    """Run the cells that are missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(), help="folder of unpacked wheels")
    parser.add_argument(
        "--tables", nargs="+", default=[], help="names; all of the study by default"
    )
    parser.add_argument("--seed", type=int, default=0, help="the first of two")
    parser.add_argument("--out", type=Path, required=True, help="folder of cells; page beside it")
    options = parser.parse_args()
    tables = usable(options)
    if absent := [name for name in ALL_METHODS if name not in METHODS]:
        print(f"Left out, since their package is not installed: {absent}", file=sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    planned = tasks(tables, options)
    with store_in(options.out, compress=True) as store:
        run_cells(planned, store, on_result=lambda result: print(result.key, result.status))
        hashes = {task.key.config_hash for task in planned}
        cells, status = store.lines("method", config_hashes=hashes), store.frame(hashes)
    wanted = {table.name: table.classes for table in tables}
    if failed := status.loc[status["status"] != "done", "error"].tolist():
        raise SystemExit(f"{len(failed)} cells failed: {failed[0]}")
    cells = cells[cells["dataset"].isin(list(wanted))]
    cells["classes"] = cells["dataset"].map(wanted)
    keys = ["dataset", "classifier", "treatment", "seed"]
    cells["cell"] = cells[keys].astype(str).agg(" ".join, axis=1)
    options.out.with_suffix(".md").write_text(page(cells, options) + "\n")


if __name__ == "__main__":
    main()

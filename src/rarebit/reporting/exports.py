"""The outcome for other programs: values for JSON, tables for spreadsheets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rarebit.evaluation import Comparison
from rarebit.evaluation.comparison import Answer
from rarebit.evaluation.costs import TotalCost
from rarebit.evaluation.explanation import Explanation
from rarebit.evaluation.operating import point_table
from rarebit.evaluation.outcome import found_by_best
from rarebit.evaluation.review import Reviewed
from rarebit.evaluation.subgroups import Subgroups
from rarebit.persistence.atomic import atomic_write_text

# Files that write_tables writes.
TABLES = (
    "ranking.csv", "fits.csv", "importances.csv", "subgroups.csv", "operating_points.csv",
    "review.csv",
)  # fmt: skip
# First characters that make a spreadsheet read a cell as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cost_as_dict(cost: TotalCost | None) -> dict[str, Any] | None:
    """Return a total cost as values that JSON can hold."""
    return None if cost is None else vars(cost) | {"per_row": cost.per_row, "saved": cost.saved}


def comparison_as_dict(comparison: Comparison) -> dict[str, Any]:
    """Return the outcome as values that JSON can hold; an undefined number is None."""
    dataset = comparison.dataset
    score, low, high = comparison.best_corrected
    judge = comparison.probabilities
    outcome = {
        "dataset": {
            "name": dataset.name,
            "source": dataset.source,
            "n_rows": len(dataset.target),
            "n_features": dataset.frame.shape[1],
            "classes": list(dataset.classes),
            "counts": dataset.counts,
            "positive": None if dataset.positive is None else dataset.classes[dataset.positive],
            "imbalance_ratio": dataset.imbalance_ratio,
            "weighted": dataset.full_weight is not None,
            "columns": [vars(column) for column in dataset.columns],
            "columns_left_out": comparison.columns_left_out,
        },
        "metric": comparison.metric,
        "best": {
            "classifier": comparison.best[0],
            "treatment": comparison.best[1],
            "score": score,
            "low": low,
            "high": high,
            "found": [vars(found) for found in found_by_best(comparison)],
            "cost": cost_as_dict(comparison.cost),
        },
        "probabilities": None if judge is None else _answer(judge),
        "ranking": comparison.ranking,
        "effects": comparison.effects,
        "coverage": vars(comparison.coverage),
        "operating_points": point_table(comparison.operating, comparison.points),
        "review": frame_of(comparison.review),
        "explanation": _explanation(comparison),
        "stability": _stability(comparison),
        "subgroups": _subgroups(comparison),
        "finding": comparison.finding,
        "warnings": comparison.warnings,
        "checks": [check._asdict() for check in comparison.checks],
        "left_out": comparison.left_out,
        "settings": comparison.settings,
        "versions": comparison.versions,
    }
    return dict(plain_values(outcome))


def _explanation(comparison: Comparison) -> dict[str, Any] | None:
    found = comparison.explanation
    if found is None:
        return None
    return {
        "class": found.label,
        "folds": found.n_folds,
        "importances": [
            {**vars(each), "low": each.low, "high": each.high} for each in found.importances
        ],
        "effects": [vars(effect) for effect in found.effects],
        "errors": [vars(case) for case in found.cases],
    }


def _stability(comparison: Comparison) -> dict[str, Any] | None:
    found = comparison.stability
    if found is None:
        return None
    return {
        "class": found.label,
        "refits": found.n_refits,
        "mean_absolute_prediction_error": found.mean_error,
        "classification_instability": found.mean_changed,
    }


def _subgroups(comparison: Comparison) -> dict[str, Any] | None:
    found = comparison.subgroups
    if found is None:
        return None
    return {"class": found.label, "groups": found.frame(), "notes": found.notes}


def _answer(answer: Answer) -> dict[str, Any]:
    score, low, high = answer.best_corrected
    best = {"score": score, "low": low, "high": high}
    return {"metric": answer.metric, "best": best, "effects": answer.effects}


def plain_values(value: Any) -> Any:
    """Turn a value into what JSON can hold."""
    if isinstance(value, dict):
        return {str(key): plain_values(inner) for key, inner in value.items()}
    if isinstance(value, pd.DataFrame):
        return plain_values(value.to_dict("records"))
    if isinstance(value, np.ndarray):
        return plain_values(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_values(inner) for inner in value]
    if isinstance(value, np.generic):
        return plain_values(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def write_tables(comparison: Comparison, folder: str | os.PathLike[str]) -> list[Path]:
    """Write the ranking and the cells as CSV files that are safe to open in a spreadsheet.

    Text that a spreadsheet would read as a formula gets a leading apostrophe.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.
    folder : path
        Where to write ``ranking.csv``, ``fits.csv`` (the cells) and, if there are any,
        ``importances.csv``, ``subgroups.csv``, ``operating_points.csv`` and ``review.csv``; created
        if missing.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    frames = (
        comparison.ranking,
        comparison.cells,
        frame_of(comparison.explanation),
        frame_of(comparison.subgroups),
        point_table(comparison.operating, comparison.points),
        frame_of(comparison.review),
    )
    return write_frames(dict(zip(TABLES, frames, strict=True)), Path(folder))


def frame_of(found: Explanation | Subgroups | Reviewed | None) -> pd.DataFrame | None:
    """Return what was found as a table; None if nobody asked for it."""
    return None if found is None else found.frame()


def write_frames(tables: Mapping[str, pd.DataFrame | None], folder: Path) -> list[Path]:
    """Write tables by the names of their files; those without columns are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {folder / name: table for name, table in tables.items() if table is not None}
    written = {path: table for path, table in kept.items() if len(table.columns)}
    for path, table in written.items():
        write_csv(table, path)
    return list(written)


def write_json(outcome: dict[str, Any], path: Path) -> None:
    """Write plain values as JSON for people and programs."""
    atomic_write_text(path, json.dumps(outcome, indent=2, ensure_ascii=False) + "\n")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table that is safe to open in a spreadsheet."""
    safe = table.map(no_formula).rename(columns=no_formula)
    atomic_write_text(path, safe.to_csv(index=False, lineterminator="\n"))


def no_formula(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

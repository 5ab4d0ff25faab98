"""Cells as rows of the store and of its CSV export, with scores and notes as JSON."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from rarebit.datasets.files.compression import create_text
from rarebit.exceptions import InputError
from rarebit.persistence.atomic import atomic_file
from rarebit.running.cells import CellKey, CellPredictions, CellResult

KEY_COLUMNS = tuple(f.name for f in fields(CellKey))
RESULT_COLUMNS = (
    "status", "scores", "fit_seconds", "predict_seconds", "peak_mib", "n_train", "n_test",
    "notes", "error",
)  # fmt: skip
CSV_COLUMNS = (*KEY_COLUMNS, *RESULT_COLUMNS)

Row = tuple[Any, ...]


def csv_row(result: CellResult) -> Row:
    """Columns of a result in the order of ``CSV_COLUMNS``; predictions are left out."""
    return (
        *astuple(result.key),
        result.status,
        # JSON has no nan.
        json.dumps({k: None if math.isnan(v) else v for k, v in result.scores.items()}),
        result.fit_seconds,
        result.predict_seconds,
        result.peak_mib,
        result.n_train,
        result.n_test,
        json.dumps(result.notes),
        result.error,
    )


def result_of(key: CellKey, row: Row) -> CellResult:
    """Return the result that the columns after the key, and packed predictions, hold."""
    status, scores, fit, predict, peak, n_train, n_test, notes, error, packed = row
    return CellResult(
        key,
        status,
        scores={name: nan_if_none(score) for name, score in json.loads(scores).items()},
        fit_seconds=nan_if_none(fit),
        predict_seconds=nan_if_none(predict),
        peak_mib=nan_if_none(peak),
        n_train=n_train,
        n_test=n_test,
        notes=tuple(json.loads(notes)),
        error=error,
        predictions=CellPredictions.from_bytes(packed) if packed else None,
    )


def nan_if_none(value: float | None) -> float:
    """SQLite keeps nan as NULL, JSON as null."""
    return float("nan") if value is None else float(value)


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write an export, which appears when it is complete; return the number of rows."""
    with atomic_file(path) as new, create_text(new, path.suffix) as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of an export with their types restored."""
    types: dict[str, Any] = dict.fromkeys(("seed", "repeat", "fold", "n_train", "n_test"), int)
    seconds = ("fit_seconds", "predict_seconds", "peak_mib")
    types |= dict.fromkeys(seconds, lambda text: float(text) if text else None)
    convert = [types.get(name, str) for name in CSV_COLUMNS]
    opened: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", newline="", encoding="utf-8", errors="replace") as lines:
            records = csv.reader(lines)
            if tuple(next(records, ())) != CSV_COLUMNS:
                raise InputError(
                    f"{path} is no export of a store (its columns are not "
                    f"{', '.join(CSV_COLUMNS)}): name an exported file, or another folder."
                )
            for record in records:
                try:
                    yield tuple(f(text) for f, text in zip(convert, record, strict=True))
                except ValueError:
                    raise InputError(
                        f"{path}, line {records.line_num} is damaged; delete that line."
                    ) from None
    except (OSError, EOFError, csv.Error) as error:
        raise InputError(f"{path} cannot be read ({error}); name an exported CSV.") from None

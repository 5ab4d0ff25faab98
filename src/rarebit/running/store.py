"""The store of finished cells: one SQLite file, one row a cell, written by the driver alone.

A cell is committed the moment it arrives, so a killed run loses at most the cells in flight.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import pandas as pd

from rarebit.exceptions import InputError
from rarebit.running.cells import SEARCH_CUT_SHORT, CellKey, CellResult
from rarebit.running.cells_csv import (
    CSV_COLUMNS,
    KEY_COLUMNS,
    RESULT_COLUMNS,
    Row,
    csv_row,
    nan_if_none,
    read_rows,
    result_of,
    write_rows,
)

SCHEMA_VERSION = 1
# Rows that are held at once while a table is made of the cells.
CHUNK = 50_000
_KEY_TYPES = {"seed": "INTEGER", "repeat": "INTEGER", "fold": "INTEGER"}
_KEYS = ", ".join(KEY_COLUMNS)
_COLUMNS = ", ".join(CSV_COLUMNS)
_THIS_KEY = " AND ".join(f"{name} = ?" for name in KEY_COLUMNS)


class Store:
    """Finished cells in an SQLite file.

    Parameters
    ----------
    path : str or Path, default=":memory:"
        The file; created with its folder if absent. ``":memory:"`` keeps the cells for this
        object's life only.

    Examples
    --------
    >>> store = Store()
    >>> key = CellKey("wine", "svm", "smote", "strict", 0, 0, 0, "f00")
    >>> store.put(CellResult(key, "done", scores={"macro_f1": 0.5}))
    >>> store.frame()[["classifier", "status", "macro_f1"]].values.tolist()
    [['svm', 'done', 0.5]]
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.path = str(path)
        if self.path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = sqlite3.connect(self.path, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{self.path} cannot be used as a store of results ({error}); {_remedy(error)}."
            ) from None

    def _prepare(self) -> None:
        """Create the table, or check the layout of the one that exists."""
        execute = self._connection.execute
        version = execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"its layout {version} is newer than {SCHEMA_VERSION}")
        # A write-ahead log survives the death of the process at any moment.
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=NORMAL")
        keys = ", ".join(f"{name} {_KEY_TYPES.get(name, 'TEXT')} NOT NULL" for name in KEY_COLUMNS)
        execute(
            f"CREATE TABLE IF NOT EXISTS cells ({keys}, "
            "status TEXT NOT NULL, scores TEXT NOT NULL, fit_seconds REAL, predict_seconds REAL, "
            "peak_mib REAL, n_train INTEGER, n_test INTEGER, notes TEXT NOT NULL, "
            f"error TEXT NOT NULL, predictions BLOB, PRIMARY KEY ({_KEYS})) WITHOUT ROWID"
        )
        execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def put(self, result: CellResult) -> None:
        """Keep one result, in place of an earlier one of the same cell."""
        if clash := set(result.scores) & set(CSV_COLUMNS):
            raise ValueError(f"A score cannot have the name of a column: rename {sorted(clash)}.")
        packed = result.predictions.to_bytes() if result.predictions else None
        self._insert([(*csv_row(result), packed)])

    def _insert(self, rows: Iterable[Row], known: str = "REPLACE") -> None:
        """Insert all rows or none; ``known`` is SQL's OR: what to do about a key that exists."""
        marks = ", ".join("?" * (len(CSV_COLUMNS) + 1))
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(f"INSERT OR {known} INTO cells VALUES ({marks})", rows)

    def forget_failed(self) -> None:
        """Drop the cells that failed or ran out of time, so that they are run again."""
        self._connection.execute("DELETE FROM cells WHERE status != 'done'")

    def forget_cut_searches(self, keys: Iterable[CellKey]) -> None:
        """Drop those of these cells whose search was ended by a time limit, to run them again."""
        cut = self._connection.execute(
            f"SELECT {_KEYS} FROM cells WHERE json_extract(scores, '$.{SEARCH_CUT_SHORT}') = 1"
        ).fetchall()
        self._drop(set(cut) & set(map(astuple, keys)))

    def keys(self, *, status: str | None = None) -> set[CellKey]:
        """Return the keys of all cells, or of those with a status ("done", "failed", "timeout")."""
        rows = self._connection.execute(
            f"SELECT {_KEYS} FROM cells WHERE ?1 IS NULL OR status = ?1", (status,)
        )
        return {CellKey(*row) for row in rows}

    def get(self, key: CellKey) -> CellResult | None:
        """Return one result with its predictions, or None.

        If it is damaged, InputError is raised, and the cell is dropped.
        """
        row = self._connection.execute(
            f"SELECT {', '.join(RESULT_COLUMNS)}, predictions FROM cells WHERE {_THIS_KEY}",
            astuple(key),
        ).fetchone()
        if row is None:
            return None
        try:
            return result_of(key, row)
        except (ValueError, KeyError, TypeError, EOFError, OSError, BadZipFile, zlib.error):
            self._drop([astuple(key)])
            raise InputError(
                f"{self.path}: the stored result of '{key}' was damaged and has been dropped; run "
                "the same command again to compute it again."
            ) from None

    def _drop(self, keys: Iterable[Row]) -> None:
        """Delete cells."""
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(f"DELETE FROM cells WHERE {_THIS_KEY}", keys)

    def frame(self, config_hashes: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the cells, or those of some settings, as a table in the order of their keys.

        One row a cell: the key, ``status``, ``fit_seconds, predict_seconds, peak_mib, n_train,
        n_test, notes, error``, and one column for each score, whatever its name.
        """
        where, values = _of_settings(config_hashes)
        query = f"SELECT {_COLUMNS} FROM cells WHERE {where} ORDER BY {_KEYS}"
        chunks = pd.read_sql_query(query, self._connection, params=values, chunksize=CHUNK)
        return pd.concat([_with_scores(chunk) for chunk in chunks], ignore_index=True)

    def lines(self, *levels: str, config_hashes: Iterable[str] | None = None) -> pd.DataFrame:
        """Return finished cells as a table of one row for each line of a cell.

        One cell can score several things, such as classifiers that share a costly step. Its scores
        are then named by what they belong to, such as ``"svm/tuned/f1"``, and ``levels`` names the
        parts before the last, such as ``"model", "decision"``. A score whose name has no such parts
        belongs to all lines of its cell. Columns: the key, the levels, ``fit_seconds``, the scores.

        >>> store = Store()
        >>> scores = {"n_made": 9, "svm/f1": 0.5, "knn/f1": 0.25}
        >>> store.put(CellResult(CellKey("wine", "smote"), "done", scores=scores))
        >>> store.lines("model")[["classifier", "model", "n_made", "f1"]].values.tolist()
        [['smote', 'svm', 9.0, 0.5], ['smote', 'knn', 9.0, 0.25]]
        """
        where, values = _of_settings(config_hashes)
        cursor = self._connection.execute(
            f"SELECT {_KEYS}, fit_seconds, scores FROM cells WHERE status = 'done' AND {where} "
            f"ORDER BY {_KEYS}",
            values,
        )
        rows = []
        for *key, seconds, scores in cursor:
            common = dict(zip((*KEY_COLUMNS, "fit_seconds"), (*key, seconds), strict=True))
            rows += [common | line for line in _lines_of(json.loads(scores), levels)]
        return pd.DataFrame(rows, columns=None if rows else [*KEY_COLUMNS, *levels, "fit_seconds"])

    def summary(self, config_hashes: Iterable[str], metrics: Iterable[str]) -> pd.DataFrame:
        """Average the cells of some settings over their folds, without holding them in memory.

        One row for each data set, classifier and treatment: ``n_cells, n_done, n_timeout``;
        the mean of each metric over the cells that have it; mean ``fit_seconds, predict_seconds``;
        the greatest ``peak_mib``; one ``error``, if any.

        >>> store = Store()
        >>> for fold in range(2):
        ...     key = CellKey("wine", "svm", "smote", "strict", 0, 0, fold, "f00")
        ...     store.put(CellResult(key, "done", scores={"mcc": 0.25 + fold / 2}))
        >>> store.summary(["f00"], ["mcc"])[["dataset", "n_done", "mcc"]].values.tolist()
        [['wine', 2, 0.5]]
        """
        names = tuple(metrics)
        means = "".join(", AVG(json_extract(scores, ?))" for _ in names)
        where, values = _of_settings(config_hashes)
        cursor = self._connection.execute(
            "SELECT dataset, classifier, treatment, COUNT(*), SUM(status = 'done'), "
            f"SUM(status = 'timeout'){means}, AVG(fit_seconds), AVG(predict_seconds), "
            f"MAX(peak_mib), MAX(error) FROM cells WHERE {where} "
            "GROUP BY dataset, classifier, treatment",
            (*(f'$."{name}"' for name in names), *values),
        )
        columns = [
            "dataset", "classifier", "treatment", "n_cells", "n_done", "n_timeout", *names,
            "fit_seconds", "predict_seconds", "peak_mib", "error",
        ]  # fmt: skip
        table = pd.DataFrame(cursor.fetchall(), columns=columns)
        numbers = [*names, "fit_seconds", "predict_seconds", "peak_mib"]
        return table.astype(dict.fromkeys(numbers, float))

    def count(self) -> int:
        """Return the number of cells, of all settings."""
        return int(self._connection.execute("SELECT COUNT(*) FROM cells").fetchone()[0])

    def export_csv(self, path: str | Path) -> int:
        """Write all cells, without predictions, to a CSV file (or .csv.gz); return how many."""
        query = f"SELECT {_COLUMNS} FROM cells ORDER BY {_KEYS}"
        return write_rows(Path(path), self._connection.execute(query))

    def import_csv(self, path: str | Path) -> int:
        """Refill the store from a file that :meth:`export_csv` wrote; return how many cells.

        Cells that the store has already are not changed: they may hold predictions.
        """
        before = self.count()
        self._insert(((*row, None) for row in read_rows(Path(path))), known="IGNORE")
        return self.count() - before

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _remedy(error: sqlite3.DatabaseError) -> str:
    """What to do; never to delete what may hold finished cells or be the user's own file."""
    text = str(error)
    if "locked" in text:
        return "another run is using it: wait until it ends, or name another folder"
    if "full" in text or "disk I/O" in text:
        return "free space on its disk; the cells in it are safe"
    if "readonly" in text or "unable to open" in text:
        return "check that it is writable and not a folder, or name another file"
    if "malformed" in text:
        return "it is damaged: name another file, or refill a new one from its cells.csv"
    return "name another file"


def _of_settings(config_hashes: Iterable[str] | None) -> tuple[str, tuple[str, ...]]:
    """Condition for cells of some settings, or of all, and its values."""
    if config_hashes is None:
        return "TRUE", ()
    condition = "config_hash IN (SELECT value FROM json_each(?))"
    return condition, (json.dumps(list(config_hashes)),)


def _with_scores(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the columns that hold JSON into plain ones."""
    scores = json.loads(f"[{','.join(frame.pop('scores'))}]")
    frame["notes"] = [" ".join(json.loads(text)) for text in frame["notes"]]
    return pd.concat([frame, pd.DataFrame(scores, index=frame.index, dtype=float)], axis=1)


def _lines_of(scores: dict[str, float | None], levels: tuple[str, ...]) -> list[dict[str, Any]]:
    """One dict for each line of a cell: its levels and its scores; see :meth:`Store.lines`."""
    common: dict[str, float] = {}
    lines: dict[tuple[str, ...], dict[str, float]] = {}
    for name, score in scores.items():
        *parts, last = name.rsplit("/", len(levels))
        if len(parts) == len(levels):
            lines.setdefault(tuple(parts), {})[last] = nan_if_none(score)
        else:
            common[name] = nan_if_none(score)
    return [
        {**dict(zip(levels, parts, strict=True)), **common, **line} for parts, line in lines.items()
    ] or [dict(common)]

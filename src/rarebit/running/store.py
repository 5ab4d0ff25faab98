"""The store of finished cells: one SQLite file, one row a cell, written by the driver alone.

A cell is committed the moment it comes in, so a killed run loses at most the cells in flight.
"""

from __future__ import annotations

import csv
import json
import math
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path
from types import TracebackType
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from rarebit.exceptions import InputError
from rarebit.running.cells import CellKey, CellPredictions, CellResult
from rarebit.zoo.fitting import SEARCH_CUT

SCHEMA_VERSION = 1
KEY_COLUMNS = tuple(f.name for f in fields(CellKey))
RESULT_COLUMNS = (
    "status", "scores", "fit_seconds", "predict_seconds", "peak_mib", "n_train", "n_test",
    "notes", "error",
)  # fmt: skip
CSV_COLUMNS = (*KEY_COLUMNS, *RESULT_COLUMNS)
# Rows that are held at once while a table is made of the cells.
CHUNK = 50_000
_KEY_TYPES = {"seed": "INTEGER", "repeat": "INTEGER", "fold": "INTEGER"}


class Store:
    """Finished cells in an SQLite file.

    Parameters
    ----------
    path : str or Path, default=":memory:"
        The file; made with its folder if absent. ``":memory:"`` keeps the cells for this object's
        life only.

    Raises
    ------
    InputError
        If the file is no store, or one of a newer layout.

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
                f"{self.path} cannot be used as a store of results ({error}); {_way_out(error)}."
            ) from None

    def _prepare(self) -> None:
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
            "error TEXT NOT NULL, predictions BLOB, "
            f"PRIMARY KEY ({', '.join(KEY_COLUMNS)})) WITHOUT ROWID"
        )
        execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def put(self, result: CellResult) -> None:
        """Keep one result; a cell that is there already is replaced."""
        packed = result.predictions.to_bytes() if result.predictions else None
        self._insert([(*csv_row(result), packed)])

    def _insert(self, rows: Iterable[tuple[Any, ...]], known: str = "REPLACE") -> None:
        """Put rows in, all or none; a row whose key is known is dealt with as SQL's OR says."""
        marks = ", ".join("?" * (len(CSV_COLUMNS) + 1))
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(f"INSERT OR {known} INTO cells VALUES ({marks})", rows)

    def forget_failed(self) -> None:
        """Drop the cells that failed or ran out of time, so that they are run again."""
        self._connection.execute("DELETE FROM cells WHERE status != 'done'")

    def forget_cut_searches(self, keys: Iterable[CellKey]) -> None:
        """Drop those of the cells whose search a time limit ended, so that they are run again."""
        names = ", ".join(KEY_COLUMNS)
        cut = self._connection.execute(
            f"SELECT {names} FROM cells WHERE notes LIKE ?", (f'%"{SEARCH_CUT} %',)
        ).fetchall()
        self._drop(set(cut) & set(map(astuple, keys)))

    def keys(self, *, status: str | None = None) -> set[CellKey]:
        """Keys of the cells in the store, of one status or of all."""
        query = f"SELECT {', '.join(KEY_COLUMNS)} FROM cells"
        rows = (
            self._connection.execute(query)
            if status is None
            else self._connection.execute(f"{query} WHERE status = ?", (status,))
        )
        return {CellKey(*row) for row in rows}

    def get(self, key: CellKey) -> CellResult | None:
        """Return one result with its predictions, or None."""
        where = " AND ".join(f"{name} = ?" for name in KEY_COLUMNS)
        row = self._connection.execute(
            f"SELECT {', '.join(RESULT_COLUMNS)}, predictions FROM cells WHERE {where}",
            astuple(key),
        ).fetchone()
        if row is None:
            return None
        try:
            return _result_of(key, row)
        except (ValueError, KeyError, TypeError, EOFError, OSError, BadZipFile, zlib.error):
            self._drop([astuple(key)])
            raise InputError(
                f"{self.path}: the stored result of '{key}' was damaged and has been dropped; run "
                "the same command again, and it is computed anew."
            ) from None

    def _drop(self, keys: Iterable[tuple[Any, ...]]) -> None:
        """Delete cells."""
        where = " AND ".join(f"{name} = ?" for name in KEY_COLUMNS)
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(f"DELETE FROM cells WHERE {where}", keys)

    def frame(self) -> pd.DataFrame:
        """Return all cells as a table, in the order of their keys, one column a metric."""
        order = ", ".join(KEY_COLUMNS)
        query = f"SELECT {', '.join(CSV_COLUMNS)} FROM cells ORDER BY {order}"
        chunks = pd.read_sql_query(query, self._connection, chunksize=CHUNK)
        return pd.concat([_with_metrics(chunk) for chunk in chunks], ignore_index=True)

    def summary(self, config_hashes: Iterable[str], metrics: Iterable[str]) -> pd.DataFrame:
        """Average the cells over their folds, without holding them in memory.

        Parameters
        ----------
        config_hashes : iterable of str
            The settings whose cells count.
        metrics : iterable of str
            Which scores are averaged.

        Returns
        -------
        DataFrame
            One row for each data set, classifier and treatment, by name: ``n_cells, n_done,
            n_timeout``; the mean of each metric over the cells that have it; mean
            ``fit_seconds, predict_seconds``; the greatest ``peak_mib``; one ``error``, if any.

        Examples
        --------
        >>> store = Store()
        >>> for fold in range(2):
        ...     key = CellKey("wine", "svm", "smote", "strict", 0, 0, fold, "f00")
        ...     store.put(CellResult(key, "done", scores={"mcc": 0.25 + fold / 2}))
        >>> store.summary(["f00"], ["mcc"])[["dataset", "n_done", "mcc"]].values.tolist()
        [['wine', 2, 0.5]]
        """
        names = tuple(metrics)
        means = "".join(", AVG(json_extract(scores, ?))" for _ in names)
        cursor = self._connection.execute(
            "SELECT dataset, classifier, treatment, COUNT(*), SUM(status = 'done'), "
            f"SUM(status = 'timeout'){means}, AVG(fit_seconds), AVG(predict_seconds), "
            "MAX(peak_mib), MAX(error) FROM cells "
            "WHERE config_hash IN (SELECT value FROM json_each(?)) "
            "GROUP BY dataset, classifier, treatment",
            (*(f"$.{name}" for name in names), json.dumps(list(config_hashes))),
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
        """Write all cells, without predictions, to a CSV file; return how many."""
        order = ", ".join(KEY_COLUMNS)
        count = 0
        whole = Path(f"{path}.new")
        with whole.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(CSV_COLUMNS)
            for row in self._connection.execute(
                f"SELECT {', '.join(CSV_COLUMNS)} FROM cells ORDER BY {order}"
            ):
                writer.writerow(row)
                count += 1
        whole.replace(path)
        return count

    def import_csv(self, path: str | Path) -> int:
        """Refill the store from a CSV file that :meth:`export_csv` wrote; return how many cells.

        Cells that are here already stay as they are: they may hold predictions.
        """
        before = self.count()
        self._insert(((*row, None) for row in _read_csv(Path(path))), known="IGNORE")
        return self.count() - before

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _way_out(error: sqlite3.DatabaseError) -> str:
    """Say how to go on; never to delete what may hold finished cells, or is the user's own."""
    text = str(error)
    if "locked" in text:
        return "another run is using it: wait for its end, or name another folder"
    if "full" in text or "disk I/O" in text:
        return "make room on its disk, and what it holds is still there"
    if "readonly" in text or "unable to open" in text:
        return "see that it may be written and is no folder, or name another place"
    if "malformed" in text:
        return "it is damaged: name another place, or refill a new one from its cells.csv"
    return "name another file"


def csv_row(result: CellResult) -> tuple[Any, ...]:
    """Columns of a result in the order of ``CSV_COLUMNS``; predictions are left out."""
    return (
        *astuple(result.key),
        result.status,
        json.dumps({name: _none_if_nan(score) for name, score in result.scores.items()}),
        result.fit_seconds,
        result.predict_seconds,
        result.peak_mib,
        result.n_train,
        result.n_test,
        json.dumps(result.notes),
        result.error,
    )


def _result_of(key: CellKey, row: tuple[Any, ...]) -> CellResult:
    status, scores, fit, predict, peak, n_train, n_test, notes, error, packed = row
    return CellResult(
        key,
        status,
        scores={name: _nan_if_none(score) for name, score in json.loads(scores).items()},
        fit_seconds=_nan_if_none(fit),
        predict_seconds=_nan_if_none(predict),
        peak_mib=_nan_if_none(peak),
        n_train=n_train,
        n_test=n_test,
        notes=tuple(json.loads(notes)),
        error=error,
        predictions=CellPredictions.from_bytes(packed) if packed else None,
    )


def _nan_if_none(value: float | None) -> float:
    """SQLite keeps nan as NULL."""
    return float("nan") if value is None else value


def _none_if_nan(value: float) -> float | None:
    """JSON knows no nan."""
    return None if math.isnan(value) else value


def _with_metrics(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the columns that hold JSON into plain ones."""
    scores = json.loads(f"[{','.join(frame.pop('scores'))}]")
    frame["notes"] = [" ".join(json.loads(text)) for text in frame["notes"]]
    return pd.concat([frame, pd.DataFrame(scores, index=frame.index, dtype=float)], axis=1)


def _read_csv(path: Path) -> Iterator[tuple[Any, ...]]:
    """Rows of an exported CSV with their types restored; a last line cut by a crash is left out."""
    types: dict[str, Any] = dict.fromkeys(("seed", "repeat", "fold", "n_train", "n_test"), int)
    types |= dict.fromkeys(
        ("fit_seconds", "predict_seconds", "peak_mib"), lambda text: float(text) if text else None
    )
    convert = [types.get(name, str) for name in CSV_COLUMNS]
    try:
        with path.open("rb") as file:
            file.seek(-1, 2)
            cut = file.read() != b"\n"
        with path.open(newline="", encoding="utf-8", errors="replace") as lines:
            records = csv.reader(lines)
            if tuple(next(records)) != CSV_COLUMNS:
                raise InputError(
                    f"{path} is no export of a store: its columns are not {CSV_COLUMNS}."
                )
            # One behind, so that the last can be left out.
            previous = next(records, None)
            for record in records:
                yield _typed(previous, convert, path)
                previous = record
            if previous is not None and not cut and len(previous) == len(CSV_COLUMNS):
                yield _typed(previous, convert, path)
    except (OSError, csv.Error) as error:
        raise InputError(f"{path} cannot be read ({error}); name an exported CSV.") from None


def _typed(record: list[str] | None, convert: list[Any], path: Path) -> tuple[Any, ...]:
    try:
        return tuple(as_type(text) for as_type, text in zip(convert, record or (), strict=True))
    except ValueError:
        raise InputError(f"{path} holds a damaged line: {record}; take the line out.") from None

"""Tables and queries of a SQLite or DuckDB database to frames; nothing is ever written to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit._common.wording import first_few
from rarebit.datasets.files.cells import frame_of_rows
from rarebit.datasets.files.layout import checked_names
from rarebit.datasets.files.limits import check_rows, most_rows
from rarebit.datasets.files.parquet import iter_duckdb
from rarebit.exceptions import InputError

SQLITE = b"SQLite format 3\0"
# The schema, unless it is the default one, and the name of each table
_TABLES = {
    True: "SELECT '', name FROM sqlite_master WHERE type IN ('table', 'view')",
    False: "SELECT CASE table_schema WHEN current_schema() THEN '' ELSE table_schema END, "
    "table_name FROM information_schema.tables",
}


def read_query(file: Path, part: str) -> pd.DataFrame:
    """Read a table or the result of a query whole."""
    frame = next(iter_query(file, part), pd.DataFrame())
    check_rows(file, *frame.shape)
    return frame


def iter_query(file: Path, part: str, rows_per_chunk: int | None = None) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table or a query in chunks; the only table if ``part`` is empty.

    One chunk, of one row more than a table may have at most, unless ``rows_per_chunk`` is given.
    """
    with file.open("rb") as stream:
        is_sqlite = stream.read(len(SQLITE)) == SQLITE
    with _errors(file), _sqlite(file) if is_sqlite else _duckdb(file) as database:
        found = database.execute(_TABLES[is_sqlite]).fetchall()
        tables = {".".join(filter(None, parts)): parts for parts in found}
        result = database.execute(_query(file, part, tables))
        names = checked_names(file, [name for name, *_ in result.description])
        rows_per_chunk = rows_per_chunk or most_rows(len(names)) + 1
        if is_sqlite:
            while rows := result.fetchmany(rows_per_chunk):
                yield frame_of_rows(names, rows)
        else:
            for chunk in iter_duckdb(result, rows_per_chunk):
                yield chunk.set_axis(names, axis=1)


def _query(file: Path, part: str, tables: dict[str, tuple[str, ...]]) -> str:
    """Return the query for a table, or the query that was given."""
    if not part and len(tables) == 1:
        (part,) = tables
    alike = [name for name in tables if name.casefold() == part.casefold()]
    if part not in tables and len(alike) == 1:
        (part,) = alike
    if part in tables:
        quoted = ['"' + name.replace('"', '""') + '"' for name in tables[part] if name]
        return f"SELECT * FROM {'.'.join(quoted)}"  # noqa: S608 - a table that is there, quoted
    if part.lower().lstrip("( \n").startswith(("select", "with", "from")) and " " in part:
        return f"SELECT * FROM {part}" if part.startswith("(") else part  # noqa: S608 - as given
    known = first_few(map(repr, sorted(tables))) or "none"
    raise InputError(
        (f"{str(file)!r} has no table {part!r}" if part else f"{str(file)!r} holds several tables")
        + f"; name one of {known}, or give a query: '{file.name}:SELECT ...'"
    )


def _sqlite(file: Path) -> closing[sqlite3.Connection]:
    """Open a SQLite database for reading only."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")  # also of databases that a query attaches
    return closing(connection)


def _duckdb(file: Path) -> Any:
    """Open a DuckDB database for reading only; a query reads and writes no other file."""
    import duckdb

    return duckdb.connect(str(file), read_only=True, config={"enable_external_access": "false"})


@contextmanager
def _errors(file: Path) -> Iterator[None]:
    """Turn errors of a database into one clear line."""
    import duckdb

    try:
        yield
    except (sqlite3.Error, duckdb.Error) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{str(file)!r} cannot be read as asked: {reason}") from None

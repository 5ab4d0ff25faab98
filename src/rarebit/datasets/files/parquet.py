"""Parquet files to frames, with pyarrow where it is installed, else with DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit._common.frames import as_pandas
from rarebit._common.optional import import_extra, is_installed
from rarebit.datasets.files.limits import check_rows
from rarebit.exceptions import InputError

# pandas stores an index without a name under such names; pyarrow makes an index of it again.
_NAMELESS_INDEX = re.compile(r"__index_level_\d+__")
# Rows of one vector of DuckDB, in which its results come.
VECTOR = 2048


def read_parquet(file: Path) -> pd.DataFrame:
    """Read a Parquet file whole."""
    with _parquet_errors(file):
        if is_installed("pyarrow"):
            parquet = import_extra("pyarrow.parquet")
            facts = parquet.read_metadata(file)
            check_rows(file, facts.num_rows, facts.num_columns)
            return index_to_columns(as_pandas(parquet.read_table(file)))
        with _scan(file) as (table, n_rows):
            check_rows(file, n_rows, len(table.description))
            return table.df()


def iter_parquet(file: Path, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file in chunks."""
    with _parquet_errors(file):
        if is_installed("pyarrow"):
            with import_extra("pyarrow.parquet").ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(batch_size=rows_per_chunk):
                    yield frame_of_batch(batch)
        else:
            with _scan(file) as (table, _):
                yield from iter_duckdb(table, rows_per_chunk)


def iter_duckdb(result: Any, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a result of DuckDB in chunks."""
    while len(found := result.fetch_df_chunk(-(-rows_per_chunk // VECTOR))):
        for start in range(0, len(found), rows_per_chunk):
            yield found.iloc[start : start + rows_per_chunk].reset_index(drop=True)


@contextmanager
def _scan(file: Path) -> Iterator[tuple[Any, int]]:
    """Return the rows of a Parquet file as a result of DuckDB, and their number."""
    import duckdb

    # A name with brackets is no pattern.
    path = re.sub(r"([*?\[\]])", r"[\1]", str(file))
    with duckdb.connect() as database:
        read = "SELECT * FROM read_parquet(?)"
        names = [name for name, *_ in database.execute(f"{read} LIMIT 0", [path]).description]
        columns = ", ".join(
            '"' + name.replace('"', '""') + '"'
            for name in names
            if not _NAMELESS_INDEX.fullmatch(name)
        )
        ((n_rows,),) = database.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchall()
        yield database.execute(read.replace("*", columns, 1), [path]), n_rows


def frame_of_batch(batch: Any) -> pd.DataFrame:
    """Make a frame of some rows of Arrow; whole numbers beside gaps stay whole."""
    frame, is_integer = batch.to_pandas(), import_extra("pyarrow").types.is_integer
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name in frame and column.null_count and is_integer(column.type):
            dtype = "UInt64" if str(column.type).startswith("u") else "Int64"
            frame[name] = pd.array(column.to_pylist(), dtype=dtype)
    return index_to_columns(frame)


def index_to_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a named index into columns, and drop one without a name."""
    nameless = all(name is None for name in frame.index.names)
    return frame.reset_index(drop=nameless)


@contextmanager
def _parquet_errors(file: Path) -> Iterator[None]:
    """Turn errors of reading Parquet into one clear line."""
    failures: tuple[type[Exception], ...]
    if is_installed("pyarrow"):
        failures = (import_extra("pyarrow").ArrowException, OSError)
    else:
        import duckdb

        failures = (duckdb.Error, OSError)
    try:
        yield
    except failures as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{str(file)!r} cannot be read as Parquet: {reason}") from None

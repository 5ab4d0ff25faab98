"""Parquet files to frames, with pyarrow or, if only polars is installed, with polars."""

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


def read_parquet(file: Path) -> pd.DataFrame:
    """Read a Parquet file whole."""
    with _parquet_errors(file):
        if _has_pyarrow():
            parquet = import_extra("pyarrow.parquet")
            facts = parquet.read_metadata(file)
            check_rows(file, facts.num_rows, facts.num_columns)
            return _index_to_columns(as_pandas(parquet.read_table(file)))
        table, n_rows = _scan(file)
        check_rows(file, n_rows, len(table.collect_schema()))
        return as_pandas(table)


def iter_parquet(file: Path, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file in chunks."""
    with _parquet_errors(file):
        if _has_pyarrow():
            with import_extra("pyarrow.parquet").ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(batch_size=rows_per_chunk):
                    yield _index_to_columns(batch.to_pandas())
        else:
            table, n_rows = _scan(file)
            for start in range(0, n_rows, rows_per_chunk):
                yield as_pandas(table.slice(start, rows_per_chunk))


def _has_pyarrow() -> bool:
    """Tell whether pyarrow reads the file; without it and polars, its extra is named."""
    return is_installed("pyarrow") or not is_installed("polars")


def _scan(file: Path) -> tuple[Any, int]:
    """Return a Parquet file as a lazy polars frame, and its number of rows."""
    polars = import_extra("polars")
    table = polars.scan_parquet(file, glob=False)
    names = [name for name in table.collect_schema() if not _NAMELESS_INDEX.fullmatch(name)]
    return table.select(names), table.select(polars.len()).collect().item()


def _index_to_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a named index into columns, and drop one without a name."""
    nameless = all(name is None for name in frame.index.names)
    return frame.reset_index(drop=nameless)


@contextmanager
def _parquet_errors(file: Path) -> Iterator[None]:
    """Turn errors of reading Parquet into one clear line."""
    if _has_pyarrow():
        failures: tuple[type[Exception], ...] = (import_extra("pyarrow").ArrowException, OSError)
    else:
        failures = (import_extra("polars").exceptions.PolarsError, OSError)
    try:
        yield
    except failures as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{str(file)!r} cannot be read as Parquet: {reason}") from None

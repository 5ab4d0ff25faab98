"""Arrow (Feather) files to frames, with pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit._common.frames import as_pandas
from rarebit._common.optional import import_extra
from rarebit.datasets.files.limits import check_rows
from rarebit.datasets.files.parquet import frame_of_batch, index_to_columns
from rarebit.exceptions import InputError

FILE = b"ARROW1"


def read_arrow(file: Path) -> pd.DataFrame:
    """Read an Arrow file whole."""
    with _open(file) as reader:
        table = reader.read_all()
        check_rows(file, table.num_rows, table.num_columns)
        return index_to_columns(as_pandas(table))


def iter_arrow(file: Path, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of an Arrow file in chunks, at most as many as its batches hold."""
    with _open(file) as reader:
        n_batches = getattr(reader, "num_record_batches", None)
        batches = reader if n_batches is None else map(reader.get_batch, range(n_batches))
        for batch in batches:
            for start in range(0, batch.num_rows, rows_per_chunk):
                yield frame_of_batch(batch.slice(start, rows_per_chunk))


@contextmanager
def _open(file: Path) -> Iterator[Any]:
    """Open an Arrow file or stream."""
    pyarrow = import_extra("pyarrow")
    try:
        with pyarrow.memory_map(str(file)) as source:
            is_file = source.read(len(FILE)) == FILE
            source.seek(0)
            ipc = import_extra("pyarrow.ipc")
            with (ipc.open_file if is_file else ipc.open_stream)(source) as reader:
                yield reader
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{str(file)!r} cannot be read as Arrow: {reason}") from None

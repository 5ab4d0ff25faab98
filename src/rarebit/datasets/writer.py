"""Tables into files, chunk by chunk; the file appears when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from rarebit._common.optional import import_extra
from rarebit.datasets.compression import create_text
from rarebit.datasets.tables import as_path, kind_of
from rarebit.exceptions import InputError


class TableWriter:
    """Appends rows to a table; made by :func:`table_writer`."""

    def __init__(self, file: Path, temporary: Path, stack: ExitStack) -> None:
        self._file = file
        self._temporary = temporary
        self._stack = stack
        self._columns: list[str] | None = None
        self._write: Any = None

    def write(self, frame: pd.DataFrame) -> None:
        """Append rows.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
            Rows with the same columns in every call; the index is left out.

        Raises
        ------
        InputError
            If the columns, or in a Parquet file their types, are not those of the first rows, or
            two have one name.
        """
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"a table is written from a DataFrame, not {type(frame).__name__}")
        if not frame.columns.is_unique:
            repeated = frame.columns[frame.columns.duplicated()][0]
            raise InputError(f"two columns are named {str(repeated)!r}; rename one of them")
        columns = [str(name) for name in frame.columns]
        if self._columns is None:
            self._columns = columns
            self._write = self._open(frame)
        elif columns != self._columns:
            raise InputError(
                f"cannot append columns {columns} to {str(self._file)!r}, which has {self._columns}"
            )
        self._write(frame)

    def _open(self, frame: pd.DataFrame) -> Any:
        """Open the file for rows like these and return what writes them."""
        if kind_of(self._file) == "parquet":
            return self._open_parquet(frame)
        suffix = self._file.suffix.lower()
        text: TextIO = self._stack.enter_context(create_text(self._temporary, suffix))
        separator = "\t" if {".tsv", ".tab"} & {s.lower() for s in self._file.suffixes} else ","
        frame.iloc[:0].to_csv(text, sep=separator, index=False, lineterminator="\n")
        return lambda rows: rows.to_csv(
            text, sep=separator, index=False, header=False, lineterminator="\n"
        )

    def _open_parquet(self, frame: pd.DataFrame) -> Any:
        """Open a Parquet file with the types of these rows."""
        pyarrow = import_extra("pyarrow")
        try:
            schema = pyarrow.Schema.from_pandas(frame, preserve_index=False)
        except (pyarrow.ArrowException, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise InputError(
                f"cannot write {str(self._file)!r}: a column holds values of several types "
                f"({reason})"
            ) from None
        writer = self._stack.enter_context(
            import_extra("pyarrow.parquet").ParquetWriter(self._temporary, schema)
        )

        def write(rows: pd.DataFrame) -> None:
            try:
                table = pyarrow.Table.from_pandas(rows, schema=schema, preserve_index=False)
            except (pyarrow.ArrowException, TypeError) as error:
                reason = str(error).partition("\n")[0]
                raise InputError(
                    f"cannot append to {str(self._file)!r}: a column changed its type ({reason})"
                ) from None
            writer.write_table(table)

        return write


@contextmanager
def table_writer(path: str | PathLike[str]) -> Iterator[TableWriter]:
    r"""Write a table chunk by chunk.

    The rows go to a temporary file beside the target, which takes the target's place at the end;
    after an error, or where nothing was written, the target is as it was before.

    Parameters
    ----------
    path : str or path-like
        A ``.csv``, ``.tsv``, ``.txt`` or ``.data`` file, plain or with ``.gz``, ``.bz2`` or
        ``.xz``, or a ``.parquet`` file (needs the extra ``polars``).

    Yields
    ------
    TableWriter
        What has a method ``write(frame)``.

    Raises
    ------
    InputError
        If the name does not say which kind of table, or there is no such folder.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "scores.csv"
    >>> with table_writer(file) as table:
    ...     table.write(pd.DataFrame({"row": [1], "score": [0.5]}))
    ...     table.write(pd.DataFrame({"row": [2], "score": [0.25]}))
    >>> file.read_text()
    'row,score\n1,0.5\n2,0.25\n'
    """
    file = as_path(path)
    if file.is_dir():
        raise InputError(f"{str(file)!r} is a folder; name the table to write in it")
    kind_of(file)
    if not file.parent.is_dir():
        raise InputError(f"there is no folder {str(file.parent)!r} to write {file.name!r} in")
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with ExitStack() as stack:
            yield TableWriter(file, temporary, stack)
        if temporary.exists():
            temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)

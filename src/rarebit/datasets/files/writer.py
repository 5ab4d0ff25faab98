"""Tables into files, chunk by chunk; the file appears when it is complete."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit._common.optional import import_extra
from rarebit.datasets.files.compression import create_text
from rarebit.datasets.files.layout import find_layout
from rarebit.datasets.files.paths import as_path, kind_of
from rarebit.exceptions import InputError
from rarebit.persistence.atomic import atomic_file, write_errors


class TableWriter:
    """Appends rows to a table; made by :func:`table_writer`."""

    def __init__(
        self, file: Path, temporary: Path, stack: ExitStack, like: Path | None = None
    ) -> None:
        self._file = file
        self._like = like if like is not None and kind_of(like) == kind_of(file) else None
        self._temporary = temporary
        self._stack = stack
        self._columns: list[str] | None = None
        self._append: Callable[[pd.DataFrame], object]

    def write(self, frame: pd.DataFrame) -> None:
        """Append rows, without the index; every call needs the columns (and types) of the first."""
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"a table is written from a DataFrame, not {type(frame).__name__}")
        if not frame.columns.is_unique:
            repeated = frame.columns[frame.columns.duplicated()][0]
            raise InputError(f"two columns are named {str(repeated)!r}; rename one of them")
        columns = [str(name) for name in frame.columns]
        with write_errors(self._file):
            if self._columns is None:
                self._columns = columns
                is_parquet = kind_of(self._file) == "parquet"
                self._append = (self._open_parquet if is_parquet else self._open_text)(frame)
            elif columns != self._columns:
                raise InputError(
                    f"cannot append columns {columns} to {str(self._file)!r}, which has "
                    f"{self._columns}; give every chunk the same columns"
                )
            self._append(frame)

    def restart(self) -> None:
        """Forget the rows that were written."""
        with write_errors(self._file):
            self._stack.close()
        self._columns = None

    def _open_text(self, frame: pd.DataFrame) -> Callable[[pd.DataFrame], object]:
        """Open a text file and write its header; return what appends rows."""
        text = self._stack.enter_context(create_text(self._temporary, self._file.suffix.lower()))
        is_tabbed = {".tsv", ".tab"} & {suffix.lower() for suffix in self._file.suffixes}
        separator = "," if self._like is None else find_layout(self._like).separator
        separator = "\t" if is_tabbed else separator
        options: dict[str, Any] = {"sep": separator, "lineterminator": "\n"}
        frame.iloc[:0].to_csv(text, index=False, **options)
        cells = csv.writer(text, delimiter=separator, lineterminator="\n")

        def append(rows: pd.DataFrame) -> None:
            if all(map(_is_written_alike, rows.dtypes)):
                # The same text as that of pandas, in two thirds of the time
                cells.writerows(zip(*(_as_cells(rows[name]) for name in rows), strict=True))
            else:
                rows.to_csv(text, index=False, header=False, **options)

        return append

    def _open_parquet(self, frame: pd.DataFrame) -> Callable[[pd.DataFrame], object]:
        """Open a Parquet file with the types of these rows; return what appends rows."""
        pyarrow = import_extra("pyarrow")
        failures = (pyarrow.ArrowException, TypeError)
        try:
            schema = self._like_schema(pyarrow.Schema.from_pandas(frame, preserve_index=False))
        except failures as error:
            raise InputError(
                f"cannot write {str(self._file)!r}: a column holds values of several types "
                f"({_first_line(error)})"
            ) from None
        writer = self._stack.enter_context(
            import_extra("pyarrow.parquet").ParquetWriter(self._temporary, schema)
        )

        def append(rows: pd.DataFrame) -> None:
            try:
                table = pyarrow.Table.from_pandas(rows, schema=schema, preserve_index=False)
            except failures as error:
                raise InputError(
                    f"cannot append to {str(self._file)!r}: a column changed its type "
                    f"({_first_line(error)})"
                ) from None
            writer.write_table(table)

        return append

    def _like_schema(self, schema: Any) -> Any:
        """Take the types of columns that the file to be like has, too."""
        if self._like is None:
            return schema
        known = import_extra("pyarrow.parquet").read_schema(self._like)
        for position, name in enumerate(schema.names):
            if name in known.names:
                field = schema.field(position).with_type(known.field(name).type)
                schema = schema.set(position, field)
        return schema


def _is_written_alike(dtype: Any) -> bool:
    """Tell whether Python and pandas write the values of a type alike."""
    return dtype in ("float64", "int64") or isinstance(dtype, pd.StringDtype)


def _as_cells(column: pd.Series) -> list[Any]:
    """Return the values of a column, None where missing."""
    cells = column.astype(object).where(column.notna(), None) if column.hasnans else column
    return cells.tolist()


def _first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return str(error).partition("\n")[0]


def _is_written(file: Path) -> bool:
    """Tell whether the name of a file says which kind of table to write."""
    try:
        kind = kind_of(file)
    except InputError:
        return False
    suffixes = {suffix.lower() for suffix in file.suffixes}
    return kind == "parquet" or (kind == "text" and bool({".csv", ".tsv", ".tab"} & suffixes))


@contextmanager
def table_writer(path: str | PathLike[str], *, like: Path | None = None) -> Iterator[TableWriter]:
    r"""Write a table chunk by chunk.

    A file of the same kind that it should be ``like`` gives the separator, or the types of columns.
    The rows go to a temporary file, which replaces the target at the end. After an error, or if
    nothing was written, the target is unchanged.
    """
    file = as_path(path)
    if file.is_dir():
        raise InputError(f"{str(file)!r} is a folder; name the table to write in it")
    if not _is_written(file):
        raise InputError(
            f"{str(file)!r} does not say which kind of table to write, of those that Rarebit "
            "writes: end the name in .csv, .csv.gz, .tsv or .parquet"
        )
    if not file.parent.is_dir():
        raise InputError(
            f"the folder {str(file.parent)!r} does not exist; create it to write {file.name!r}"
        )
    with atomic_file(file) as temporary:
        stack = ExitStack()
        try:
            yield TableWriter(file, temporary, stack, like)
        finally:
            with write_errors(file):
                stack.close()

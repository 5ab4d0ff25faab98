"""How a text table is written: where it begins, its separator, decimal mark and header.

All are found in the first lines; a file whose first lines are not those of a table is refused.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rarebit.datasets.files.compression import first_bytes, open_text
from rarebit.datasets.spellings import NUMBER
from rarebit.exceptions import InputError

# Characters of a line; a longer one is not a row of a table.
LONGEST_LINE = 50_000_000
# With a wrong separator, a whole line is one cell to the reader.
csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
SEPARATORS = (",", ";", "\t", "|")
SAMPLE_LINES = 100
# The first line by which Excel is told the separator: sep=;
SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[\s,;]*$', re.IGNORECASE)
COMMENT = re.compile(r'"?#')
# How other files begin whose names promise a text table.
OTHER_KINDS = {
    b"PK\x03\x04": "an Excel file or a zip archive",
    b"\xd0\xcf\x11\xe0": "an Excel file",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
    b"[{": "JSON",
    b'{"': "JSON",
    b"<!": "a web page",
    b"<html": "a web page",
}


@dataclass(frozen=True)
class Layout:
    """How a text table is laid out: its separator and the names in its header."""

    separator: str
    names: list[str]
    # Lines before the header: comments, blank lines and Excel's sep=;
    n_skipped: int = 0


def find_layout(file: Path) -> Layout:
    """Find the separator in the first rows, and check the header."""
    _refuse_other_kinds(file)
    lines = _first_lines(file)
    stated = SEPARATOR_LINE.match(lines[0]) if lines else None
    n_skipped = _n_before_table(lines, n_known=0 if stated is None else 1)
    separators = SEPARATORS if stated is None else (*SEPARATORS, stated[1])
    samples = {separator: _rows(lines[n_skipped:], separator) for separator in separators}
    separator = max(SEPARATORS, key=lambda separator: _agreement(samples[separator]))
    if stated is not None:
        if _width(samples[stated[1]]) == 1 < _width(samples[separator]):
            raise InputError(
                f"line 1 of {str(file)!r} says that columns are separated by {stated[1]!r}, but "
                f"they are separated by {separator!r}; correct that line or take it out"
            )
        separator = stated[1]
    rows = samples[separator]
    if not rows:
        raise InputError(f"{str(file)!r} is empty")
    if n_skipped and _is_commented_header(lines[n_skipped - 1], separator, rows):
        n_skipped -= 1
        rows = _rows(lines[n_skipped:], separator)
    reader = csv.reader(lines[n_skipped:], delimiter=separator)
    for row in reader:
        if len(row) > len(rows[0]):
            raise _unlike_header(file, reader.line_num, n_skipped, len(row), len(rows[0]))
    names = checked_names(file, rows[0])
    return Layout(separator, names, n_skipped)


def _n_before_table(lines: list[str], n_known: int) -> int:
    """Count the lines before the table: the first ``n_known``, blank ones and comments."""
    below = enumerate(lines[n_known:], start=n_known)
    return next((k for k, line in below if line.strip() and not COMMENT.match(line)), len(lines))


def _is_commented_header(line: str, separator: str, rows: list[list[str]]) -> bool:
    """Tell whether a comment names the columns: it has a word for each, and data follow it."""
    names = next(csv.reader([line], delimiter=separator), [])
    if len(names) == 1 or len(names) != len(rows[0]) or not all(map(str.strip, names)):
        return False
    below = zip(rows[0], *rows[1:], strict=False)
    return any(cell and (NUMBER.fullmatch(cell) or cell in others) for cell, *others in below)


def _rows(lines: list[str], separator: str) -> list[list[str]]:
    """Split lines into cells, without blank lines."""
    return [row for row in csv.reader(lines, delimiter=separator) if row]


def _is_filled(row: list[str]) -> bool:
    """Tell whether pandas takes a line for a row: not one that is empty or blank."""
    return len(row) > 1 or bool(row and row[0].strip())


def _width(rows: list[list[str]]) -> int:
    """Count the cells of the header."""
    return len(rows[0]) if rows else 0


def _refuse_other_kinds(file: Path) -> None:
    """Refuse a file that begins like one of another kind."""
    head = first_bytes(file, 64).lstrip()
    for start, kind in OTHER_KINDS.items():
        if head.startswith(start) or (start == b"<html" and head.lower().startswith(start)):
            raise InputError(
                f"{str(file)!r} begins like {kind}, not like a text table; give it the suffix of "
                "its kind, or save it as CSV"
            )


def _first_lines(file: Path) -> list[str]:
    """Read the first lines and the comments among them, each up to the longest one allowed."""
    lines: list[str] = []
    n_rows = n_characters = 0
    with open_text(file) as stream:
        for line in iter(lambda: stream.readline(LONGEST_LINE), ""):
            lines.append(line)
            n_rows += not COMMENT.match(line)
            n_characters += len(line)
            if n_rows == SAMPLE_LINES or n_characters >= LONGEST_LINE:
                break
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise null_character(file, number)
        if len(line) >= LONGEST_LINE:
            raise InputError(
                f"line {number} of {str(file)!r} has more than {LONGEST_LINE:,} characters; "
                "a table has one line per row"
            )
    return lines


def null_character(file: Path, line: int) -> InputError:
    """Return the error for a line that no text table has."""
    return InputError(
        f"line {line} of {str(file)!r} holds a null character, as binary data do; save the table "
        "as CSV in UTF-8, or correct that line"
    )


def _unlike_header(file: Path, number: int, n_skipped: int, n_cells: int, width: int) -> InputError:
    """Return the error for a row that has more or fewer cells than the header.

    ``number`` counts the lines from the header on.
    """
    where = f"line {n_skipped + 1}" if n_skipped else "its first line"
    return InputError(
        f"line {n_skipped + number} of {str(file)!r} has {n_cells} cell{'s' * (n_cells != 1)}, the "
        f"header ({where}) has {width}; name each column there and give every row as many cells"
    )


def _agreement(rows: list[list[str]]) -> tuple[int, int]:
    """Rate a separator: how many rows it splits into as many cells as the header."""
    width = _width(rows)
    return (sum(len(row) == width for row in rows) if width > 1 else 0, width)


def checked_names(file: Path, header: list[str]) -> list[str]:
    """Return the column names of a header, or raise InputError."""
    names = [name.strip() or f"Unnamed: {k}" for k, name in enumerate(header)]
    counted = names == [str(k) for k in range(len(names))]
    if all(NUMBER.fullmatch(name) for name in names) and not counted:
        raise InputError(
            f"{str(file)!r} has no header: its first row holds only numbers; add a row of names"
        )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(
            f"{str(file)!r} has more than one column named {repeated[0]!r}; rename one of them"
        )
    return names


class RowWidths:
    """Checks that rows are as wide as the header: pandas pads short rows silently.

    Reading the file a second time is slow, so it is read only up to a row whose last cell is empty.
    """

    def __init__(self, file: Path, lines: Iterable[str], layout: Layout) -> None:
        self.file = file
        self.n_skipped = layout.n_skipped
        self.reader = csv.reader(islice(lines, layout.n_skipped, None), delimiter=layout.separator)
        header = next(row for row in self.reader if row)
        self.rows = (row for row in self.reader if _is_filled(row) and row != header)
        self.width = len(layout.names)
        self.n_checked = 0

    def check(self, n_rows: int) -> None:
        """Check the rows up to the ``n_rows``-th."""
        for row in islice(self.rows, n_rows - self.n_checked):
            self.n_checked += 1
            if len(row) != self.width:
                line = self.reader.line_num
                raise _unlike_header(self.file, line, self.n_skipped, len(row), self.width)


@contextmanager
def row_widths(file: Path, layout: Layout) -> Iterator[RowWidths]:
    """Open a file to check its row widths."""
    with open_text(file) as stream:
        yield RowWidths(file, stream, layout)


def find_open_quote(file: Path) -> int:
    """Return the line in which the last row begins, whose quote is never closed."""
    layout = find_layout(file)
    with open_text(file) as stream:
        reader = csv.reader(islice(stream, layout.n_skipped, None), delimiter=layout.separator)
        begins = ends = 0
        for _ in reader:
            begins, ends = ends + 1, reader.line_num
    return layout.n_skipped + begins

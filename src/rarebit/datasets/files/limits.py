"""How large a table in memory may be."""

from __future__ import annotations

from pathlib import Path

from rarebit.exceptions import InputError

# More rows than any classifier of the zoo is fitted on in a day: probably a mistake.
MOST_ROWS = 20_000_000
# 8 GB of cells as numbers.
MOST_CELLS = 1_000_000_000


def most_rows(n_columns: int) -> int:
    """Return the number of rows that a table of this width may have."""
    return min(MOST_ROWS, MOST_CELLS // max(n_columns, 1))


def check_rows(file: Path, n_rows: int, n_columns: int) -> None:
    """Refuse a table without rows, or with too many for its width."""
    if n_rows == 0:
        raise InputError(f"{str(file)!r} has a header but no rows; add the data below it")
    most = most_rows(n_columns)
    if n_rows > most:
        width = "" if most == MOST_ROWS else f" of {n_columns:,} columns, {MOST_CELLS:,} cells"
        raise InputError(
            f"{str(file)!r} has more than {most:,} rows{width}; take a sample of them first"
        )

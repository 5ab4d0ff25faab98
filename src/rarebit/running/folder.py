"""The cells of a sweep, a comparison or a study in its folder: the store, and its export.

A store that is lost or behind is refilled from the export, ``cells.csv`` or ``cells.csv.gz``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rarebit.running.store import Store

STORE_NAME, EXPORT_NAME = "cells.sqlite", "cells.csv"


@contextmanager
def store_in(folder: str | Path, *, compress: bool = False) -> Iterator[Store]:
    """Open the store of a folder, or create it; its export is written in the end."""
    export = _export_in(folder, compress=compress)
    with Store(Path(folder) / STORE_NAME) as store:
        if export.exists():
            store.import_csv(export)
        try:
            yield store
        finally:
            store.export_csv(export)


def read_store(folder: str | Path) -> Store:
    """Open the cells of a folder; in memory if there is no store, so that no file is written."""
    path, export = Path(folder) / STORE_NAME, _export_in(folder)
    store = Store(path if path.exists() else ":memory:")
    if export.exists():
        store.import_csv(export)
    return store


def _export_in(folder: str | Path, *, compress: bool = False) -> Path:
    """Where the export of a folder is: compressed if asked for, or if there is such a file."""
    plain, compressed = Path(folder) / EXPORT_NAME, Path(folder) / f"{EXPORT_NAME}.gz"
    return compressed if compress or compressed.exists() else plain

"""Data sets in a folder: ``<folder>/<home>/<name>.csv.gz``, the label last, as ``target``."""

from __future__ import annotations

import hashlib
import os
from os import PathLike
from pathlib import Path

from rarebit.datasets.files.paths import existing_folder
from rarebit.datasets.sources.registry import DatasetInfo


def cache_folder() -> Path:
    """Return where downloaded data sets are kept: ``RAREBIT_CACHE`` or ``~/.cache/rarebit``."""
    return Path(os.environ.get("RAREBIT_CACHE") or "~/.cache/rarebit").expanduser()


def find_file(info: DatasetInfo, data_dir: str | PathLike[str] | None = None) -> Path | None:
    """Find the file of a data set in ``data_dir`` or RAREBIT_DATA, else in the cache, else None."""
    folders = [cache_folder()]
    given = data_dir if data_dir is not None else os.environ.get("RAREBIT_DATA")
    if given:
        what = "data_dir" if data_dir is not None else "RAREBIT_DATA"
        folders.insert(0, existing_folder(given, what))
    names = [f"{info.name}{suffix}" for suffix in (".csv.gz", ".csv", ".parquet")]
    places = [place for folder in folders for place in (folder / info.home, folder)]
    candidates = (place / name for place in places for name in names)
    return next((file for file in candidates if file.is_file()), None)


def checksum_note(info: DatasetInfo, file: Path) -> list[str]:
    """Return a note if a file is not, byte for byte, the one in the registry."""
    if info.sha256 is None or file.is_relative_to(cache_folder()):
        return []
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest == info.sha256:
        return []
    return [f"{file.name} is not the file in the registry: its SHA-256 is {digest}."]

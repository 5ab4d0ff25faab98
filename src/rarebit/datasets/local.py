"""Data sets in a folder: ``<folder>/<home>/<name>.csv.gz``, the label last, as ``target``."""

from __future__ import annotations

import hashlib
import os
from os import PathLike
from pathlib import Path

from rarebit.datasets.registry import DatasetInfo
from rarebit.exceptions import InputError


def cache_folder() -> Path:
    """Return where downloaded data sets are kept: ``RAREBIT_CACHE`` or ``~/.cache/rarebit``."""
    return Path(os.environ.get("RAREBIT_CACHE") or "~/.cache/rarebit").expanduser()


def find_file(info: DatasetInfo, data_dir: str | PathLike[str] | None = None) -> Path | None:
    """Look for the file of a data set.

    Parameters
    ----------
    info : DatasetInfo
        Which data set.
    data_dir : str or path-like, default=None
        A folder of data sets; None for the one named by the environment variable
        ``RAREBIT_DATA``.

    Returns
    -------
    Path or None
        The file in that folder, else in the cache; None if it is in neither.

    Raises
    ------
    InputError
        If ``data_dir``, or what ``RAREBIT_DATA`` names, is not a folder.
    """
    folders = [cache_folder()]
    given = data_dir if data_dir is not None else os.environ.get("RAREBIT_DATA")
    if given:
        said = "data_dir" if data_dir is not None else "RAREBIT_DATA"
        if not isinstance(given, str | os.PathLike):
            raise InputError(f"{said} is {given!r}; name a folder")
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise InputError(f"{said} is {str(folder)!r}, which is not a folder")
        folders.insert(0, folder)
    names = [f"{info.name}{suffix}" for suffix in (".csv.gz", ".csv", ".parquet")]
    places = [place for folder in folders for place in (folder / info.home, folder)]
    candidates = (place / name for place in places for name in names)
    return next((file for file in candidates if file.is_file()), None)


def checksum_note(info: DatasetInfo, file: Path) -> str:
    """Say so if a file is not, byte for byte, the one the registry knows."""
    if info.sha256 is None or file.is_relative_to(cache_folder()):
        return ""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest == info.sha256:
        return ""
    return f"{file.name} is not the file the registry knows: its sha256 is {digest}."

"""Loads a data set by name: embedded, from a folder, from the cache or from OpenML."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from rarebit.datasets._dataset import Dataset
from rarebit.datasets.files.tables import read_table
from rarebit.datasets.files.writer import table_writer
from rarebit.datasets.make import make_dataset
from rarebit.datasets.sources.embedded import embedded_frame
from rarebit.datasets.sources.local import cache_folder, checksum_note, find_file
from rarebit.datasets.sources.openml import download
from rarebit.datasets.sources.registry import dataset_info
from rarebit.exceptions import InputError


def load_dataset(name: str, *, data_dir: str | PathLike[str] | None = None) -> Dataset:
    """Load a named data set.

    Parameters
    ----------
    name : str
        A name from :func:`list_datasets`.
    data_dir : str or path-like, default=None
        A folder of data sets, ``<data_dir>/<home>/<name>.csv.gz``; None for the one named by the
        environment variable ``RAREBIT_DATA``. A data set that is not there is taken from the cache
        (``RAREBIT_CACHE`` or ``~/.cache/rarebit``), or downloaded into it from OpenML.

    Returns
    -------
    Dataset
        The data set. The rare class of a two-class problem is the positive one.

    Examples
    --------
    >>> dataset = load_dataset("digits_8")
    >>> dataset.frame.shape, dataset.counts.tolist(), round(dataset.imbalance_ratio, 2)
    ((1797, 61), [1623, 174], 9.33)
    """
    info = dataset_info(name)
    notes = [info.note] if info.note else []
    if info.home == "embedded":
        frame = embedded_frame(name)
    else:
        file = find_file(info, data_dir) or fetch_dataset(name)
        frame = read_table(file)
        notes += checksum_note(info, file)
    source = f"{info.source}; {info.licence}"
    dataset = make_dataset(frame, "target", name=name, source=source)
    return replace(dataset, notes=(*notes, *dataset.notes))


def fetch_dataset(name: str) -> Path:
    """Download a named data set into the cache, replacing the file there.

    Parameters
    ----------
    name : str
        A name from :func:`list_datasets`.

    Returns
    -------
    Path
        The file in the cache.
    """
    info = dataset_info(name)
    if info.home == "embedded":
        raise InputError(f"{name!r} is embedded; there is nothing to download")
    frame = download(info)
    file = cache_folder() / info.home / f"{name}.csv.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    with table_writer(file) as table:
        table.write(frame)
    return file

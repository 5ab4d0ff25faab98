"""One name in, one :class:`Dataset` out: embedded, in a folder, in the cache, from OpenML."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from rarebit.datasets._dataset import Dataset
from rarebit.datasets.embedded import embedded_frame
from rarebit.datasets.local import cache_folder, checksum_note, find_file
from rarebit.datasets.make import make_dataset
from rarebit.datasets.openml import download
from rarebit.datasets.registry import DatasetInfo, dataset_info
from rarebit.datasets.tables import read_table
from rarebit.datasets.writer import table_writer
from rarebit.exceptions import InputError


def load_dataset(name: str, *, data_dir: str | PathLike[str] | None = None) -> Dataset:
    """Load a named data set.

    Parameters
    ----------
    name : str
        A name from :func:`list_datasets`.
    data_dir : str or path-like, default=None
        A folder of data sets, ``<data_dir>/<home>/<name>.csv.gz``; None for the one named by the
        environment variable ``RAREBIT_DATA``. What is not there is looked for in the cache
        (``RAREBIT_CACHE`` or ``~/.cache/rarebit``) and then downloaded into it from OpenML.

    Returns
    -------
    Dataset
        The data set. The rare class of a two-class problem is the positive one.

    Raises
    ------
    InputError
        If there is no such data set, or it cannot be had from anywhere.

    Examples
    --------
    >>> dataset = load_dataset("digits_8")
    >>> dataset.frame.shape, dataset.counts.tolist(), round(dataset.imbalance_ratio, 2)
    ((1797, 61), [1623, 174], 9.33)
    """
    info = dataset_info(name)
    if info.home == "embedded":
        return make_dataset(
            embedded_frame(name), "target", name=name, source=f"{info.source}; {info.licence}"
        )
    file = find_file(info, data_dir) or fetch_dataset(name)
    return _load_file(info, file)


def fetch_dataset(name: str) -> Path:
    """Download a named data set into the cache, over what may be there.

    Parameters
    ----------
    name : str
        A name from :func:`list_datasets`.

    Returns
    -------
    Path
        The file in the cache.

    Raises
    ------
    InputError
        If there is no such data set, or it cannot be downloaded.
    """
    info = dataset_info(name)
    if info.home == "embedded":
        raise InputError(f"{name!r} comes with scikit-learn; there is nothing to download")
    frame = download(info)
    file = cache_folder() / info.home / f"{name}.csv.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    with table_writer(file) as table:
        table.write(frame)
    return file


def _load_file(info: DatasetInfo, file: Path) -> Dataset:
    """Load a data set from its file."""
    dataset = make_dataset(
        read_table(file), "target", name=info.name, source=f"{info.source}; {info.licence}"
    )
    notes = tuple(note for note in (info.note, checksum_note(info, file)) if note)
    return replace(dataset, notes=notes + dataset.notes)

"""Images and labels from folders and .npz files."""

from __future__ import annotations

import os
import warnings
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark, coded
from rarebit._common.memory import refuse_beyond_memory
from rarebit._common.parameters import POSITIVE, Kind, check_value
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging.images.files import FOLDER_SIZE, read_files
from rarebit.imaging.images.folders import find_files
from rarebit.imaging.images.labels import (
    check_groups,
    check_label_counts,
    check_labels,
    check_split,
)
from rarebit.imaging.images.layout import SPLITS
from rarebit.imaging.images.pictures import MEGAPIXELS, limit_size
from rarebit.imaging.images.pixels import IMAGE_SIZE, check_images, resize


@dataclass(frozen=True, eq=False)
class ImageData:
    """Images with labels, names, groups and split.

    Attributes
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3)
        Grey if every image is.
    labels : ndarray of shape (n,) or None
        Class labels; None for images without labels.
    names : ndarray of str, shape (n,)
        File name of each image below the folder, or its position in the .npz.
    groups : ndarray of shape (n,) or None
        Images of one group, such as a patient, stay together.
    split : ndarray of str, shape (n,), or None
        ``"train"``, ``"val"`` or ``"test"``, if the data have their own split.
    source : str
        Where they came from.
    notes : list of str
        What was left out or changed.

    Examples
    --------
    >>> data = ImageData(np.zeros((3, 8, 8)), np.array([0, 0, 1]), np.array(["a", "b", "c"]))
    >>> data.take(data.labels == 0).names.tolist()
    ['a', 'b']
    """

    images: np.ndarray
    labels: np.ndarray | None
    names: np.ndarray
    groups: np.ndarray | None = None
    split: np.ndarray | None = None
    source: str = ""
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> ImageData:
        """Select images by position or mask, in this order."""
        arrays = {name: value[rows] for name, value in vars(self).items()
                  if isinstance(value, np.ndarray)}  # fmt: skip
        return replace(self, **arrays)


def read_images(
    path: str | os.PathLike[str],
    *,
    image_size: int | None = None,
    groups: str | os.PathLike[str] | None = None,
    labelled: bool = True,
    skip_broken: bool = False,
    max_megapixels: float = MEGAPIXELS,
) -> ImageData:
    """Read images from a folder or an .npz file such as MedMNIST's.

    Parameters
    ----------
    path : path
        A folder with one subfolder a class (or ``train/``, ``val/`` and ``test/`` with the class
        folders inside), of files that Pillow reads or DICOM; or an ``.npz`` with ``train_images``
        and ``train_labels`` (and ``val_``, ``test_``), or with ``images`` and ``labels``. Without
        labels: any folder of images, or one image.
    image_size : int, default=None
        Side of the squares that images are resized to. None is 224 for folders, and leaves images
        of an ``.npz`` as they are.
    groups : path, default=None
        A CSV file with the columns ``image`` (name below the folder, or position in the ``.npz``)
        and ``group``.
    labelled : bool, default=True
        Whether to read class labels.
    skip_broken : bool, default=False
        Whether to leave out files that cannot be opened or are too large, with a warning; else
        they are refused.
    max_megapixels : float, default=178
        Largest size of a picture in a file, in millions of pixels.

    Returns
    -------
    ImageData

    Raises
    ------
    InputError
        If there are no images, files are broken or too large, there is only one class, folders for
        parts of the data could pass for classes, or groups are missing.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "scans.npz"
    >>> np.savez(path, images=np.zeros((4, 8, 8), dtype=np.uint8), labels=[0, 0, 1, 1])
    >>> read_images(path, image_size=16).images.shape
    (4, 16, 16)
    """
    what = "a folder of images or an .npz file"
    path = Path(check_value("path", path, Kind((str, os.PathLike), what)))
    check_value("image_size", image_size, *IMAGE_SIZE)
    check_value("max_megapixels", max_megapixels, *POSITIVE)
    if not path.exists():
        raise InputError(f"{path} does not exist: give {what}.")
    if path.suffix.lower() == ".npz" and path.is_file():
        data = _read_npz(path, image_size, labelled)
    else:
        with limit_size(max_megapixels):
            data = _read_folder(path, image_size or FOLDER_SIZE, labelled, skip_broken)
    data = replace(data, notes=[Remark("RB305", note) for note in data.notes])
    if data.labels is not None:
        check_split(data.labels, data.split)
        data.notes.extend(check_label_counts(data.labels))
    if groups is not None:
        data = replace(data, groups=_read_groups(Path(groups), data.names))
    for note in data.notes:
        warnings.warn(coded(note), RarebitWarning, stacklevel=2)
    return data


def _read_folder(path: Path, size: int, labelled: bool, skip_broken: bool) -> ImageData:
    files, notes = find_files(path, labelled=labelled)
    images, kept, more = read_files(files, size, skip_broken=skip_broken)
    files = [files[i] for i in kept]

    def column(name: str) -> np.ndarray | None:
        values = [getattr(file, name) for file in files]
        return None if None in values else np.array(values)

    return ImageData(
        images,
        column("label"),
        np.array([file.name for file in files]),
        split=column("split"),
        source=str(path),
        notes=notes + more,
    )


def _read_npz(path: Path, size: int | None, labelled: bool) -> ImageData:
    """Read a MedMNIST file, or one with ``images`` and ``labels``."""
    arrays = _plain_arrays(path)
    # MedMNIST files may have an empty split.
    parts = [split for split in SPLITS if len(np.atleast_1d(arrays.get(f"{split}_images", [])))]
    prefixes = [f"{split}_" for split in parts] or [""]
    if f"{prefixes[0]}images" not in arrays:
        raise InputError(
            f"{path} has the arrays {', '.join(arrays) or 'none'}: give 'images' and 'labels', or "
            "'train_images' and 'train_labels' as MedMNIST does."
        )
    try:
        images = _images(arrays, prefixes)
        sizes = [len(part) for part in images]
        joined = np.concatenate(images)
        labels = [_labels(arrays, p, n) for p, n in zip(prefixes, sizes, strict=True) if labelled]
        groups = arrays.get("groups")
        groups = None if groups is None else check_groups(groups, len(joined))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    names = arrays.get("names", np.empty(0))
    return ImageData(
        joined if size is None else resize(joined, size, size),
        np.concatenate(labels) if labels else None,
        (names if names.shape == (len(joined),) else np.arange(len(joined))).astype(str),
        groups=groups,
        split=np.repeat(parts, sizes) if parts else None,
        source=str(path),
    )


def _images(arrays: dict[str, np.ndarray], prefixes: list[str]) -> list[np.ndarray]:
    """Images of each split, of one size and type."""
    images = [check_images(arrays[f"{prefix}images"]) for prefix in prefixes]
    if len({part.shape[1:] for part in images}) > 1:
        raise InputError("the images of its splits differ in size: resize them to one.")
    if len({part.dtype for part in images}) > 1:
        types = ", ".join(str(part.dtype) for part in images)
        raise InputError(
            f"the images of its splits have different types ({types}), and with them different "
            "pixel ranges: save all as one type."
        )
    return images


def _labels(arrays: dict[str, np.ndarray], prefix: str, n: int) -> np.ndarray:
    """Labels of one split with n images."""
    if f"{prefix}labels" not in arrays:
        raise InputError(f"{prefix}images comes without {prefix}labels: add the labels.")
    labels = arrays[f"{prefix}labels"]
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    return check_labels(labels, n, f"{prefix}labels")


def _plain_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays of an .npz by name; no code in it is executed."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        refuse_beyond_memory(unpacked, str(path), "save it with fewer or smaller images")
    try:
        with path.open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.ndarray):
                return {name: np.asarray(file[name]) for name in file.files}
    except MemoryError as error:
        raise InputError(
            f"{path} cannot be read: its arrays do not fit into memory. Save it with fewer images, "
            "or again if it is damaged."
        ) from error
    except Exception as error:  # a damaged file can fail anywhere
        of_objects = "Object arrays" in str(error)
        hint = "save text as an array of str" if of_objects else "save it again"
        raise InputError(
            f"{path} cannot be read: it is damaged or not an .npz of numbers and text: {hint}."
        ) from error
    raise InputError(f"{path} is a single array: save images and labels with numpy.savez.")


def _read_groups(path: Path, names: np.ndarray) -> np.ndarray:
    """Group of each image from a CSV file."""
    try:
        table = pd.read_csv(path, dtype=str)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a CSV of groups: {error}") from error
    if not {"image", "group"} <= set(table.columns):
        raise InputError(
            f"{path} has the columns {', '.join(map(str, table.columns))}: give 'image' and "
            "'group'."
        )
    table = table.dropna(subset=["image", "group"])
    table["image"] = table["image"].str.replace("\\", "/")
    several = table.drop_duplicates(["image", "group"])["image"]
    if several.duplicated().any():
        name = several[several.duplicated()].iloc[0]
        raise InputError(f"{path} has several groups for {name}: give one line for each image.")
    known = dict(zip(table["image"], table["group"], strict=True))
    missing = [name for name in names if name not in known]
    if missing:
        raise InputError(
            f"{path} has no group for {len(missing)} of {len(names)} images, such as {missing[0]}: "
            "add a line for each (images of one patient share a group)."
        )
    return np.array([known[name] for name in names])

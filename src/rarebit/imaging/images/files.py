"""Image files: which there are, and what is in them."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rarebit._common.optional import import_extra
from rarebit.exceptions import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
# Images of other kinds: left out, but not in silence.
UNREAD = (".dcm", ".dicom", ".gif", ".heic", ".jp2", ".nii", ".nrrd", ".pgm", ".ppm", ".webp")
# Side of the images that folders are read with, unless said otherwise: the paper's.
FOLDER_SIZE = 224
# Folder names that are parts of the data, not classes.
SPLIT_OF_FOLDER = {"train": "train", "training": "train", "val": "val", "valid": "val",
                   "validation": "val", "test": "test", "testing": "test"}  # fmt: skip
# How many files a message names.
NAMED = 5

_MASK = re.compile(r"_mask(_\d+)?$")


@dataclass(frozen=True)
class ImageFile:
    """A file with its name below the folder, its class and its part of the data."""

    path: Path
    name: str
    label: str | None = None
    split: str | None = None


def find_files(path: Path, *, labelled: bool) -> tuple[list[ImageFile], list[str]]:
    """List the image files of a folder.

    Parameters
    ----------
    path : Path
        A folder with one subfolder a class; without labels any folder, or one file.
    labelled : bool
        Whether subfolders are classes.

    Returns
    -------
    files : list of ImageFile
        In the order of their names.
    notes : list of str
        What was left out, and why.

    Raises
    ------
    InputError
        If there is no image.
    """
    endings = ", ".join(suffix[1:] for suffix in SUFFIXES)
    if path.is_file():
        if labelled:
            raise InputError(
                f"{path} is a file; give a folder with one subfolder a class, or an .npz file."
            )
        return [ImageFile(path, path.name)], []
    if not labelled:
        files = [ImageFile(p, _name(p, path)) for p in _images_below(path)]
        if not files:
            raise InputError(f"{path} holds no image ({endings}).")
        return files, []
    notes: list[str] = []
    folders = _folders(path)
    parts = {f.name.lower(): f for f in folders}
    if folders and set(parts) <= set(SPLIT_OF_FOLDER):
        files = [
            ImageFile(p, _name(p, path), folder.name, SPLIT_OF_FOLDER[part])
            for part, whole in parts.items()
            for folder in _folders(whole)
            for p in _images_below(folder)
        ]
    else:
        files = [
            ImageFile(p, _name(p, path), folder.name)
            for folder in folders
            for p in _images_below(folder)
        ]
        empty = sorted({folder.name for folder in folders} - {file.label for file in files})
        if empty and files:
            notes.append(f"Folders without an image, left out: {', '.join(empty[:NAMED])}.")
    if not files:
        raise InputError(
            f"{path} holds no image ({endings}) in a subfolder; put the images of each class into "
            "a subfolder of their own."
        )
    loose = sum(p.suffix.lower() in SUFFIXES for p in path.iterdir() if p.is_file())
    if loose:
        notes.append(f"{loose} images lie in no class folder and are left out.")
    endings_found = Counter(p.suffix.lower() for folder in folders for p in _files_below(folder))
    unread = {ending: endings_found[ending] for ending in UNREAD if ending in endings_found}
    if unread:
        notes.append(
            f"{sum(unread.values())} images of kinds that are not read ({', '.join(unread)}) are "
            "left out; convert them to PNG."
        )
    return _without_masks(files, notes), notes


def read_files(
    files: list[ImageFile], size: int, *, skip_broken: bool
) -> tuple[np.ndarray, list[int], list[str]]:
    """Read image files as squares of one size.

    Parameters
    ----------
    files : list of ImageFile
        What to read.
    size : int
        Side of the squares in pixels; the aspect ratio is not kept.
    skip_broken : bool
        Whether broken files are left out; else they are refused.

    Returns
    -------
    images : ndarray of shape (n, size, size) or (n, size, size, 3), uint8
        Grey where every image is.
    kept : list of int
        Positions of the files that were read.
    notes : list of str
        What was left out or changed.

    Raises
    ------
    InputError
        If files are broken, or none could be read.
    """
    images, kept, broken = [], [], []
    several, deep = [], []
    for position, file in enumerate(files):
        try:
            image, remarks = _read_file(file.path, size)
        except MemoryError:
            raise
        except FileNotFoundError:
            broken.append(f"{file.name} (a link to nothing)")
            continue
        except Exception as error:  # a damaged file can fail anywhere in the library
            broken.append(f"{file.name} ({str(error) or type(error).__name__})")
            continue
        images.append(image)
        kept.append(position)
        several += [file.name] if "frames" in remarks else []
        deep += [file.name] if "deep" in remarks else []
    if broken and (not skip_broken or not images):
        raise InputError(
            f"{len(broken)} of {len(files)} images cannot be opened: {_some(broken)}. Mend or "
            "remove them, or leave them out with skip_broken=True (--skip-broken)."
        )
    notes = [f"{len(broken)} broken images were left out: {_some(broken)}."] if broken else []
    if several:
        notes.append(f"Only the first of several frames is used of: {_some(several)}.")
    if deep:
        notes.append(
            f"{len(deep)} images of more than 8 bits a pixel were each stretched from their own "
            f"darkest to their own brightest pixel: {_some(deep)}."
        )
    return _stack(images), kept, notes


def _read_file(path: Path, size: int) -> tuple[np.ndarray, set[str]]:
    """Read one image as (size, size) or (size, size, 3), and say what is special about it."""
    import_extra("PIL")
    from PIL import Image, ImageOps

    if path.exists() and not path.is_file():
        raise ValueError("no file, but a pipe or a device")  # which might never end
    remarks = set()
    with Image.open(path) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            remarks.add("frames")
        opened.seek(0)
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith(("I", "F")):
            remarks.add("deep")
            image = Image.fromarray(_stretch(np.asarray(image)))
        image = image.convert("L" if image.mode in ("1", "L", "LA", "La") else "RGB")
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    is_grey = pixels.ndim == 3 and bool((pixels == pixels[..., :1]).all())
    return (pixels[..., 0] if is_grey else pixels), remarks


def _stretch(pixels: np.ndarray) -> np.ndarray:
    """Bring deep pixels to 8 bits, from the darkest to the brightest."""
    values = pixels.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("it holds pixels that are no numbers")
    low, high = values.min(), values.max()
    span = high - low if high > low else 1.0
    return np.rint(255 * (values - low) / span).astype(np.uint8)


def _stack(images: list[np.ndarray]) -> np.ndarray:
    """Join images; grey ones become colour where any is colour."""
    if all(image.ndim == 2 for image in images):
        return np.stack(images)
    return np.stack([np.repeat(im[..., None], 3, axis=-1) if im.ndim == 2 else im for im in images])


def _without_masks(files: list[ImageFile], notes: list[str]) -> list[ImageFile]:
    """Leave out drawn outlines that lie beside their images as ``<name>_mask``."""
    stems = {file.path.with_suffix("") for file in files}

    def is_mask(file: ImageFile) -> bool:
        stem = file.path.with_suffix("")
        bare = _MASK.sub("", stem.name)
        return bare != stem.name and stem.with_name(bare) in stems

    masks = [file.name for file in files if is_mask(file)]
    if masks:
        notes.append(f"{len(masks)} files are masks of other images and left out: {_some(masks)}.")
    return [file for file in files if not is_mask(file)]


def _folders(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))


def _images_below(path: Path) -> list[Path]:
    return [p for p in _files_below(path) if p.suffix.lower() in SUFFIXES]


def _files_below(path: Path) -> list[Path]:
    """All files but hidden ones, in linked folders, too; a link to nothing is a file."""
    # A link back to where it lies would never end, and would bring in the other classes.
    found, entered = [], {os.path.realpath(above) for above in Path(path).absolute().parents}
    for folder, names, files in os.walk(path, followlinks=True):
        place = os.path.realpath(folder)
        if place in entered:
            names.clear()
            continue
        entered.add(place)
        names[:] = [name for name in names if not name.startswith(".")]
        found += [Path(folder, name) for name in files if not name.startswith(".")]
    return sorted(found)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")

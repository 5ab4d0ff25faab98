"""Image files: found in folders, and read."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rarebit._common.optional import import_extra
from rarebit._common.wording import count, first_few
from rarebit.exceptions import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
# Formats that are not read: such files are counted in a note.
UNREAD = (".dcm", ".dicom", ".gif", ".heic", ".jp2", ".nii", ".nrrd", ".pgm", ".ppm", ".webp")
# Default side of images read from folders: the paper's.
FOLDER_SIZE = 224
# Folder names that are splits, not classes.
SPLIT_OF_FOLDER = {"train": "train", "training": "train", "val": "val", "valid": "val",
                   "validation": "val", "test": "test", "testing": "test"}  # fmt: skip
_ENDINGS = ", ".join(suffix[1:] for suffix in SUFFIXES)

_MASK = re.compile(r"_mask(_\d+)?$")


@dataclass(frozen=True)
class ImageFile:
    """A file with its name below the folder, its class and its split."""

    path: Path
    name: str
    label: str | None = None
    split: str | None = None


def find_files(path: Path, *, labelled: bool) -> tuple[list[ImageFile], list[str]]:
    """List the image files of a folder by name, and notes on what was left out.

    Labelled: one subfolder a class. Otherwise any folder, or one file.
    """
    if path.is_file():
        if labelled:
            raise InputError(
                f"{path} is a file: give a folder with one subfolder a class, or an .npz file."
            )
        return [ImageFile(path, path.name)], []
    if not labelled:
        files = [ImageFile(p, _name(p, path)) for p in _images_below(path)]
        if not files:
            raise InputError(f"{path} has no image ({_ENDINGS}).")
        return files, []
    folders = _folders(path)
    files, notes = _files_by_class(path, folders)
    if not files:
        raise InputError(
            f"{path} has no image ({_ENDINGS}) in a subfolder: put the images of each class into a "
            "subfolder of their own."
        )
    loose = sum(p.suffix.lower() in SUFFIXES for p in path.iterdir() if p.is_file())
    if loose:
        notes.append(f"{count(loose, 'image')} outside the class folders left out.")
    endings = Counter(p.suffix.lower() for folder in folders for p in _files_below(folder))
    unread = {ending: endings[ending] for ending in UNREAD if ending in endings}
    if unread:
        notes.append(
            f"{count(sum(unread.values()), 'image')} of unsupported formats ({', '.join(unread)}) "
            "left out: convert them to PNG."
        )
    return _without_masks(files, notes), notes


def _files_by_class(path: Path, folders: list[Path]) -> tuple[list[ImageFile], list[str]]:
    """Images in class folders, which may lie in folders for training, validation and test."""
    parts = {f.name.lower(): f for f in folders}
    if folders and set(parts) <= set(SPLIT_OF_FOLDER):
        return [
            ImageFile(p, _name(p, path), folder.name, SPLIT_OF_FOLDER[part])
            for part, whole in parts.items()
            for folder in _folders(whole)
            for p in _images_below(folder)
        ], []
    files = [
        ImageFile(p, _name(p, path), folder.name)
        for folder in folders
        for p in _images_below(folder)
    ]
    empty = sorted({folder.name for folder in folders} - {file.label for file in files})
    notes = [f"Folders without an image left out: {first_few(empty)}."] if empty else []
    return files, notes


def read_files(
    files: list[ImageFile], size: int, *, skip_broken: bool
) -> tuple[np.ndarray, list[int], list[str]]:
    """Read image files as squares of one size; the aspect ratio is not kept.

    Returns images (n, size, size) or (n, size, size, 3), uint8, grey if all are; the positions of
    the files that were read; and notes on what was left out or changed.
    """
    images, kept, broken = [], [], []
    several, deep = [], []
    for position, file in enumerate(files):
        try:
            image, remarks = _read_file(file.path, size)
        except MemoryError:
            raise
        except FileNotFoundError:
            broken.append(f"{file.name} (a broken link)")
            continue
        except Exception as error:  # a damaged file can fail anywhere in Pillow
            broken.append(f"{file.name} ({str(error) or type(error).__name__})")
            continue
        images.append(image)
        kept.append(position)
        several += [file.name] if "frames" in remarks else []
        deep += [file.name] if "deep" in remarks else []
    if broken and (not skip_broken or not images):
        raise InputError(
            f"{len(broken)} of {len(files)} images cannot be opened: {first_few(broken)}. Repair "
            "or remove them, or leave them out with skip_broken=True (--skip-broken)."
        )
    notes = (
        [f"{count(len(broken), 'broken image')} left out: {first_few(broken)}."] if broken else []
    )
    if several:
        notes.append(f"Only the first of several frames is used: {first_few(several)}.")
    if deep:
        notes.append(
            f"{count(len(deep), 'image')} with more than 8 bits a pixel: each was stretched from "
            f"its darkest to its brightest pixel: {first_few(deep)}."
        )
    return _stack(images), kept, notes


def _read_file(path: Path, size: int) -> tuple[np.ndarray, set[str]]:
    """Read one image as (size, size) or (size, size, 3); name what is special about it."""
    import_extra("PIL")
    from PIL import Image, ImageOps

    if path.exists() and not path.is_file():
        raise ValueError("not a file, but a pipe or a device")  # reading might never end
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
    """Scale deep pixels to 8 bits, from the darkest to the brightest."""
    values = pixels.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("it has NaN or infinite pixels")
    low, high = values.min(), values.max()
    span = high - low if high > low else 1.0
    return np.rint(255 * (values - low) / span).astype(np.uint8)


def _stack(images: list[np.ndarray]) -> np.ndarray:
    """Join images; grey ones become colour where any is colour."""
    if all(image.ndim == 2 for image in images):
        return np.stack(images)
    return np.stack([np.repeat(im[..., None], 3, axis=-1) if im.ndim == 2 else im for im in images])


def _without_masks(files: list[ImageFile], notes: list[str]) -> list[ImageFile]:
    """Leave out segmentation masks: files named ``<image>_mask`` beside their image."""
    stems = {file.path.with_suffix("") for file in files}

    def is_mask(file: ImageFile) -> bool:
        stem = file.path.with_suffix("")
        bare = _MASK.sub("", stem.name)
        return bare != stem.name and stem.with_name(bare) in stems

    masks = [file.name for file in files if is_mask(file)]
    if masks:
        notes.append(f"{count(len(masks), 'mask')} of other images left out: {first_few(masks)}.")
    return [file for file in files if not is_mask(file)]


def _folders(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))


def _images_below(path: Path) -> list[Path]:
    return [p for p in _files_below(path) if p.suffix.lower() in SUFFIXES]


def _files_below(path: Path) -> list[Path]:
    """All files except hidden ones, also in linked folders; a broken link counts as a file."""
    # Links back to a folder above would loop, and would bring in the other classes.
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

"""Image files below a folder, with their classes and splits; what is left out is counted."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rarebit._common.wording import count, first_few, listed
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.imaging.images.formats import ending_of, is_image
from rarebit.imaging.images.layout import arrange

# What systems leave behind: files that are not worth a note, and folders that look like the user's.
_CLUTTER = ("._", ".DS_Store", "Thumbs.db", "desktop.ini")
_SYSTEM = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"}

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
    below = list(_entries_below(path))
    images, notes = _only_images(entry for entry in below if not _is_hidden(entry))
    files = [ImageFile(image, image.relative_to(path).as_posix()) for image in images]
    if hidden := [entry.relative_to(path) for entry in below if _is_hidden(entry)]:
        notes.append(f"Hidden and system files and folders left out: {first_few(hidden)}.")
    if labelled:
        files, more = _in_classes(path, files)
        notes += more
    if not files:
        remedy = (
            " in a subfolder: put the images of each class into a subfolder" if labelled else ""
        )
        raise InputError(" ".join([f"{path} has no image{remedy}.", *notes]))
    return _without_masks(files, notes), notes


def _in_classes(path: Path, files: list[ImageFile]) -> tuple[list[ImageFile], list[str]]:
    """The files that lie in class folders, and notes on the others."""
    below = [file.path.relative_to(path) for file in files]
    try:
        places, notes = arrange(below)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    used = {place.parts[0] for place in below}
    empty = [p.name for p in _entries(path) if _is_open(p) and p.name not in used]
    if empty:
        notes.append(f"Folders without an image left out: {first_few(empty)}.")
    return [
        replace(file, label=place[0], split=place[1])
        for file, place in zip(files, places, strict=True)
        if place
    ], notes


def _only_images(files: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Sort out what is not an image; a note counts it by ending."""
    images: list[Path] = []
    others: Counter[str] = Counter()
    missing = None
    for file in files:
        try:
            if is_image(file):
                images.append(file)
            else:
                others[ending_of(file) or "without an ending"] += 1
        except MissingExtraError as error:
            others["DICOM"] += 1
            missing = error
    if missing and not images:
        raise missing
    kinds = listed(f"{n:,} {kind}" for kind, n in sorted(others.items()))
    notes = [f"Files left out, since they are not read as images: {kinds}."] if others else []
    return images, [*notes, f"DICOM needs another package: {missing}."] if missing else notes


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


def _entries_below(path: Path) -> Iterator[Path]:
    """All files, also in linked folders; broken links, and hidden folders as a whole."""
    for top in _entries(path):
        yield from _entries_in(top) if _is_open(top) else [top]


def _entries_in(folder: Path) -> list[Path]:
    """All files of one subfolder, sorted."""
    # Links back to a folder above would loop, and would bring in the other classes.
    found, entered = [], {os.path.realpath(above) for above in folder.absolute().parents}
    for place, names, _ in os.walk(folder, followlinks=True, onerror=_refuse):
        real = os.path.realpath(place)
        if real in entered:
            names.clear()
            continue
        entered.add(real)
        entries = _entries(Path(place))
        names[:] = [entry.name for entry in entries if _is_open(entry)]
        found += [entry for entry in entries if entry.name not in names]
    return sorted(found)


def _entries(folder: Path) -> list[Path]:
    """Files and folders in a folder, sorted, without clutter."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(_CLUTTER))


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name in _SYSTEM


def _is_open(path: Path) -> bool:
    """Return whether a path is a folder to look into."""
    return path.is_dir() and not _is_hidden(path)


def _refuse(error: OSError) -> None:
    """Report a folder that cannot be read instead of passing over it."""
    raise error

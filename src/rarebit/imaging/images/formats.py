"""Which files are images: by their ending or, where that does not tell, by their content."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from rarebit._common.optional import import_extra

# Every Pillow reads these, so a file with such an ending that cannot be opened is damaged.
USUAL = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".gif"}
DICOM = {".dcm", ".dicom", ".dic", ".ima"}
# Formats that Pillow names but cannot decode, or hands to another program (EPS to Ghostscript).
_NOT_DECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
# Formats that begin with a signature: a file without an ending may be one of them.
_SIGNED = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "JPEG2000", "AVIF")
# ".nii.gz" is one ending; the last number of "1.2.840.7" is none.
_ENDING = re.compile(r"(\.\w+)?\.(gz|bz2|xz|zst)$|\.(?=\w*[a-z])\w{1,10}$")


def ending_of(path: Path) -> str:
    """The ending of a file in lower case; empty if it has none.

    >>> ending_of(Path("a/scan.NII.gz")), ending_of(Path("x.JPG")), ending_of(Path("1.2.840.7"))
    ('.nii.gz', '.jpg', '')
    """
    found = _ENDING.search(path.name.lower())
    return found[0] if found and found.start() else ""


@cache
def decoded_formats() -> tuple[str, ...]:
    """Names of the formats that Pillow decodes here."""
    import_extra("PIL")
    from PIL import Image

    Image.init()
    return tuple(sorted(set(Image.OPEN) - _NOT_DECODED))


def is_dicom(path: Path) -> bool:
    """Return whether a file is DICOM, by its ending or its preamble."""
    if ending_of(path) in DICOM:
        return True
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def is_image(path: Path) -> bool:
    """Return whether a file is to be read as an image; damaged ones are."""
    ending = ending_of(path)
    if ending in USUAL:
        return True
    if not path.is_file():
        return False
    if ending in DICOM or (not ending and is_dicom(path)):
        return _has_pixels(path)
    from PIL import Image, UnidentifiedImageError

    if ending and ending not in Image.registered_extensions():
        return False
    try:
        with Image.open(path, formats=decoded_formats() if ending else _SIGNED):
            return True
    except UnidentifiedImageError:
        return False
    except Exception:  # too large or damaged, which reading will tell
        return True


def _has_pixels(path: Path) -> bool:
    """Return whether a DICOM file holds an image, and not a report or a plan."""
    import_extra("pydicom")
    from pydicom import dcmread

    try:
        head = dcmread(path, force=True, stop_before_pixels=True, specific_tags=["Rows"])
    except Exception:  # damaged, which reading will tell
        return True
    return "Rows" in head

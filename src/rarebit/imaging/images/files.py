"""Image files as arrays of one size."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from rarebit._common.optional import import_extra
from rarebit._common.wording import count, first_few
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.imaging.images.folders import ImageFile
from rarebit.imaging.images.pictures import read_picture

# Default side of images read from folders: the paper's.
FOLDER_SIZE = 224
# What is special about some images, by the remark of the reader.
_NOTES = {
    "frames": "Only the first of several frames is used: {names}.",
    "deep": "{images} with more than 8 bits a pixel: each was stretched from its darkest to its "
    "brightest pixel: {names}.",
    "reduced": "{images} with more than 8 bits a pixel: only the highest 8 were read: {names}.",
    "window": "{images} shown in the window that the DICOM file gives: {names}.",
    "transparent": "{images} with transparent pixels, laid on black: {names}.",
}


def read_files(
    files: list[ImageFile], size: int, *, skip_broken: bool
) -> tuple[np.ndarray, list[int], list[str]]:
    """Read image files as squares of one size; the aspect ratio is not kept.

    Returns images (n, size, size) or (n, size, size, 3), uint8, grey if all are; the positions of
    the files that were read; and notes on what was left out or changed.
    """
    import_extra("PIL")
    from PIL import Image

    images, kept, broken, large = [], [], [], []
    special = defaultdict(list)
    for position, file in enumerate(files):
        try:
            image, remarks = _read_file(file.path, size)
        except MissingExtraError:
            raise
        except Image.DecompressionBombError:
            large.append(file.name)
            continue
        except MemoryError as error:
            raise InputError(
                f"{file.name} does not fit into memory: scale it down, or cut it into tiles."
            ) from error
        except FileNotFoundError:
            broken.append(f"{file.name} (a broken link)")
            continue
        except Exception as error:  # a damaged file can fail anywhere in Pillow
            broken.append(f"{file.name} ({' '.join(str(error).split()) or type(error).__name__})")
            continue
        images.append(image)
        kept.append(position)
        for remark in remarks:
            special[remark].append(file.name)
    notes = _lost(broken, large, len(files), skip=skip_broken and bool(images))
    notes += [
        text.format(images=count(len(special[remark]), "image"), names=first_few(special[remark]))
        for remark, text in _NOTES.items()
        if remark in special
    ]
    return _stack(images), kept, notes


def _lost(broken: list[str], large: list[str], n: int, *, skip: bool) -> list[str]:
    """Refuse images that cannot be read or are too large, or note that they are skipped."""
    from PIL import Image

    limit = f"{2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6:.0f} megapixels"
    if skip:
        notes = [f"{count(len(broken), 'broken image')} left out: {first_few(broken)}."]
        larger = f"{count(len(large), 'image')} larger than {limit} left out: {first_few(large)}."
        return notes * bool(broken) + [larger] * bool(large)
    if broken:
        raise InputError(
            f"{len(broken)} of {n} images cannot be opened: {first_few(broken)}. Repair or remove "
            "them, or leave them out with skip_broken=True (--skip-broken)."
        )
    if large:
        raise InputError(
            f"Larger than {limit}: {first_few(large)}. Scale such images down or cut them into "
            "tiles, raise the limit with max_megapixels (--max-megapixels), or leave them out with "
            "skip_broken=True (--skip-broken)."
        )
    return []


def _read_file(path: Path, size: int) -> tuple[np.ndarray, set[str]]:
    """Read one image as (size, size) or (size, size, 3); name what is special about it."""
    from PIL import Image

    image, remarks = read_picture(path)
    pixels = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
    is_grey = pixels.ndim == 3 and bool((pixels == pixels[..., :1]).all())
    return (pixels[..., 0] if is_grey else pixels), remarks


def _stack(images: list[np.ndarray]) -> np.ndarray:
    """Join images; grey ones become colour where any is colour."""
    if all(image.ndim == 2 for image in images):
        return np.stack(images)
    return np.stack([np.repeat(im[..., None], 3, axis=-1) if im.ndim == 2 else im for im in images])

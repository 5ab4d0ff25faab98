"""A file as an 8-bit picture, grey or RGB, and what was done to make it one."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rarebit._common.optional import import_extra
from rarebit.imaging.images.dicom import read_dicom
from rarebit.imaging.images.formats import decoded_formats, is_dicom
from rarebit.imaging.images.pixels import stretch

if TYPE_CHECKING:
    from PIL import Image

# Larger pictures are refused unless the user says otherwise: such a file may be a trap, and takes
# over half a GB. The bound at which Pillow gives up by itself.
MEGAPIXELS = 178
_ORIENTATION, _BITS, _PLANAR = 274, 258, 284  # tags of Exif and TIFF
# Pillow's names for 16-bit samples of colour, in the order B(ig), L(ittle) or N(ative).
_DEEP_COLOUR = re.compile("(RGB|RGBX|RGBA|R|G|B|A);16[BLN]")
_SWAPPED = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


@contextmanager
def limit_size(megapixels: float) -> Iterator[None]:
    """Let Pillow refuse pictures of more pixels, in whatever format, before it decodes them."""
    import_extra("PIL")
    from PIL import Image

    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = int(megapixels * 1e6 / 2)  # Pillow warns from there, refuses twice it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def read_picture(path: Path) -> tuple[Image.Image, set[str]]:
    """Read one image as mode L or RGB; name what is special about it."""
    if path.exists() and not path.is_file():
        raise ValueError("not a file, but a pipe or a device")  # reading might never end
    import_extra("PIL")
    from PIL import Image, ImageOps

    if is_dicom(path):
        pixels, remarks = read_dicom(path)
        return Image.fromarray(pixels), remarks
    with Image.open(path, formats=decoded_formats()) as opened:
        remarks = {"frames"} if getattr(opened, "n_frames", 1) > 1 else set()
        image: Image.Image = opened
        samples = _deep_samples(opened, path)
        if samples is not None:
            remarks.add("deep")
            image = Image.fromarray(_to_8_bits(samples))
            image.getexif()[_ORIENTATION] = opened.getexif().get(_ORIENTATION, 1)
        elif _is_reduced(opened):
            remarks.add("reduced")
        image = ImageOps.exif_transpose(image)
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        remarks |= {"transparent"} if image.getchannel("A").getextrema() != (255, 255) else set()
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return image.convert("L" if image.mode in ("1", "L") else "RGB"), remarks


def _deep_samples(opened: Any, path: Path) -> np.ndarray | None:
    """Samples of more than 8 bits, (height, width) or with channels; None if it has none."""
    from PIL import Image

    if opened.mode.startswith(("I", "F")):
        return np.asarray(opened)
    planes = _deep_planes(opened)
    opened.tile = planes or opened.tile
    modes = _raw_modes(opened)
    if modes == ["LA;16B"]:  # four bytes a pixel, which Pillow can also hand out unchanged
        opened.tile = [tile._replace(args="RGBA") for tile in opened.tile]
        return np.asarray(opened).view(">u2")
    deep = modes and all(_DEEP_COLOUR.fullmatch(mode) for mode in modes)
    if not deep or (planes and planes[0].codec_name == "libtiff"):  # which unpacks planes its way
        return None
    # Pillow has no deep colour and keeps the higher byte of each sample: with the bytes swapped,
    # a second reading gets the lower one.
    with Image.open(path, formats=decoded_formats()) as again:
        again.tile = [tile._replace(args=_swapped(tile.args)) for tile in opened.tile]
        low = np.asarray(again)
    return np.asarray(opened).astype(np.uint16) << 8 | low


def _deep_planes(opened: Any) -> list[Any]:
    """Tiles of a TIFF with one plane of 16 bits a channel; empty if it is something else."""
    tags: Any = getattr(opened, "tag_v2", {})
    if tags.get(_PLANAR) != 2 or 16 not in tags.get(_BITS, ()):
        return []
    # Pillow takes uncompressed planes for 8 bits.
    order = "B" if tags.prefix == b"MM" else "L"
    return [
        tile._replace(args=(f"{tile.args[0]};16{order}", *tile.args[1:]))
        if tile.args[0] in ("R", "G", "B", "A")
        else tile
        for tile in opened.tile
    ]


def _swapped(args: Any) -> Any:
    """Arguments of a decoder, for 16-bit samples in the other order."""
    if isinstance(args, str):
        return args[:-1] + _SWAPPED[args[-1]]
    return (_swapped(args[0]), *args[1:])


def _raw_modes(opened: Any) -> list[str]:
    """How the pixels are laid out in each tile of a file."""
    return [str(tile.args if isinstance(tile.args, str) else tile.args[0]) for tile in opened.tile]


def _is_reduced(opened: Any) -> bool:
    """Return whether Pillow is about to drop bits of a picture."""
    names = [(tile.codec_name, tile.args) for tile in opened.tile]
    return any(re.search(";16[BLN]$", mode) for mode in _raw_modes(opened)) or any(
        codec == "SGI16" or (codec == "ppm" and args[1] > 255) for codec, args in names
    )


def _to_8_bits(samples: np.ndarray) -> np.ndarray:
    """Stretch grey or colour, the channels alike; transparency keeps its scale."""
    if samples.ndim == 2 or samples.shape[2] == 3:
        return stretch(samples)
    alpha = (samples[..., -1:] >> 8).astype(np.uint8)
    return np.concatenate([stretch(samples[..., :-1]), alpha], axis=-1)

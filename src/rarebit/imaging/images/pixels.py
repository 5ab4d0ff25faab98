"""Images as arrays: checks, resizing, and pixels as numbers in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import interpolate

from rarebit._common.parameters import Bounds, Rule
from rarebit.exceptions import InputError

# Larger sides are likely typing errors: one such image in colour takes 200 MB as float32.
LARGEST_SIDE = 4096
SIDE = Bounds(int, 1, LARGEST_SIDE)
IMAGE_SIZE: Rule = (None, SIDE)
# Weights of red, green and blue in a pixel's brightness (ITU-R BT.601, as Pillow's mode "L").
LUMINANCE = (0.299, 0.587, 0.114)


def check_images(images: ArrayLike) -> np.ndarray:
    """Return images as an array (n, height, width) or (n, height, width, 3).

    Unsigned integers, or floating-point numbers in [0, 1]; booleans become 0 and 255.
    """
    if isinstance(images, np.ma.MaskedArray) and np.ma.is_masked(images):
        raise InputError("images have masked pixels: fill them, or leave those images out.")
    try:
        array = np.asarray(images.detach().cpu() if isinstance(images, Tensor) else images)
    except ValueError as error:
        raise InputError("images have different sizes: resize them to one size first.") from error
    except (TypeError, RuntimeError) as error:
        raise InputError(
            "images cannot be turned into a NumPy array: give unsigned integers (uint8), or "
            "floating-point numbers in [0, 1]."
        ) from error
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[-1] != 3):
        raise InputError(
            f"images have shape {array.shape}: give (n, height, width) for grey images or "
            "(n, height, width, 3) for colour (channels last; volumes are not supported)."
        )
    if 0 in array.shape:
        raise InputError(f"images have shape {array.shape}: give at least one pixel.")
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u":
        return array
    if array.dtype.kind != "f":
        raise InputError(
            f"images have type {array.dtype}: give unsigned integers (uint8), or "
            "floating-point numbers in [0, 1]."
        )
    low, high = float(array.min()), float(array.max())
    if np.isnan(low):
        raise InputError(
            "images have missing pixels (NaN): repair those images, or leave them out."
        )
    if not (low >= 0 and high <= 1):
        raise InputError(
            f"images have pixels from {low:g} to {high:g}: give floating-point numbers in [0, 1] "
            "(divide by the largest possible value), or uint8."
        )
    return array


def to_unit(images: np.ndarray) -> np.ndarray:
    """Scale pixels to [0, 1], float32.

    >>> to_unit(np.array([0, 51, 255], dtype=np.uint8))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    if images.dtype.kind == "f":
        return images.astype(np.float32, copy=False)
    return images.astype(np.float32) / np.float32(np.iinfo(images.dtype).max)


def from_unit(pixels: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """Scale pixels from [0, 1] back to a type, rounded.

    >>> from_unit(np.array([0.0, 0.2, 1.0]), np.dtype(np.uint8))
    array([  0,  51, 255], dtype=uint8)
    """
    if dtype.kind == "f":
        return pixels.astype(dtype)
    top = np.iinfo(dtype).max
    return np.rint(np.clip(pixels.astype(np.float64), 0, 1) * top).astype(dtype)


def stretch(pixels: np.ndarray) -> np.ndarray:
    """Scale deep pixels to 8 bits, from the darkest to the brightest.

    >>> stretch(np.array([1000, 1004, 1010]))
    array([  0, 102, 255], dtype=uint8)
    """
    if not np.isfinite(pixels).all():
        raise ValueError("it has NaN or infinite pixels")
    low, high = float(pixels.min()), float(pixels.max())
    scale = 255 / (high - low) if high > low else 1.0
    kind = np.float32 if pixels.dtype.itemsize <= 2 else np.float64  # enough, and half the memory
    return np.rint(np.subtract(pixels, low, dtype=kind) * kind(scale)).astype(np.uint8)


def to_tensor(images: np.ndarray, channels: int) -> Tensor:
    """Turn images into a float32 tensor of shape (n, channels, height, width) in [0, 1].

    Grey images are repeated for three channels; colour images are converted to their luminance.

    >>> to_tensor(np.zeros((2, 8, 8), dtype=np.uint8), channels=3).shape
    torch.Size([2, 3, 8, 8])
    """
    pixels = torch.from_numpy(np.ascontiguousarray(to_unit(images)))
    if pixels.ndim == 3:
        return pixels[:, None].expand(-1, channels, -1, -1)
    if channels == 1:
        return (pixels @ torch.tensor(LUMINANCE))[:, None]
    return pixels.permute(0, 3, 1, 2)


def resize(images: np.ndarray, height: int, width: int, chunk: int = 256) -> np.ndarray:
    """Resize images (n, h, w) or (n, h, w, 3), bilinear and antialiased, ``chunk`` at once."""
    if images.shape[1:3] == (height, width):
        return images
    resized = np.empty((len(images), height, width, *images.shape[3:]), dtype=images.dtype)
    for first in range(0, len(images), chunk):
        part = images[first : first + chunk]
        pixels = to_tensor(part, channels=1 if part.ndim == 3 else 3)
        done = interpolate(pixels, (height, width), mode="bilinear", antialias=True)
        done = done.clamp(0, 1).permute(0, 2, 3, 1)
        flat = done[..., 0] if part.ndim == 3 else done
        resized[first : first + chunk] = from_unit(flat.numpy(), images.dtype)
    return resized

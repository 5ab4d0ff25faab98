"""Images as arrays: what is accepted, and pixels as numbers in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import interpolate

from rarebit.exceptions import InputError

# Weights of red, green and blue in a pixel's brightness (ITU-R BT.601, as Pillow's mode "L").
LUMINANCE = (0.299, 0.587, 0.114)


def check_images(images: ArrayLike) -> np.ndarray:
    """Return images as an array of one of the accepted forms.

    Parameters
    ----------
    images : array of shape (n, height, width) or (n, height, width, channels)
        One channel (grey) or three (RGB); unsigned integers, or floating-point numbers in [0, 1].

    Returns
    -------
    ndarray of shape (n, height, width) or (n, height, width, 3)
        Grey images lose their channel axis; booleans become integers.

    Raises
    ------
    InputError
        If the shape, the type or the values are not as described.

    Examples
    --------
    >>> check_images(np.zeros((5, 8, 8, 1), dtype=np.uint8)).shape
    (5, 8, 8)
    """
    if isinstance(images, np.ma.MaskedArray) and np.ma.is_masked(images):
        raise InputError("images have masked pixels: fill those, or leave out their images.")
    try:
        array = np.asarray(images.detach().cpu() if isinstance(images, Tensor) else images)
    except ValueError as error:
        raise InputError(
            "images of different sizes make no array: resize them to one size first."
        ) from error
    except (TypeError, RuntimeError) as error:
        raise InputError(
            "images cannot be turned into a NumPy array: give unsigned integers (uint8), or "
            "floating-point numbers in [0, 1]."
        ) from error
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[-1] != 3):
        raise InputError(
            f"images have the shape {array.shape}: give (n, height, width) for grey images or "
            "(n, height, width, 3) for colour (channels last; volumes are not supported)."
        )
    if 0 in array.shape:
        raise InputError(f"images have the shape {array.shape}: there is no pixel in them.")
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u":
        return array
    if array.dtype.kind != "f":
        raise InputError(
            f"images have the type {array.dtype}: give unsigned integers (uint8), or "
            "floating-point numbers in [0, 1]."
        )
    low, high = float(array.min()), float(array.max())
    if np.isnan(low):
        raise InputError("images hold pixels that are no numbers (NaN): mend or leave out those.")
    if not (low >= 0 and high <= 1):
        raise InputError(
            f"floating-point images must lie in [0, 1]; these go from {low:g} to {high:g}: "
            "divide by the largest possible value, or give uint8."
        )
    return array


def to_unit(images: np.ndarray) -> np.ndarray:
    """Scale pixels to [0, 1], float32.

    Examples
    --------
    >>> to_unit(np.array([0, 51, 255], dtype=np.uint8))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    if images.dtype.kind == "f":
        return images.astype(np.float32, copy=False)
    return images.astype(np.float32) / np.float32(np.iinfo(images.dtype).max)


def from_unit(pixels: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """Scale pixels back from [0, 1] to a type, rounding to its steps.

    Examples
    --------
    >>> from_unit(np.array([0.0, 0.2, 1.0]), np.dtype(np.uint8))
    array([  0,  51, 255], dtype=uint8)
    """
    if dtype.kind == "f":
        return pixels.astype(dtype)
    top = np.iinfo(dtype).max
    return np.rint(np.clip(pixels.astype(np.float64), 0, 1) * top).astype(dtype)


def to_tensor(images: np.ndarray, channels: int) -> Tensor:
    """Turn images into a float32 tensor of shape (n, channels, height, width) in [0, 1].

    Grey images are repeated for three channels; colour images become grey by their brightness.

    Examples
    --------
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
    """Bring images to one size, bilinear and antialiased; the aspect ratio is not kept.

    Parameters
    ----------
    images : ndarray of shape (n, h, w) or (n, h, w, 3)
        As :func:`check_images` returns them.
    height, width : int
        The new size.
    chunk : int, default=256
        Images at once.

    Returns
    -------
    ndarray of shape (n, height, width) or (n, height, width, 3)
        Of the same type; the images themselves where the size is already right.

    Examples
    --------
    >>> resize(np.full((1, 4, 4), 7, dtype=np.uint8), 2, 2)
    array([[[7, 7],
            [7, 7]]], dtype=uint8)
    """
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

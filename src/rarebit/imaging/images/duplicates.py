"""Equal and nearly equal images, to be kept on one side of a split.

Thumbnails of 32 x 32 pixels are compared by their correlation, which stays close to 1 under
crops, rescaling, other file formats and changes of brightness or contrast.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rarebit.imaging.images.pixels import LUMINANCE, resize, to_unit

THUMBNAIL = 32
# On chest X-rays of 28 pixels, 0.97 to 0.999 find the same pairs. On ultrasound images with many
# known repeats, 0.97 finds those; 0.9 finds twice as many.
SIMILARITY = 0.97


def find_duplicates(images: np.ndarray, similarity: float = SIMILARITY) -> pd.DataFrame:
    """Find pairs of equal and nearly equal images.

    Parameters
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3)
        Grey or RGB images.
    similarity : float, default=0.97
        Smallest correlation of the thumbnails of a nearly equal pair.

    Returns
    -------
    DataFrame
        One row a pair: ``first`` and ``second`` (positions, first < second), ``similarity`` and
        ``exact`` (whether all pixels are equal).

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (1, 40, 40), dtype=np.uint8)
    >>> images = np.concatenate([image, image[:, ::-1], image // 2, image])
    >>> find_duplicates(images)[["first", "second", "exact"]].values.tolist()
    [[0, 2, False], [0, 3, True], [2, 3, False]]
    """
    thumbnails = _thumbnails(images)
    parts = []
    chunk = max(1, 2**24 // max(len(images), 1))  # 64 MiB of correlations at once
    for first in range(0, len(images), chunk):
        block = thumbnails[first : first + chunk] @ thumbnails[first:].T
        rows, columns = np.nonzero(block >= similarity)
        ahead = columns > rows
        rows, columns = rows[ahead], columns[ahead]
        parts.append(np.column_stack([rows + first, columns + first, block[rows, columns]]))
    found = np.concatenate(parts) if parts else np.empty((0, 3))
    pairs = found[:, :2].astype(np.int64)
    pairs, similar = _with_blank(images, thumbnails, pairs, found[:, 2])
    exact = [bool(np.array_equal(images[i], images[j])) for i, j in pairs]
    return pd.DataFrame(
        {
            "first": pairs[:, 0],
            "second": pairs[:, 1],
            "similarity": np.minimum(similar, 1.0),
            "exact": np.array(exact, dtype=bool),
        }
    )


def keep_together(n: int, pairs: pd.DataFrame, groups: np.ndarray | None = None) -> np.ndarray:
    """Number the sets of images that must stay on the same side of a split.

    Parameters
    ----------
    n : int
        Number of images.
    pairs : DataFrame
        As :func:`find_duplicates` returns them.
    groups : ndarray of shape (n,), optional
        Group of each image, such as its patient; groups that share a duplicate are merged.

    Returns
    -------
    ndarray of shape (n,), int64

    Examples
    --------
    >>> pairs = pd.DataFrame({"first": [0], "second": [3]})
    >>> keep_together(5, pairs, np.array(["a", "a", "b", "c", "b"])).tolist()
    [0, 0, 1, 0, 1]
    """
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    if groups is not None:
        # Tie every image to the first of its group.
        _, leader, group = np.unique(groups, return_index=True, return_inverse=True)
        first = np.concatenate([first, leader[group]])
        second = np.concatenate([second, np.arange(n)])
    ties = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    _, number = connected_components(ties, directed=False)
    return np.asarray(number, dtype=np.int64)


def _thumbnails(images: np.ndarray) -> np.ndarray:
    """Grey thumbnails as rows of mean 0 and length 1; blank images are rows of zeros."""
    small = to_unit(resize(images, THUMBNAIL, THUMBNAIL))
    grey = small if small.ndim == 3 else small @ np.array(LUMINANCE, dtype=np.float32)
    rows = grey.reshape(len(grey), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    blank = length < 1e-6 * rows.shape[1] ** 0.5
    return np.where(blank, 0, rows / np.where(blank, 1, length)).astype(np.float32)


def _with_blank(
    images: np.ndarray, thumbnails: np.ndarray, pairs: np.ndarray, similar: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Add pairs of equal blank images, whose correlation is undefined."""
    blank = np.flatnonzero(~thumbnails.any(axis=1))
    seen: dict[bytes, int] = {}
    extra = []
    for position in blank:
        first = seen.setdefault(images[position].tobytes(), int(position))
        if first != position:
            extra.append((first, int(position)))
    if extra:
        pairs = np.concatenate([pairs, np.array(extra)])
        similar = np.concatenate([similar, np.ones(len(extra))])
    return pairs, similar

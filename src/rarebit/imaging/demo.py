"""Images that need no download."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from rarebit.imaging.images.data import ImageData
from rarebit.imaging.images.pixels import from_unit, resize


def digit_images(image_size: int = 32) -> ImageData:
    """Load scikit-learn's 8 x 8 digits, enlarged: the digit 8 against the rest.

    Parameters
    ----------
    image_size : int, default=32
        Side of the images.

    Returns
    -------
    ImageData
        1,797 grey images, 174 of them of the class ``"8"``.

    Examples
    --------
    >>> data = digit_images()
    >>> data.images.shape, int((data.labels == "8").sum())
    ((1797, 32, 32), 174)
    """
    digits = load_digits()
    images = from_unit(digits.images / 16, np.dtype(np.uint8))
    return ImageData(
        resize(images, image_size, image_size),
        np.where(digits.target == 8, "8", "other"),
        np.array([f"digit {i}" for i in range(len(images))]),
        source="scikit-learn's handwritten digits",
    )

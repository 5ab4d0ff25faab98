"""Images and labels: read from files, checked, split without leaks."""

from rarebit.imaging.images.data import ImageData, read_images
from rarebit.imaging.images.duplicates import find_duplicates, keep_together
from rarebit.imaging.images.splits import set_aside

__all__ = ["ImageData", "find_duplicates", "keep_together", "read_images", "set_aside"]

"""What the losses need to know of the labels of a batch, apart from any network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rarebit.tabular._rows import sum_columns, sum_rows

# Added to a distance, it takes the pair out of any comparison.
FAR = 1e30


class BatchLabels(NamedTuple):
    """Labels and weights of a batch, or of many batches at once along the leading axes.

    Attributes
    ----------
    one_hot : ndarray of shape (..., n_classes, n_rows)
        Class of each row; classes first, so that rows lie side by side.
    weight, mean_weight : ndarray of shape (..., n_rows)
        Weight of each row, and that divided by the number of rows. Not by the weights of the
        batch: a batch of light rows is to move the network less than a batch of heavy ones.
    positive, negative : ndarray of shape (..., n_rows, n_rows), bool
        Pairs of two rows of one class, and of two classes; a row of the matrix is an anchor.
    not_positive, not_negative : ndarray of shape (..., n_rows, n_rows)
        ``-FAR`` and ``FAR`` for the other pairs, 0 for these.
    supcon_factor : ndarray of shape (..., n_rows, 1)
        Share of each anchor in the SupCon loss; 0 for one without a positive.
    supcon_share : ndarray of shape (..., n_rows, n_rows)
        Share of each positive pair.
    without_positive : ndarray of shape (...)
        Number of anchors without a positive.
    present : ndarray of shape (..., n_classes)
        1 for a class of the batch, 0 for another.
    """

    one_hot: np.ndarray
    weight: np.ndarray
    mean_weight: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    not_positive: np.ndarray
    not_negative: np.ndarray
    supcon_factor: np.ndarray
    supcon_share: np.ndarray
    without_positive: np.ndarray
    present: np.ndarray

    def batch(self, position: int) -> BatchLabels:
        """Take one of many batches from the first axis."""
        return BatchLabels(*[values[position] for values in self])


def describe_labels(
    labels: np.ndarray, weight: np.ndarray | None, n_classes: int, dtype: np.dtype
) -> BatchLabels:
    """Work out what the losses need to know of labels.

    Parameters
    ----------
    labels : ndarray of shape (..., n_rows), int64
        Class of each row.
    weight : ndarray of shape (..., n_rows) or None
        Weight of each row.
    n_classes : int
        Number of classes.
    dtype : numpy.dtype
        Precision of the figures.

    Returns
    -------
    BatchLabels

    Examples
    --------
    >>> found = describe_labels(np.array([0, 0, 1]), None, 3, np.dtype(np.float32))
    >>> found.positive[0], found.without_positive, found.present
    (array([False,  True, False]), np.float32(1.0), array([1., 1., 0.], dtype=float32))
    """
    n_rows = labels.shape[-1]
    weight = np.ones(labels.shape, dtype) if weight is None else weight.astype(dtype)
    one_hot = (labels[..., None, :] == np.arange(n_classes)[:, None]).astype(dtype)
    same = labels[..., :, None] == labels[..., None, :]
    positive = same & ~np.eye(n_rows, dtype=bool)
    n_positives = sum_columns(positive.astype(dtype))
    has_positive = np.minimum(n_positives, 1)
    n_counted = sum_rows(has_positive)
    factor = has_positive / np.maximum(n_counted, 1) * weight[..., None]
    return BatchLabels(
        one_hot=one_hot,
        weight=weight,
        mean_weight=weight / n_rows,
        positive=positive,
        negative=~same,
        not_positive=~positive * dtype.type(-FAR),
        not_negative=same * dtype.type(FAR),
        supcon_factor=factor,
        supcon_share=positive * (factor / np.maximum(n_positives, 1)),
        without_positive=n_rows - n_counted[..., 0, 0],
        present=np.minimum(sum_columns(one_hot)[..., 0], 1),
    )

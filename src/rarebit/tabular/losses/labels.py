"""What the losses need to know about the labels of a batch, independently of any network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rarebit.tabular._arrays import namespace_of, sum_columns, sum_rows

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Integer

    ByRow = Float[Any, "*batch rows"]
    ByPair = Float[Any, "*batch rows rows"]
    PairMask = Bool[Any, "*batch rows rows"]

# Added to a distance, it takes the pair out of every comparison.
FAR = 1e30


class BatchLabels(NamedTuple):
    """Labels and weights of a batch, or of many batches along the leading axes.

    ``one_hot`` (..., n_classes, n_rows): Class of each row; classes first, so that rows are
        contiguous.
    ``weight, mean_weight`` (..., n_rows): Weight of each row, and the same divided by the number of
        rows. Not by the batch's total weight: a batch of light rows should move the network less
        than a batch of heavy ones.
    ``positive, negative`` (..., n_rows, n_rows): Pairs of two rows of the same class, and of
        different classes; each matrix row is an anchor.
    ``not_positive, not_negative`` (..., n_rows, n_rows): ``-FAR`` and ``FAR`` for the other pairs,
        0 for these.
    ``supcon_factor`` (..., n_rows, 1): Share of each anchor in the SupCon loss; 0 for one without a
        positive.
    ``supcon_share`` (..., n_rows, n_rows): Share of each positive pair.
    ``without_positive`` (...): Number of anchors without a positive.
    ``present`` (..., n_classes): 1 for a class in the batch, 0 for any other.
    """

    one_hot: Float[Any, "*batch classes rows"]
    weight: ByRow
    mean_weight: ByRow
    positive: PairMask
    negative: PairMask
    not_positive: ByPair
    not_negative: ByPair
    supcon_factor: Float[Any, "*batch rows 1"]
    supcon_share: ByPair
    without_positive: Float[Any, "*batch"]
    present: Float[Any, "*batch classes"]

    def batch(self, position: int) -> BatchLabels:
        """Take one of many batches from the first axis."""
        return BatchLabels(*[values[position] for values in self])


def describe_labels(
    labels: Integer[Any, "*batch rows"], weight: ByRow | None, n_classes: int, dtype: Any
) -> BatchLabels:
    """Describe labels and weights ``(..., n_rows)`` in the precision ``dtype``."""
    xp, device, n_rows = namespace_of(labels), labels.device, labels.shape[-1]
    if weight is None:
        weight = xp.ones(labels.shape, dtype=dtype, device=device)
    weight = xp.asarray(weight, dtype=dtype)
    classes = xp.arange(n_classes, device=device)[:, None]
    one_hot = xp.asarray(labels[..., None, :] == classes, dtype=dtype)
    same = labels[..., :, None] == labels[..., None, :]
    positive = same & ~xp.eye(n_rows, dtype=xp.bool, device=device)
    positives = xp.asarray(positive, dtype=dtype)
    n_positives = sum_columns(positives)
    has_positive = n_positives.clip(max=1)
    n_counted = sum_rows(has_positive)
    factor = has_positive / n_counted.clip(min=1) * weight[..., None]
    return BatchLabels(
        one_hot=one_hot,
        weight=weight,
        mean_weight=weight / n_rows,
        positive=positive,
        negative=~same,
        not_positive=(1 - positives) * -FAR,
        not_negative=xp.asarray(same, dtype=dtype) * FAR,
        supcon_factor=factor,
        supcon_share=positives * (factor / n_positives.clip(min=1)),
        without_positive=n_rows - n_counted[..., 0, 0],
        present=sum_columns(one_hot)[..., 0].clip(max=1),
    )

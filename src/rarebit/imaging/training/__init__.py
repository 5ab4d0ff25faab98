"""Training of image networks on Lightning: early stopping, checkpoints, resuming."""

from rarebit.imaging.training.batches import ImageRows
from rarebit.imaging.training.fit import check_start, train
from rarebit.imaging.training.task import TrainerSettings

__all__ = ["ImageRows", "TrainerSettings", "check_start", "train"]

"""The Lightning module: loss, optimiser, validation scores, and what a checkpoint keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rarebit.imaging.network import ImageNetwork
from rarebit.imaging.training.checkpoints import fingerprint
from rarebit.metrics import balanced_accuracy

History = dict[str, list[float]]


@dataclass(frozen=True)
class TrainerSettings:
    """How to train; see the parameters of the classifier."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    patience: int | None
    device: str
    seed: int  # of the order of the images
    checkpoint_dir: Path | None = None
    resume: bool = False
    fingerprint: str = ""  # of the training that checkpoints belong to
    verbose: bool = False
    trainer_options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, model: Any, seed: int, network: ImageNetwork, images: np.ndarray, codes: np.ndarray
    ) -> Self:
        """Take the settings from an SDAQECClassifier that is to be trained on images."""
        given = {f.name: getattr(model, f.name) for f in fields(cls) if hasattr(model, f.name)}
        folder, options = given.pop("checkpoint_dir"), given.pop("trainer_options")
        return cls(
            **given,
            seed=seed,
            checkpoint_dir=None if folder is None else Path(folder),
            fingerprint=fingerprint(model, network, images, codes),
            trainer_options=options or {},
        )


class ImageTask(lightning.LightningModule):
    """Cross-entropy, Adam with L2, and one value an epoch of each curve."""

    def __init__(self, network: ImageNetwork, settings: TrainerSettings) -> None:
        super().__init__()
        self.network = network
        self.settings = settings
        self.curves: History = {"train_loss": []}
        self._losses: list[Tensor] = []
        self._outputs: list[tuple[Tensor, Tensor]] = []
        self._random_state: Tensor | None = None

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam over the parameters that are trained."""
        return torch.optim.Adam(
            [p for p in self.network.parameters() if p.requires_grad],
            lr=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay,
            # One kernel for all parameters saves a fifth of a step of ResNet18 on small images.
            fused=self.device.type in ("cpu", "cuda"),
        )

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Cross-entropy of a batch."""
        images, codes = batch
        loss = cross_entropy(self.network(images), codes)
        self._losses.append(loss.detach())
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _index: int) -> None:
        """Keep the logits: the loss is that of all images, not a mean over batches."""
        images, codes = batch
        self._outputs.append((self.network(images).float(), codes))

    def on_validation_epoch_end(self) -> None:
        """Score the validation images."""
        logits, codes = (torch.cat(part) for part in zip(*self._outputs, strict=True))
        self._outputs.clear()
        loss = cross_entropy(logits, codes)
        self.log("val_loss", loss, prog_bar=True)
        score = balanced_accuracy(
            codes.cpu().numpy(),
            logits.argmax(dim=1).cpu().numpy(),
            n_classes=logits.shape[1],
            positive=None,
        )
        self._append("val_loss", float(loss))
        self._append("val_balanced_accuracy", score)

    def on_train_start(self) -> None:
        """Restore the random state of the resumed epoch."""
        if self._random_state is not None:
            torch.set_rng_state(self._random_state)

    def on_train_epoch_end(self) -> None:
        """Record the epoch's mean loss."""
        loss = torch.stack(self._losses).mean()
        self._losses.clear()
        self.log("train_loss", loss, prog_bar=True)
        self._append("train_loss", float(loss))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what a resume needs besides the weights; only tensors and plain values."""
        checkpoint["rarebit"] = {
            "fingerprint": self.settings.fingerprint,
            "curves": self.curves,
            "random_state": torch.get_rng_state(),
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore what :meth:`on_save_checkpoint` kept."""
        kept = checkpoint["rarebit"]
        self.curves = {name: list(values) for name, values in kept["curves"].items()}
        self._random_state = kept["random_state"].cpu()

    def _append(self, name: str, value: float) -> None:
        self.curves.setdefault(name, []).append(value)

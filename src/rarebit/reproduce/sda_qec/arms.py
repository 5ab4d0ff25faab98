"""The arms: what each model to be trained has other than SDA-QEC as published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter

# The control of every study, the side of its images, and how often its weights are judged.
CONTROL = "SDA-QEC"
SIZE = 32
ROUNDS = 8
# From weights that know images already, a step of this size is enough.
RATE, PRETRAINED_RATE = 1e-3, 3e-4


@dataclass(frozen=True)
class Arm:
    """A model to be trained.

    Attributes
    ----------
    name : str
        Unique in its study.
    backbone, head : str
        Names as for :class:`rarebit.imaging.SDAQECClassifier`.
    augmenter : str or None
        Name of the augmenter; None for none.
    options : dict
        Its parameters.
    n_layers : int
        Layers of the circuit.
    pretrained : bool
        Whether the backbone starts from the folded ImageNet weights.
    image_size : int
        Side of the images.
    rounds : int
        Rounds of training, see :mod:`rarebit.reproduce.sda_qec.plan`.
    """

    name: str
    backbone: str = "mobilenet_v2"
    head: str = "quantum"
    augmenter: str | None = "diffusion"
    options: dict[str, Any] = field(default_factory=dict)
    n_layers: int = 2
    pretrained: bool = False
    image_size: int = SIZE
    rounds: int = ROUNDS

    def make_augmenter(self, seed: int, device: str = "cpu") -> ImageAugmenter | None:
        """Build the augmenter; only the full diffusion model has use for a device."""
        if self.augmenter is None:
            return None
        options = {**self.options, "random_state": seed}
        if self.augmenter == "ddpm":
            options["device"] = device
        return AUGMENTERS[self.augmenter](**options)


def with_and_without(backbone: str) -> list[Arm]:
    """A backbone with the usual linear layer, on the images as they are and with diffusion."""
    return [
        Arm(backbone, backbone, "direct", None),
        Arm(f"{backbone} + diffusion", backbone, "direct"),
    ]


MAIN = [Arm(CONTROL), *with_and_without("mobilenet_v2"), *with_and_without("resnet18")]
DEEP = [*with_and_without("densenet121"), *with_and_without("vgg16")]

# `direct` is the main study's "mobilenet_v2 + diffusion".
HEADS = [
    Arm(head, head=head)
    for head in (
        "quantum_unentangled", "classical", "linear", "lqer", "quantum_full", "quantum_compact",
    )
]  # fmt: skip
PRETRAINED = [
    Arm(head, head=head, pretrained=True)
    for head in ("quantum", "quantum_unentangled", "classical", "linear", "direct", "lqer")
]
# A head whose values lie in [-1, 1] starts slowly: does it catch up?
LONGER = [
    Arm(head, head=head, pretrained=True, rounds=4 * ROUNDS)
    for head in ("quantum", "quantum_unentangled", "classical", "linear", "direct")
]
AUGMENTED = [
    Arm("none", augmenter=None),
    Arm("noise", augmenter="noise"),
    Arm("affine", augmenter="affine"),
    Arm("mixup", augmenter="mixup"),
]
# A UNet of 16 features: what a CPU trains in a minute.
DDPM = Arm(
    "ddpm",
    augmenter="ddpm",
    options={"width": 16, "batch_size": 16, "train_steps": 1000, "sample_steps": 20},
)
SCHEDULE = [
    Arm(f"{name} = {value:g}", options={name: value})
    for name, values in (
        ("T", (1, 3, 10)),
        ("beta_start", (1e-5, 1e-3)),
        ("beta_end", (0.005, 0.05)),
        ("rho", (0.4, 1.0)),
    )
    for value in values
]
DEPTHS = [Arm(f"{layers} layers", n_layers=layers) for layers in (1, 3, 4)]
SIZES = [
    Arm(f"{name}, {size} px", head=head, image_size=size)
    for size in (64, 128)
    for name, head in ((CONTROL, "quantum"), ("mobilenet_v2 + diffusion", "direct"))
]

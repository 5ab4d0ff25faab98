"""The arms: what each model to be trained has other than SDA-QEC as published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter

# The control of every study, and the side of its images.
CONTROL = "SDA-QEC"
SIZE = 32

# Where a backbone starts: from random weights, from ImageNet's, or from ImageNet's and stays there
# (only the head is trained).
Start = Literal["scratch", "pretrained", "frozen"]
Options = tuple[tuple[str, Any], ...]


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
    options : tuple of (str, value)
        Its parameters.
    n_layers : int
        Layers of the circuit.
    start : {"scratch", "pretrained", "frozen"}
        Where the backbone starts.
    image_size : int
        Side of the images.
    """

    name: str
    backbone: str = "mobilenet_v2"
    head: str = "quantum"
    augmenter: str | None = "diffusion"
    options: Options = ()
    n_layers: int = 2
    start: Start = "scratch"
    image_size: int = SIZE


def make_augmenter(
    name: str | None, options: Options = (), seed: int = 0, device: str = "cpu"
) -> ImageAugmenter | None:
    """Build an augmenter; only the full diffusion model has use for a device."""
    if name is None:
        return None
    more = {"device": device} if name == "ddpm" else {}
    return AUGMENTERS[name](**dict(options), **more, random_state=seed)


def with_and_without(backbone: str) -> list[Arm]:
    """A backbone with the usual linear layer, on the images as they are and with diffusion."""
    return [
        Arm(backbone, backbone, "direct", None),
        Arm(f"{backbone} + diffusion", backbone, "direct"),
    ]


def starting(start: Start, arms: list[Arm], image_size: int = SIZE) -> list[Arm]:
    """Return the same arms with another start of the backbone, on images of a size."""
    return [replace(arm, start=start, image_size=image_size) for arm in arms]


MAIN = [Arm(CONTROL), *with_and_without("mobilenet_v2"), *with_and_without("resnet18")]
DEEP = [*with_and_without("densenet121"), *with_and_without("vgg16")]

# The head of the paper, its controls, its other readings, and the usual single layer.
HEADS = [
    Arm(head, head=head)
    for head in (
        "quantum", "quantum_unentangled", "classical", "linear", "direct", "lqer", "quantum_full",
        "quantum_compact",
    )
]  # fmt: skip
AUGMENTED = [
    Arm("none", augmenter=None),
    Arm("none, direct head", head="direct", augmenter=None),
    Arm("noise", augmenter="noise"),
    Arm("affine", augmenter="affine"),
    Arm("mixup", augmenter="mixup"),
]
# A UNet of 16 features: what one core trains in a minute.
DDPM = Arm(
    "ddpm",
    augmenter="ddpm",
    options=(("width", 16), ("batch_size", 16), ("train_steps", 1000), ("sample_steps", 20)),
)
SCHEDULE = [
    Arm(f"{name} = {value:g}", options=((name, value),))
    for name, values in (
        ("T", (1, 3, 10)),
        ("beta_start", (1e-5, 1e-3)),
        ("beta_end", (0.005, 0.05)),
        ("rho", (0.4, 1.0)),
    )
    for value in values
]
DEPTHS = [Arm(f"{layers} layers", n_layers=layers) for layers in (1, 3, 4)]
FEW_HEADS = [arm for arm in HEADS if arm.name in ("quantum", "linear", "direct")]


def sized(size: int) -> list[Arm]:
    """A few heads on a fixed backbone that sees images of another size."""
    return [
        replace(arm, name=f"{arm.head}, {size} px", start="frozen", image_size=size)
        for arm in FEW_HEADS
    ]

"""The arms: how each model differs from SDA-QEC as published, and the plan of the study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter
from rarebit_papers.sda_qec.data import BUSI, PNEUMONIA, RARE

CONTROL = "SDA-QEC"  # the control of every study
SIZE = 32  # side of its images

# Where a backbone starts: from random weights, from ImageNet's, or from ImageNet's and stays there
# (only the head is trained).
Start = Literal["scratch", "pretrained", "frozen"]
Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Arm:
    """A model to train."""

    name: str  # unique in its study
    backbone: str = "mobilenet_v2"  # names of backbone and head as for SDAQECClassifier
    head: str = "quantum"
    augmenter: str | None = "diffusion"
    options: Options = ()  # of the augmenter
    n_layers: int = 2  # of the circuit
    start: Start = "scratch"
    image_size: int = SIZE


@dataclass(frozen=True)
class Block:
    """Arms of a study, to run on some data sets from seeds 0 to ``n_seeds`` - 1."""

    study: str
    arms: list[Arm]
    datasets: tuple[str, ...]
    n_seeds: int


def make_augmenter(
    name: str | None, options: Options = (), seed: int = 0, device: str = "cpu"
) -> ImageAugmenter | None:
    """Build an augmenter; only the full diffusion model uses a device."""
    if name is None:
        return None
    more = {"device": device} if name == "ddpm" else {}
    return AUGMENTERS[name](**dict(options), **more, random_state=seed)


def with_and_without(backbone: str) -> list[Arm]:
    """Return a backbone with the usual linear layer, without augmentation and with diffusion."""
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


def sized(size: int) -> list[Arm]:
    """Return a few heads on a fixed backbone, on images of another size."""
    return [
        Arm(f"{head}, {size} px", head=head, start="frozen", image_size=size)
        for head in ("quantum", "linear", "direct")
    ]


EVERY, CHOSEN = (PNEUMONIA, RARE, BUSI), (RARE, BUSI)

# "main" trains whole networks from scratch, "pretrained" from ImageNet's weights, both on images of
# 32 pixels. The studies of the parts hold the pretrained backbone fixed: a head is trained in
# seconds, on larger images, so that there are enough seeds.
LARGER = {RARE: 64, BUSI: 128}
PLAN = [
    Block("main", [*MAIN, *DEEP], EVERY, 3),
    *(Block("head", starting("frozen", HEADS, size), (name,), 5) for name, size in LARGER.items()),
    *(
        Block(study, starting("frozen", arms, size), (name,), 3)
        for name, size in LARGER.items()
        for study, arms in (("augmenter", AUGMENTED), ("schedule", SCHEDULE), ("depth", DEPTHS))
    ),
    Block("size", [*sized(32), *sized(64)], (BUSI,), 5),
    Block("pretrained", starting("pretrained", HEADS[:6]), CHOSEN, 3),
    Block("augmenter", starting("frozen", [DDPM], LARGER[RARE]), (RARE,), 3),
]

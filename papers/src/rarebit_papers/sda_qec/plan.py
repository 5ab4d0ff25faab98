"""The plan: which study is run on which data, from how many seeds, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rarebit_papers.sda_qec.arms import (
    AUGMENTED,
    DDPM,
    DEEP,
    DEPTHS,
    HEADS,
    MAIN,
    SCHEDULE,
    Arm,
    sized,
    starting,
)
from rarebit_papers.sda_qec.data import BUSI, PNEUMONIA, RARE


@dataclass(frozen=True)
class Block:
    """Arms of a study, to be run on some data sets from seeds 0 to ``n_seeds`` - 1."""

    study: str
    arms: list[Arm]
    datasets: tuple[str, ...]
    n_seeds: int


EVERY, CHOSEN = (PNEUMONIA, RARE, BUSI), (RARE, BUSI)

# "main" trains whole networks from scratch, "pretrained" from ImageNet's weights, both on images of
# 32 pixels. The studies of the parts hold the pretrained backbone fixed: a head is trained in
# seconds, on larger images, so that there are seeds enough.
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


def planned(
    datasets: Iterable[str] = EVERY, n_seeds: int | None = None
) -> list[tuple[str, str, Arm, int]]:
    """List the cells of the plan in their order: data set, study, arm and seed.

    Parameters
    ----------
    datasets : iterable of str
        Those that are wanted.
    n_seeds : int, default=None
        Seeds of every block; None for its own number.

    Returns
    -------
    list of (data set, study, arm, seed)

    Examples
    --------
    >>> dataset, study, arm, seed = planned(["busi malignant"])[0]
    >>> study, arm.name, seed
    ('main', 'SDA-QEC', 0)
    """
    wanted = set(datasets)
    return [
        (dataset, block.study, arm, seed)
        for block in PLAN
        for seed in range(n_seeds or block.n_seeds)
        for dataset in block.datasets
        if dataset in wanted
        for arm in block.arms
    ]

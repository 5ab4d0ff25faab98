"""The plan: which study is run on which data, from how many seeds, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rarebit.reproduce.sda_qec import arms
from rarebit.reproduce.sda_qec.arms import Arm
from rarebit.reproduce.sda_qec.data import BUSI, PNEUMONIA, RARE

# The same for every arm of a study: 8 rounds (32 in "longer") of STEPS batches of BATCH images; the
# weights of the round with the lowest validation loss are kept. Short of convergence: as much as
# one core trains in two hours.
BATCH, STEPS = 16, 25
VALIDATION = 0.1


@dataclass(frozen=True)
class Block:
    """Arms of a study, to be run on some data sets from some seeds."""

    study: str
    arms: list[Arm]
    datasets: tuple[str, ...]
    seeds: tuple[int, ...]


EVERY, CHOSEN = (PNEUMONIA, RARE, BUSI), (RARE, BUSI)

# What matters most comes first: a run that is stopped has the more important half.
PLAN = [
    Block("main", arms.MAIN, EVERY, (0, 1, 2)),
    Block("main", arms.DEEP, EVERY, (0,)),
    Block("head", arms.HEADS, CHOSEN, (0, 1, 2)),
    Block("augmenter", arms.AUGMENTED, CHOSEN, (0, 1, 2)),
    Block("pretrained", arms.PRETRAINED, CHOSEN, (0, 1, 2)),
    Block("main", arms.DEEP, EVERY, (1, 2)),
    Block("longer", arms.LONGER, (RARE,), (0, 1, 2)),
    Block("augmenter", [arms.DDPM], CHOSEN, (0, 1, 2)),
    Block("schedule", arms.SCHEDULE, (RARE,), (0, 1, 2)),
    Block("depth", arms.DEPTHS, (RARE,), (0, 1, 2)),
    Block("main", arms.MAIN, EVERY, (3, 4)),
    Block("size", arms.SIZES, (BUSI,), (0, 1, 2)),
]
STUDIES = tuple(dict.fromkeys(block.study for block in PLAN))


def planned(
    datasets: Iterable[str] = EVERY,
    studies: Iterable[str] = STUDIES,
    seeds: int | None = None,
) -> list[tuple[str, str, Arm, int]]:
    """List the cells of the plan in their order: data set, study, arm and seed.

    Examples
    --------
    >>> cells = planned(studies=["depth"], seeds=1)
    >>> [(dataset, arm.name) for dataset, _, arm, _ in cells][:2]
    [('pneumonia 1:10', '1 layers'), ('pneumonia 1:10', '3 layers')]
    """
    wanted, shown = set(datasets), set(studies)
    return [
        (dataset, block.study, arm, seed)
        for block in PLAN
        if block.study in shown
        for seed in block.seeds
        if seeds is None or seed < seeds
        for dataset in block.datasets
        if dataset in wanted
        for arm in block.arms
    ]

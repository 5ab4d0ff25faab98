"""From an encoded table to trained networks, for one member or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rarebit._common.threads import one_thread
from rarebit.tabular.network.layers import load_member, stack_modules
from rarebit.tabular.training.batches import validation_split
from rarebit.tabular.training.learner import Learner, Rows
from rarebit.tabular.training.loop import History, LoopSettings, MemberRows, train


@dataclass(frozen=True)
class EncodedTable:
    """Encoded rows ``x`` (n_rows, n_inputs) with class ``codes`` and weights (n_rows,) or None.

    ``weight`` is the user's, ``loss_weight`` includes the class weights; both have mean 1.
    """

    x: np.ndarray
    codes: np.ndarray
    weight: np.ndarray | None = None
    loss_weight: np.ndarray | None = None

    def rows(self, weight: np.ndarray | None, device: torch.device) -> Rows:
        """Move the table, with one of its weights, to a device."""
        weights = None if weight is None else _float_tensor(weight, device)
        return Rows(_float_tensor(self.x, device), torch.from_numpy(self.codes).to(device), weights)


def split_members(
    table: EncodedTable,
    fraction: float,
    generators: Sequence[np.random.Generator],
    device: torch.device,
) -> tuple[MemberRows, MemberRows]:
    """Split the table into training and validation rows, anew for each member."""
    splits = [validation_split(table.codes, fraction, rng) for rng in generators]
    training, validation = (np.stack(part) for part in zip(*splits, strict=True))
    return (
        MemberRows(table.rows(table.loss_weight, device), training),
        MemberRows(table.rows(table.weight, device), validation),
    )


def share_rows(
    table: EncodedTable, weight: np.ndarray | None, n_members: int, device: torch.device
) -> MemberRows:
    """Give all rows of the table to every member."""
    positions = np.tile(np.arange(len(table.codes)), (n_members, 1))
    return MemberRows(table.rows(weight, device), positions)


def train_members(
    learners: Sequence[Learner],
    training: MemberRows,
    validation: MemberRows,
    settings: LoopSettings,
    generators: Sequence[np.random.Generator],
) -> list[History]:
    """Train learners of the same architecture in place, as one batched network."""
    x = training.rows.x
    for single in learners:
        single.to(x.device)
    learner = learners[0] if len(learners) == 1 else stack_modules(learners)
    seeds = [int(rng.integers(2**63 - 1)) for rng in generators]
    # One thread gives reproducible results, and is faster for networks of this size. The only
    # OpenMP here is torch's, which torch pins itself.
    with one_thread(user_api="blas"), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeds[0])  # for dropout, which no stackable network has
        histories = train(learner, training, settings, generators, validation)
    state = learner.state_dict()
    for member, (single, positions) in enumerate(zip(learners, training.positions, strict=True)):
        if len(learners) > 1:
            load_member(single, state, member)
        single.finish(x[torch.from_numpy(positions).to(x.device)])
        single.eval()
    return histories


def _float_tensor(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(values).float().to(device)

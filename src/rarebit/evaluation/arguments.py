"""What :func:`rarebit.evaluation.compare` is given: checked, and turned into values."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import replace
from typing import Any

from rarebit._common.devices import check_device
from rarebit._common.parameters import check_value
from rarebit._common.random_state import check_seed
from rarebit.datasets import Dataset, make_dataset
from rarebit.datasets.amounts import with_amounts
from rarebit.datasets.by import with_subgroups
from rarebit.decision.costs import Costs
from rarebit.exceptions import InputError
from rarebit.metrics import ranking_metric
from rarebit.running.protocols import PROTOCOLS, Protocol
from rarebit.zoo import PRESETS, Preset
from rarebit.zoo.objective import EXPECTED_COST


def chosen_metric(metric: str | None, costs: Costs | None) -> str:
    """Name of the metric that ranks."""
    metric = metric or ("macro_f1" if costs is None else EXPECTED_COST)
    if metric != EXPECTED_COST:
        ranking_metric(metric)
    elif costs is None:
        raise InputError(
            "The metric 'expected_cost' needs costs: give `cost`, such as 'fn=10,fp=1'."
        )
    return metric


def check_choices(models: Any, treatments: Any, seed: int | None, device: str) -> None:
    """Refuse wrong arguments before any data is read."""
    for name, chosen in (("models", models), ("treatments", treatments)):
        if isinstance(chosen, Sized) and len(chosen) == 0:
            raise InputError(
                f"{name} is empty: name at least one, or leave it out to use the preset's."
            )
    if seed is not None:
        check_seed(seed)
    check_device(device)


def as_dataset(X: Any, y: Any, *, amounts: list[str], **uses: Any) -> Dataset:
    """Return the data set given, or make it of a table."""
    if isinstance(X, Dataset):
        if (by := uses.pop("by")) is not None:
            X = with_subgroups(X, by)
        given = [name for name, value in {"y": y, **uses}.items() if value is not None]
        if given:
            raise InputError(
                f"{', '.join(given)} cannot be given with a Dataset: set them in make_dataset()."
            )
        if not X.counts.all():
            absent = X.classes[int(X.counts.argmin())]
            raise InputError(f"No row is of class {absent!r}: make a Dataset of these rows alone.")
        return with_amounts(X, amounts)
    if y is None:
        raise InputError("y is missing: give labels, or the name of the target column of X.")
    return make_dataset(X, y, amounts=amounts, **uses)


def chosen_preset(preset: str | Preset) -> Preset:
    """Return a preset by its name."""
    if isinstance(preset, Preset):
        return preset
    return PRESETS[check_value("preset", preset, *PRESETS)]


def chosen_protocol(
    protocol: str | Protocol, preset: Preset, n_rows: int, **changes: Any
) -> Protocol:
    """The protocol with the changes that are not None."""
    changes = {name: value for name, value in changes.items() if value is not None}
    if isinstance(protocol, Protocol):
        return replace(protocol, **changes)
    check_value("protocol", protocol, *PROTOCOLS)
    if protocol == "paper":
        return Protocol.paper(**changes)
    return replace(Protocol.from_preset(preset, n_rows), **changes)

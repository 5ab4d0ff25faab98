"""Code that runs a comparison again."""

from __future__ import annotations

from typing import Any

import numpy as np

from rarebit.evaluation import Comparison, Protocol
from rarebit.reporting import names
from rarebit.zoo import PRESETS

_TEMPLATE = """from rarebit.evaluation import Protocol, compare

compare(
    X,
    y,
{arguments})"""


def rerun(comparison: Comparison) -> str:
    """Return Python code that runs a comparison again, or the command if one started it."""
    settings = comparison.settings
    if settings.get("command"):
        return names.clean(settings["command"])
    kept = (
        "preset", "metric", "at", "prevalence", "confidence", "review", "seed", "time_budget",
        "device", "text",
    )  # fmt: skip
    given = {name: settings[name] for name in kept if settings.get(name) is not None}
    if comparison.probabilities is not None:
        given.pop("metric", None)  # Named, it would rank alone.
    given |= _protocol(comparison)
    for name, column in (("models", "classifier"), ("treatments", "treatment")):
        given[name] = list(dict.fromkeys(comparison.ranking[column]))
    if settings.get("cost_matrix") is not None:
        given["cost"] = settings["cost_matrix"]
    if comparison.stability is not None:
        given["stability"] = comparison.stability.n_refits
    dataset = comparison.dataset
    if dataset.positive is not None:
        label = dataset.classes[dataset.positive]
        given["positive"] = label.item() if isinstance(label, np.generic) else label
    if dataset.by is not None:
        given["by"] = list(dataset.by)
    arguments = [f"{name}={value!r}" for name, value in given.items()]
    roles = ("groups", "time", "sample_weight")
    arguments += [f"{name}={name}" for name in roles if getattr(dataset, name) is not None]
    return _TEMPLATE.format(arguments="".join(f"    {argument},\n" for argument in arguments))


def protocol_name(comparison: Comparison) -> str:
    """Name of the protocol: what was fitted on which rows."""
    protocol = comparison.settings.get("protocol")
    name = protocol.get("name", "strict") if isinstance(protocol, dict) else protocol or "strict"
    return names.clean(name, 60)


def _protocol(comparison: Comparison) -> dict[str, Any]:
    """The protocol by its name if it is that of the preset, else with all its settings."""
    settings = comparison.settings
    values, preset = settings.get("protocol"), PRESETS.get(settings.get("preset", ""))
    if not isinstance(values, dict):
        return {"protocol": protocol_name(comparison)}
    protocol = Protocol(**values)
    usual = [Protocol.paper(seed=protocol.seed)]
    if preset is not None:
        n_rows = len(comparison.dataset.target)
        usual.append(Protocol.from_preset(preset, n_rows, seed=protocol.seed))
    return {"protocol": protocol.name if protocol in usual else protocol}

"""`rarebit train`: one classifier under one treatment, fitted on a whole table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from rarebit.cli.options import parse_names
from rarebit.cli.replacement import announce_replacement
from rarebit.cli.tables import (
    DataDir,
    Groups,
    Ignore,
    Positive,
    Table,
    Target,
    Time,
    Weights,
    read_dataset,
)
from rarebit.datasets import Dataset, Role
from rarebit.decision import parse_costs
from rarebit.exceptions import InputError
from rarebit.persistence import check_replaceable, save
from rarebit.zoo import TreatedClassifier, compatible, get_classifier, get_treatment


def train_command(
    table: Table,
    target: Target = None,
    positive: Positive = None,
    groups: Groups = None,
    time: Time = None,
    weights: Weights = None,
    ignore: Ignore = None,
    model: Annotated[str, typer.Option(help="Classifier of the zoo.")] = "hist_gradient_boosting",
    treatment: Annotated[str, typer.Option(help="Treatment of the zoo.")] = "tuned_threshold",
    metric: Annotated[str, typer.Option(help="What search and threshold optimise.")] = "macro_f1",
    cost: Annotated[
        str | None, typer.Option(help="Cost of mistakes, such as fn=10,fp=1; in place of a metric.")
    ] = None,
    configs: Annotated[int, typer.Option(help="Settings to try; 1 takes the defaults.")] = 1,
    device: Annotated[str, typer.Option(help="cpu, or a torch device for networks.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Seed of everything.")] = 0,
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="Folder for the model.")] = Path("model"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Fit one classifier under one treatment on all rows; `compare` finds out which to take."""
    console = Console(stderr=as_json, highlight=False)
    check_replaceable(out)
    dataset = read_dataset(
        table, data_dir, target,
        {"positive": positive, "groups": groups, "time": time, "weights": weights,
         "ignore": tuple(parse_names(ignore) or ())},
    )  # fmt: skip
    _check_pair(model, treatment, dataset)
    announce_replacement(out, dataset.name, console)
    fitted = TreatedClassifier(
        model,
        treatment,
        metric=metric,
        positive=None if dataset.positive is None else dataset.classes[dataset.positive],
        cost_matrix=None if cost is None else parse_costs(cost, dataset.classes, dataset.positive),
        roles=dataset.roles,
        n_configs=configs,
        device=device,
        random_state=seed,
    ).fit(
        dataset.frame,
        dataset.labels,
        dataset.sample_weight,
        groups=dataset.groups,
        time=dataset.time,
    )
    metadata = {"dataset": dataset.name, "classifier": model, "treatment": treatment}
    save(fitted, out, metadata={**metadata, "metric": metric, "cost": cost, "seed": seed})
    outcome = _outcome(fitted, dataset) | metadata | {"model": str(out)}
    if as_json:
        typer.echo(json.dumps(outcome, allow_nan=False, default=str))
    else:
        _print(outcome, [*dataset.notes, *fitted.notes_], console)


def _check_pair(model: str, treatment: str, dataset: Dataset) -> None:
    """Refuse a classifier and a treatment that do not go together."""
    categorical = Role.CATEGORICAL in dataset.roles.values()
    reason = compatible(get_classifier(model), get_treatment(treatment), categorical)
    if reason is not None:
        raise InputError(f"{model} with {treatment}: {reason}. Name another --treatment.")


def _outcome(fitted: TreatedClassifier, dataset: Dataset) -> dict[str, Any]:
    """What was fitted, as plain values."""
    return {
        "rows": len(dataset.target),
        "classes": {
            str(label): int(count)
            for label, count in zip(fitted.classes_, fitted.class_counts_, strict=True)
        },
        "threshold": fitted.threshold_,
        "params": fitted.params_,
        "notes": [*dataset.notes, *fitted.notes_],
    }


def _print(outcome: dict[str, Any], notes: list[str], console: Console) -> None:
    """Say what was fitted, and what was not found out."""
    labels = (
        get_classifier(outcome["classifier"]).label,
        get_treatment(outcome["treatment"]).label,
    )
    threshold = outcome["threshold"]
    rule = "" if threshold is None else f"; the rare class from a probability of {threshold:.3f} on"
    console.print(Text(f"{', '.join(labels)}, fitted on {outcome['rows']:,} rows{rule}."))
    console.print(
        "How good it is on new rows was not measured: that is what `rarebit compare` does."
    )
    for note in dict.fromkeys(notes):
        console.print(Text.assemble(("warning: ", "yellow"), note))
    console.print(Text(f"\nWritten:\n  model: {outcome['model']}"))

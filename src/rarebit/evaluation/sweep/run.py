"""Sweeps: comparisons on many tables; resumable.

A sweep is a folder: ``sweep.toml`` (the configuration), ``sweep.json`` (what was planned and run),
and its cells (:mod:`rarebit.running.folder`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rarebit.datasets import Dataset, load_dataset, make_dataset, read_table
from rarebit.datasets.columns.reading import left_out as columns_left_out
from rarebit.evaluation.sweep.config import SweepConfig
from rarebit.exceptions import InputError
from rarebit.persistence.atomic import atomic_write_text
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.tasks import CellTask
from rarebit.zoo import PRESETS

CONFIG_NAME, RECORD_NAME = "sweep.toml", "sweep.json"


@dataclass(frozen=True)
class PlannedDataset:
    """One data set of a sweep."""

    name: str
    # Settings of its cells, as in their keys
    config_hash: str
    # Its size
    n_rows: int
    n_features: int
    n_classes: int
    # Rows of the largest class per row of the smallest
    imbalance: float
    n_splits: int
    candidates: tuple[tuple[str, str], ...]
    # What the user should know before relying on its figures
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SweepRecord:
    """A sweep without its data: enough to draw conclusions from its store."""

    # Name for people, and the metric that ranks
    name: str
    metric: str
    # In the order of the configuration
    datasets: tuple[PlannedDataset, ...]
    # Label for people of each classifier and treatment
    labels: dict[str, str]
    # Kind of each treatment, as in the zoo
    kinds: dict[str, str]
    # What was not compared, and why
    left_out: tuple[str, ...] = ()
    # The configuration as plain values
    settings: dict[str, Any] = field(default_factory=dict)
    # One entry per run: ``command``, and ``versions`` of the libraries and the machine
    runs: tuple[dict[str, Any], ...] = ()

    def write(self, path: str | Path) -> None:
        """Write the record as JSON."""
        atomic_write_text(path, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> SweepRecord:
        """Read a record that :meth:`write` wrote; InputError if the file is not one."""
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
            datasets = tuple(
                PlannedDataset(
                    **{
                        **entry,
                        "candidates": tuple((c, t) for c, t in entry["candidates"]),
                        "notes": tuple(entry["notes"]),
                    }
                )
                for entry in values["datasets"]
            )
            values |= {key: tuple(values[key]) for key in ("left_out", "runs")}
            return cls(**{**values, "datasets": datasets})
        except (OSError, ValueError, TypeError, KeyError):
            raise InputError(
                f"{path} is not the record of a sweep: give a folder of `rarebit benchmark run`."
            ) from None


@dataclass(frozen=True)
class PlannedSweep:
    """The cells of a sweep."""

    tasks: list[CellTask]
    record: SweepRecord


def plan_sweep(config: SweepConfig, *, data_dir: str | Path | None = None) -> PlannedSweep:
    """Load every data set and plan its cells; nothing is fitted yet."""
    tasks: list[CellTask] = []
    planned_datasets: dict[str, PlannedDataset] = {}
    labels: dict[str, str] = {}
    kinds: dict[str, str] = {}
    left_out: dict[str, None] = {}  # an ordered set
    for dataset in _datasets(config, data_dir):
        if dataset.name in planned_datasets:
            raise InputError(f"Two data sets are named '{dataset.name}': rename one of them.")
        plan = make_plan(
            dataset,
            PRESETS[config.preset],
            models=list(config.models) or None,
            treatments=list(config.treatments) or None,
            pairs=config.split_pairs(),
        )
        protocol = config.make_protocol(len(dataset.target))
        with _errors_about(dataset.name):
            cells = Job(dataset, plan, protocol, config.metric, device=config.device).cells()
        tasks += [
            replace(task, seconds=config.cell_seconds, keep_predictions=config.keep_predictions)
            for task in cells.tasks
        ]
        planned_datasets[dataset.name] = PlannedDataset(
            name=dataset.name,
            config_hash=cells.tasks[0].key.config_hash,
            n_rows=len(dataset.target),
            n_features=dataset.frame.shape[1],
            n_classes=len(dataset.classes),
            imbalance=dataset.imbalance_ratio,
            n_splits=len(cells.splits),
            candidates=tuple(plan.candidates),
            notes=(*_left_out(dataset), *dataset.notes, *cells.notes),
        )
        labels |= plan.labels()
        kinds |= {name: treatment.kind for name, treatment in plan.treatments.items()}
        left_out |= dict.fromkeys(plan.left_out)
    record = SweepRecord(
        name=config.name,
        metric=config.metric,
        datasets=tuple(planned_datasets.values()),
        labels=labels,
        kinds=kinds,
        left_out=tuple(left_out),
        settings=asdict(config),
    )
    return PlannedSweep(tasks, record)


def _left_out(dataset: Dataset) -> list[str]:
    """Name the columns of a table that are not used, and why."""
    return [columns_left_out(dataset.dropped)] if dataset.dropped else []


def _datasets(config: SweepConfig, data_dir: str | Path | None) -> list[Dataset]:
    own = []
    for table in config.tables:
        arguments = {key: value for key, value in table.items() if key not in ("path", "target")}
        name = arguments.setdefault("name", Path(table["path"]).name)
        frame = read_table(table["path"])
        with _errors_about(name):
            own.append(make_dataset(frame, table["target"], **arguments))
    return [*(load_dataset(name, data_dir=data_dir) for name in config.datasets), *own]


@contextmanager
def _errors_about(name: str) -> Iterator[None]:
    """Say which of the tables an error is about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error}") from None

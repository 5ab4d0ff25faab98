"""Sweeps: what `compare` does on one table, over many; resumable, and only the driver writes.

A sweep lives in a folder: ``sweep.toml`` (what was asked for), ``sweep.json`` (what was planned and
run), ``cells.sqlite`` (the store) and ``cells.csv`` (its export, from which a lost store refills;
``cells.csv.gz`` where that exists).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rarebit.datasets import Dataset, load_dataset, make_dataset, read_table
from rarebit.evaluation.sweep.config import SweepConfig
from rarebit.exceptions import InputError
from rarebit.persistence import atomic_write_text
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.runner import run_in_folder
from rarebit.running.store import Store
from rarebit.running.tasks import CellTask
from rarebit.zoo import PRESETS

CSV_NAME = "cells.csv"
CONFIG_NAME, RECORD_NAME = "sweep.toml", "sweep.json"


@dataclass(frozen=True)
class PlannedDataset:
    """What is compared on one data set of a sweep.

    Attributes
    ----------
    name : str
        Name of the data set.
    config_hash : str
        Settings of its cells, as in their keys.
    n_rows, n_features, n_classes : int
        Its size, after the protocol's cut.
    imbalance : float
        Rows of the largest class for each of the smallest.
    n_splits : int
        Cells of each candidate.
    candidates : tuple of (str, str)
        Pairs of classifier and treatment.
    notes : tuple of str
        What should be known before trusting its figures.
    """

    name: str
    config_hash: str
    n_rows: int
    n_features: int
    n_classes: int
    imbalance: float
    n_splits: int
    candidates: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SweepRecord:
    """What a sweep is, without the data: enough to draw conclusions from its store.

    Attributes
    ----------
    name, metric : str
        Name for people, and what ranks.
    datasets : tuple of PlannedDataset
        In the order of the configuration.
    labels : dict of str to str
        Label for people of each classifier and treatment.
    kinds : dict of str to str
        Kind of each treatment, as in the zoo.
    left_out : tuple of str
        What is not compared, and why.
    settings : dict
        The configuration as plain values.
    runs : tuple of dict
        One entry for each time that cells were run: ``command``, and ``versions`` of the libraries
        and the machine.
    """

    name: str
    metric: str
    datasets: tuple[PlannedDataset, ...]
    labels: dict[str, str]
    kinds: dict[str, str]
    left_out: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    runs: tuple[dict[str, Any], ...] = ()

    def write(self, path: str | Path) -> None:
        """Write the record as JSON."""
        atomic_write_text(path, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> SweepRecord:
        """Read a record that :meth:`write` wrote.

        Raises
        ------
        InputError
            If the file is no such record.
        """
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
                f"{path} is no record of a sweep; name a folder that `rarebit benchmark run` made."
            ) from None


@dataclass(frozen=True)
class PlannedSweep:
    """The cells of a sweep.

    Attributes
    ----------
    tasks : list of CellTask
        Data set by data set.
    record : SweepRecord
        The same without the data.
    """

    tasks: list[CellTask]
    record: SweepRecord


def plan_sweep(config: SweepConfig, *, data_dir: str | Path | None = None) -> PlannedSweep:
    """Load every data set and lay out its cells; nothing is fitted yet.

    Parameters
    ----------
    config : SweepConfig
        What is run.
    data_dir : path, optional
        Folder of named data sets.

    Returns
    -------
    PlannedSweep

    Raises
    ------
    InputError
        If a data set cannot be had or used; nothing has been lost then.

    Examples
    --------
    >>> planned = plan_sweep(SweepConfig("tiny", datasets=("wine_rare",), preset="quick"))
    >>> len(planned.tasks), planned.record.datasets[0].n_splits
    (135, 9)
    """
    tasks: list[CellTask] = []
    planned_datasets: dict[str, PlannedDataset] = {}
    labels: dict[str, str] = {}
    kinds: dict[str, str] = {}
    left_out: dict[str, None] = {}  # a set that keeps its order
    for dataset in _datasets(config, data_dir):
        if dataset.name in planned_datasets:
            raise InputError(f"The data set '{dataset.name}' is named twice; give it another name.")
        plan = make_plan(
            dataset,
            PRESETS[config.preset],
            models=list(config.models) or None,
            treatments=list(config.treatments) or None,
            pairs=config.split_pairs(),
        )
        protocol = config.make_protocol(len(dataset.target))
        cells = Job(dataset, plan, protocol, config.metric, device=config.device).cells()
        tasks += [
            replace(task, seconds=config.cell_seconds, keep_predictions=config.keep_predictions)
            for task in cells.tasks
        ]
        planned_datasets[dataset.name] = PlannedDataset(
            name=dataset.name,
            config_hash=cells.tasks[0].key.config_hash,
            n_rows=len(cells.dataset.target),
            n_features=dataset.frame.shape[1],
            n_classes=len(dataset.classes),
            imbalance=dataset.imbalance_ratio,
            n_splits=cells.n_splits,
            candidates=tuple(plan.candidates),
            notes=(*dataset.notes, *cells.notes),
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


def _datasets(config: SweepConfig, data_dir: str | Path | None) -> list[Dataset]:
    own = []
    for table in config.tables:
        arguments = {key: value for key, value in table.items() if key not in ("path", "target")}
        arguments.setdefault("name", Path(table["path"]).name)
        own.append(make_dataset(read_table(table["path"]), table["target"], **arguments))
    return [*(load_dataset(name, data_dir=data_dir) for name in config.datasets), *own]


def run_sweep(tasks: list[CellTask], folder: str | Path, **options: Any) -> Store:
    """Run the cells that the folder does not hold yet.

    Parameters
    ----------
    tasks : list of CellTask
        All cells of the sweep.
    folder : path
        Where the store and its export live; a missing store is refilled from the export.
    **options
        As in :func:`rarebit.running.run_in_folder`.

    Returns
    -------
    Store
        Open.
    """
    return run_in_folder(tasks, folder, csv_name=export_path(folder).name, **options)


def export_path(folder: str | Path) -> Path:
    """Return where a sweep's cells are exported: compressed if its folder holds such a file."""
    compressed = Path(folder) / f"{CSV_NAME}.gz"
    return compressed if compressed.exists() else Path(folder) / CSV_NAME

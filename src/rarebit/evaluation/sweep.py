"""Sweeps: what `compare` does on one table, over many; resumable, and only the driver writes.

A sweep lives in a folder: ``sweep.toml`` (what was asked for), ``cells.sqlite`` (the store) and
``cells.csv`` (the finished cells as they come, from which a lost store refills).
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rarebit.datasets import Dataset, load_dataset, make_dataset, read_table
from rarebit.evaluation.candidates import Plan, make_plan
from rarebit.evaluation.cells import CellResult
from rarebit.evaluation.protocols import Protocol
from rarebit.evaluation.runner import CellTask, run_cells
from rarebit.evaluation.store import Store, csv_row
from rarebit.evaluation.tasks import plan_cells
from rarebit.exceptions import InputError
from rarebit.metrics import get_metric
from rarebit.zoo import PRESETS

STORE_NAME, CSV_NAME, CONFIG_NAME = "cells.sqlite", "cells.csv", "sweep.toml"


@dataclass(frozen=True)
class SweepConfig:
    """What a sweep runs.

    Attributes
    ----------
    name : str
        Name for people.
    datasets : tuple of str
        Names from :func:`rarebit.datasets.list_datasets`.
    tables : tuple of dict
        Files of the user's own: ``path``, ``target`` and further arguments of
        :func:`rarebit.datasets.make_dataset`. Paths are relative to the configuration.
    models, treatments : tuple of str
        Names of the zoo; empty for the preset's.
    preset : str
        Size of the comparison.
    metric : str
        What ranks.
    seed : int
        Seed of everything.
    cell_seconds : float or None
        A cell is given up after so long and ranked last.
    device : str
        Where the classifiers that know devices compute.
    keep_predictions : bool
        Whether the store keeps the test predictions.
    protocol : dict
        Changes to the preset's protocol, such as ``{"n_folds": 3}``.
    """

    name: str
    datasets: tuple[str, ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    models: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    preset: str = "default"
    metric: str = "macro_f1"
    seed: int = 0
    cell_seconds: float | None = None
    device: str = "cpu"
    keep_predictions: bool = False
    protocol: dict[str, Any] = field(default_factory=dict)

    def make_protocol(self, n_rows: int) -> Protocol:
        """Return the protocol of a data set with ``n_rows`` rows."""
        protocol = Protocol.from_preset(PRESETS[self.preset], n_rows, seed=self.seed)
        return replace(protocol, **self.protocol)


def read_config(path: str | Path) -> SweepConfig:
    """Read a sweep from a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read, or names what does not exist.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "sweep.toml"
    >>> _ = file.write_text('datasets = ["digits_8"]\\npreset = "quick"')
    >>> read_config(file).name
    'sweep'
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); name a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None
    known = {f.name for f in fields(SweepConfig)}
    if unknown := sorted(set(values) - known):
        raise InputError(
            f"{path} has unknown settings: {', '.join(unknown)}; there are "
            f"{', '.join(sorted(known))}."
        )
    values = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    config = SweepConfig(**{"name": path.stem, **values})
    _check(config, path)
    tables = tuple({**table, "path": str(path.parent / table["path"])} for table in config.tables)
    return replace(config, tables=tables)


def _check(config: SweepConfig, path: Path) -> None:
    if not (config.datasets or config.tables):
        raise InputError(f"{path} names no data: set datasets = [...] or [[tables]].")
    if config.preset not in PRESETS:
        raise InputError(
            f"{path}: there is no preset '{config.preset}'; choose one of {', '.join(PRESETS)}."
        )
    get_metric(config.metric)
    for table in config.tables:
        if missing := {"path", "target"} - set(table):
            raise InputError(f"{path}: a table lacks {' and '.join(sorted(missing))}.")
    settings = {f.name for f in fields(Protocol)} - {"name", "seed"}
    if unknown := sorted(set(config.protocol) - settings):
        raise InputError(
            f"{path}: the protocol has no {', '.join(unknown)}; there are "
            f"{', '.join(sorted(settings))}."
        )


@dataclass(frozen=True)
class PlannedSweep:
    """The cells of a sweep.

    Attributes
    ----------
    tasks : list of CellTask
        Data set by data set.
    plans : dict of str to Plan
        What is compared on each data set.
    notes : dict of str to list of str
        What should be known of each data set.
    """

    tasks: list[CellTask]
    plans: dict[str, Plan]
    notes: dict[str, list[str]]


def plan_sweep(config: SweepConfig, *, data_dir: str | Path | None = None) -> PlannedSweep:
    """Load every data set and lay out its cells; nothing is fitted yet.

    Raises
    ------
    InputError
        If a data set cannot be had or used; nothing has been lost then.
    """
    tasks, plans, notes = [], {}, {}
    for dataset in _datasets(config, data_dir):
        if dataset.name in plans:
            raise InputError(f"The data set '{dataset.name}' is named twice.")
        plan = make_plan(
            dataset,
            PRESETS[config.preset],
            models=list(config.models) or None,
            treatments=list(config.treatments) or None,
        )
        protocol = config.make_protocol(len(dataset.target))
        planned = plan_cells(dataset, plan, protocol, config.metric, device=config.device)
        plans[dataset.name] = plan
        notes[dataset.name] = [*dataset.notes, *planned.notes]
        tasks += [
            replace(task, seconds=config.cell_seconds, keep_predictions=config.keep_predictions)
            for task in planned.tasks
        ]
    return PlannedSweep(tasks, plans, notes)


def _datasets(config: SweepConfig, data_dir: str | Path | None) -> list[Dataset]:
    own = []
    for table in config.tables:
        arguments = {key: value for key, value in table.items() if key not in ("path", "target")}
        arguments.setdefault("name", Path(table["path"]).name)
        own.append(make_dataset(read_table(table["path"]), table["target"], **arguments))
    return [*(load_dataset(name, data_dir=data_dir) for name in config.datasets), *own]


def run_sweep(
    tasks: list[CellTask],
    folder: str | Path,
    *,
    jobs: int = 1,
    backend: str = "loky",
    retry_failed: bool = False,
    on_start: Callable[[list[CellTask], int], None] = lambda tasks, n_known: None,
    on_result: Callable[[CellResult], None] = lambda result: None,
) -> Store:
    """Run the cells that the folder does not hold yet.

    Parameters
    ----------
    tasks : list of CellTask
        All cells of the sweep.
    folder : path
        Where the store and its CSV live; a missing store refills from the CSV.
    jobs : int, default=1
        Worker processes.
    backend : {"loky", "dask"}, default="loky"
        Where the workers are.
    retry_failed : bool, default=False
        Run cells again that failed or ran out of time.
    on_start, on_result : callable
        Called with the cells to run and the number known, and with each result once it is safe.

    Returns
    -------
    Store
        Open.
    """
    folder = Path(folder)
    store = Store(folder / STORE_NAME)
    csv_path = folder / CSV_NAME
    if csv_path.exists():
        store.import_csv(csv_path)
    if retry_failed:
        store.forget_failed()
    store.export_csv(csv_path)
    known = store.keys()
    missing = [task for task in tasks if task.key not in known]
    on_start(missing, len(tasks) - len(missing))
    with csv_path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)

        def keep(result: CellResult) -> None:
            writer.writerow(csv_row(result))
            file.flush()
            on_result(result)

        run_cells(missing, store, jobs=jobs, backend=backend, on_result=keep)
    return store

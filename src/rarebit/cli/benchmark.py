"""`rarebit benchmark`: compare models on many tables; resumable."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rarebit.cli.options import AsJson, DataDir, Interrupted, Jobs, check_device_is_used
from rarebit.cli.output import check_folder, make_console, print_json, print_written
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rarebit.evaluation.sweep.config import SweepConfig
    from rarebit.evaluation.sweep.run import PlannedSweep, SweepRecord
    from rarebit.running import Store

Folder = Annotated[Path, typer.Argument(help="Folder of a sweep.")]
Backend = Annotated[str, typer.Option(help="Workers: loky (processes on this machine) or dask.")]
Address = Annotated[
    str | None,
    typer.Option(
        help="Scheduler of a Dask cluster, such as tcp://host:8786; a local cluster by default."
    ),
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Run failed and timed-out fits again.")
]


def run_command(
    config: Annotated[Path, typer.Argument(help="TOML file that describes the sweep.")],
    out: Annotated[Path, typer.Option(help="Folder of the sweep; created if it does not exist.")],
    jobs: Jobs = -1,
    backend: Backend = "loky",
    address: Address = None,
    data_dir: DataDir = None,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Run a sweep.

    examples/sweep.toml shows every setting of a sweep.
    """
    from rarebit.evaluation.sweep.config import read_config
    from rarebit.evaluation.sweep.run import CONFIG_NAME, RECORD_NAME

    asked = read_config(config)
    check_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    kept = out / CONFIG_NAME
    own = kept.exists() and kept.samefile(config)
    if kept.exists() and not own and not (out / RECORD_NAME).exists():
        raise InputError(
            f"{kept} exists, and no sweep was run in its folder: name another folder with --out."
        )
    options = _Options(jobs, backend, address, data_dir, retry_failed, as_json)
    _run(out, None if own else asked, options)


def resume_command(
    folder: Folder,
    jobs: Jobs = -1,
    backend: Backend = "loky",
    address: Address = None,
    data_dir: DataDir = None,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Resume a sweep."""
    from rarebit.evaluation.sweep.run import CONFIG_NAME

    if not (folder / CONFIG_NAME).exists():
        raise InputError(
            f"{folder} is not the folder of a sweep: it has no {CONFIG_NAME}. Start a sweep with "
            "`rarebit benchmark run`."
        )
    _run(folder, None, _Options(jobs, backend, address, data_dir, retry_failed, as_json))


def report_command(folder: Folder, as_json: AsJson = False) -> None:
    """Report on a sweep.

    The data sets are not needed: the report is computed from the finished fits.
    """
    from rarebit.evaluation.sweep.run import RECORD_NAME, SweepRecord
    from rarebit.running.folder import read_store

    record = SweepRecord.read(folder / RECORD_NAME)
    with read_store(folder) as store:
        if not store.count():
            raise InputError(
                f"{folder} holds no finished fits: run `rarebit benchmark resume {folder}` first."
            )
        _report(store, record, folder, as_json)


@dataclass(frozen=True)
class _Options:
    """What `run` and `resume` have in common."""

    jobs: int
    backend: str
    address: str | None
    data_dir: Path | None
    retry_failed: bool
    as_json: bool

    def __post_init__(self) -> None:
        if self.backend not in ("loky", "dask"):
            raise InputError(f"--backend is {self.backend!r}: give loky or dask.")
        if self.address is not None and self.backend != "dask":
            raise InputError("--address names a Dask cluster: add --backend dask.")
        if self.address is not None and self.jobs != -1:
            raise InputError(
                f"--jobs {self.jobs} has no effect with --address, whose cluster has its own "
                "number of workers: leave it out."
            )


def _run(folder: Path, asked: SweepConfig | None, options: _Options) -> None:
    """Run the missing fits of a sweep with the new or the stored settings; then report."""
    from rarebit.cli.progress import cell_progress
    from rarebit.evaluation import worker_count
    from rarebit.evaluation.sweep.config import read_config, write_config
    from rarebit.evaluation.sweep.run import CONFIG_NAME, plan_sweep
    from rarebit.running.folder import store_in
    from rarebit.running.runner import run_cells

    jobs = worker_count(options.jobs)
    config = asked or read_config(folder / CONFIG_NAME)
    if options.data_dir is not None and not config.datasets:
        raise InputError("--data-dir has no effect: the sweep names no data set. Leave it out.")
    try:
        planned = plan_sweep(config, data_dir=options.data_dir)
        classifiers = dict.fromkeys(task.key.classifier for task in planned.tasks)
        check_device_is_used(config.device, classifiers, here=options.backend == "loky")
        if asked is not None:
            # Only now: an invalid one must not replace it.
            write_config(asked, folder / CONFIG_NAME)
        record = _recorded(planned, folder)
        console = make_console(stderr=True)
        with store_in(folder) as store:
            with cell_progress(console, jobs, many_datasets=True) as progress:
                run_cells(
                    planned.tasks,
                    store,
                    jobs=jobs,
                    backend=options.backend,
                    address=options.address,
                    retry_failed=options.retry_failed,
                    on_start=progress.on_start,
                    on_result=progress.on_result,
                )
            _report(store, record, folder, options.as_json)
    except KeyboardInterrupt:
        again = ["rarebit", "benchmark", "resume", str(folder)]
        again += [] if options.data_dir is None else ["--data-dir", str(options.data_dir)]
        raise Interrupted(
            f"Interrupted. Finished fits are kept in {folder}; to resume: {shlex.join(again)}"
        ) from None


def _recorded(planned: PlannedSweep, folder: Path) -> SweepRecord:
    """Record the command and the versions of this run, beside those of earlier runs."""
    from rarebit.evaluation.sweep.run import RECORD_NAME, SweepRecord
    from rarebit.running.provenance import versions

    path = folder / RECORD_NAME
    earlier = SweepRecord.read(path).runs if path.exists() else ()
    run = {"command": shlex.join(["rarebit", *sys.argv[1:]]), "versions": versions()}
    record = replace(planned.record, runs=(*(r for r in earlier if r != run), run))
    record.write(path)
    return record


def _report(store: Store, record: SweepRecord, folder: Path, as_json: bool) -> None:
    """Summarise, write the report and the tables, print."""
    from rarebit.evaluation.sweep.summary import summarise_sweep
    from rarebit.reporting.sweep import write_sweep_report
    from rarebit.reporting.sweep_tables import print_sweep, sweep_as_dict, write_sweep_tables

    summary = summarise_sweep(store, record)
    write_sweep_report(summary, folder / "report.html")
    write_sweep_tables(summary, folder / "tables")
    written = {"report": str(folder / "report.html"), "tables": str(folder / "tables")}
    if as_json:
        print_json(sweep_as_dict(summary) | {"files": written})
        return
    console = make_console()
    print_sweep(summary, console)
    print_written(console, written)

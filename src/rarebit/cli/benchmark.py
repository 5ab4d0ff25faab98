"""`rarebit benchmark`: what `compare` does on one table, over many; resumable."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rarebit.cli.options import Interrupted
from rarebit.cli.progress import cell_progress
from rarebit.cli.tables import DataDir
from rarebit.evaluation import worker_count
from rarebit.evaluation.sweep.config import SweepConfig, read_config, write_config
from rarebit.evaluation.sweep.run import (
    CONFIG_NAME,
    CSV_NAME,
    RECORD_NAME,
    PlannedSweep,
    SweepRecord,
    plan_sweep,
    run_sweep,
)
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.exceptions import InputError
from rarebit.reporting.sweep import write_sweep_report
from rarebit.reporting.sweep_tables import print_sweep, sweep_as_dict, write_sweep_tables
from rarebit.running import Store
from rarebit.running.provenance import versions
from rarebit.running.runner import STORE_NAME

app = typer.Typer(help="Sweeps over many data sets: run, resume, report.", no_args_is_help=True)

Jobs = Annotated[int, typer.Option(help="Worker processes; -1 for one a core.")]
Backend = Annotated[str, typer.Option(help="loky (processes of this machine) or dask.")]
Address = Annotated[
    str | None,
    typer.Option(help="Scheduler of a Dask cluster, such as tcp://host:8786; else a local one."),
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Run cells again that failed or ran out of time.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")]


@app.command("run")
def run_command(
    config: Annotated[Path, typer.Argument(help="A TOML file that says what to run.")],
    out: Annotated[Path, typer.Option(help="Folder of the sweep; made if missing.")],
    jobs: Jobs = -1,
    backend: Backend = "loky",
    address: Address = None,
    data_dir: DataDir = None,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Run a sweep; cells that the folder holds already are not run again."""
    asked = read_config(config)
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; name a folder.")
    out.mkdir(parents=True, exist_ok=True)
    kept = out / CONFIG_NAME
    own = kept.exists() and kept.samefile(config)
    if kept.exists() and not own and not (out / RECORD_NAME).exists():
        raise InputError(
            f"{kept} is there, and no sweep was run in its folder: name another folder with --out."
        )
    _run(out, None if own else asked, jobs, backend, address, data_dir, retry_failed, as_json)


@app.command("resume")
def resume_command(
    folder: Annotated[Path, typer.Argument(help="Folder of a sweep.")],
    jobs: Jobs = -1,
    backend: Backend = "loky",
    address: Address = None,
    data_dir: DataDir = None,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a sweep that was interrupted, here or elsewhere."""
    if not (folder / CONFIG_NAME).exists():
        raise InputError(
            f"{folder} is no folder of a sweep: it holds no {CONFIG_NAME}; start one with "
            "`rarebit benchmark run`."
        )
    _run(folder, None, jobs, backend, address, data_dir, retry_failed, as_json)


@app.command("report")
def report_command(
    folder: Annotated[Path, typer.Argument(help="Folder of a sweep.")],
    as_json: AsJson = False,
) -> None:
    """Write report and tables from the cells that a sweep has so far; needs no data."""
    record = SweepRecord.read(folder / RECORD_NAME)
    if not (folder / STORE_NAME).exists() and not (folder / CSV_NAME).exists():
        raise InputError(f"{folder} holds no cells yet; run `rarebit benchmark resume {folder}`.")
    with Store(folder / STORE_NAME) as store:
        if not store.count():
            store.import_csv(folder / CSV_NAME)
        _report(store, record, folder, as_json)


def _run(
    folder: Path,
    asked: SweepConfig | None,
    jobs: int,
    backend: str,
    address: str | None,
    data_dir: Path | None,
    retry_failed: bool,
    as_json: bool,
) -> None:
    """Run what is missing in the folder of a sweep, as asked or as it was asked, then report."""
    if backend not in ("loky", "dask"):
        raise InputError(f"--backend {backend}: choose loky or dask.")
    if address is not None and backend != "dask":
        raise InputError("--address names a Dask cluster; add --backend dask.")
    jobs = worker_count(jobs)
    console = Console(stderr=as_json, highlight=False)
    config = asked or read_config(folder / CONFIG_NAME)
    try:
        planned = plan_sweep(config, data_dir=data_dir)
        if asked is not None:
            write_config(asked, folder / CONFIG_NAME)  # now that it is known to hold
        record = _recorded(planned, folder)
        with cell_progress(console, jobs, many_datasets=True) as progress:
            store = run_sweep(
                planned.tasks,
                folder,
                jobs=jobs,
                backend=backend,
                address=address,
                retry_failed=retry_failed,
                on_start=progress.on_start,
                on_result=progress.on_result,
            )
    except KeyboardInterrupt:
        again = f"rarebit benchmark resume {shlex.quote(str(folder))}"
        again += "" if data_dir is None else f" --data-dir {shlex.quote(str(data_dir))}"
        raise Interrupted(
            f"Interrupted. Finished cells are kept in {folder}; go on with: {again}"
        ) from None
    with store:
        _report(store, record, folder, as_json)


def _recorded(planned: PlannedSweep, folder: Path) -> SweepRecord:
    """Write down what is run, by which command and versions, beside what ran before."""
    path = folder / RECORD_NAME
    earlier = SweepRecord.read(path).runs if path.exists() else ()
    run = {"command": shlex.join(["rarebit", *sys.argv[1:]]), "versions": versions()}
    record = replace(planned.record, runs=(*(r for r in earlier if r != run), run))
    record.write(path)
    return record


def _report(store: Store, record: SweepRecord, folder: Path, as_json: bool) -> None:
    """Draw conclusions, write report and tables, print."""
    summary = summarise_sweep(store, record)
    write_sweep_report(summary, folder / "report.html")
    write_sweep_tables(summary, folder / "tables")
    written = {"report": str(folder / "report.html"), "tables": str(folder / "tables")}
    if as_json:
        typer.echo(json.dumps(sweep_as_dict(summary) | {"files": written}, allow_nan=False))
        return
    console = Console(highlight=False)
    print_sweep(summary, console)
    console.print("\nWritten:", *(f"  {what}: {path}" for what, path in written.items()), sep="\n")

"""`rarebit reproduce`: the tables and figures of a paper, made again."""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from rarebit.cli.options import AsJson, DataDir, Interrupted, OptionalDevice, parse_names
from rarebit.cli.output import make_console, print_json
from rarebit.exceptions import InputError

SCORED = ("--data-dir", "--datasets", "--seeds", "--jobs")
TRAINED = (*SCORED, "--device")

# Paper -> what -> what it makes, and the options that it takes besides --out and --json. Each is
# the function `reproduce` (Request -> Outcome) of the module of that name, imported when called.
REPRODUCTIONS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "qcl-mixnet": {
        "table3": ("Tables 2 and 3: 17 data sets, test-selected and held out", TRAINED),
        "table6": ("Table 6, recomputed from the printed Tables 2 and 3", ()),
        "ablations": ("Tables 4 and 5: ablations and controls", TRAINED),
        "decisions": ("Choices the paper leaves open, on development splits", TRAINED),
        "strict": ("QCL-MixNet and its baselines, from the cells of the sweep", ()),
        "figures": ("The figures, from the cells of the other four", ("--data-dir", "--device")),
    },
    "qi-smote": {
        "scores": ("QI-SMOTE and 13 other over-samplers on 15 data sets", SCORED),
        "filters": ("The energy filter compared with its controls", SCORED),
        "ablations": ("Each part varied separately", SCORED),
        "noise": ("Energies on noisy hardware", SCORED),
    },
    "sda-qec": {
        "study": ("All arms trained and compared on public images", TRAINED),
        "fidelity": ("Distances of synthetic images to unseen real ones", TRAINED),
        "circuit": ("Gradients by depth, numbers of parameters", ("--jobs",)),
        "tables": ("The tables of study and fidelity, from their finished cells", ()),
    },
}


def listing() -> str:
    """Write down every paper, what it offers, and the options each takes."""
    parts = []
    for paper, offers in REPRODUCTIONS.items():
        lines = [paper]
        for what, (makes, options) in offers.items():
            lines += [f"  {what:<10} {makes}"]
            lines += [f"  {'':<10} {' '.join(options)}"] if options else []
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def reproduce_command(
    paper: Annotated[str | None, typer.Argument(help="One of the papers above.")] = None,
    what: Annotated[str | None, typer.Argument(help="One of its tables or studies.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of cells and tables; default: results/PAPER.")
    ] = None,
    data_dir: DataDir = None,
    datasets: Annotated[
        str | None, typer.Option(help="Data sets, separated by commas; default: all of the study.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds; qi-smote: repeats of the cross-validation.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Worker processes; -1: one per core; default: 1.")
    ] = None,
    device: OptionalDevice = None,
    as_json: AsJson = False,
) -> None:
    """Make the tables and figures of a paper again; finished cells are not run again."""
    if paper is None:
        if as_json:
            print_json(REPRODUCTIONS)
        else:
            typer.echo(listing())
        return
    if what not in REPRODUCTIONS.get(paper, {}):
        papers = [paper] if paper in REPRODUCTIONS else list(REPRODUCTIONS)
        names = ", ".join(f"{name} {part}" for name in papers for part in REPRODUCTIONS[name])
        asked = f"'{paper} {what}'" if what else f"'{paper}'"
        raise InputError(f"{asked} is not a reproduction: choose one of {names}.")
    given = {
        "--data-dir": data_dir, "--datasets": datasets, "--seeds": seeds, "--jobs": jobs,
        "--device": device,
    }  # fmt: skip
    takes = REPRODUCTIONS[paper][what][1]
    if refused := [name for name in given if given[name] is not None and name not in takes]:
        raise InputError(
            f"'{paper} {what}' does not take {', '.join(refused)}: it takes "
            f"{', '.join((*takes, '--out', '--json'))}."
        )
    _run(paper, what, out or Path("results") / paper, given, as_json=as_json)


def _run(paper: str, what: str, out: Path, given: dict[str, Any], *, as_json: bool) -> None:
    # Heavy: imported once it is known that there is something to do.
    from rarebit.cli.progress import cell_progress
    from rarebit.evaluation import worker_count
    from rarebit_papers.request import Request

    datasets = tuple(parse_names(given["--datasets"]) or ())
    jobs = worker_count(1 if given["--jobs"] is None else given["--jobs"])
    module = import_module(f"rarebit_papers.{paper.replace('-', '_')}.{what}")
    try:
        with cell_progress(make_console(stderr=True), jobs, many_datasets=True) as progress:
            outcome = module.reproduce(
                Request(
                    out, given["--data-dir"], datasets, given["--seeds"], jobs,
                    given["--device"] or "cpu", progress,
                )
            )  # fmt: skip
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Finished cells are kept in {out}; to resume, run the same command: "
            + shlex.join(["rarebit", *sys.argv[1:]])
        ) from None
    if as_json:
        print_json(outcome.as_dict())
    else:
        typer.echo(str(outcome))


# The help page lists them too; \b keeps the lines apart.
_PARTS = "\n\n".join(f"\b\n{part}" for part in listing().split("\n\n"))
reproduce_command.__doc__ = f"{reproduce_command.__doc__}\n\n{_PARTS}"

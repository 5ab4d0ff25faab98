"""`rarebit reproduce`: a paper's table or figure, made again."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from rarebit.cli.options import Interrupted, parse_names
from rarebit.evaluation import worker_count
from rarebit.exceptions import InputError
from rarebit_papers.request import Outcome, Request

# Paper -> what -> "module of rarebit_papers:function from Request to Outcome". A new one is one
# line. The module is imported when it is asked for: one paper's libraries are not another's.
REPRODUCTIONS: dict[str, dict[str, str]] = {
    "qcl-mixnet": {
        "ablations": "qcl_mixnet.ablations:reproduce_ablations",
        "decisions": "qcl_mixnet.decisions:reproduce_decisions",
        "figures": "qcl_mixnet.figures:reproduce_figures",
        "strict": "qcl_mixnet.strict:reproduce_strict",
        "table3": "qcl_mixnet.table3:reproduce_table3",
        "table6": "qcl_mixnet.table6:reproduce_table6",
    },
    "qi-smote": {
        "ablations": "qi_smote.ablations:reproduce_ablations",
        "filters": "qi_smote.filters:reproduce_filters",
        "noise": "qi_smote.noise:reproduce_noise",
        "scores": "qi_smote.scores:reproduce_scores",
    },
    "sda-qec": {
        "circuit": "sda_qec.study:reproduce_circuit",
        "fidelity": "sda_qec.study:reproduce_fidelity",
        "study": "sda_qec.study:reproduce_study",
        "tables": "sda_qec.study:reproduce_tables",
    },
}


def reproduce_command(
    paper: Annotated[str, typer.Argument(help="Paper, such as qcl-mixnet.")],
    what: Annotated[str, typer.Argument(help="Table or figure, such as table6.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of cells and tables; else results/PAPER.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of named data sets (else RAREBIT_DATA).")
    ] = None,
    datasets: Annotated[
        str | None, typer.Option(help="Data sets, separated by commas; all if not given.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of initialisations.")] = None,
    jobs: Annotated[int, typer.Option(help="Worker processes; -1 for one a core.")] = 1,
    device: Annotated[str, typer.Option(help="Where networks are trained.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Make a table or figure of a paper again, and say what does not follow."""
    known = ", ".join(f"{name} {part}" for name, parts in REPRODUCTIONS.items() for part in parts)
    if what not in REPRODUCTIONS.get(paper, {}):
        raise InputError(f"There is no reproduction of '{paper} {what}'; choose from: {known}.")
    console = Console(stderr=True, highlight=False)

    def with_bar(items: Iterable[Any], label: str) -> Iterable[Any]:
        return track(items, label, console=console, transient=True)

    request = Request(
        out=out or Path("results") / paper,
        data_dir=data_dir,
        datasets=tuple(parse_names(datasets) or ()),
        seeds=seeds,
        jobs=worker_count(jobs),
        device=device,
        track=with_bar,
    )
    module, _, function = REPRODUCTIONS[paper][what].partition(":")
    run = getattr(import_module(f"rarebit_papers.{module}"), function)
    try:
        outcome: Outcome = run(request)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Finished cells are kept in {request.out}; the same command goes on: "
            + shlex.join(["rarebit", *sys.argv[1:]])
        ) from None
    typer.echo(json.dumps(outcome.as_dict()) if as_json else str(outcome))

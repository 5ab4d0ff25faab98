"""`rarebit compare`: compare models on one table."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import rarebit
from rarebit.cli import options
from rarebit.cli.options import (
    Interrupted,
    check_device_is_used,
    parse_duration,
    parse_names,
)
from rarebit.cli.output import (
    announce_kept_text,
    announce_replacement,
    check_folder,
    command_line,
    make_console,
    print_json,
    print_written,
)
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from rarebit.datasets import Dataset
    from rarebit.evaluation import Comparison
    from rarebit.evaluation.other_rows import OtherRows

Metric = Annotated[
    str | None,
    typer.Option(
        help="The one metric that ranks and chooses, such as mcc or recall_at_precision@0.9. By "
        "default log_loss judges probabilities, and macro_f1, or --cost, judges decisions."
    ),
]
Models = Annotated[
    str | None,
    typer.Option(help="Classifiers, separated by commas; those of the preset by default."),
]
Treatments = Annotated[
    str | None,
    typer.Option(help="Treatments, separated by commas; those of the preset by default."),
]
Preset = Annotated[
    str | None, typer.Option(help="Preset: quick, default (the default) or thorough.")
]
Protocol = Annotated[str, typer.Option(help="Evaluation protocol: strict or paper.")]
TimeBudget = Annotated[
    str | None,
    typer.Option(
        help="Time limit for the whole comparison, such as 90s, 10m or 2h; seconds without a unit."
    ),
]
Stability = Annotated[
    int,
    typer.Option(help="Bootstrap refits that show how far single predictions move, such as 50."),
]
Explain = Annotated[
    bool,
    typer.Option("--explain/--no-explain", help="Measure which columns the best model depends on."),
]
Test = Annotated[
    str | None,
    typer.Option(
        help="File with rows of another time or place, on which the best model is evaluated."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder for report.html, model/ and the tables; rarebit-NAME of the table by default."
    ),
]


def compare_command(
    table: options.Table,
    target: options.Target = None,
    positive: options.Positive = None,
    groups: options.Groups = None,
    time: options.Time = None,
    weights: options.Weights = None,
    ignore: options.Ignore = None,
    role: options.Roles = None,
    by: options.By = None,
    metric: Metric = None,
    cost: options.Cost = None,
    at: options.At = None,
    confidence: options.Confidence = None,
    prevalence: options.Prevalence = None,
    review: options.Review = None,
    models: Models = None,
    treatments: Treatments = None,
    preset: Preset = None,
    max_rows: options.MaxRows = None,
    text: options.Text = "target",
    protocol: Protocol = "strict",
    explain: Explain = True,
    stability: Stability = 0,
    time_budget: TimeBudget = None,
    jobs: options.Jobs = -1,
    device: options.Device = "cpu",
    seed: options.OptionalSeed = None,
    test: Test = None,
    ignore_check: options.IgnoreCheck = None,
    data_dir: options.DataDir = None,
    out: Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Run a comparison.

    To resume an interrupted comparison, run the same command again.
    """
    from rarebit.datasets.files.paths import name_of

    out = out or Path(f"rarebit-{name_of(table)}")
    _check_out(out, table)
    _check_preset(preset, protocol, models, treatments)
    points = options.operating_points(at, confidence)
    check_device_is_used(device, parse_names(models) or _classifiers_of(preset))
    dataset = options.open_table(
        table, ignore, role, cost, by, target=target, positive=positive, groups=groups, time=time,
        weights=weights, data_dir=data_dir,
    )  # fmt: skip
    settings = {
        "models": parse_names(models), "treatments": parse_names(treatments), "metric": metric,
        "protocol": protocol, "preset": preset or "default", "max_rows": max_rows, "cost": cost,
        **points, "prevalence": prevalence, "review": review, "text": text, "seed": seed,
        "jobs": jobs, "device": device, "time_budget": parse_duration(time_budget),
        "explain": explain, "stability": stability, "ignore_checks": ignore_check,
        "test": None if test is None else _other_rows(dataset, test),
    }  # fmt: skip
    console = make_console(stderr=as_json)
    announce_replacement(out / "model", dataset.name, console, "report and tables")
    announce_kept_text(out / "model", console)
    comparison = _compare(dataset, out, settings)
    _print(comparison, _write(comparison, out), console, as_json)


def _other_rows(dataset: Dataset, table: str) -> OtherRows:
    """Read the rows on which the best model is evaluated."""
    from rarebit.datasets import read_table
    from rarebit.datasets.files.paths import split_part
    from rarebit.evaluation.other_rows import OtherRows

    name = split_part(table)[0].name
    return OtherRows.like(dataset, read_table(table), name=name, source=table)


def _check_out(out: Path, table: str) -> None:
    """Refuse an unusable folder, or one whose files Rarebit did not write."""
    from rarebit.datasets.files.paths import split_part
    from rarebit.evaluation.sweep.run import RECORD_NAME
    from rarebit.persistence import BESIDE_A_MODEL
    from rarebit.persistence.atomic import check_replaceable
    from rarebit.reporting.exports import TABLES
    from rarebit.running.folder import EXPORT_NAME, STORE_NAME

    was_run = (out / STORE_NAME).exists() or (out / EXPORT_NAME).exists()
    check_folder(out)
    if (out / RECORD_NAME).exists():
        raise InputError(f"{out} is the folder of a sweep: name another one with --out.")
    for name in ("report.html", *TABLES, EXPORT_NAME, STORE_NAME):
        path = out / name
        if path.exists() and ((file := split_part(table)[0]).exists() and path.samefile(file)):
            raise InputError(f"{path} would be overwritten by a result: name a folder with --out.")
        if path.exists() and not was_run:
            raise InputError(
                f"{path} exists, and no comparison was run in its folder: name another folder "
                "with --out."
            )
    check_replaceable(out / "model", BESIDE_A_MODEL)


def _check_preset(
    preset: str | None, protocol: str, models: str | None, treatments: str | None
) -> None:
    """Refuse a preset that would do nothing."""
    if preset and protocol == "paper" and models and treatments:
        raise InputError(
            f"--preset {preset} has no effect: the paper protocol has its own effort, and models "
            "and treatments are named. Leave it out."
        )


def _classifiers_of(preset: str | None) -> list[str]:
    """The installed classifiers of a preset; an unknown preset is refused later."""
    from rarebit.zoo import PRESETS, list_classifiers

    found = PRESETS.get(preset or "default")
    wanted = () if found is None else found.classifiers
    return [name for name in list_classifiers(installed=True) if name in wanted]


def _compare(dataset: Dataset, out: Path, settings: dict[str, Any]) -> Comparison:
    """Run what the store in the folder lacks, under a progress bar."""
    from rarebit.cli.progress import cell_progress
    from rarebit.evaluation import worker_count
    from rarebit.running.folder import store_in

    workers = worker_count(settings["jobs"])
    try:
        console = make_console(stderr=True)
        shown = cell_progress(console, workers, time_budget=settings["time_budget"])
        with shown as progress, ExitStack() as opened:
            store = partial(opened.enter_context, store_in(out))  # once all settings are checked
            comparison = rarebit.compare(dataset, store=store, progress=progress, **settings)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Finished fits are kept in {out}: run the same command again to resume."
        ) from None
    comparison.settings["command"] = command_line()
    if not comparison.coverage.is_complete:
        comparison.warnings.append(
            f"Finished fits are kept in {out}: the same command without --time-budget runs the "
            "remaining fits."
        )
    if comparison.model is None and (out / "model").exists():
        comparison.warnings.append(f"{out / 'model'} is the model of an earlier run.")
    return comparison


def _write(comparison: Comparison, out: Path) -> dict[str, str]:
    """Write report, tables and model; return the path of each."""
    from rarebit.reporting import write_card, write_evaluation, write_tables

    rarebit.write_report(comparison, out / "report.html")
    write_tables(comparison, out)
    written = {"report": str(out / "report.html"), "tables": str(out / "ranking.csv")}
    if comparison.test is not None:
        pages = write_evaluation(comparison.test, out / "test")
        written["evaluation on the test rows"] = pages["report"]
    if comparison.model is None:
        return written
    metadata = {
        "dataset": comparison.dataset.name,
        "classifier": comparison.best[0],
        "treatment": comparison.best[1],
        "metric": comparison.metric,
        "score": comparison.best_corrected[0],
        "settings": comparison.settings,
    }
    try:
        rarebit.save(comparison.model, out / "model", metadata=metadata)
    except InputError as error:
        # All else is written by now; the next best model can be named with --models.
        raise InputError(f"Report and tables are in {out}, but no model: {error}") from None
    card = write_card(comparison, out / "model")
    return written | {"model": str(out / "model"), "model card": str(card)}


def _print(
    comparison: Comparison, written: dict[str, str], console: Console, as_json: bool
) -> None:
    """Print the result and what was written."""
    from rarebit.reporting import print_comparison
    from rarebit.reporting.evaluation import evaluation_as_dict
    from rarebit.reporting.exports import comparison_as_dict

    if as_json:
        on_test = None if comparison.test is None else evaluation_as_dict(comparison.test)
        print_json(comparison_as_dict(comparison) | {"test": on_test, "files": written})
        return
    print_comparison(comparison, console)
    print_written(console, written)

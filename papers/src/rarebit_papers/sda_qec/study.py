"""`rarebit reproduce sda-qec`: the study of the classifier, of the augmenters, of the circuit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from rarebit._common.threads import one_thread
from rarebit.exceptions import InputError
from rarebit_papers.cells import Cell, read_cells, run_cells
from rarebit_papers.request import Outcome, Request
from rarebit_papers.sda_qec import cells, circuit, comparisons, fidelity, tables
from rarebit_papers.sda_qec.figures import score_figure, sheet, write_figure
from rarebit_papers.sda_qec.plan import CHOSEN, EVERY, planned
from rarebit_papers.writing import write_outcome

CELLS = "cells.csv"
STUDY, FIDELITY = "study", "fidelity"
FIGURES = ("main", "head", "augmenter")
TITLE = "SDA-QEC on open images"
HOW = (
    "Every arm of a study: the same number of steps of the same batch, the same split, the weights "
    "of the lowest validation loss. Intervals are 95 % over seeds (of BUSI, whose test part is "
    "another for each seed, corrected after Nadeau and Bengio), those of scores cut at 0 and 1; "
    "they are not corrected for the number of comparisons: of 20 without any difference one would "
    "lie off 0."
)


def reproduce_study(request: Request) -> Outcome:
    """`rarebit reproduce sda-qec study`: all arms trained and compared.

    Parameters
    ----------
    request : Request
        ``seeds`` changes the plan's own number of seeds.

    Returns
    -------
    Outcome
    """
    wanted = planned(request.chosen(EVERY), request.seeds)
    laid_out = cells.make_cells(wanted, request.data_folder(), request.device)
    _run(request, laid_out, STUDY, "Training")
    return _write_study(request.out / STUDY)


def reproduce_fidelity(request: Request) -> Outcome:
    """`rarebit reproduce sda-qec fidelity`: how like unseen images each augmenter's are."""
    folder, wanted = request.out / FIDELITY, request.chosen(CHOSEN)
    laid_out = fidelity.make_cells(
        wanted, request.data_folder(), request.seeds, folder / "examples"
    )
    _run(request, laid_out, FIDELITY, "Augmenting")
    return _write_fidelity(folder)


def reproduce_tables(request: Request) -> Outcome:
    """`rarebit reproduce sda-qec tables`: what the cells say that have been run so far."""
    writers = {STUDY: _write_study, FIDELITY: _write_fidelity}
    found = [
        write(request.out / what)
        for what, write in writers.items()
        if (request.out / what / CELLS).exists()
    ]
    if not found:
        raise InputError(
            f"{request.out} holds no cell yet; run `rarebit reproduce sda-qec study` first."
        )
    return Outcome(
        [finding for outcome in found for finding in outcome.findings],
        {title: table for outcome in found for title, table in outcome.tables.items()},
        [file for outcome in found for file in outcome.files],
    )


def _write_study(folder: Path) -> Outcome:
    # In the order of the plan, whatever order they were run in.
    lines = read_cells(folder / CELLS).sort_values(
        "dataset", kind="stable", key=lambda names: names.map(EVERY.index)
    )
    outcome, scores = study_outcome(lines)
    done = write_outcome(folder, TITLE, outcome, details={"scores": scores})
    exact = scores[(scores["hardware"] == cells.EXACT) & (scores["test"] == "original")]
    figures = [
        write_figure(
            score_figure(exact[exact["study"] == study], "roc_auc", "ROC-AUC"),
            folder / f"{study}.png",
        )
        for study in FIGURES
        if study in set(exact["study"])
    ]
    return replace(done, files=[*done.files, *figures])


def _write_fidelity(folder: Path) -> Outcome:
    table = fidelity.fidelity_table(read_cells(folder / CELLS))
    outcome = Outcome([fidelity.HOW, *fidelity.reading(table)], {"Fidelity": table})
    done = write_outcome(folder, "Fidelity of synthetic images", outcome)
    images = {
        name: fidelity.examples(folder / "examples", name)
        for name in dict.fromkeys(table["dataset"])
    }
    figure = write_figure(sheet(images), folder / "augmenters.png")
    return replace(done, files=[*done.files, figure])


def study_outcome(lines: pd.DataFrame) -> tuple[Outcome, pd.DataFrame]:
    """Return what the cells say, and all their mean scores."""
    scores = tables.score_table(lines)
    differences = comparisons.difference_table(tables.exact_scores(lines))
    pages = tables.score_pages(scores) | {"Differences": differences}
    findings = [HOW, *tables.not_run(lines), *comparisons.reading(differences)]
    return Outcome(findings, pages), scores


def reproduce_circuit(request: Request) -> Outcome:
    """`rarebit reproduce sda-qec circuit`: gradients against depth, and counts of parameters."""
    with one_thread("torch"):
        gradients, counts = circuit.gradient_variance(), circuit.parameter_table()
    shown = gradients.pivot_table(index="layers", columns="reading", values="variance")
    findings = [
        f"Variance of the gradient of <Z_0>, 2 against 16 layers: {name} "
        f"{column.loc[2]:.4f} against {column.loc[16]:.4f}."
        for name, column in shown.items()
    ]
    named = counts.set_index(["backbone", "head"])["total"]
    quantum, linear = named["mobilenet_v2", "quantum"], named["mobilenet_v2", "linear"]
    findings.append(
        f"Parameters of the whole network: {quantum:,} with the quantum head, {linear:,} with the "
        f"linear one: {1 - quantum / linear:.3%} fewer, where 18 against 514 are 96.5 %."
    )
    outcome = Outcome(findings, {"Gradient variance": shown, "Parameters": counts})
    return write_outcome(request.out / "circuit", "The circuit and its parameters", outcome)


def _run(request: Request, laid_out: list[Cell], what: str, label: str) -> pd.DataFrame:
    """Run the cells that the folder lacks; return the lines of those asked for."""
    path = request.out / what / CELLS
    lines = run_cells(path, request.track(laid_out, label))
    wanted = pd.DataFrame([cell.key for cell in laid_out])
    return wanted.merge(lines, on=list(wanted.columns), how="inner", sort=False)

"""The arms of the study, and their cells in one file.

A cell is one arm on one data set under one protocol; its lines are the folds and seeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

import pandas as pd

from rarebit.datasets import Dataset, load_dataset
from rarebit_papers.cells import Cell, Line, run_cells
from rarebit_papers.qcl_mixnet.protocol import (
    CONFIGURATION,
    PAPER_SEED,
    SEEDS,
    Protocol,
    score_seeds,
    splits,
)
from rarebit_papers.request import Request

CELLS = "cells.csv"
FULL = "full"
ALPHA = 0.05

# What differs from the configuration. Without the focal part the classifier would get no gradient
# at all, so cross-entropy stands in for it.
ARMS: dict[str, dict[str, Any]] = {
    FULL: {},
    "no quantum": {"quantum": "none"},
    "equal gate": {"quantum": "gate"},
    "circuit": {"quantum": "circuit"},
    "no mixup": {"mixup": "none"},
    "random mixup": {"mixup": "random"},
    "uniform mixup": {"mixup": "uniform"},
    "no attention": {"attention": "none"},
    "affine": {"attention": "affine"},
    "feature tokens": {"attention": "features"},
    "cross-entropy for focal": {"focal_gamma": 0.0},
    "no intra": {"intra_weight": 0.0},
    "no inter": {"inter_weight": 0.0},
    "no SupCon": {"supcon_weight": 0.0},
    "no triplet": {"triplet_weight": 0.0},
    "plain network": {
        "quantum": "none",
        "mixup": "none",
        "attention": "none",
        "focal_gamma": 0.0,
        "intra_weight": 0.0,
        "inter_weight": 0.0,
        "loss_balance": 1.0,
    },
}

# The publication leaves these open; the first is the decision as it was settled before any run, the
# revised one that of the development splits (`reproduce qcl-mixnet decisions`).
REVISED = "same-class neighbours"
OPEN_DECISIONS: dict[str, dict[str, Any]] = {
    FULL: {},
    "alpha 0.2": {"mixup_alpha": 0.2},
    "alpha 1": {"mixup_alpha": 1.0},
    "lambda a sample": {"mixup_coefficient": "sample"},
    "neighbours in embedding": {"mixup_space": "embedding"},
    "same-class neighbours": {"mixup_same_class": True},
    "intra squared norm": {"intra": "squared_norm"},
}


def make_cells(
    request: Request,
    datasets: Iterable[str],
    arms: dict[str, dict[str, Any]],
    protocols: Iterable[Protocol],
    split_seeds: Iterable[int] = (PAPER_SEED,),
) -> list[Cell]:
    """Lay out cells, data set by data set; nothing is loaded yet.

    Parameters
    ----------
    request : Request
        Where the data are, and how many seeds are wanted.
    datasets : iterable of str
        Names of the registry.
    arms : dict of str to dict
        Options of each arm.
    protocols, split_seeds : iterable
        Each with each.

    Returns
    -------
    list of Cell
    """
    load = lru_cache(maxsize=1)(partial(load_dataset, data_dir=request.data_dir))
    return [
        Cell(
            {"dataset": name, "arm": arm, "protocol": protocol, "split": split_seed},
            partial(
                _run, load, name, protocol, split_seed, {**CONFIGURATION, **options}, seeds(request)
            ),
        )
        for name in datasets
        for split_seed in split_seeds
        for protocol in protocols
        for arm, options in arms.items()
    ]


def seeds(request: Request) -> tuple[int, ...]:
    """Return the seeds of initialisation asked for; the first is the published one."""
    return SEEDS if request.seeds is None else tuple(range(PAPER_SEED, PAPER_SEED + request.seeds))


def settings(request: Request) -> dict[str, Any]:
    """Return what all cells of a folder have in common."""
    configuration = " ".join(f"{key}={value}" for key, value in CONFIGURATION.items())
    return {"configuration": configuration, "seeds": len(seeds(request))}


def _run(
    load: Any,
    name: str,
    protocol: Protocol,
    split_seed: int,
    options: dict[str, Any],
    seeds: tuple[int, ...],
) -> list[Line]:
    dataset: Dataset = load(name)
    return [
        {"fold": split.fold, **line}
        for split in splits(dataset, protocol, split_seed)
        for line in score_seeds(dataset, split, protocol, options, seeds)
    ]


def run_study(request: Request, cells: list[Cell], label: str) -> pd.DataFrame:
    """Run the cells that the folder lacks, and return the lines of those asked for.

    Parameters
    ----------
    request : Request
        The folder and the progress bar.
    cells : list of Cell
        The cells wanted.
    label : str
        What stands beside the bar.

    Returns
    -------
    DataFrame
        One line a cell, fold and seed, in the order of the cells.
    """
    cells_file = request.out / CELLS
    lines = run_cells(cells_file, request.track(cells, label), settings=settings(request))
    keys = list(cells[0].key)
    wanted = pd.DataFrame([cell.key for cell in cells])
    return wanted.merge(lines, on=keys, how="inner", sort=False)


def what_holm_allows(n_datasets: int, n_pairs: int) -> list[str]:
    """Say so where Wilcoxon's test with Holm's correction cannot show anything.

    Examples
    --------
    >>> what_holm_allows(20, 15)
    []
    >>> what_holm_allows(8, 15)
    ["With 8 data sets and 15 pairs, Wilcoxon's p-value by Holm's procedure is 0.12 at the least: it
    can show nothing here."]
    """
    least = n_pairs * 2.0 ** (1 - n_datasets)
    if least <= ALPHA:
        return []
    return [
        f"With {n_datasets} data sets and {n_pairs} pairs, Wilcoxon's p-value by Holm's procedure "
        f"is {min(least, 1):.2g} at the least: it can show nothing here."
    ]

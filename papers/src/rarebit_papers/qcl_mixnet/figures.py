"""The figures of the publication, from what `table3`, `ablations` and `strict` left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

from rarebit.datasets import load_dataset
from rarebit.exceptions import InputError
from rarebit.reporting.critical_difference import critical_difference_diagram
from rarebit.tabular import QCLMixNetClassifier
from rarebit_papers.cells import read_cells
from rarebit_papers.published import published_table
from rarebit_papers.qcl_mixnet import plots
from rarebit_papers.qcl_mixnet.ablations import (
    HOW,
    PLAINLY,
    arm_scores,
    compare_arms,
    published_differences,
)
from rarebit_papers.qcl_mixnet.protocol import (
    CONFIGURATION,
    DATASETS,
    PAPER_SEED,
    ROTATED,
    SUBSET,
    WEIGHTED,
    splits,
)
from rarebit_papers.qcl_mixnet.strict import OURS, published_baselines, read_sweep
from rarebit_papers.qcl_mixnet.study import CELLS, FULL
from rarebit_papers.qcl_mixnet.table3 import compare_with_published
from rarebit_papers.request import Outcome, Request

EMBEDDED = "vehicle"  # the data set whose embedding is drawn


def reproduce_figures(request: Request) -> Outcome:
    """`rarebit reproduce qcl-mixnet figures`: draw what the cells at hand allow.

    Parameters
    ----------
    request : Request
        ``out`` holds the cells and gets the folder ``figures``.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        If there are no cells.
    """
    lines = read_cells(request.out / CELLS)
    if lines.empty:
        raise InputError(f"{request.out} holds no cells; run table3, ablations and strict first.")
    figures: dict[str, Figure] = {}
    lines = lines[lines["split"] == PAPER_SEED]
    figures |= _optimism(lines) | _ablations(lines)
    figures |= _strict(request.out) | _embedding(request)
    folder = request.out / "figures"
    files = [plots.save_svg(figure, folder / f"{name}.svg") for name, figure in figures.items()]
    return Outcome([f"{len(files)} figures."], {}, files)


def _optimism(lines: pd.DataFrame) -> dict[str, Figure]:
    both = lines[(lines["arm"] == FULL) & lines["protocol"].isin(["paper", "held-out"])]
    whole = both.groupby("dataset")["protocol"].transform("nunique") == 2
    table = compare_with_published(both[whole])
    return {"optimism": plots.optimism_chart(table.drop(index=SUBSET, errors="ignore"))}


def _ablations(lines: pd.DataFrame) -> dict[str, Figure]:
    scores = {protocol: arm_scores(lines, protocol) for protocol in HOW}
    tables = {
        f"here, {PLAINLY[protocol]}": compare_arms(table)
        for protocol, table in scores.items()
        if len(table) > 1
    }
    if not tables:
        return {}
    published = published_differences(scores["paper"].index)["difference"]
    return {"ablations": plots.ablation_chart(tables, published)}


def _strict(out: Path) -> dict[str, Figure]:
    """Gain over the best baseline, box plots, critical differences."""
    summary = read_sweep(out)
    level = summary.candidates
    assert level is not None
    measured = level.scores[OURS] - published_baselines(level.scores).max(axis=1)
    labels = {str(name): _short(summary.labels[str(name)]) for name in level.scores}
    named = level.scores.rename(columns=labels)
    return {
        "gain": plots.gain_chart(_published_gain(measured.index), measured),
        "boxes": plots.box_chart(named, labels[OURS]),
        "critical_difference": critical_difference_diagram(
            level.ranks.mean(),
            level.cliques,
            critical_difference=level.critical_difference,
            labels=labels,
            highlight=[OURS],
        ),
    }


def _short(label: str) -> str:
    """Name of a candidate; being left untouched goes without saying."""
    return label.removesuffix(" · Untouched")


def _published_gain(names: pd.Index) -> pd.Series:
    """Printed macro-F1 of QCL-MixNet less its best baseline's, where macro averages are printed."""
    table = published_table("qcl_mixnet_table2_3").query("model != 'DIFF'")
    score = table["maF1"].where(table["dataset"] != ROTATED, table["maR"])
    score = score.where(table["dataset"] != WEIGHTED)
    by_model = table.assign(score=score).pivot(index="dataset", columns="model", values="score")
    ours = by_model.pop("QCL-MIXNET")
    gain = ours - by_model.max(axis=1)
    return pd.Series({name: gain[DATASETS[name]] for name in names})


def _embedding(request: Request) -> dict[str, Figure]:
    """Test rows in the plane: their features, and where the network puts them."""
    dataset = load_dataset(EMBEDDED, data_dir=request.data_dir)
    [split] = splits(dataset, "held-out")
    options: dict[str, Any] = {**CONFIGURATION, "random_state": PAPER_SEED}
    model = QCLMixNetClassifier(**options)
    model.fit(dataset.frame.iloc[split.train], dataset.target[split.train])
    test = dataset.frame.iloc[split.test]
    features = StandardScaler().fit(dataset.frame.iloc[split.train]).transform(test)
    panels = {
        f"{EMBEDDED}, test rows: features": _plane(features),
        "the same rows: embedding": _plane(model.embed(test)),
    }
    return {"embedding": plots.embedding_chart(panels, dataset.labels[split.test])}


def _plane(points: np.ndarray) -> np.ndarray:
    found: np.ndarray = TSNE(random_state=PAPER_SEED).fit_transform(points)
    return found

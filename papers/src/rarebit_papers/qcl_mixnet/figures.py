"""The figures of the publication, from the cells of `table3`, `ablations` and `strict`."""

from __future__ import annotations

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
from rarebit_papers.published import ROTATED, WEIGHTED, published_table
from rarebit_papers.qcl_mixnet import ablations, plots, protocol, table3
from rarebit_papers.qcl_mixnet.strict import OURS, published_baselines, read_sweep
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Study
from rarebit_papers.writing import figure_bytes, write_changed

EMBEDDED = "vehicle"  # the data set whose embedding is drawn


def reproduce(request: Request) -> Outcome:
    """Draw what the finished cells allow; what cannot be drawn is reported.

    The embedding takes a network to train, so it is drawn only where the file does not exist.
    """
    folder = request.out / "figures"
    makers = [_optimism, _ablations, _strict]
    if not (folder / "embedding.svg").exists():
        makers.append(_embedding)
    figures: dict[str, Figure] = {}
    missing = []
    for maker in makers:
        if maker is _embedding and not figures:
            break
        try:
            figures |= maker(request)
        except InputError as error:
            missing.append(f"Not drawn: {maker.__name__.strip('_')}. {error}")
    if not figures:
        raise InputError(f"{request.out} holds no cells: run table3, ablations and strict first.")
    folder.mkdir(parents=True, exist_ok=True)
    names = {folder / f"{name}.svg": figure for name, figure in figures.items()}
    files = write_changed({path: figure_bytes(fig, path.name) for path, fig in names.items()})
    return Outcome([f"{len(figures)} figures drawn, {len(files)} changed.", *missing], files=files)


def _cells(study: Study, request: Request) -> pd.DataFrame:
    lines = study.read(request)
    if lines.empty:
        raise InputError(f"There are no cells of {study.folder}.")
    return lines


def _optimism(request: Request) -> dict[str, Figure]:
    lines = _cells(table3.STUDY, request)
    both = lines[lines["arm"] == protocol.FULL]
    whole = both.groupby("dataset")["protocol"].transform("nunique") == 2
    table = table3.compare_with_published(both[whole])
    return {"optimism": plots.optimism_chart(table.drop(index=protocol.SUBSET, errors="ignore"))}


def _ablations(request: Request) -> dict[str, Figure]:
    lines = _cells(ablations.STUDY, request)
    scores = {label: ablations.arm_scores(lines, p) for p, label in ablations.LABELS.items()}
    tables = {
        f"here, {label}": ablations.compare_arms(table)
        for label, table in scores.items()
        if len(table) > 1
    }
    published = ablations.published_differences(scores["test-selected"].index)["difference"]
    return {"ablations": plots.ablation_chart(tables, published)} if tables else {}


def _strict(request: Request) -> dict[str, Figure]:
    """Gain over the best baseline, box plots, critical differences."""
    summary = read_sweep(request.out)
    level = summary.candidates
    assert level is not None
    measured = level.scores[OURS] - published_baselines(level.scores).max(axis=1)
    # Being left untouched goes without saying.
    labels = {n: summary.labels[n].removesuffix(" · Untouched") for n in map(str, level.scores)}
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


def _published_gain(names: pd.Index) -> pd.Series:
    """Printed macro-F1 of QCL-MixNet less its best baseline's, where macro averages are printed."""
    table = published_table("qcl_mixnet_table2_3").query("model != 'DIFF'")
    score = table["maF1"].where(table["dataset"] != ROTATED, table["maR"])
    score = score.where(table["dataset"] != WEIGHTED)
    by_model = table.assign(score=score).pivot(index="dataset", columns="model", values="score")
    ours = by_model.pop("QCL-MIXNET")
    gain = ours - by_model.max(axis=1)
    return pd.Series({name: gain[protocol.DATASETS[name]] for name in names})


def _embedding(request: Request) -> dict[str, Figure]:
    """Test rows in the plane: their features, and where the network puts them."""
    dataset = load_dataset(EMBEDDED, data_dir=request.data_dir)
    [split] = protocol.splits(dataset, "held-out")
    options: dict[str, Any] = {
        **protocol.CONFIGURATION, "random_state": protocol.PAPER_SEED, "device": request.device
    }  # fmt: skip
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
    found: np.ndarray = TSNE(random_state=protocol.PAPER_SEED).fit_transform(points)
    return found

"""Comparisons that time ended: nothing is said of what was not run, and no number is undefined."""

import io
import json
import re
from dataclasses import replace
from itertools import product
from unittest import mock

import numpy as np
import pytest
from hand_made import DATASET, FOLDS
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from rarebit._common.wording import DASH, in_a_sentence
from rarebit.evaluation import correction, summary
from rarebit.evaluation.sweep.run import PlannedDataset, SweepRecord
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.reporting import print_comparison, report
from rarebit.reporting.exports import comparison_as_dict
from rarebit.reporting.sweep_tables import print_sweep, sweep_as_dict
from rarebit.running import CellKey, CellResult, Store
from rarebit.running.cells import CellPredictions
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.protocols import Protocol
from rarebit.zoo import PRESETS

PLAN = make_plan(
    DATASET,
    PRESETS["quick"],
    models=["logistic_regression", "knn", "svm"],
    treatments=["untouched", "tuned_threshold", "smote"],
)
CELLS = list(product(range(3), PLAN.candidates))
UNDEFINED = re.compile(r"\b(nan|none|inf|nat)\b", re.IGNORECASE)


def make_cell(fold, pair, status, score):
    key = CellKey("hand", *pair, "strict", 0, 0, fold, "h")
    if status != "done":
        seconds = 3.0 if status == "ended" else np.nan
        status = "failed" if status == "failed" else "cut"
        return CellResult(key, status, fit_seconds=seconds, error="The fit did not converge.")
    test = FOLDS[fold]
    y = DATASET.target[test]
    proba = np.column_stack([1 - 0.4 * y, 0.4 * y])
    return CellResult(
        key,
        "done",
        scores=dict.fromkeys(METRICS, score),
        fit_seconds=1.0,
        predict_seconds=0.1,
        n_train=8,
        n_test=4,
        predictions=CellPredictions(test, y, proba),
    )


@st.composite
def results(draw):
    statuses = st.sampled_from(["done", "done", "done", "failed", "ended", "never", "unknown"])
    scores = st.floats(0, 1).map(lambda score: round(score, 3))
    cells = [(*cell, draw(statuses), draw(scores)) for cell in CELLS]
    return [make_cell(*cell) for cell in cells if cell[2] != "unknown"]


def conclude(cells, probability_metric=None):
    with mock.patch.object(correction, "N_RESAMPLES", 20):
        return summary.summarise(
            Job(DATASET, PLAN, Protocol(), "macro_f1", probability_metric=probability_metric),
            cells,
            n_planned=len(CELLS),
            test_ratio=0.5,
            settings={"dataset": "hand", "time_budget": 3.0},
            versions={},
        )


def everything_said(comparison):
    """Sentences, terminal, report and JSON."""
    no_figures = dict.fromkeys(("curves", "calibration", "decisions", "costs", "time"), ())
    with mock.patch.object(report, "report_figures", return_value=no_figures):  # they are slow
        page = report.render_report(comparison)
    page = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    page = page.partition("All settings")[0]  # Python's own None
    console = Console(file=io.StringIO(), width=200)
    print_comparison(comparison, console)
    json.dumps(comparison_as_dict(comparison), allow_nan=False)
    return "\n".join([*comparison.finding, *comparison.warnings, page, console.file.getvalue()])


@pytest.mark.slow
@settings(max_examples=30)
@given(results(), st.sampled_from([None, "log_loss"]))
def test_nothing_undefined_is_printed_and_nothing_claimed_of_what_was_not_run(cells, judge):
    done = [(cell.key.classifier, cell.key.treatment) for cell in cells if cell.status == "done"]
    if not done:
        with pytest.raises(
            InputError, match=r"No model could be fitted|not enough for a single fit"
        ):
            conclude(cells)
        return
    found = conclude(cells, judge)
    said = everything_said(found)
    assert UNDEFINED.findall(said) == []

    ranked = list(zip(found.ranking.classifier, found.ranking.treatment, strict=True))
    folds = set(zip(found.cells.repeat, found.cells.fold, strict=True))
    assert len(found.cells) == len(ranked) * len(folds)  # all models on the same folds
    assert (len(ranked), len(folds)) == (found.coverage.models, found.coverage.folds)
    assert found.best in done
    # Sentences name only what has a score; what was not compared is listed.
    scored = [found.labels[name] for pair in ranked if pair in done for name in pair]
    for name in {name for pair in PLAN.candidates for name in pair}:
        label = found.labels[name]
        if label not in scored:
            assert not any(label in sentence for sentence in found.finding)
    for classifier, treatment in set(PLAN.candidates) - set(ranked):
        label = in_a_sentence(found.labels[treatment])
        assert any(
            label in part.partition(f"{found.labels[classifier]} with ")[2]
            for line in found.left_out
            for part in line.split(";")
        )
    for _, row in found.effects.iterrows():
        assert row.wins + row.ties + row.losses > 0
        assert np.isfinite(row.difference)
    if not found.coverage.has_intervals:
        assert not np.isfinite(found.ranking[["low", "high", "p_best"]].to_numpy()).any()
        assert "95 % interval 0" not in said
    assert ("The time was enough for" in found.finding[0]) != found.coverage.is_complete


def test_a_comparison_with_all_cells_says_nothing_of_time():
    found = conclude([make_cell(*cell, "done", 0.5) for cell in CELLS])
    assert found.coverage.is_complete
    assert "time" not in " ".join(found.finding)


def test_cells_whose_predictions_were_not_kept_give_a_ranking():
    cells = [replace(make_cell(*cell, "done", 0.5), predictions=None) for cell in CELLS]
    assert len(conclude(cells).ranking) == len(PLAN.candidates)


# ---------------------------------------------------------------- sweeps


@st.composite
def sweeps(draw):
    """A record and a store: any cell may have failed or be missing; a treatment may always fail."""
    n_datasets = draw(st.sampled_from([1, 2, 7]))
    planned = [
        PlannedDataset(f"d{number}", "h", 50, 3, 2, 5.0, 2, tuple(PLAN.candidates))
        for number in range(n_datasets)
    ]
    kinds = {name: treatment.kind for name, treatment in PLAN.treatments.items()}
    record = SweepRecord("sweep", "macro_f1", tuple(planned), PLAN.labels(), kinds)
    random = draw(st.randoms(use_true_random=False))
    broken = draw(st.sampled_from([None, "smote", "tuned_threshold", "knn"]))
    share_failed, share_missing = draw(st.sampled_from([(0, 0), (0.1, 0), (0.5, 0), (0.2, 0.02)]))
    store = Store()
    for entry, pair, fold in product(planned, PLAN.candidates, range(2)):
        key = CellKey(entry.name, *pair, "strict", 0, 0, fold, "h")
        if random.random() < share_missing:
            continue
        if broken in pair or random.random() < share_failed:
            store.put(CellResult(key, "failed", error="The fit did not converge."))
        else:
            scores = dict.fromkeys(METRICS, round(random.random(), 3))
            store.put(CellResult(key, "done", scores=scores, fit_seconds=1.0, predict_seconds=0.1))
    return record, store


@settings(max_examples=30)
@given(sweeps())
def test_a_sweep_prints_nothing_undefined(sweep):
    record, store = sweep
    try:
        found = summarise_sweep(store, record)
    except InputError:
        return
    console = Console(file=io.StringIO(), width=250)
    print_sweep(found, console)
    json.dumps(sweep_as_dict(found), allow_nan=False)
    said = "\n".join([*found.finding, *found.warnings, console.file.getvalue()])
    assert UNDEFINED.findall(said) == []
    assert not any(DASH in sentence for sentence in found.finding)

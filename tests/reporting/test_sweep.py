"""The report on a sweep: complete, self-contained, safe, and never without its numbers."""

import csv
import io
import itertools
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from rarebit.evaluation.sweep.run import PlannedDataset, SweepRecord
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.reporting import plots
from rarebit.reporting.sweep import render_sweep_report, write_sweep_report
from rarebit.reporting.sweep_tables import (
    print_sweep,
    sweep_as_dict,
    sweep_markdown,
    write_sweep_tables,
)
from rarebit.running import CellKey, CellResult, Store

KINDS = {"untouched": "none", "smote": "resampling", "tuned_threshold": "threshold"}
RUN = {
    "command": "rarebit benchmark run s.toml --out o",
    "versions": {"numpy": "9.9", "cores": "2"},
}


def make_summary(n_datasets=8, classifiers=("a", "b", "c"), *, name="made", broken=True):
    """A sweep over made scores; one cell of the first data set ran out of time."""
    rng = np.random.default_rng(0)
    pairs = tuple(itertools.product(classifiers, KINDS))
    datasets = tuple(
        PlannedDataset(f"set | {i}", f"h{i}", 1000 + i, 5, 2, 9.5, 1, pairs, ("A note.",))
        for i in range(n_datasets)
    )
    store = Store()
    for planned in datasets:
        for pair in pairs:
            key = CellKey(planned.name, *pair, "strict", 0, 0, 0, planned.config_hash)
            if broken and pair == pairs[0] and planned is datasets[0]:
                store.put(CellResult(key, "timeout", error="Given up after 60 s."))
            else:
                store.put(CellResult(key, "done", scores={"macro_f1": rng.uniform(0.3, 0.9)}))
    labels = {name: f"<{name}>" for name in (*classifiers, *KINDS)}
    record = SweepRecord(
        name, "macro_f1", datasets, labels, KINDS, ("Something else.",), {"seed": 7}, (RUN,)
    )
    return summarise_sweep(store, record)


@pytest.fixture(scope="module")
def summary():
    return make_summary()


class Balanced(HTMLParser):
    """Fails where an element is not closed."""

    VOID = frozenset({"meta", "line", "path", "use", "br"})

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        pass


def test_the_report_is_one_file_that_needs_nothing_else(summary, tmp_path):
    path = write_sweep_report(summary, tmp_path / "report.html")
    html = path.read_text()
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert not re.findall(r'(?:src|href)="(?!#)', html)
    assert "default-src 'none'" in html
    assert html == render_sweep_report(summary)


def test_the_report_says_it_all(summary):
    html = render_sweep_report(summary)
    for text in (
        "Findings", "8 data sets", "Treatments", "Classifiers", "Models",
        "Gains over the untouched model", "by average rank",
        "out of time", "no score on 1 of 8 data sets", "Given up after 60 s.", "A note.",
        "Something else.", "rarebit benchmark run s.toml --out o", "9.9", "1,007",
        "Friedman", "Iman and Davenport", "critical difference",
    ):  # fmt: skip
        assert text in html, text
    for sentence in summary.finding:
        assert sentence.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in html


def test_names_are_text():
    evil = "<script>alert(1)</script>"
    html = render_sweep_report(make_summary(classifiers=(evil, "b"), name=evil))
    assert "<script" not in html


def test_a_single_data_set_is_reported(tmp_path):
    single = make_summary(n_datasets=1, broken=False)
    html = render_sweep_report(single)
    assert "Tests across data sets need at least two" in html
    assert "nan" not in re.sub(r"<[^>]*>", "", html).lower().replace("finance", "")
    write_sweep_tables(single, tmp_path)
    json.dumps(sweep_as_dict(single), allow_nan=False)


def test_many_candidates_are_folded_away():
    many = make_summary(classifiers=tuple("abcdefghij"))
    html = render_sweep_report(many)
    assert "10 more</summary>" in html
    assert "Shown: the best 20 of 30" in html


def test_the_tables_hold_the_figures_and_where_they_come_from(summary, tmp_path):
    files = {path.name for path in write_sweep_tables(summary, tmp_path)}
    assert files == {path.name for path in tmp_path.iterdir()}
    table = pd.read_csv(tmp_path / "treatments.csv")
    pd.testing.assert_frame_equal(table, summary.treatments.table, check_dtype=False)
    scores = pd.read_csv(tmp_path / "candidates_scores.csv", index_col="dataset")
    np.testing.assert_allclose(scores, summary.candidates.scores)
    stamp = json.loads((tmp_path / "provenance.json").read_text())
    assert stamp["settings"]["seed"] == 7
    assert stamp["runs"] == [RUN]


def test_markdown_tables_are_whole(summary):
    text = sweep_markdown(summary)
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == 5
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block}) == 1
    assert "set \\| 0" in text
    assert "`rarebit benchmark run s.toml --out o`, seed 7. numpy 9.9, cores 2." in text


def test_what_a_spreadsheet_would_run_is_made_text(tmp_path):
    summary = make_summary(classifiers=("=cmd()", "b"))
    write_sweep_tables(summary, tmp_path)
    with (tmp_path / "classifiers.csv").open() as file:
        entries = {row["entry"] for row in csv.DictReader(file)}
    assert entries == {"'=cmd()", "b"}


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_terminal_shows_names_whole(summary, width):
    console = Console(width=width, record=True, file=io.StringIO())
    print_sweep(summary, console)
    text = console.export_text()
    assert "<tuned_threshold>" in text
    assert ("95 % interval " in text.replace("(95", "")) == (width == 140)


def test_gains_are_drawn_for_every_treatment_and_data_set():
    gains = pd.DataFrame({"SMOTE": [0.1, -0.1, 0.0], "Weights": [0.2, 0.2, 0.2]})
    [axes] = plots.gains(gains, "Macro F1").axes
    offsets = [points.get_offsets() for points in axes.collections]
    np.testing.assert_allclose(sorted(offsets[0][:, 0]), [-0.1, 0.0, 0.1])
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["SMOTE", "Weights"]
    first = axes.patches[0]
    assert (first.get_x(), first.get_x() + first.get_width()) == pytest.approx((-0.05, 0.05))

"""The committed results: whole, small, and the same after a look at them."""

import re
import shutil
from pathlib import Path

import pytest

from rarebit_papers.command import REPRODUCTIONS

RESULTS = Path(__file__).parents[2] / "results"
MEBIBYTE = 2**20
PAPERS = list(REPRODUCTIONS)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for paper in PAPERS:
        shutil.copytree(
            RESULTS / paper, folder / paper, ignore=shutil.ignore_patterns("*.sqlite*", "*.html")
        )
    return folder


def files_of(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(page):
    """Tables and provenance of a page: findings may be worded anew."""
    return [line for line in page.decode().splitlines() if re.match(r"[|#`]", line)]


@pytest.mark.parametrize(
    ("paper", "what"), [(paper, what) for paper in PAPERS for what in REPRODUCTIONS[paper]]
)
def test_default_options_give_the_committed_tables(rarebit, monkeypatch, copy, paper, what):
    # Without data: whatever is not committed fails.
    monkeypatch.delenv("RAREBIT_DATA", raising=False)
    before = files_of(copy)
    code, out, err = rarebit("reproduce", paper, what, "--out", copy / paper)
    assert (code, err.strip()) == (0, "")
    assert "differ from those" not in out
    after = files_of(copy)
    assert set(after) == set(before)
    changed = [path for path, data in after.items() if data != before[path]]
    for path in changed:
        assert path.name == "tables.md", path
        assert rows(after[path]) == rows(before[path])


def test_committed_results_are_small():
    sizes = {}
    for path in RESULTS.rglob("*"):
        if path.is_file() and path.suffix not in (".sqlite", ".html"):
            study = path.relative_to(RESULTS).parts[:2]
            sizes[study] = sizes.get(study, 0) + path.stat().st_size
    assert max(sizes.values()) < MEBIBYTE
    assert sum(sizes.values()) < 10 * MEBIBYTE
    assert not list(RESULTS.rglob("cells.csv.gz.new"))


@pytest.mark.parametrize("folder", ["first-sweep", "qcl-mixnet/strict"])
def test_a_committed_sweep_is_reported_from_its_compressed_cells(rarebit, tmp_path, folder):
    shutil.copytree(
        RESULTS / folder, tmp_path / "sweep", ignore=shutil.ignore_patterns("*.sqlite*")
    )
    before = files_of(tmp_path / "sweep")
    code, _, err = rarebit("benchmark", "report", "sweep")
    assert (code, err.strip()) == (0, "")
    after = files_of(tmp_path / "sweep")
    assert len(after[Path("report.html")]) > 10_000
    for path, data in before.items():
        if path.suffix == ".csv":
            assert after[path] == data, path
    assert not (tmp_path / "sweep" / "cells.csv").exists()

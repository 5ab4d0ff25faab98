"""docs/architecture.md and CONTRIBUTING.md name files and functions that exist."""

import re
from pathlib import Path

import pytest

from rarebit.zoo import PRESETS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PATH = re.compile(r"`([\w./-]+(?:\.py|\.toml|/))`")
NAME = re.compile(r"`(_?[A-Za-z]\w+)`")


def find(path):
    return next((p for p in (ROOT / "src" / "rarebit" / path, ROOT / path) if p.exists()), None)


def rows_of(text):
    """Cells of each line of the tables of a page."""
    return [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("page", [PAGE, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_path_exists(page):
    paths = set(PATH.findall(page.read_text()))
    assert len(paths) > 10
    assert [path for path in sorted(paths) if find(path) is None] == []


def test_every_name_is_in_a_file_of_its_answer():
    text = PAGE.read_text().partition("## Where to find the code")[2]
    questions = [cells for cells in rows_of(text) if "`" in cells[-1]]
    assert len(questions) >= 15
    for question, answer in questions:
        files = [find(path) for path in PATH.findall(answer)]
        sources = "\n".join(f.read_text() for f in files if f is not None and f.is_file())
        for name in NAME.findall(answer):
            defined = re.search(rf"^\s*(def|class) {name}\b|^{name}\b.*=", sources, re.MULTILINE)
            assert defined, f"{question}: {name}"


def test_every_package_is_in_its_layer():
    contract = (ROOT / "pyproject.toml").read_text().partition("layers = [")[2].partition("]")[0]
    layers = [
        [name for name in re.findall(r"rarebit\.(\w+)", line) if f"(rarebit.{name})" not in line]
        for line in contract.splitlines()
    ]
    layers = [names for names in layers if names]
    told = {}
    for cells in rows_of(PAGE.read_text().partition("## Layers")[2].partition("## Conv")[0]):
        if len(cells) == 3 and cells[0].strip().isdigit():
            told.setdefault(int(cells[0]), set()).add(cells[1].strip(" `"))
    assert [told[layer] for layer in sorted(told, reverse=True)] == [set(n) for n in layers]


def test_the_presets_are_as_documented():
    text = (ROOT / "docs" / "comparison.md").read_text().partition("## Presets")[2]
    told = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows_of(text)}
    for name, preset in PRESETS.items():
        size, folds, settings, most = told[name]
        if name != "thorough":  # all that is installed
            assert size == f"{len(preset.classifiers)} x {len(preset.treatments)}"
        assert folds.startswith(f"{preset.n_folds} x {preset.n_repeats}")
        if preset.small_repeats != preset.n_repeats:
            assert f"({preset.n_folds} x {preset.small_repeats} up to 2,000 rows)" in folds
        assert settings == str(preset.n_configs)
        assert most == ("all" if preset.max_rows is None else f"{preset.max_rows:,}")

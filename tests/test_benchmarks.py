"""What a benchmark says where it cannot begin."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.slow
@pytest.mark.parametrize("folder", [None, "absent"])
def test_without_a_folder_of_data_one_line_says_so(folder):
    environment = {name: value for name, value in os.environ.items() if name != "RAREBIT_DATA"}
    if folder is not None:
        environment["RAREBIT_DATA"] = folder
    command = [sys.executable, BENCHMARKS / "tabular_selection.py", "ecoli"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith("RAREBIT_DATA must name the folder of data sets")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_study_of_rare_rows_runs_and_resumes(tmp_path):
    pytest.importorskip("lightgbm")
    command = [
        sys.executable, BENCHMARKS / "rare_rows.py", "--out", tmp_path / "study", "--rows", "4000",
        "--budget", "400", "--splits", "2", "--tables", "generated, 1.0%",
    ]  # fmt: skip
    first, again = (
        subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert len(first.stdout.splitlines()) == 2 * 3 * 6  # splits, models, arms
    assert again.stdout == ""
    page = (tmp_path / "study.md").read_text()
    # A fifth of the rows is tested; all rare rows of the training set stay in the cut of 400.
    sizes = re.search(
        r"generated, 1.0% \| 3,200 \((\d+)\) \| 400 .* \| 400 \((\d+)\) \| 800 ", page
    )
    assert sizes[1] == sizes[2]


def lines_of_study(script, page):
    """What a study says of one generated table of each kind."""
    command = [sys.executable, BENCHMARKS / script, "--out", page, "--tables", "1", "--splits", "0"]
    subprocess.run(command, capture_output=True, text=True, check=True)
    return re.findall(r"^\| (?:clouds|interactions)\b.*$", page.read_text(), re.MULTILINE)


@pytest.mark.slow
def test_the_study_of_operating_points_counts_kept_and_broken_promises(tmp_path):
    lines = lines_of_study("operating_points.py", tmp_path / "page.md")
    assert len(lines) == 2 * 2 * 2 * 5  # tables, models, arms, points
    for line in lines:
        promised, kept, _, broken, _ = (cell.strip() for cell in line.split("|")[5:10])
        if promised == "1 of 1":
            assert (kept, broken) in {("100 %", "0"), ("0 %", "1")}
        else:
            assert (promised, broken) == ("0 of 1", "–")


@pytest.mark.slow
def test_the_study_of_sets_covers_each_class(tmp_path):
    lines = lines_of_study("conformal.py", tmp_path / "page.md")
    assert len(lines) == 2 * 2 * 2 * 2  # tables, models, arms, classes
    for line in lines:
        _, arm, _, rows, _, covered, expected, _ = (cell.strip() for cell in line.split("|")[1:-1])
        assert float(covered.split()[0]) > 70
        if arm == "rows apart":
            rank = int(0.1 * (int(rows) + 1))
            assert expected == f"{100 - 100 * rank / (int(rows) + 1):.1f} %"


@pytest.mark.slow
def test_the_study_of_calibrators_runs_and_resumes(tmp_path):
    command = [
        sys.executable, BENCHMARKS / "calibration.py", "--out", tmp_path / "study",
        "--data", tmp_path, "--tables", "breast_cancer_rare",
    ]  # fmt: skip
    first, again = (
        subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert len(first.stdout.splitlines()) == 2 * 3 * 2  # seeds, models, treatments
    assert again.stdout == ""
    page = (tmp_path / "study.md").read_text()
    assert "1 table, 12 cells" in page
    none, today = (
        re.search(rf"\| {name} \| ([\d.]+) .* \| (\d+) \| [-+\d.]+ \| \d+ \|", page)
        for name in ("none", "today's")
    )
    assert none[2] == "0"  # not calibrating harms nothing
    # Gradient boosting is overconfident on these 381 rows.
    assert float(today[1]) < float(none[1])

"""What a benchmark says where it cannot begin."""

import os
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

"""What an installation brings: a light core that runs alone, and extras loaded when used."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rarebit._common.optional import EXTRA_OF_MODULE

ROOT = Path(__file__).parents[1]
# matplotlib, of the core, brings Pillow; pandas looks for pyarrow by itself.
HEAVY = sorted({*EXTRA_OF_MODULE} - {"polars", "pyarrow", "PIL"})
ROOMS = [
    "rarebit", "rarebit.metrics", "rarebit.decision", "rarebit.datasets", "rarebit.zoo",
    "rarebit.evaluation", "rarebit.reporting", "rarebit.persistence", "rarebit.quantum",
    "rarebit.over_sampling", "rarebit.cli",
]  # fmt: skip


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **options)


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_loads_no_optional_library(room):
    code = f"import sys, {room}; print(*(set({HEAVY!r}) & set(sys.modules)))"
    result = run(sys.executable, "-c", code)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_every_optional_library_has_its_extra_and_every_extra_a_library():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert set(EXTRA_OF_MODULE.values()) == set(extras) - {"dev", "docs", "all"}
    (everything,) = extras["all"]
    assert set(everything.removeprefix("rarebit[").removesuffix("]").split(",")) == set(
        EXTRA_OF_MODULE.values()
    )


@pytest.mark.slow
def test_the_core_runs_with_nothing_else_installed(tmp_path):
    """A fresh environment with the core alone: the main job, QI-SMOTE, a stored model."""
    assert run(sys.executable, "-m", "venv", tmp_path / "venv").returncode == 0
    python = tmp_path / "venv" / "bin" / "python"
    installed = run(
        python, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", ".",
    )  # fmt: skip
    assert installed.returncode == 0, installed.stderr
    packages = run(python, "-m", "pip", "list").stdout.lower()
    for heavy in ("torch", "pennylane", "xgboost", "lightgbm", "catboost", "polars", "numba"):
        assert heavy not in packages
    environment = {**os.environ, "COLUMNS": "200"}
    rarebit = tmp_path / "venv" / "bin" / "rarebit"
    compared = run(
        rarebit, "compare", "breast_cancer_rare", "--preset", "quick", "--out", tmp_path / "out",
        "--models", "logistic_regression", "--treatments", "tuned_threshold,qi_smote",
        env=environment,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stderr
    assert (tmp_path / "out" / "report.html").exists()
    missing = run(rarebit, "compare", "digits_8", "--models", "xgboost", env=environment)
    assert missing.returncode == 2
    assert 'pip install -e ".[boosting]"' in missing.stderr
    assert len(missing.stderr.strip().splitlines()) == 1

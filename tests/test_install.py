"""What an installation brings: a light core that runs alone, and extras loaded when used."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rarebit
from rarebit._common.optional import EXTRA_OF_MODULE

ROOT = Path(__file__).parents[1]
# matplotlib, of the core, brings Pillow; pandas looks for pyarrow by itself.
HEAVY = sorted({*EXTRA_OF_MODULE} - {"polars", "pyarrow", "PIL"})
PACKAGES = [
    "rarebit", "rarebit.metrics", "rarebit.decision", "rarebit.datasets", "rarebit.zoo",
    "rarebit.evaluation", "rarebit.reporting", "rarebit.persistence", "rarebit.quantum",
    "rarebit.over_sampling", "rarebit.cli",
]  # fmt: skip


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **options)


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_loads_no_optional_library(package):
    code = f"import sys, {package}; print(*(set({HEAVY!r}) & set(sys.modules)))"
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


def test_there_is_one_version_number():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    papers = tomllib.loads((ROOT / "papers" / "pyproject.toml").read_text())["project"]["version"]
    assert rarebit.__version__ == papers == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()


@pytest.mark.slow
def test_the_wheels_hold_what_the_packages_need(tmp_path):
    """Built, checked, and the core alone run from its wheel in an empty environment."""
    for source in (".", "papers"):
        built = run(sys.executable, "-m", "build", "--outdir", tmp_path / "dist", source)
        assert built.returncode == 0, built.stderr
    archives = sorted((tmp_path / "dist").iterdir())
    checked = run(sys.executable, "-m", "twine", "check", "--strict", *archives)
    assert checked.returncode == 0, checked.stdout
    assert run(sys.executable, "-m", "venv", tmp_path / "venv").returncode == 0
    python = tmp_path / "venv" / "bin" / "python"
    (wheel,) = (tmp_path / "dist").glob("rarebit-*.whl")
    installed = run(python, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", wheel)
    assert installed.returncode == 0, installed.stderr
    packages = run(python, "-m", "pip", "list").stdout.lower()
    for heavy in ("torch", "pennylane", "xgboost", "lightgbm", "catboost", "polars", "numba"):
        assert heavy not in packages
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": ""}
    rarebit_command = tmp_path / "venv" / "bin" / "rarebit"
    compared = run(
        rarebit_command, "compare", "breast_cancer_rare", "--preset", "quick",
        "--out", tmp_path / "out", "--models", "logistic_regression",
        "--treatments", "tuned_threshold,qi_smote", env=environment,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stderr
    assert (tmp_path / "out" / "report.html").exists()
    for arguments, extra in (
        (("compare", "digits_8", "--models", "xgboost"), 'pip install -e ".[boosting]"'),
        (("reproduce", "qcl-mixnet", "table6"), "pip install -e papers"),
    ):
        missing = run(rarebit_command, *arguments, env=environment)
        assert missing.returncode == 2
        assert extra in missing.stderr
        assert len(missing.stderr.strip().splitlines()) == 1

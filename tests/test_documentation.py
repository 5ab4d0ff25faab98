"""The examples of README and docs run as they stand."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "papers/README.md"))])
PAGES += sorted(ROOT.glob("docs/*.md"))
BLOCK = re.compile(
    r"^(<!-- not run: .+ -->\n)?```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
# What sets up an environment or a clone: tests/test_install.py does that.
SETS_UP = ("make", "source", "pip", "git", "cd", ".venv/bin/pre-commit", "python", "pytest")
# What keeps the run of an example short; it does not change which code runs. The last one counts.
SHORTER = {"compare": ["--time-budget", "20s"]}


def blocks(page, kind):
    return [
        code
        for skipped, language, code in BLOCK.findall(page.read_text())
        if language == kind and not skipped
    ]


def commands():
    for page in PAGES:
        for code in blocks(page, "console"):
            for line in code.splitlines():
                if line.startswith("$ "):
                    yield page.relative_to(ROOT).as_posix(), line[2:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the examples name, small."""
    place = tmp_path_factory.mktemp("examples")
    rng = np.random.default_rng(0)
    n = 150
    age = rng.normal(60, 12, n).round(1)
    died = (age + rng.normal(0, 8, n) > 76).astype(int)
    frame = pd.DataFrame(
        {
            "age": age,
            "dose": rng.gamma(2.0, 10.0, n).round(2),
            "ward": rng.choice(["a", "b", "c"], n),
            "patient_id": np.arange(n) // 2,
            "booked_at": pd.date_range("2024-01-01", periods=n, freq="6h"),
            "amount": rng.gamma(2.0, 50.0, n).round(2),
        }
    )
    frame.assign(died=died).to_csv(place / "data.csv", index=False)
    frame.assign(fraud=died).to_csv(place / "payments.csv", index=False)
    frame.head(20).to_csv(place / "new.csv", index=False)
    frame.assign(died=died, age=age + 3).to_csv(place / "later.csv", index=False)
    shutil.copytree(ROOT / "examples", place / "examples")
    shutil.copytree(ROOT / "results", place / "results")
    from PIL import Image

    for label, level in (("benign", 60), ("malignant", 190)):
        (place / "scans" / label).mkdir(parents=True)
        (place / "new").mkdir(exist_ok=True)
        for k in range(24):
            pixels = rng.normal(level, 25, (32, 32)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / "scans" / label / f"{k}.png")
            Image.fromarray(pixels).save(place / "new" / f"{label}{k}.png")
    return place


def run(command, folder):
    environment = {**os.environ, "COLUMNS": "120", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", [page.relative_to(ROOT).as_posix() for page in PAGES])
def test_the_python_examples_of_a_page_run(page, folder):
    code = "\n".join(blocks(ROOT / page, "python"))
    if not code:
        pytest.skip("no Python on this page")
    ended = run([sys.executable, "-c", code], folder)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_commands_run(folder, subtests):
    """In their order: some read what another has written."""
    binary = Path(sys.executable).with_name("rarebit")
    for page, line in commands():
        program, *arguments = shlex.split(line, comments=True)
        if program in SETS_UP:
            continue
        with subtests.test(page=page, line=line):
            assert program == "rarebit", f"{page}: what is {program}?"
            ended = run([binary, *arguments, *SHORTER.get(arguments[0], [])], folder)
            assert ended.returncode == 0, ended.stderr

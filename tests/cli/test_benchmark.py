"""`rarebit benchmark` and `rarebit reproduce` as their users call them."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rarebit.running import Store

CONFIG = """
models = ["gaussian_nb", "decision_tree"]
treatments = ["untouched", "tuned_threshold", "smote"]
preset = "quick"
protocol = {n_folds = 2, n_repeats = 1}
"""


@pytest.fixture
def config(tmp_path):
    """A configuration of one small table, in a folder of its own."""
    rng = np.random.default_rng(0)
    home = tmp_path / "home"
    home.mkdir()
    rare = np.arange(60) % 5 == 0
    frame = pd.DataFrame({"a": rng.normal(size=60) + rare, "b": rng.normal(size=60), "y": rare * 1})
    frame.to_csv(home / "one.csv", index=False)
    (home / "s.toml").write_text(CONFIG + '[[tables]]\npath = "one.csv"\ntarget = "y"\n')
    return home / "s.toml"


def test_run_then_report_then_resume(rarebit, config, tmp_path):
    code, out, err = rarebit("benchmark", "run", config, "--out", "o", "--jobs", "1")
    assert code == 0, err
    assert "Treatments" in out
    assert "single data set" in out
    folder = tmp_path / "o"
    for name in ("sweep.toml", "sweep.json", "cells.sqlite", "cells.csv", "report.html",
                 "tables/tables.md", "tables/provenance.json"):  # fmt: skip
        assert (folder / name).exists(), name
    first = (folder / "tables" / "candidates.csv").read_text()

    # Elsewhere, without the data, the store lost: the CSV is enough for a report.
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("sweep.json", "cells.csv"):
        shutil.copy(folder / name, moved / name)
    code, out, err = rarebit("benchmark", "report", "moved", "--json")
    assert code == 0, err
    assert json.loads(out)["datasets"][0]["n_cells"] == 12
    assert (moved / "tables" / "candidates.csv").read_text() == first

    # The paths of tables are absolute in the copy, so resume works from anywhere.
    code, _, err = rarebit("benchmark", "resume", "o", "--jobs", "1")
    assert code == 0, err
    assert (folder / "tables" / "candidates.csv").read_text() == first


@pytest.mark.slow
def test_a_compressed_export_is_resumed_and_stays_compressed(rarebit, config):
    rarebit("benchmark", "run", config, "--out", "o", "--jobs", "1")
    folder = Path("o")
    with Store() as store:
        store.import_csv(folder / "cells.csv")
        assert store.export_csv(folder / "cells.csv.gz") == 12
    (folder / "cells.csv").unlink()
    (folder / "cells.sqlite").unlink()
    exported = (folder / "cells.csv.gz").read_bytes()
    assert rarebit("benchmark", "report", "o")[0] == 0
    assert not (folder / "cells.sqlite").exists()
    assert rarebit("benchmark", "resume", "o", "--jobs", "1")[0] == 0
    assert (folder / "cells.csv.gz").read_bytes() == exported
    assert not (folder / "cells.csv").exists()


def test_a_configuration_in_its_own_folder_stays_as_it_was_written(rarebit, config):
    text = config.read_text()
    assert rarebit("benchmark", "run", config, "--out", config.parent, "--jobs", "1")[0] == 0
    kept = config.rename(config.parent / "sweep.toml")
    kept.write_text(text + "# my own words\n")
    assert rarebit("benchmark", "run", kept, "--out", config.parent, "--jobs", "1")[0] == 0
    assert kept.read_text() == text + "# my own words\n"


@pytest.mark.slow
def test_a_changed_configuration_leaves_the_old_cells_aside(rarebit, config):
    rarebit("benchmark", "run", config, "--out", "o", "--jobs", "1")
    config.write_text("seed = 3\n" + config.read_text())
    code, out, err = rarebit("benchmark", "run", config, "--out", "o", "--jobs", "1", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["datasets"][0]["n_cells"] == 12
    assert any("12 fits in the store have other settings or data" in w for w in found["warnings"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "absent.toml", "--out", "o"), "absent.toml"),
        (("run", "bad.toml", "--out", "o"), "no setting data"),
        (("run", "home/s.toml", "--out", "bad.toml"), "is a file"),
        (("run", "home/s.toml", "--out", "o", "--backend", "ray"), "--backend"),
        (("run", "home/s.toml", "--out", "o", "--address", "tcp://x:1"), "--backend dask"),
        (("run", "home/s.toml", "--out", "o", "--jobs", "0"), "jobs is 0"),
        (
            ("resume", "home", "--backend", "dask", "--address", "tcp://x:1", "--jobs", "2"),
            "--jobs 2 has no effect with --address",
        ),
        (("run", "home/s.toml", "--out", "o", "--data-dir", "."), "--data-dir has no effect"),
        (("run", "mps.toml", "--out", "o"), "device mps has no effect: Gaussian naive"),
        (("run", "unknown.toml", "--out", "o"), "oracle"),
        (("run", "nodata.toml", "--out", "o"), "nowhere"),
        (("resume", "nowhere"), "is not the folder of a sweep"),
        (("report", "nowhere"), "not the record of a sweep"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(rarebit, config, tmp_path, arguments, says):
    (tmp_path / "bad.toml").write_text('data = "x"')
    shutil.copy(config, config.parent / "sweep.toml")
    (tmp_path / "unknown.toml").write_text('datasets = ["digits_8"]\nmodels = ["oracle"]')
    (tmp_path / "mps.toml").write_text(
        'datasets = ["digits_8"]\nmodels = ["gaussian_nb"]\ndevice = "mps"'
    )
    (tmp_path / "nodata.toml").write_text('datasets = ["nowhere"]')
    code, _, err = rarebit("benchmark", *arguments)
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


def n_cells(path):
    """Number of cells in a store that another process writes; 0 until it has a table."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT COUNT(*) FROM cells").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(rarebit, config, tmp_path, jobs):
    text = config.read_text().replace('"decision_tree"', '"decision_tree", "random_forest"')
    config.write_text(text.replace("n_folds = 2, n_repeats = 1", "n_folds = 5, n_repeats = 3"))
    process = subprocess.Popen(
        [sys.executable, "-c", "from rarebit.cli import main; main()", "benchmark", "run",
         str(config), "--out", "o", "--jobs", jobs],
        cwd=tmp_path, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
        # A shell that runs the tests in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    while n_cells(tmp_path / "o" / "cells.sqlite") < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    # A worker that is just starting or tidying up may have words of its own before.
    last = err.strip().splitlines()[-1]
    assert last.startswith("Error: Interrupted.")
    assert last.endswith("rarebit benchmark resume o")
    assert "Traceback" not in out


def test_reproduce(rarebit):
    code, out, _ = rarebit("reproduce", "qcl-mixnet", "table6")
    assert code == 0
    assert "does not follow from the printed" in out
    code, _, err = rarebit("reproduce", "qcl-mixnet", "table99")
    assert (code, len(err.strip().splitlines())) == (2, 1)
    assert "qcl-mixnet table6" in err


def test_a_configuration_of_ones_own_is_not_overwritten(rarebit, tmp_path):
    (tmp_path / "sweep.toml").write_text("# mine\n")
    (tmp_path / "nightly.toml").write_text('datasets = ["wine_rare"]\npreset = "quick"\n')
    code, _, err = rarebit("benchmark", "run", "nightly.toml", "--out", ".")
    assert code == 2
    assert "no sweep was run in its folder" in err
    assert (tmp_path / "sweep.toml").read_text() == "# mine\n"


def test_a_configuration_that_is_refused_replaces_none(rarebit, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sweep.toml").write_text('datasets = ["wine_rare"]\n')
    (folder / "sweep.json").write_text("{}")
    (tmp_path / "bad.toml").write_text('datasets = ["wine_rar"]\n')
    code, _, err = rarebit("benchmark", "run", "bad.toml", "--out", "out")
    assert code == 2
    assert "wine_rar" in err
    assert "wine_rare" in (folder / "sweep.toml").read_text()

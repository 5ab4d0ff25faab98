"""Sweeps: planned whole, resumable at any moment, the same with any workers."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace

import pandas as pd
import pytest

from rarebit.evaluation.sweep.config import read_config
from rarebit.evaluation.sweep.run import SweepRecord, plan_sweep
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.exceptions import InputError
from rarebit.running import CellResult, Store, run_cells
from rarebit.running.folder import store_in
from rarebit.running.tasks import CellTask

# What differs from run to run.
TIMING = ["fit_seconds", "predict_seconds", "peak_mib"]


def run_sweep(tasks, folder, **options):
    with store_in(folder) as store:
        run_cells(tasks, store, **options)


def fake_cell(task):
    """A score made of the key alone, in no time."""
    share = hash((task.key.dataset, task.key.classifier, task.key.treatment, task.key.fold)) % 97
    return CellResult(task.key, "done", scores={"macro_f1": share / 97}, fit_seconds=time.time())


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(CellTask, "run", fake_cell)


# ---------------------------------------------------------------- plan and record


def test_the_plan_holds_every_cell_once(planned):
    keys = [task.key for task in planned.tasks]
    assert len(set(keys)) == len(keys) == 2 * 2 * 6
    assert [d.name for d in planned.record.datasets] == ["one.csv", "two.csv"]
    for entry in planned.record.datasets:
        assert entry.n_splits == 2
        assert {key.config_hash for key in keys if key.dataset == entry.name} == {entry.config_hash}


def test_the_record_comes_back_from_its_file(planned, tmp_path):
    planned.record.write(tmp_path / "sweep.json")
    record = SweepRecord.read(tmp_path / "sweep.json")
    assert record.datasets == planned.record.datasets
    assert (record.labels, record.kinds) == (planned.record.labels, planned.record.kinds)


def test_the_record_is_json_that_others_can_read(planned, tmp_path):
    planned.record.write(tmp_path / "sweep.json")
    values = json.loads((tmp_path / "sweep.json").read_text())
    assert values["datasets"][0]["name"] == "one.csv"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"datasets": [{}]}'])
def test_a_foreign_record_is_refused(tmp_path, text):
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(InputError, match="not the record of a sweep"):
        SweepRecord.read(tmp_path / "sweep.json")


def test_a_data_set_named_twice_is_refused(folder):
    config = read_config(folder / "sweep.toml")
    with pytest.raises(InputError, match="Two data sets are named"):
        plan_sweep(replace(config, tables=config.tables[:1] * 2))


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("x,y\n1,no\n2,no\n3,no\n", {}, "three.csv: the target has only one class, 'no'"),
        ("id,y\n1,no\n2,yes\n3,no\n", {}, "three.csv: no column can be used"),
        ("x,z\n1,no\n2,yes\n", {}, "three.csv: the table has no column 'y'"),
        (
            f"x,y\n{''.join(f'{k % 7},{k / 8}{chr(10)}' for k in range(40))}",
            {},
            "three.csv: .* quantity",
        ),
        (
            "x,y,w\n1,no,1\n2,yes,-1\n1,no,1\n",
            {"weights": "w"},
            "three.csv: the weight of data row 2",
        ),
        ("x,y,w\n1,no,1\n2,yes,0\n1,no,1\n", {"weights": "w"}, "three.csv: .* 'yes' has weight 0"),
        ("x,y\n1,no\n2,yes\n", {"positive": "maybe"}, "three.csv: positive is 'maybe'"),
        ("x,y\n1,no\n2,yes\n", {"name": "mine"}, "^mine: .* at least two rows"),
        ("x,y\n1,no,7\n", {}, "three.csv' has 3 cells"),
        ("", {}, "three.csv' is empty"),
    ],
)
def test_an_error_names_its_table(folder, text, options, says):
    config = read_config(folder / "sweep.toml")
    (folder / "three.csv").write_text(text)
    table = {"path": str(folder / "three.csv"), "target": "y", **options}
    with pytest.raises(InputError, match=says):
        plan_sweep(replace(config, tables=(*config.tables, table)))


# ---------------------------------------------------------------- running


def test_roles_are_taken_and_columns_left_out_are_named(folder):
    rows = "".join(f"{k % 7},N{k},{k % 9},{'yes' if k % 4 else 'no'}\n" for k in range(60))
    (folder / "three.csv").write_text("x,name,zip,y\n" + rows)
    table = {"path": str(folder / "three.csv"), "target": "y", "roles": {"zip": "categorical"}}
    config = replace(read_config(folder / "sweep.toml"), tables=(table,))
    planned = plan_sweep(config)
    assert planned.record.datasets[0].notes[0] == (
        "Dropped column: name (every value is different, looks like an identifier)."
    )
    assert planned.tasks[0].model.roles == {"x": "numeric", "zip": "categorical"}


def test_cells_are_in_the_store_as_they_finish(planned, folder, fake):
    seen = []

    def on_result(result):
        seen.append(result)
        assert finished(folder) == len(seen)

    run_sweep(planned.tasks, folder, on_result=on_result)
    assert len(seen) == len(planned.tasks)


def test_a_finished_sweep_runs_nothing(planned, folder, fake):
    run_sweep(planned.tasks, folder)
    told = []
    run_sweep(planned.tasks, folder, on_start=lambda tasks, known: told.append((len(tasks), known)))
    assert told == [(0, 24)]


def test_an_interrupted_sweep_goes_on(planned, folder, fake):
    def stop(result):
        raise KeyboardInterrupt

    for done in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            run_sweep(planned.tasks, folder, on_result=stop)
        with Store(folder / "cells.sqlite") as store:
            assert store.count() == done
        assert len((folder / "cells.csv").read_text().splitlines()) == done + 1


def test_a_lost_store_is_refilled_from_its_csv(planned, folder, final_table, fake):
    run_sweep(planned.tasks, folder)
    expected = final_table(folder, planned.record)
    for file in folder.glob("cells.sqlite*"):
        file.unlink()
    again = []
    run_sweep(planned.tasks, folder, on_result=again.append)
    assert again == []
    pd.testing.assert_frame_equal(final_table(folder, planned.record), expected)
    assert len((folder / "cells.csv").read_text().splitlines()) == 25


def test_failed_cells_are_run_again_when_asked_for(planned, folder, monkeypatch):
    lost = planned.tasks[3].key

    def failing(task):
        return CellResult(task.key, "failed", error="x") if task.key == lost else fake_cell(task)

    monkeypatch.setattr(CellTask, "run", failing)
    run_sweep(planned.tasks, folder)
    monkeypatch.setattr(CellTask, "run", fake_cell)
    again = []
    run_sweep(planned.tasks, folder, on_result=again.append)
    assert again == []
    run_sweep(planned.tasks, folder, retry_failed=True, on_result=again.append)
    assert [result.key for result in again] == [lost]
    with Store() as fresh:
        fresh.import_csv(folder / "cells.csv")
        assert set(fresh.frame()["status"]) == {"done"}


def test_cells_of_a_changed_configuration_are_kept_and_not_counted(planned, folder, fake):
    run_sweep(planned.tasks, folder)
    config = replace(read_config(folder / "sweep.toml"), seed=7)
    other = plan_sweep(config)
    run_sweep(other.tasks, folder)
    with Store(folder / "cells.sqlite") as store:
        assert store.count() == 48
        summary = summarise_sweep(store, other.record)
    assert summary.datasets["n_cells"].sum() == 24
    assert any("24 fits in the store have other settings" in w for w in summary.warnings)


# ---------------------------------------------------------------- kill -9

DRIVER = """
import sys
from rarebit.evaluation.sweep.run import plan_sweep
from rarebit.evaluation.sweep.config import read_config
from rarebit.running import run_cells
from rarebit.running.folder import store_in
if __name__ == "__main__":
    config, folder, jobs = sys.argv[1:]
    with store_in(folder) as store:
        run_cells(plan_sweep(read_config(config)).tasks, store, jobs=int(jobs))
"""


def finished(folder):
    """Cells that are safe in the store; -1 while there is none."""
    try:
        store = sqlite3.connect(f"file:{folder / 'cells.sqlite'}?mode=ro", uri=True)
        with closing(store):
            return store.execute("SELECT COUNT(*) FROM cells").fetchone()[0]
    except sqlite3.OperationalError:
        return -1


def kill_after(n_cells, folder, jobs):
    """Start a driver and kill it -9 once so many cells are finished."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(folder / "sweep.toml"), str(folder / "out"), str(jobs)],
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    while finished(folder / "out") < n_cells and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with suppress(ProcessLookupError):  # its workers, should they live on
        os.killpg(process.pid, signal.SIGKILL)


def seconds_by_cell(store):
    frame = store.frame().set_index(["dataset", "classifier", "treatment", "fold"])
    return frame["fit_seconds"].to_dict()


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_driver_loses_and_doubles_nothing(planned, folder, final_table, jobs):
    (folder / "whole").mkdir()
    run_sweep(planned.tasks, folder / "whole")
    expected = final_table(folder / "whole", planned.record)

    out = folder / "out"
    before = {}
    for n_cells in (0, 5, 15):
        kill_after(n_cells, folder, jobs)
        with Store(out / "cells.sqlite") as store:
            now = seconds_by_cell(store)
        assert n_cells <= len(now) < 24
        # What was finished before was not run again: even its times are the same.
        assert now.items() >= before.items()
        before = now
    run_sweep(planned.tasks, out, jobs=jobs)
    with Store(out / "cells.sqlite") as store:
        assert seconds_by_cell(store).items() >= before.items()
    pd.testing.assert_frame_equal(final_table(out, planned.record), expected, check_exact=True)
    assert len((out / "cells.csv").read_text().splitlines()) == 25

"""Sweeps: planned whole, resumable at any moment, the same with any workers."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.evaluation import CellResult, Store, runner
from rarebit.evaluation.sweep import SweepRecord, plan_sweep, run_sweep
from rarebit.evaluation.sweep_config import SweepConfig, read_config, write_config
from rarebit.evaluation.sweep_summary import summarise_sweep
from rarebit.exceptions import InputError

# What differs from run to run.
TIMING = ["fit_seconds", "predict_seconds", "peak_mib"]


@pytest.fixture
def folder(tmp_path):
    """A folder with two small tables and the configuration of a sweep over them."""
    rng = np.random.default_rng(0)
    for name, n_rows in (("one", 60), ("two", 80)):
        rare = np.arange(n_rows) % 5 == 0
        frame = pd.DataFrame(
            {"a": rng.normal(size=n_rows) + 1.5 * rare, "b": rng.normal(size=n_rows), "y": rare * 1}
        )
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "sweep.toml").write_text(
        'models = ["gaussian_nb", "decision_tree"]\n'
        'treatments = ["untouched", "tuned_threshold", "smote"]\n'
        'preset = "quick"\n'
        "[protocol]\nn_folds = 2\nn_repeats = 1\n"
        '[[tables]]\npath = "one.csv"\ntarget = "y"\n'
        '[[tables]]\npath = "two.csv"\ntarget = "y"\n'
    )
    return tmp_path


@pytest.fixture
def planned(folder):
    return plan_sweep(read_config(folder / "sweep.toml"))


def fake_cell(task):
    """A score made of the key alone, in no time."""
    share = hash((task.key.dataset, task.key.classifier, task.key.treatment, task.key.fold)) % 97
    return CellResult(task.key, "done", scores={"macro_f1": share / 97}, fit_seconds=time.time())


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(runner, "run_cell", fake_cell)


def final_table(folder, record):
    with Store(folder / "cells.sqlite") as store:
        summarise_sweep(store, record)
        return store.frame().drop(columns=TIMING)


# ---------------------------------------------------------------- configuration


def test_defaults_and_absolute_paths(folder):
    config = read_config(folder / "sweep.toml")
    assert config.name == "sweep"
    assert [table["path"] for table in config.tables] == [
        str(folder / "one.csv"), str(folder / "two.csv"),
    ]  # fmt: skip
    assert config.make_protocol(100).n_folds == 2
    assert config.metric == "macro_f1"


texts = st.text(max_size=8)


@given(
    name=texts,
    metric=st.sampled_from(["macro_f1", "brier"]),
    datasets=st.lists(texts, min_size=1, max_size=3),
    seed=st.integers(-(2**62), 2**62),
    seconds=st.none() | st.floats(0.01, 1e300) | st.integers(1, 10**6),
    keep=st.booleans(),
    calibrate=st.booleans(),
    table=st.fixed_dictionaries(
        {"path": st.just("/x/y.csv"), "target": texts},
        optional={
            "positive": texts | st.integers(-9, 9) | st.booleans(),
            "ignore": st.lists(texts),
        },
    ),
)
def test_a_configuration_comes_back_as_it_was_written(
    tmp_path_factory, name, metric, datasets, seed, seconds, keep, calibrate, table
):
    config = SweepConfig(
        name=name, datasets=tuple(datasets), tables=(table,), metric=metric, seed=seed,
        cell_seconds=seconds, keep_predictions=keep, protocol={"calibrate": calibrate},
    )  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "written.toml"
    write_config(config, path)
    assert read_config(path) == replace(config, name=name or "written")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("datasets = [", "not valid TOML"),
        ('dataset = ["ecoli"]', "no setting dataset"),
        ('preset = "quick"', "names no data"),
        ('datasets = "ecoli"', "give a list"),
        ("datasets = [1]", "give a list"),
        ('datasets = ["digits_8"]\nseed = "one"', "whole number"),
        ('datasets = ["digits_8"]\nseed = true', "whole number"),
        ('datasets = ["digits_8"]\npreset = "huge"', "no preset 'huge'"),
        ('datasets = ["digits_8"]\nmetric = "f7"', "f7"),
        ('datasets = ["digits_8"]\npairs = ["svm, smote"]', "a classifier and a treatment"),
        ('datasets = ["digits_8"]\ncell_seconds = 0', "more than 0"),
        ('datasets = ["digits_8"]\n[protocol]\nfolds = 3', "no folds"),
        ('datasets = ["digits_8"]\n[protocol]\nn_folds = 0', "n_folds is 0"),
        ('datasets = ["digits_8"]\n[protocol]\nn_folds = "3"', "n_folds"),
        ('datasets = ["digits_8"]\n[protocol]\nsearch = "luck"', "random or grid"),
        ('[[tables]]\npath = "x.csv"', "lacks target"),
        ('tables = ["x.csv"]', "lacks path and target"),
        ('[[tables]]\npath = "x.csv"\ntarget = "y"\nage = 3', "no age"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path, text, says):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_config(path)


def test_an_absent_configuration(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "absent.toml")


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


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"datasets": [{}]}'])
def test_a_foreign_record_is_refused(tmp_path, text):
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(InputError, match="no record of a sweep"):
        SweepRecord.read(tmp_path / "sweep.json")


def test_a_data_set_named_twice_is_refused(folder):
    config = read_config(folder / "sweep.toml")
    with pytest.raises(InputError, match="named twice"):
        plan_sweep(replace(config, tables=config.tables[:1] * 2))


# ---------------------------------------------------------------- running


def test_cells_come_to_the_csv_as_they_finish(planned, folder, fake):
    seen = []

    def on_result(result):
        seen.append(result)
        assert len((folder / "cells.csv").read_text().splitlines()) == len(seen) + 1

    run_sweep(planned.tasks, folder, on_result=on_result).close()
    assert len(seen) == len(planned.tasks)


def test_a_finished_sweep_runs_nothing(planned, folder, fake):
    run_sweep(planned.tasks, folder).close()
    told = []
    run_sweep(
        planned.tasks, folder, on_start=lambda tasks, known: told.append((len(tasks), known))
    ).close()
    assert told == [(0, 24)]


def test_an_interrupted_sweep_goes_on(planned, folder, fake):
    def stop(result):
        raise KeyboardInterrupt

    for done in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            run_sweep(planned.tasks, folder, on_result=stop)
        with Store(folder / "cells.sqlite") as store:
            assert store.count() == done


@pytest.mark.parametrize("cut", ["", "one.csv,gaussian_nb,smote,str", 'one.csv,"a\nb\n'])
def test_a_lost_store_refills_from_its_csv(planned, folder, fake, cut):
    run_sweep(planned.tasks, folder).close()
    expected = final_table(folder, planned.record)
    for file in folder.glob("cells.sqlite*"):
        file.unlink()
    with (folder / "cells.csv").open("a") as file:
        file.write(cut)
    again = []
    run_sweep(planned.tasks, folder, on_result=again.append).close()
    assert again == []
    pd.testing.assert_frame_equal(final_table(folder, planned.record), expected)
    assert len((folder / "cells.csv").read_text().splitlines()) == 25


def test_failed_cells_are_run_again_when_asked_for(planned, folder, monkeypatch):
    lost = planned.tasks[3].key

    def failing(task):
        return CellResult(task.key, "failed", error="x") if task.key == lost else fake_cell(task)

    monkeypatch.setattr(runner, "run_cell", failing)
    run_sweep(planned.tasks, folder).close()
    monkeypatch.setattr(runner, "run_cell", fake_cell)
    again = []
    run_sweep(planned.tasks, folder, on_result=again.append).close()
    assert again == []
    run_sweep(planned.tasks, folder, retry_failed=True, on_result=again.append).close()
    assert [result.key for result in again] == [lost]
    with Store() as fresh:
        fresh.import_csv(folder / "cells.csv")
        assert set(fresh.frame()["status"]) == {"done"}


def test_cells_of_a_changed_configuration_are_kept_and_not_counted(planned, folder, fake):
    run_sweep(planned.tasks, folder).close()
    config = replace(read_config(folder / "sweep.toml"), seed=7)
    other = plan_sweep(config)
    with run_sweep(other.tasks, folder) as store:
        assert store.count() == 48
        summary = summarise_sweep(store, other.record)
    assert summary.datasets["n_cells"].sum() == 24
    assert any("24 cells in the store are of other settings" in w for w in summary.warnings)


# ---------------------------------------------------------------- kill -9

DRIVER = """
import sys
from rarebit.evaluation.sweep import plan_sweep, run_sweep
from rarebit.evaluation.sweep_config import read_config
if __name__ == "__main__":
    config, folder, jobs = sys.argv[1:]
    run_sweep(plan_sweep(read_config(config)).tasks, folder, jobs=int(jobs))
"""


def finished(folder):
    """Lines of the CSV that are whole, so cells that are safe."""
    path = folder / "cells.csv"
    return path.read_bytes().count(b"\n") - 1 if path.exists() else -1


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
def test_a_killed_driver_loses_and_doubles_nothing(planned, folder, jobs):
    (folder / "whole").mkdir()
    run_sweep(planned.tasks, folder / "whole").close()
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
    with run_sweep(planned.tasks, out, jobs=jobs) as store:
        assert seconds_by_cell(store).items() >= before.items()
    pd.testing.assert_frame_equal(final_table(out, planned.record), expected, check_exact=True)
    assert len((out / "cells.csv").read_text().splitlines()) == 25


# ---------------------------------------------------------------- a Dask cluster


@pytest.fixture
def distributed():
    return pytest.importorskip("distributed")


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_figures_though_a_worker_dies(planned, folder, distributed):
    (folder / "whole").mkdir()
    run_sweep(planned.tasks, folder / "whole").close()
    killed = []

    def kill_one(result):
        if not killed:
            pids = distributed.default_client().run(os.getpid)
            assert len(set(pids.values())) == 2
            killed.append(min(pids.values()))
            os.kill(killed[0], signal.SIGKILL)

    seen = []
    run_sweep(
        planned.tasks, folder / "dask", jobs=2, backend="dask",
        on_result=lambda result: (seen.append(result.key), kill_one(result)),
    ).close()  # fmt: skip
    assert killed
    assert len(seen) == len(set(seen)) == 24
    pd.testing.assert_frame_equal(
        final_table(folder / "dask", planned.record),
        final_table(folder / "whole", planned.record),
        check_exact=True,
    )


@pytest.mark.slow
def test_a_cluster_elsewhere_is_reached_by_its_address(planned, folder, distributed, monkeypatch):
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0
    ) as cluster:
        where = {"backend": "dask", "address": cluster.scheduler_address}
        run_sweep(planned.tasks, folder, **where).close()
        monkeypatch.setattr(
            "rarebit.evaluation.dask_workers.versions", lambda: {"numpy": str(os.getpid())}
        )
        with pytest.raises(InputError, match="has numpy"):
            run_sweep(planned.tasks, folder / "other", **where)
    with Store(folder / "cells.sqlite") as store:
        frame = store.frame()
    assert (frame["status"] == "done").all()
    assert len(frame) == 24


def test_a_cluster_that_is_not_there(planned, folder, distributed, monkeypatch):
    monkeypatch.setattr("rarebit.evaluation.dask_workers.SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(InputError, match="No Dask cluster"):
        run_sweep(planned.tasks, folder, backend="dask", address="tcp://127.0.0.1:9")


def test_workers_that_share_a_process_are_refused(planned, folder, distributed):
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        pytest.raises(InputError, match="--nthreads 1"),
    ):
        run_sweep(planned.tasks, folder, backend="dask", address=cluster.scheduler_address)


# Functions within functions: a worker cannot import this file.


def make_sleepy():
    def sleepy_cell(task):
        from rarebit.evaluation.limits import TimeLimitExceeded, time_limit

        try:
            with time_limit(0.3):
                while True:
                    time.sleep(0.01)
        except TimeLimitExceeded:
            return CellResult(task.key, "timeout", error="Given up after 0.3 s.")

    return sleepy_cell


def make_deadly():
    def deadly_cell(task):
        if task.key.classifier == "decision_tree" and task.key.dataset == "one.csv":
            os.kill(os.getpid(), signal.SIGKILL)
        return CellResult(task.key, "done", scores={"macro_f1": 0.5})

    return deadly_cell


@pytest.mark.slow
def test_time_limits_reach_dask_workers(planned, folder, distributed, monkeypatch):
    monkeypatch.setattr(runner, "run_cell", make_sleepy())
    with run_sweep(planned.tasks[:2], folder, jobs=1, backend="dask") as store:
        assert store.frame()["status"].tolist() == ["timeout", "timeout"]


@pytest.mark.slow
def test_a_cell_that_kills_its_dask_workers_is_a_failure(planned, folder, distributed, monkeypatch):
    monkeypatch.setattr(runner, "run_cell", make_deadly())
    tasks = [
        task for task in planned.tasks if task.key.treatment == "untouched" and task.key.fold == 0
    ]
    with run_sweep(tasks, folder, jobs=2, backend="dask") as store:
        frame = store.frame().set_index(["dataset", "classifier"])
    assert len(frame) == len(tasks) == 4
    deadly = frame.loc[("one.csv", "decision_tree")]
    assert deadly["status"] == "failed"
    assert "worker process died" in deadly["error"]
    assert set(frame.drop(index=[("one.csv", "decision_tree")])["status"]) == {"done"}


def test_the_record_is_json_that_others_can_read(planned, tmp_path):
    planned.record.write(tmp_path / "sweep.json")
    values = json.loads((tmp_path / "sweep.json").read_text())
    assert values["datasets"][0]["name"] == "one.csv"

"""Sweeps on a Dask cluster: the same figures, though workers die."""

import os
import signal
from dataclasses import dataclass

import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.running import CellKey, CellResult, Store, run_cells
from rarebit.running.folder import store_in


def run_sweep(tasks, folder, **options):
    with store_in(folder) as store:
        run_cells(tasks, store, **options)


@pytest.fixture
def distributed():
    return pytest.importorskip("distributed")


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_figures_though_a_worker_dies(
    planned, folder, final_table, distributed
):
    (folder / "whole").mkdir()
    run_sweep(planned.tasks, folder / "whole")
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
    )  # fmt: skip
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
        run_sweep(planned.tasks, folder, **where)
        monkeypatch.setattr(
            "rarebit.running.dask_workers.versions", lambda: {"numpy": str(os.getpid())}
        )
        with pytest.raises(InputError, match="has numpy"):
            run_sweep(planned.tasks, folder / "other", **where)
    with Store(folder / "cells.sqlite") as store:
        frame = store.frame()
    assert (frame["status"] == "done").all()
    assert len(frame) == 24


def test_a_cluster_that_is_not_there(planned, folder, distributed, monkeypatch):
    monkeypatch.setattr("rarebit.running.dask_workers.SECONDS_TO_CONNECT", 0.5)
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


# Classes within functions: a worker cannot import this file.


def sleepy(key):
    @dataclass
    class Sleepy:
        key: CellKey
        seconds: float = 0.3

        def run(self):
            while True:
                pass

    return Sleepy(key)


def deadly(key):
    @dataclass
    class Deadly:
        key: CellKey
        seconds: None = None

        def run(self):
            if self.key.classifier == "decision_tree" and self.key.dataset == "one.csv":
                os.kill(os.getpid(), signal.SIGKILL)
            return CellResult(self.key, "done", scores={"macro_f1": 0.5})

    return Deadly(key)


@pytest.mark.slow
def test_time_limits_reach_dask_workers(planned, folder, distributed):
    tasks = [sleepy(task.key) for task in planned.tasks[:2]]
    run_sweep(tasks, folder, jobs=1, backend="dask")
    with Store(folder / "cells.sqlite") as store:
        assert store.frame()["status"].tolist() == ["timeout", "timeout"]


@pytest.mark.slow
def test_a_cell_that_kills_its_dask_workers_is_a_failure(planned, folder, distributed):
    tasks = [
        deadly(task.key)
        for task in planned.tasks
        if task.key.treatment == "untouched" and task.key.fold == 0
    ]
    run_sweep(tasks, folder, jobs=2, backend="dask")
    with Store(folder / "cells.sqlite") as store:
        frame = store.frame().set_index(["dataset", "classifier"])
    assert len(frame) == len(tasks) == 4
    lost = frame.loc[("one.csv", "decision_tree")]
    assert lost["status"] == "failed"
    assert "worker process died" in lost["error"]
    assert set(frame.drop(index=[("one.csv", "decision_tree")])["status"]) == {"done"}

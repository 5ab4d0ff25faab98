"""Workers: any cell can be ended, whatever it computes; the others finish, and nobody stays."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial

import numpy as np
import pytest

from rarebit.running import CellKey, ScoreTask, Store, dask_workers, run_cells, workers
from rarebit.running.budget import Budget, Queue
from rarebit.running.workers import run_in_workers

pytestmark = pytest.mark.slow

LONG = 3600  # seconds that no test waits


@pytest.fixture(autouse=True)
def short_grace(monkeypatch):
    """The grace of the driver; the workers keep theirs."""
    monkeypatch.setattr(workers, "GRACE", 0.5)


def compute():
    """Compiled code that computes for very long: one call, without a Python instruction."""
    n = 4000
    noise = np.frombuffer(np.random.default_rng(0).bytes(n * n), np.uint8)  # quickly made
    np.linalg.svd(noise.reshape(n, n).astype(float))
    return {"f1": 0.0}


def sleep_without_the_gil():
    ctypes.CDLL(None).sleep(LONG)
    return {"f1": 0.0}


def sleep_with_the_gil():
    ctypes.PyDLL(None).sleep(LONG)
    return {"f1": 0.0}


def spin():
    while True:
        pass


def die():
    os._exit(3)


def key(name, fold=0):
    return CellKey("made", name, fold=fold)


def quick(n=6, seconds=None):
    return [ScoreTask(key("quick", k), partial(dict, f1=k / 8), seconds) for k in range(n)]


def run(tasks, **options):
    """Statuses, scores and errors by cell."""
    store = Store()
    run_cells(tasks, store, **options)
    return store.frame().set_index(["classifier", "fold"])


def check_quick(frame, n=6):
    scores = frame.loc["quick"]
    assert scores["status"].tolist() == ["done"] * n
    assert scores["f1"].tolist() == [k / 8 for k in range(n)]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("hang", "standstill", "error"),
    [
        # However busy the machine is: no end by the clock where processor time is to end it.
        (spin, LONG, "Ended after 0.5 s of processor time."),
        (compute, LONG, "Ended after 0.5 s of processor time, in compiled code."),
        (sleep_without_the_gil, 2, "Ended: it stood still (limit: 0.5 s of processor time)."),
        (sleep_with_the_gil, 2, "Ended: it stood still (limit: 0.5 s of processor time)."),
    ],
)
def test_a_cell_beyond_its_limit_is_ended_and_the_others_finish(
    hang, standstill, error, jobs, monkeypatch
):
    monkeypatch.setattr(workers, "STANDSTILL", standstill)
    frame = run([ScoreTask(key("hang"), hang, 0.5), *quick()], jobs=jobs)
    lost = frame.loc[("hang", 0)]
    assert lost["status"] == "timeout"
    assert lost["error"] == error
    check_quick(frame)


@pytest.mark.parametrize("hang", [spin, sleep_without_the_gil, sleep_with_the_gil])
def test_the_end_of_the_whole_run_ends_every_cell(hang):
    seen, store = [], Store()
    tasks = [ScoreTask(key("hang"), hang), ScoreTask(key("never"), spin)]
    run_cells(tasks, store, budget=Budget(5.0), on_result=seen.append)
    assert [(r.key.classifier, r.status) for r in seen] == [("hang", "cut"), ("never", "cut")]
    assert store.count() == 0


def test_a_worker_that_dies_costs_its_own_cell_only():
    tasks = [ScoreTask(key("deadly", fold), die) for fold in range(3)]
    frame = run([*quick(3), *tasks, *quick()], jobs=2)
    assert frame.loc["deadly"]["status"].tolist() == ["failed"] * 3
    assert set(frame.loc["deadly"]["error"]) == {
        "The worker process died, most likely out of memory."
    }
    check_quick(frame)


def test_a_hanging_cell_does_not_block_a_dask_cluster(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_workers, "GRACE", 0.5)
    tasks = [ScoreTask(key("hang"), compute, 0.5), *quick()]
    # Dask's own 15 s would close the only worker's nanny if they end while the worker starts anew.
    impatient = {"distributed.deploy.lost-worker-timeout": "100ms"}
    with pytest.importorskip("dask").config.set(impatient):
        frame = run(tasks, jobs=1, backend="dask")
    assert frame.loc[("hang", 0), "error"] == (
        "The worker process died, most likely out of memory, or in compiled code beyond its limit "
        "of 0.5 s of processor time."
    )
    check_quick(frame)


def test_what_cannot_be_pickled_is_run_here():
    lock = threading.Lock()
    frame = run([ScoreTask(key("locked"), lambda: {"f1": float(lock.locked())}), *quick()], jobs=2)
    assert frame.loc[("locked", 0), "f1"] == 0.0
    check_quick(frame)


class Foreign:
    """Can be loaded in the process that made it, nowhere else."""

    def __init__(self):
        self.home = os.getpid()

    def __setstate__(self, state):
        if os.getpid() != state["home"]:
            raise ImportError("no such library here")

    def __call__(self):
        return {"f1": 1.0}


def test_what_cannot_be_loaded_in_a_worker_is_a_failure():
    frame = run([ScoreTask(key("foreign"), Foreign()), *quick()], jobs=2)
    assert frame.loc[("foreign", 0), "error"] == "ImportError: no such library here"
    check_quick(frame)


def test_workers_end_with_the_results():
    def pid():
        return {"pid": os.getpid()}

    tasks = [ScoreTask(key("pid", fold), pid) for fold in range(4)]
    with closing(run_in_workers(Queue(tasks), jobs=2)) as results:
        pids = {int(result.scores["pid"]) for result in results}
    assert os.getpid() not in pids
    for one in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(one, 0)


SCRIPT = """
import os, signal, time
from sklearn.linear_model import LogisticRegression
from rarebit import evaluation, datasets

signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell ignore it

class Own(LogisticRegression):
    def fit(self, X, y):
        print("pid", os.getpid(), flush=True)
        while {hang}:
            time.sleep(0.01)
        return super().fit(X, y)

print("start", flush=True)
comparison = evaluation.compare(
    datasets.load_dataset("wine_rare"), models=[("own", Own())], treatments=["untouched"],
    preset="quick", jobs=2, refit=False,
)
print(comparison.cells["status"].unique().tolist(), flush=True)
"""


def start(tmp_path, hang):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(hang=hang))
    return subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_an_estimator_of_a_script_needs_no_guard(tmp_path):
    process = start(tmp_path, hang=False)
    output, _ = process.communicate()
    lines = output.splitlines()
    assert lines.count("start") == 1
    assert lines[-1] == "['done']"
    assert str(process.pid) not in output


def test_ctrl_c_leaves_no_worker_behind(tmp_path):
    process = start(tmp_path, hang=True)
    pids = set()
    while len(pids) < 2:
        word, *rest = process.stdout.readline().split()
        pids |= set(map(int, rest)) if word == "pid" else set()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert errors.count("Traceback") == 1
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

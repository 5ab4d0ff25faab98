"""The store: what goes in comes out, survives a killed process, and goes through CSV and back."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.running import CellKey, CellResult, Store
from rarebit.running.cells import CellPredictions


def make_result(fold=0, classifier="svm", **changes):
    values = {
        "scores": {"macro_f1": 0.5 + fold / 10, "mcc": float("nan")},
        "fit_seconds": 1.5,
        "peak_mib": float("nan"),
        "n_train": 80,
        "n_test": 20,
        "notes": ("A note, with a comma.", 'And a "quote".'),
    }
    key = CellKey("wine", classifier, "smote", "strict", 0, 0, fold, "f00")
    return CellResult(key, "done", **(values | changes))


def test_a_result_comes_back_as_it_went_in():
    predictions = CellPredictions(
        np.array([3, 1]),
        np.array([0, 1]),
        np.array([[0.75, 0.25], [1 / 3, 2 / 3]]),
        {"alerts<=0.5%": np.array([1, 1])},
    )
    result = make_result(predictions=predictions)
    store = Store()
    store.put(result)
    back = store.get(result.key)
    assert back.scores["macro_f1"] == 0.5
    assert np.isnan(back.scores["mcc"])
    assert np.isnan(back.peak_mib)
    assert back.notes == result.notes
    np.testing.assert_array_equal(back.predictions.rows, [3, 1])
    assert back.predictions.proba.tobytes() == predictions.proba.tobytes()
    assert back.predictions.at.keys() == {"alerts<=0.5%"}
    np.testing.assert_array_equal(back.predictions.at["alerts<=0.5%"], [1, 1])


def test_unknown_cell():
    assert Store().get(make_result().key) is None


def test_the_same_cell_is_kept_once():
    store = Store()
    store.put(make_result(scores={"macro_f1": 0.1}))
    store.put(make_result(scores={"macro_f1": 0.2}))
    assert store.frame()["macro_f1"].tolist() == [0.2]


def test_cells_whose_search_was_cut_short_are_dropped_where_named():
    store = Store()
    for fold, cut in enumerate([{}, {"search_cut_short": 1.0}, {"search_cut_short": 1.0}, {}]):
        store.put(make_result(fold, scores={"macro_f1": 0.5, **cut}))
    store.forget_cut_searches(make_result(fold).key for fold in (0, 1, 3))
    assert {key.fold for key in store.keys()} == {0, 2, 3}


def test_keys_by_status():
    store = Store()
    store.put(make_result(0))
    store.put(CellResult(make_result(1).key, "failed"))
    assert {key.fold for key in store.keys()} == {0, 1}
    assert {key.fold for key in store.keys(status="failed")} == {1}


def test_frame_has_a_column_for_each_metric_in_key_order():
    store = Store()
    for fold in (2, 0, 1):
        store.put(make_result(fold))
    frame = store.frame()
    assert frame["fold"].tolist() == [0, 1, 2]
    np.testing.assert_allclose(frame["macro_f1"], [0.5, 0.6, 0.7])
    assert Store().frame().empty


def test_csv_round_trip(tmp_path):
    store = Store(tmp_path / "a.sqlite")
    for fold in range(3):
        store.put(make_result(fold))
    assert store.export_csv(tmp_path / "cells.csv") == 3
    other = Store(tmp_path / "b.sqlite")
    other.put(make_result(0, scores={"macro_f1": 0.9}))
    assert other.import_csv(tmp_path / "cells.csv") == 2
    expected = store.frame()
    expected.loc[0, ["macro_f1", "mcc"]] = [0.9, np.nan]
    pd.testing.assert_frame_equal(other.frame(), expected)


def test_a_foreign_csv_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no export of a store"):
        Store().import_csv(tmp_path / "x.csv")


def test_a_file_that_is_no_store_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("just text, longer than the header of an SQLite file would need to be. " * 20)
    with pytest.raises(InputError, match="cannot be used as a store"):
        Store(path)
    assert path.read_text().startswith("just text")


def test_a_newer_layout_is_refused(tmp_path):
    path = tmp_path / "new.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="newer"):
        Store(path)


WRITER = """
import sys
sys.path.insert(0, {tests!r})
from test_store import make_result
from rarebit.running import Store
store = Store(sys.argv[1])
for fold in range(100_000):
    store.put(make_result(fold))
    print(fold, flush=True)
"""


@pytest.mark.slow
def test_a_killed_process_loses_no_finished_cell(tmp_path):
    path = tmp_path / "cells.sqlite"
    code = WRITER.format(tests=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    seen = [int(process.stdout.readline()) for _ in range(50)]
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    seen += [int(line) for line in process.stdout.read().split()]
    process.wait()
    kept = sorted(key.fold for key in Store(path).keys())
    assert kept[: len(seen)] == seen
    assert len(kept) - len(seen) <= 1


def test_a_damaged_cell_is_dropped_and_said(tmp_path):
    path = tmp_path / "cells.sqlite"
    predictions = CellPredictions(np.array([0]), np.array([0]), np.array([[1.0, 0.0]]))
    whole, damaged = make_result(0), make_result(1, predictions=predictions)
    with Store(path) as store:
        store.put(whole)
        store.put(damaged)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE cells SET predictions = ? WHERE fold = 1", (b"no zip at all",))
    connection.commit()
    connection.close()
    with Store(path) as store:
        with pytest.raises(InputError, match="damaged and has been dropped; run the same"):
            store.get(damaged.key)
        assert store.keys() == {whole.key}


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("database is locked", "wait until it ends"),
        ("database or disk is full", "free space"),
        ("disk I/O error", "free space"),
        ("attempt to write a readonly database", "not a folder"),
    ],
)
def test_a_store_in_use_is_not_to_be_deleted(tmp_path, monkeypatch, said, remedy):
    def fail(store):
        raise sqlite3.OperationalError(said)

    monkeypatch.setattr(Store, "_prepare", fail)
    with pytest.raises(InputError, match=remedy) as stop:
        Store(tmp_path / "cells.sqlite")
    assert "delete" not in str(stop.value)


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        Store(tmp_path)

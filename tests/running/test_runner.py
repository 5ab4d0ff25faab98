"""Cells: test rows stay unseen, failures and time are results, jobs change nothing."""

from dataclasses import astuple, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from rarebit.datasets import Dataset, Role
from rarebit.evaluation import Protocol
from rarebit.exceptions import InputError
from rarebit.running import CellKey, ScoreTask, Store
from rarebit.running.budget import Budget
from rarebit.running.folder import read_store, store_in
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.runner import run_cells, run_task
from rarebit.zoo import PRESETS


def make_dataset(n_rows=120, seed=0, **changes):
    rng = np.random.default_rng(seed)
    y = (np.arange(n_rows) % 5 == 0).astype(np.int64)
    frame = pd.DataFrame({"a": rng.normal(size=n_rows) + y, "b": rng.normal(size=n_rows)})
    roles = {"a": Role.NUMERIC, "b": Role.NUMERIC}
    return replace(Dataset("made", frame, y, ("no", "yes"), 1, roles), **changes)


def own_task(name, estimator):
    """The first task of an estimator of the user's own."""
    tasks = make_tasks(models=[(name, estimator)])
    return next(task for task in tasks if task.key.classifier == name)


def make_tasks(dataset=None, models=("logistic_regression",), treatments=("tuned_threshold",)):
    dataset = dataset or make_dataset()
    plan = make_plan(dataset, PRESETS["quick"], models=list(models), treatments=list(treatments))
    return Job(dataset, plan, Protocol(n_folds=3, n_configs=2), "macro_f1").cells().tasks


class Broken(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise RuntimeError("no luck today")

    def predict(self, X):
        raise AssertionError


class Endless(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        while True:
            pass

    def predict(self, X):
        raise AssertionError


def test_test_rows_are_never_seen():
    """Other labels and other values in the test part change neither model nor decisions."""
    [task, *_] = make_tasks(models=["random_forest"])
    test = task.split.test
    result = run_task(task)
    flipped = task.dataset.target.copy()
    flipped[test] = 1 - flipped[test]
    other = replace(task, dataset=replace(task.dataset, target=flipped))
    np.testing.assert_array_equal(run_task(other).predictions.proba, result.predictions.proba)
    frame = task.dataset.frame.copy()
    frame.iloc[test[1:], :] = 1e6
    moved = run_task(replace(task, dataset=replace(task.dataset, frame=frame)))
    np.testing.assert_array_equal(moved.predictions.proba[0], result.predictions.proba[0])


def test_scores_are_those_of_the_predictions():
    from sklearn.metrics import f1_score, roc_auc_score

    [task, *_] = make_tasks()
    result = run_task(task)
    y = task.dataset.target[task.split.test]
    assert result.status == "done"
    assert result.scores["macro_f1"] == pytest.approx(
        f1_score(y, result.predictions.labels, average="macro")
    )
    assert result.scores["roc_auc"] == pytest.approx(
        roc_auc_score(y, result.predictions.proba[:, 1])
    )
    assert result.fit_seconds > 0
    assert (result.n_train, result.n_test) == (80, 40)


def test_a_failure_is_a_result():
    result = run_task(own_task("broken", Broken()))
    assert (result.status, result.scores) == ("failed", {})
    assert result.error == "RuntimeError: no luck today"


def test_a_cell_that_takes_too_long_is_given_up():
    result = run_task(replace(own_task("endless", Endless()), seconds=0.3))
    assert result.status == "timeout"


def test_a_cell_cut_by_the_end_of_the_run_is_not_stored():
    store = Store()
    statuses = []
    run_cells(
        make_tasks(),
        store,
        budget=Budget(0.0),
        on_result=lambda result: statuses.append(result.status),
    )
    assert set(statuses) == {"cut"}
    assert store.keys() == set()


def test_known_cells_are_not_run_again():
    tasks = make_tasks()
    store = Store()
    run_cells(tasks, store)
    again = []
    run_cells(tasks, store, on_result=again.append)
    assert again == []


def test_a_class_that_training_lacks_is_scored():
    """One row of class 2: one fold tests it without having seen it, the others never test it."""
    dataset = make_dataset()
    target = dataset.target.copy()
    target[7] = 2
    dataset = replace(dataset, target=target, classes=("a", "b", "c"), positive=None)
    store = Store()
    run_cells(make_tasks(dataset, treatments=["untouched", "smote"]), store)
    frame = store.frame()
    assert (frame.status == "done").all()
    assert frame["macro_f1"].notna().all()


# ---------------------------------------------------------------- tasks of a study


def study(n_splits=4, offset=0.0, seconds=None):
    """Cells of two arms whose scores are sums of what identifies them."""
    return [
        ScoreTask(
            CellKey("made", arm, protocol="study", fold=fold),
            partial(_sums, base, fold, offset),
            seconds=seconds,
        )
        for base, arm in enumerate(("full", "no mixup"))
        for fold in range(n_splits)
    ]


def _sums(base, fold, offset):
    return {"n_made": np.float32(2), "svm/tuned/f1": base + fold / 8 + offset, "svm/plain/f1": base}


def test_scores_of_any_names_come_back_as_lines():
    store = Store()
    run_cells(study(), store)
    lines = store.lines("model", "decision")
    assert list(lines.columns) == [
        "dataset", "classifier", "treatment", "protocol", "seed", "repeat", "fold", "config_hash",
        "fit_seconds", "model", "decision", "n_made", "f1",
    ]  # fmt: skip
    tuned = lines[lines["decision"] == "tuned"].set_index(["classifier", "fold"])["f1"]
    assert tuned.to_dict() == {
        (arm, fold): base + fold / 8
        for base, arm in enumerate(("full", "no mixup"))
        for fold in range(4)
    }
    assert set(lines["n_made"]) == {2.0}
    [full, _] = store.summary([""], ["svm/tuned/f1"]).to_dict("records")
    assert (full["classifier"], full["n_done"], full["svm/tuned/f1"]) == ("full", 4, 3 / 16)


def test_a_study_resumes_in_its_folder_and_from_its_compressed_export(tmp_path):
    with store_in(tmp_path, compress=True) as store:
        run_cells(study(2), store)
    export = (tmp_path / "cells.csv.gz").read_bytes()
    (tmp_path / "cells.sqlite").unlink()
    ran, told = [], []
    with read_store(tmp_path) as store:
        assert store.count() == 4
    assert [file.name for file in tmp_path.iterdir()] == ["cells.csv.gz"]
    with store_in(tmp_path) as store:
        run_cells(
            study(3, offset=1.0),
            store,
            on_start=lambda tasks, known: told.append((len(tasks), known)),
            on_result=lambda result: ran.append(result.key.fold),
        )
        scores = store.frame().set_index(["classifier", "fold"])["svm/tuned/f1"]
    assert (told, ran) == ([(2, 4)], [2, 2])
    assert scores.loc["full"].tolist() == [0, 1 / 8, 1 + 2 / 8]
    # The same cells give the same bytes.
    with Store() as store:
        store.import_csv(tmp_path / "cells.csv.gz")
        for key in store.keys():
            if key.fold == 2:
                store._drop([astuple(key)])
        store.export_csv(tmp_path / "again.csv.gz")
    assert (tmp_path / "again.csv.gz").read_bytes() == export


def test_cells_of_one_setting():
    store = Store()
    for hashed in ("a", "b"):
        run_cells([ScoreTask(CellKey("d", "arm", config_hash=hashed), lambda: {"f1": 1})], store)
    assert store.frame(["b"])["config_hash"].tolist() == ["b"]
    assert store.lines(config_hashes=["a"])["config_hash"].tolist() == ["a"]
    assert len(store.frame()) == 2


def test_a_score_cannot_have_the_name_of_a_column():
    with pytest.raises(ValueError, match="rename \\['seed'\\]"):
        run_cells([ScoreTask(CellKey("d", "arm"), lambda: {"seed": 1})], Store())


@pytest.mark.slow
def test_jobs_change_nothing():
    tasks = make_tasks(models=["random_forest", "hist_gradient_boosting"], treatments=["smote"])
    tables = []
    for jobs in (1, 2):
        store = Store()
        run_cells(tasks, store, jobs=jobs)
        timing = ["fit_seconds", "predict_seconds", "peak_mib"]
        tables.append(store.frame().drop(columns=timing))
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_input_that_is_refused_is_told_from_other_failures():
    def refuse():
        raise InputError("The data folder is not set.")

    refused, failed = (
        run_task(ScoreTask(CellKey("d", "arm"), score)) for score in (refuse, lambda: {"f1": 1 / 0})
    )
    assert (refused.is_refused, refused.error) == (True, "The data folder is not set.")
    assert (failed.is_refused, failed.error) == (False, "ZeroDivisionError: division by zero")

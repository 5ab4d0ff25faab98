"""The networks as classifiers of the zoo: registered, named by extra, alike in any process."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import f1_score

from rarebit.datasets import make_dataset
from rarebit.evaluation import Protocol
from rarebit.running import Store
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.runner import run_cells
from rarebit.zoo import PRESETS, TreatedClassifier, get_classifier
from rarebit.zoo.networks import NETWORKS

INSTALLED = [spec for spec in NETWORKS if spec.available()]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [50, 20])
    return pd.DataFrame({"a": rng.normal(size=70) + 2 * y, "b": rng.normal(size=70)}), y


def test_names_are_unique_in_the_whole_zoo():
    from rarebit.zoo.classifiers import CLASSIFIERS

    names = [spec.name for spec in (*CLASSIFIERS, *NETWORKS)]
    assert len(names) == len(set(names))


@pytest.mark.slow
@pytest.mark.parametrize("spec", INSTALLED, ids=lambda spec: spec.name)
def test_every_network_learns_a_rare_class_of_a_small_table(spec):
    X, digit = load_digits(return_X_y=True)
    y = digit == 8
    model = spec.factory(0).fit(X[:200], y[:200])
    assert f1_score(y[1000:], model.predict(X[1000:])) > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("spec", INSTALLED, ids=lambda spec: spec.name)
def test_every_network_fits_and_predicts_under_a_treatment(spec, table):
    X, y = table
    estimator = spec.factory(0).set_params(epochs=2)
    model = TreatedClassifier(estimator, "tuned_threshold").fit(X, y)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert proba[:, 1].mean() == pytest.approx(20 / 70, abs=0.1)  # calibrated, trained or not
    np.testing.assert_array_equal(model.predict(X), proba[:, 1] >= model.threshold_)


def test_the_seed_reaches_the_network_and_the_device_can():
    pytest.importorskip("torch")
    estimator = get_classifier("qcl_mixnet").factory(3)
    assert estimator.get_params()["random_state"] == 3
    assert "device" in get_classifier("qcl_mixnet").tags


@pytest.mark.slow
def test_the_same_figures_here_and_in_a_worker(table, monkeypatch):
    pytest.importorskip("torch")
    X, y = table
    dataset = make_dataset(X, y)
    plan = make_plan(dataset, PRESETS["quick"], models=["mlp_net"], treatments=["untouched"])
    tasks = Job(dataset, plan, Protocol(n_folds=2, n_configs=1), "macro_f1").cells().tasks
    stores = Store(), Store()
    for jobs, store in enumerate(stores, start=1):
        run_cells(tasks, store, jobs=jobs)
    one, two = (store.frame()[["status", "brier", "macro_f1"]] for store in stores)
    assert set(one["status"]) == {"done"}
    pd.testing.assert_frame_equal(one, two, check_exact=True)

"""The studies of QI-SMOTE, on small made-up data."""

import json

import numpy as np
import pandas as pd
import pytest

from rarebit.over_sampling import QISMOTE
from rarebit.quantum import NoiseModel
from rarebit_papers.qi_smote import ablations, filters, identities, noise, scores, traces
from rarebit_papers.qi_smote.arms import (
    CONTROL,
    KEPT,
    NONE,
    OURS,
    PRODUCTS,
    SAMPLERS,
    SMOTE,
    qi_smote,
)
from rarebit_papers.request import Request


def made_up(n_rare=14, n_common=60, n_features=3):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [n_common, n_rare])
    return rng.normal(size=(len(y), n_features)) + 1.5 * y[:, None], y


@pytest.fixture
def small(monkeypatch):
    """Two sets of every study are made up."""
    names = {"one": "A", "two": "B"}

    class Made:
        def __init__(self, source):
            self.source = source

        def load(self, data_dir):
            return made_up()

    sets = {name: Made(source) for name, source in names.items()}
    for module in (scores, filters, ablations, noise):
        monkeypatch.setattr(module, "SETS", sets)
    monkeypatch.setattr(ablations, "DATASETS", tuple(names))
    return sets


# ---------------------------------------------------------------- the parts


@pytest.mark.parametrize("name", filters.FILTERS)
def test_every_filter_keeps_half_of_the_same_candidates(name):
    X, y = made_up()
    options, judge = filters.FILTERS[name]
    made = filters.filtered(qi_smote(0, metric="euclidean", **options), X, y, judge=judge)
    candidates = QISMOTE(
        metric="euclidean", random_state=0, sampling_strategy={1: 14 + 2 * 46}
    ).fit_resample(X, y)[0][len(y) :]
    assert np.bincount(made.y).tolist() == [60, 60]
    kept = made.X[len(y) :]
    assert all((candidates == row).all(axis=1).any() for row in kept)


def test_the_energy_filter_is_the_samplers_own():
    X, y = made_up()
    _, judge = filters.FILTERS["energy, Ising"]
    made = filters.filtered(qi_smote(0, metric="euclidean"), X, y, judge=judge)
    own = QISMOTE(metric="euclidean", energy_filter=True, random_state=0).fit_resample(X, y)[0]
    np.testing.assert_array_equal(made.X, own)


def test_mahalanobis_distances_by_hand():
    rng = np.random.default_rng(0)
    own, made = rng.normal(size=(2, 2000, 2)) * [1.0, 5.0]
    values, real = filters.by_mahalanobis(None, made, own, own)
    inverse = np.linalg.inv(np.cov(own.T, bias=True))
    away = made - own.mean(axis=0)
    expected = np.einsum("ni,ij,nj->n", away, inverse, away)
    np.testing.assert_allclose(values, expected, rtol=0.05)  # the shrinkage is weak here
    assert len(real) == 2000


def test_what_the_ablations_look_at():
    X, y = made_up()
    plain = ablations.watched(qi_smote(0, metric="euclidean"), X, y).figures
    assert plain["euclidean_share"] == 1
    assert np.isnan(plain["way_to_ground"])
    evolved = ablations.watched(qi_smote(0, **ablations.EVOLVED), X, y).figures
    assert evolved["euclidean_share"] < 1
    assert 0 < evolved["way_to_ground"] <= 1
    assert 0 <= evolved["settled_early"] <= 1


def test_arms_of_the_ablations_have_names_of_their_own():
    names = [arm for arms in ablations.ARMS.values() for arm in arms]
    assert len(set(names)) == len(names)


def test_identities_hold_and_the_check_can_fail(monkeypatch):
    data = {"made": made_up(n_rare=8)}
    assert identities.verify_identities(data)["identical"].all()
    # Rotations of one's own for each row are no isometry; read-outs see the CNOT.
    monkeypatch.setattr(identities, "DISTANCES", {"own": {"evolution": "per_sample"}})
    monkeypatch.setattr(identities, "READ_OUTS", {"cnot": ({"entanglers": ()}, {})})
    table = identities.verify_identities(data)
    assert not table["identical"].any()


def test_energies_fall_and_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(traces, "OPTIMISERS", ("bfgs", "spsa"))
    table = traces.energy_traces({"made": made_up(n_rare=6)})
    assert set(table["optimiser"]) == {"bfgs", "spsa"}
    for _, trace in table.groupby("optimiser"):
        assert (np.diff(trace["energy"]) <= 1e-12).all()
        assert trace["way_to_ground"].iloc[0] == 0
        assert trace["way_to_ground"].iloc[-1] <= 1
    traces.draw_traces(table, tmp_path / "a.svg")
    traces.draw_traces(table, tmp_path / "b.svg")
    text = (tmp_path / "a.svg").read_text()
    assert text.startswith("<?xml")
    assert text == (tmp_path / "b.svg").read_text()


@pytest.mark.parametrize("depth", noise.DEPTHS)
def test_without_noise_the_energies_are_exact(depth):
    problem = noise.make_problem(*made_up(n_rare=6), depth, 0)
    np.testing.assert_allclose(problem.noisy(NoiseModel(), 0), problem.exact(), atol=1e-10)


def test_depolarizing_shrinks_fields_and_couplings_of_encoded_rows():
    """One qubit goes through H and RY: <Z> shrinks by (1 - 4p/3)^2 at most."""
    p = 0.1
    problem = noise.make_problem(*made_up(n_rare=6), "encoded", 0)
    z = -np.sin(problem.inputs)
    factor = (1 - 4 * p / 3) ** 2
    couplings = np.triu(problem.hamiltonian.couplings, 1)
    expected = factor * z @ problem.hamiltonian.fields
    expected += factor**2 * np.einsum("ni,ij,nj->n", z, couplings, z)
    noisy = problem.noisy(NoiseModel(depolarizing=p), 0)
    np.testing.assert_allclose(noisy, expected, atol=1e-10)


# ---------------------------------------------------------------- end to end


@pytest.mark.slow
def test_scores_end_to_end(small, tmp_path, monkeypatch):
    arms = (NONE, SMOTE, CONTROL, OURS, KEPT, PRODUCTS, "QI-SMOTE, energy filter")
    monkeypatch.setattr(scores, "SAMPLERS", {arm: SAMPLERS[arm] for arm in arms})
    monkeypatch.setattr(scores, "CLASSIFIERS", ("knn",))
    request = Request(tmp_path, seeds=1)
    outcome = scores.reproduce_scores(request)
    cells = pd.read_csv(tmp_path / "scores" / "cells.csv")
    assert len(cells.drop_duplicates(["dataset", "arm", "repeat", "fold"])) == 2 * 7 * 5
    assert set(cells.loc[cells["decision"] == "tuned", "arm"]) == set(scores.TUNED)
    assert "published: +12.11 % on MIMIC-III" in outcome.findings[0]
    before = (tmp_path / "scores" / "cells.csv").read_bytes()
    again = scores.reproduce_scores(request)
    assert (tmp_path / "scores" / "cells.csv").read_bytes() == before
    assert again.findings == outcome.findings
    assert all(file.exists() for file in outcome.files)
    runs = json.loads((tmp_path / "scores" / "provenance.json").read_text())["runs"]
    assert len(runs) == 1
    assert {"command", "settings", "versions"} == set(runs[0])
    assert "| QI-SMOTE |" in (tmp_path / "scores" / "tables.md").read_text()


@pytest.mark.slow
def test_filters_end_to_end(small, tmp_path, monkeypatch):
    monkeypatch.setattr(filters, "CLASSIFIERS", ("logistic_regression", "knn"))
    outcome = filters.reproduce_filters(Request(tmp_path, seeds=1))
    assert len(outcome.findings) == len(filters.FILTERS) - 1
    means = outcome.tables["Means over sources"]
    assert means["own_share"].idxmax() == "nearest neighbours"


@pytest.mark.slow
def test_ablations_end_to_end(small, tmp_path, monkeypatch):
    few = {study: ablations.ARMS[study] for study in ("reference", "layers", "columns kept")}
    few["optimiser"] = {"cobyla": {**ablations.EVOLVED, "optimizer": "cobyla", "max_iterations": 9}}
    monkeypatch.setattr(ablations, "ARMS", few)
    monkeypatch.setattr(ablations, "CLASSIFIERS", ("logistic_regression", "knn", "svm"))
    monkeypatch.setattr(traces, "OPTIMISERS", ("bfgs",))
    outcome = ablations.reproduce_ablations(Request(tmp_path, datasets=("one",), seeds=1))
    assert "all hold" in outcome.findings[-1]
    # Distances and ridge penalties do not see a rotation of the columns.
    assert "logistic_regression 0.0000, knn 0.0000" in outcome.findings[-2]
    assert (tmp_path / "ablations" / "energy_traces.svg").exists()


@pytest.mark.slow
def test_noise_end_to_end(small, tmp_path, monkeypatch):
    few = {
        name: noise.NOISE[name] for name in ("depolarizing 0.01", "depolarizing 0.05", "100 shots")
    }
    monkeypatch.setattr(noise, "NOISE", few)
    outcome = noise.reproduce_noise(Request(tmp_path, seeds=2))
    table = outcome.tables["Noisy energies beside exact ones"]
    assert (
        table["slope"]["evolved", "depolarizing 0.05"]
        < table["slope"]["encoded", "depolarizing 0.05"]
    )
    assert (table["rank_correlation"]["encoded", "depolarizing 0.01"]) > 0.98

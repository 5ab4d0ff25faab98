"""The studies of QI-SMOTE, on small made-up data."""

import json

import numpy as np
import pandas as pd
import pytest

from rarebit.over_sampling import QISMOTE
from rarebit.quantum import NoiseModel
from rarebit_papers.qi_smote import ablations, energies, filters, noise, scores, scoring
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
from rarebit_papers.qi_smote.data import SETS, StudySet
from rarebit_papers.request import Request


def made_up(n_rare=14, n_common=60, n_features=3):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [n_common, n_rare])
    return rng.normal(size=(len(y), n_features)) + 1.5 * y[:, None], y


@pytest.fixture
def small(monkeypatch):
    """The rows of every set are made up."""
    scoring._load.cache_clear()
    monkeypatch.setattr(StudySet, "load", lambda self, data_dir: made_up())
    yield ("ecoli", "balance")
    scoring._load.cache_clear()


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


def test_identities_hold_and_the_check_can_fail(small, monkeypatch):
    found = energies.check_identities(SETS["ecoli"], None)
    assert len(found) == len(energies.DISTANCES) + len(energies.READ_OUTS)
    assert max(found.values()) < energies.TOLERANCE
    # Each row's own rotations are no isometry; read-outs see the CNOT.
    monkeypatch.setattr(energies, "DISTANCES", {"own": {"evolution": "per_sample"}})
    monkeypatch.setattr(energies, "READ_OUTS", {"cnot": ({"entanglers": ()}, {})})
    assert min(energies.check_identities(SETS["ecoli"], None).values()) > energies.TOLERANCE


def test_an_identity_holds_where_it_holds_on_every_set():
    lines = pd.DataFrame(
        {"classifier": what, "decision": "read-outs", "largest_difference": value}
        for what, values in (("a", (1e-16, 1e-15)), ("b", (1e-16, 1e-3)))
        for value in values
    )
    table = energies.identity_table(lines)
    assert table[["what", "largest_difference", "identical"]].to_numpy().tolist() == [
        ["a", 1e-15, True], ["b", 1e-3, False],
    ]  # fmt: skip
    assert "these fail: b." in ablations._on_identities(table)


@pytest.mark.parametrize("optimiser", ["bfgs", "spsa"])
def test_energies_fall_towards_the_ground_state(small, optimiser):
    found = energies.trace(SETS["ecoli"], None, optimiser)
    energy, way = (
        np.array([value for name, value in found.items() if name.endswith(f"/{measure}")])
        for measure in ("energy", "way_to_ground")
    )
    assert (np.diff(energy) <= 1e-12).all()
    assert way[0] == 0
    assert 0 < way[-1] <= 1


def test_traces_are_drawn_by_optimiser():
    traces = pd.DataFrame(
        {"dataset": name, "optimiser": optimiser, "iteration": str(i), "way_to_ground": i / 2}
        for name in ("one", "two")
        for optimiser in ("adam", "spsa")
        for i in range(3)
    )
    first, second = energies.trace_chart(traces).axes
    assert [line.get_label() for line in first.get_lines()] == ["adam", "spsa"]
    assert second.get_title() == "two"
    np.testing.assert_array_equal(second.get_lines()[0].get_ydata(), [0, 0.5, 1])


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
    request = Request(tmp_path, datasets=small)
    outcome = scores.reproduce(request)
    lines = scores.STUDY.read(request)
    assert len(lines.drop_duplicates(["dataset", "arm", "repeat", "fold"])) == 2 * 7 * 5
    assert set(lines.loc[lines["decision"] == "tuned", "arm"]) == set(scores.TUNED)
    assert "published: +12.11 % on MIMIC-III" in outcome.findings[0]
    again = scores.reproduce(request)
    assert again.findings == outcome.findings
    assert again.files == []
    assert all(file.exists() for file in outcome.files)
    runs = json.loads((tmp_path / "scores" / "provenance.json").read_text())["runs"]
    assert [run["settings"] for run in runs] == [{"repeats": 1, "seeds": "1000 * repeat + fold"}]
    assert "| QI-SMOTE |" in (tmp_path / "scores" / "tables.md").read_text()


@pytest.mark.slow
def test_filters_end_to_end(small, tmp_path, monkeypatch):
    monkeypatch.setattr(filters, "FAST", ("logistic_regression", "knn"))
    outcome = filters.reproduce(Request(tmp_path, datasets=small))
    assert len(outcome.findings) == len(filters.FILTERS) - 1
    means = outcome.tables["Means over sources"]
    assert means["own_share"].idxmax() == "nearest neighbours"


@pytest.mark.slow
def test_ablations_end_to_end(small, tmp_path, monkeypatch):
    few = {part: ablations.ARMS[part] for part in ("reference", "layers", "columns kept")}
    few["optimiser"] = {"cobyla": {**ablations.EVOLVED, "optimizer": "cobyla", "max_iterations": 9}}
    monkeypatch.setattr(ablations, "ARMS", few)
    monkeypatch.setattr(ablations, "FAST", ("logistic_regression", "knn", "svm"))
    monkeypatch.setattr(energies, "OPTIMISERS", ("bfgs",))
    outcome = ablations.reproduce(Request(tmp_path, datasets=("ecoli",)))
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
    outcome = noise.reproduce(Request(tmp_path, datasets=small, seeds=2))
    table = outcome.tables["Noisy and exact energies"]
    assert (
        table["slope"]["evolved", "depolarizing 0.05"]
        < table["slope"]["encoded", "depolarizing 0.05"]
    )
    assert (table["rank_correlation"]["encoded", "depolarizing 0.01"]) > 0.98

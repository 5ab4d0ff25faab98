"""QI-SMOTE: conventions, provenance, options, and the fast path against full simulation."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils import get_tags

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE, QuantumFeatureMap
from rarebit.over_sampling._search.neighbors import _nearest_states as nearest_states
from rarebit.quantum import (
    angle_encoding,
    entangling_layers,
    expectation,
    simulate,
    to_angles,
)

quiet = pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")


def parents_of(sampler, X):
    made = sampler.synthetic_
    parent, neighbor = X[made["parent"]], X[made["neighbor"]]
    return parent + made["weight"].to_numpy()[:, None] * (neighbor - parent)


# --- conventions --------------------------------------------------------------------------------


def test_the_input_comes_first_and_classes_are_balanced(data):
    X, y = data
    X_new, y_new = QISMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(X_new[: len(X)], X)
    np.testing.assert_array_equal(y_new[: len(y)], y)
    assert len(set(Counter(y_new.tolist()).values())) == 1


def test_provenance_reconstructs_every_new_row_exactly(data):
    X, y = data
    sampler = QISMOTE(random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    made = sampler.synthetic_
    np.testing.assert_array_equal(X_new[made["row"]], parents_of(sampler, X))
    np.testing.assert_array_equal(y_new[made["row"]], made["label"])
    assert (y[made["parent"]] == made["label"]).all()
    assert (y[made["neighbor"]] == made["label"]).all()
    assert (made["parent"] != made["neighbor"]).all()


@pytest.mark.parametrize("ratio", [0.5, 0.9, 1.0])
def test_parents_take_turns(data, ratio):
    X, y = data
    sampler = QISMOTE(sampling_strategy=ratio, random_state=0)
    sampler.fit_resample(X, y)
    uses = np.bincount(sampler.synthetic_["parent"], minlength=len(y))[y == 1]
    assert uses.max() - uses.min() <= 1


@pytest.mark.parametrize(
    "strategy", ["auto", "minority", "not minority", "all", {1: 200, 2: 150}, lambda y: {2: 99}]
)
def test_multi_class_strategies_add_what_smote_adds(strategy):
    X, y = make_classification(
        n_samples=300, n_classes=3, n_informative=4, weights=[0.6, 0.3], random_state=0
    )
    y_new = QISMOTE(sampling_strategy=strategy, random_state=0).fit_resample(X, y)[1]
    expected = SMOTE(sampling_strategy=strategy, random_state=0).fit_resample(X, y)[1]
    assert Counter(y_new.tolist()) == Counter(expected.tolist())


@pytest.mark.parametrize("make", [lambda: 7, np.random.RandomState, np.random.default_rng])
def test_seeds_of_every_kind_repeat(data, make):
    seeds = [make() if make() == 7 else make(7) for _ in range(2)]
    first, second = (QISMOTE(random_state=seed).fit_resample(*data)[0] for seed in seeds)
    np.testing.assert_array_equal(first, second)


def test_a_generator_is_advanced(data):
    rng = np.random.default_rng(0)
    first = QISMOTE(random_state=rng).fit_resample(*data)[0]
    assert not np.array_equal(first, QISMOTE(random_state=rng).fit_resample(*data)[0])


def test_a_small_class_has_fewer_neighbours(data):
    X, y = data
    keep = np.r_[np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:3]]
    with pytest.warns(RarebitWarning, match="k_neighbors is 2 there instead of 5"):
        y_new = QISMOTE(random_state=0).fit_resample(X[keep], y[keep])[1]
    assert (y_new == 1).sum() == (y_new == 0).sum()


def test_a_class_of_one_row_is_copied(data):
    X, y = data
    keep = np.r_[np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:1]]
    with pytest.warns(RarebitWarning, match="one row"):
        X_new, y_new = QISMOTE(random_state=0).fit_resample(X[keep], y[keep])
    assert (X_new[y_new == 1] == X[keep][-1]).all()


# --- containers ---------------------------------------------------------------------------------


def mixed_frame(n_rows=120, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "city": pd.Categorical(rng.choice(["Bern", "Oslo", "Rome"], n_rows)),
            "age": rng.integers(20, 80, n_rows),
            "weight": rng.normal(70, 9, n_rows).astype(np.float32),
            "smoker": rng.random(n_rows) < 0.3,
            "visits": pd.array(rng.integers(0, 9, n_rows), dtype="Int16"),
            "note": rng.choice(["a", "b"], n_rows),
        }
    ), (np.arange(n_rows) < 30).astype(int)


def test_pandas_dtypes_and_column_order_are_kept():
    frame, y = mixed_frame()
    sampler = QISMOTE(random_state=0)
    new, y_new = sampler.fit_resample(frame, pd.Series(y, name="died"))
    assert new.dtypes.equals(frame.dtypes)
    assert y_new.name == "died"
    assert sampler.categorical_features_.tolist() == [0, 3, 5]
    pd.testing.assert_frame_equal(new.iloc[: len(frame)], frame)
    made = sampler.synthetic_
    parent = frame["age"].to_numpy(float)[made["parent"]]
    exact = parent + made["weight"] * (frame["age"].to_numpy(float)[made["neighbor"]] - parent)
    np.testing.assert_array_equal(new["age"].to_numpy()[made["row"]], np.rint(exact))


def test_polars_in_and_out():
    polars = pytest.importorskip("polars")
    frame, y = mixed_frame()
    table = polars.from_pandas(frame).with_columns(polars.col("age").cast(polars.UInt8))
    new, y_new = QISMOTE(random_state=0).fit_resample(table, polars.Series("died", y))
    assert new.schema == table.schema
    assert y_new.name == "died"
    assert new[: len(frame)].equals(table)
    assert len(new) == len(y_new) == 180


def test_integers_stay_integers(data):
    X, y = data
    X = np.rint(X * 10).astype(np.int16)
    sampler = QISMOTE(random_state=0)
    X_new = sampler.fit_resample(X, y)[0]
    assert X_new.dtype == np.int16
    np.testing.assert_array_equal(X_new[len(X) :], np.rint(parents_of(sampler, X.astype(float))))


@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_sparse_stays_sparse_and_equals_dense(data, layout):
    X, y = data
    X = np.where(np.abs(X) < 0.5, 0, X)
    dense = QISMOTE(random_state=0).fit_resample(X, y)[0]
    new = QISMOTE(random_state=0).fit_resample(sparse.csr_array(X).asformat(layout), y)[0]
    assert new.format == layout
    np.testing.assert_allclose(new.toarray(), dense, atol=1e-12)


def test_categories_of_new_rows_occur_among_the_neighbours():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(80, 2)), np.repeat([3.0, 8.0], 40)])
    X[:40, 0] += 50
    y = np.r_[np.ones(20), np.zeros(20), np.ones(5), np.zeros(35)].astype(int)
    X_new, _ = QISMOTE(categorical_features=[2], k_neighbors=3, random_state=0).fit_resample(X, y)
    # Two groups far apart, each with a category of its own.
    made = X_new[len(X) :]
    assert set(made[:, 2]) == {3.0, 8.0}
    assert ((made[:, 0] > 25) == (made[:, 2] == 3.0)).all()


def test_object_arrays_with_categories():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=60).astype(object), rng.choice(["u", "v"], 60)])
    y = (np.arange(60) < 15).astype(int)
    new = QISMOTE(categorical_features=[1], random_state=0).fit_resample(X, y)[0]
    assert new.dtype == object
    assert set(new[:, 1]) == {"u", "v"}


def test_unnamed_strings_are_refused_by_name():
    y = np.repeat([0, 1], [15, 5])
    frame = pd.DataFrame({"a": np.arange(20.0), "day": "monday"})
    with pytest.raises(InputError, match="'day' has dtype"):
        QISMOTE(categorical_features=None).fit_resample(frame, y)


def test_the_tags_say_that_there_may_be_categories_but_not_strings_alone():
    tags = get_tags(QISMOTE()).input_tags
    assert (tags.categorical, tags.string, tags.dataframe, tags.sparse) == (True, False, True, True)
    with pytest.raises(ValueError, match="could not convert string to float"):
        QISMOTE().fit_resample(np.array([["a"], ["b"]] * 6, dtype=object), [0] * 8 + [1] * 4)


def test_only_categories_are_refused():
    with pytest.raises(InputError, match="SMOTEN"):
        QISMOTE(categorical_features=[0]).fit_resample([[0.0], [1.0], [2.0]], [0, 0, 1])


# --- the quantum part ---------------------------------------------------------------------------


def test_without_the_quantum_part_the_neighbours_are_smotes(data):
    """The control: SMOTE on scaled features, parents used evenly."""
    X, y = data
    X = MinMaxScaler().fit_transform(X)
    sampler = QISMOTE(metric="euclidean", random_state=0)
    sampler.fit_resample(X, y)
    smote = SMOTE(random_state=0)
    smote.fit_resample(X, y)
    rare = np.flatnonzero(y == 1)
    found = smote.nn_k_.kneighbors(X[rare], return_distance=False)[:, 1:]
    allowed = {row: set(rare[near].tolist()) for row, near in zip(rare, found, strict=True)}
    made = sampler.synthetic_
    assert all(n in allowed[p] for p, n in zip(made["parent"], made["neighbor"], strict=True))


@quiet
@pytest.mark.parametrize("metric", ["joint", "state"])
@pytest.mark.parametrize("binary", [False, True])
def test_the_fast_path_gives_the_rows_of_the_full_simulation(data, metric, binary, monkeypatch):
    from rarebit.over_sampling import _resampling

    X, y = data
    if binary:
        X = np.column_stack([X[:, :3], X[:, 3:] > 0])

    def simulated(encoded, k, metric):
        states = np.hstack(
            [
                simulate(
                    angle_encoding(len(block)) + entangling_layers(len(block)),
                    inputs=encoded.angles[:, block],
                )
                for block in encoded.blocks
            ]
        )
        if metric == "state":
            return nearest_states(states, encoded.points, k)
        nothing = np.zeros((len(states), 1))
        return nearest_states(np.hstack([encoded.points, states]), nothing, k)

    fast = QISMOTE(metric=metric, max_qubits=3, random_state=0).fit_resample(X, y)[0]
    monkeypatch.setattr(_resampling, "nearest", simulated)
    full = QISMOTE(metric=metric, max_qubits=3, random_state=0).fit_resample(X, y)[0]
    np.testing.assert_array_equal(fast, full)


@quiet
def test_entanglers_and_shared_evolution_change_nothing(data):
    """One circuit for all rows is an isometry."""
    plain = QISMOTE(random_state=0).fit_resample(*data)[0]
    for options in (
        {"entanglers": ()},
        {"wiring": "all"},
        {"evolution": "shared", "optimizer": "bfgs"},
    ):
        other = QISMOTE(random_state=0, **options).fit_resample(*data)[0]
        np.testing.assert_array_equal(other, plain)


@quiet
def test_evolution_per_sample_changes_neighbours_and_keeps_traces(data):
    X, y = data
    sampler = QISMOTE(evolution="per_sample", optimizer="bfgs", metric="state", random_state=0)
    X_new = sampler.fit_resample(X, y)[0]
    plain = QISMOTE(metric="state", random_state=0).fit_resample(X, y)[0]
    assert not np.array_equal(X_new, plain)
    trace = sampler.energy_trace_[1]
    assert trace.shape == ((y == 1).sum(), 101)
    assert (np.diff(trace, axis=1) <= 1e-12).all()


def test_an_optimiser_that_is_stuck_is_reported(data):
    with pytest.warns(RarebitWarning, match="not at a minimum"):
        QISMOTE(
            evolution="per_sample", optimizer="spsa", max_iterations=3, random_state=0
        ).fit_resample(*data)


@pytest.mark.parametrize("hamiltonian", ["ising", "outer"])
def test_energies_are_those_of_the_encoded_rows(data, hamiltonian):
    X, y = data
    sampler = QISMOTE(hamiltonian=hamiltonian, max_qubits=3, random_state=0)
    X_new = sampler.fit_resample(X, y)[0]
    made = sampler.synthetic_
    encoder = sampler.provenance_[0].encoder
    angles = to_angles(encoder.scale(X_new[made["row"]]))
    expected = sum(
        expectation(h, simulate(angle_encoding(len(block)), inputs=angles[:, block]))
        for h, block in zip(encoder.classes[1].hamiltonians, encoder.blocks, strict=True)
    )
    np.testing.assert_allclose(made["energy"], expected, atol=1e-4)


def test_the_energy_filter_keeps_rows_like_real_ones(data):
    X, y = data
    plain, filtered = QISMOTE(random_state=0), QISMOTE(energy_filter=3.0, random_state=0)
    plain.fit_resample(X, y)
    filtered.fit_resample(X, y)
    encoder = plain.provenance_[0].encoder
    low, high = np.quantile(encoder.energies(encoder.scale(X[y == 1]), 1), [0.05, 0.95])
    inside = [
        made.between(low, high).mean()
        for made in (plain.synthetic_["energy"], filtered.synthetic_["energy"])
    ]
    assert inside[0] < inside[1] == 1.0
    assert len(filtered.synthetic_) == len(plain.synthetic_)


# --- kept columns -------------------------------------------------------------------------------


@quiet
@pytest.mark.parametrize("reencode", [False, True])
@pytest.mark.parametrize("readout", ["state", "zz"])
@pytest.mark.parametrize("evolution", [None, "shared", "per_sample"])
def test_kept_columns_are_those_of_the_feature_map(data, reencode, readout, evolution):
    X, y = data
    sampler = QISMOTE(
        columns="keep", reencode=reencode, readout=readout, evolution=evolution,
        optimizer="bfgs", max_iterations=5, random_state=0,
    )  # fmt: skip
    X_new = sampler.fit_resample(X, y)[0]
    assert X_new.shape[1] == len(sampler.get_feature_names_out())
    np.testing.assert_allclose(X_new[: len(X)], sampler.feature_map_.transform(X), atol=1e-9)
    if reencode:
        np.testing.assert_allclose(X_new, sampler.feature_map_.transform(X_new[:, :5]), atol=1e-6)
    else:
        np.testing.assert_allclose(X_new[len(X) :], parents_of(sampler, X_new), atol=1e-12)


@quiet
def test_kept_columns_in_frames_and_sparse_matrices(data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    new = QISMOTE(columns="keep", readout="z", random_state=0).fit_resample(frame, y)[0]
    assert new.columns.tolist() == [*"abcde", "z_a", "z_b", "z_c", "z_d", "z_e"]
    dense = QISMOTE(columns="keep", readout="z", random_state=0).fit_resample(X, y)[0]
    np.testing.assert_allclose(new.to_numpy(), dense)
    thin = QISMOTE(columns="keep", readout="z", random_state=0).fit_resample(
        sparse.csr_array(X), y
    )[0]
    np.testing.assert_allclose(thin.toarray(), dense, atol=1e-12)


# --- in company ---------------------------------------------------------------------------------


def test_in_a_pipeline_under_grid_search(data):
    X, y = data
    pipeline = make_pipeline(
        QISMOTE(random_state=0), QuantumFeatureMap(readout="zz"), LogisticRegression(max_iter=2000)
    )
    search = GridSearchCV(pipeline, {"qismote__metric": ["joint", "euclidean"]}, cv=3)
    assert search.fit(X, y).score(X, y) > 0.6


def test_clone_and_metadata_routing(data):
    import sklearn

    sampler = QISMOTE(k_neighbors=3, energy_filter=True)
    assert clone(sampler).get_params() == sampler.get_params()
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(
            MinMaxScaler(), QISMOTE(random_state=0), LogisticRegression(max_iter=1000)
        )
        pipeline.get_metadata_routing()
        assert pipeline.fit(*data).score(*data) > 0.6


def test_an_unfitted_sampler_has_no_provenance():
    with pytest.raises(Exception, match="not fitted"):
        QISMOTE().synthetic_  # noqa: B018

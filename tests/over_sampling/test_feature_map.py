"""The encoder as a transformer: read-outs, the fold, isometry, classes, names."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE, QuantumFeatureMap, plot_energy_trace
from rarebit.over_sampling._encoder import fit_encoder, group_features
from rarebit.over_sampling._parameters import encoder_settings
from rarebit.quantum import IsingHamiltonian, z_expectations

quiet = pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")


@pytest.fixture
def rows():
    return np.random.default_rng(0).uniform(size=(40, 4))


def read(rows, **options):
    return QuantumFeatureMap(append=False, **options).fit(rows).transform(rows)


# --- closed forms -------------------------------------------------------------------------------


def test_without_entanglers_each_readout_is_a_cosine(rows):
    scaled = (rows - rows.min(axis=0)) / np.ptp(rows, axis=0)
    z = np.cos(np.pi * scaled)
    found = read(rows, entanglers=(), readout="zz")
    i, j = np.triu_indices(4, 1)
    np.testing.assert_allclose(found, np.hstack([z, z[:, i] * z[:, j]]), atol=1e-12)


def test_chain_of_cnots_reads_parities(rows):
    """After CNOTs (0, 1), (1, 2), ... wire i holds the parity of wires 0 to i."""
    z = read(rows, entanglers=(), readout="z")
    found = read(rows, entanglers=("CNOT",), readout="z")
    np.testing.assert_allclose(found, np.cumprod(z, axis=1), atol=1e-12)


def test_cz_changes_no_readout_in_z_without_a_rotation_behind_it(rows):
    for first in ((), ("CNOT",)):
        for last in ((), ("Toffoli",)):
            plain = read(rows, entanglers=(*first, *last), readout="zz")
            with_cz = read(rows, entanglers=(*first, "CZ", *last), readout="zz")
            np.testing.assert_allclose(with_cz, plain, atol=1e-12)


@pytest.mark.parametrize(
    ("angle", "folds"), [("centered", False), ("x", False), ("pi_x", True), ("arcsin", True)]
)
def test_the_fold(angle, folds):
    """x and 1 - x have the same read-outs and energy under two of the four angles."""
    x = np.linspace(0, 1, 11)[:, None]
    z = read(x, angle=angle, readout="z", entanglers=())
    assert np.allclose(z, z[::-1], atol=1e-12) == folds
    if not folds:
        assert len(np.unique(z.round(9))) == 11


@pytest.mark.parametrize("evolution", [None, "shared"])
@quiet
def test_states_keep_their_overlaps_under_one_circuit(rows, evolution):
    scaled = (rows - rows.min(axis=0)) / np.ptp(rows, axis=0)
    states = read(rows, readout="state", evolution=evolution, optimizer="bfgs", random_state=0)
    apart = np.cos(np.pi * (scaled[:, None] - scaled[None]) / 2).prod(axis=2)
    np.testing.assert_allclose(states @ states.T, apart, atol=1e-10)


def test_zz_readouts_are_those_of_the_state(rows):
    states = read(rows, readout="state")
    np.testing.assert_allclose(
        read(rows, readout="zz"), z_expectations(states, pairs=True), atol=1e-12
    )


# --- fitting ------------------------------------------------------------------------------------


def test_constant_features_map_to_one_half():
    found = read(np.array([[3.0, 0.0], [3.0, 1.0]]), entanglers=(), readout="z")
    np.testing.assert_allclose(found[:, 0], 0, atol=1e-12)


def test_values_outside_the_training_range_are_clipped(rows):
    feature_map = QuantumFeatureMap(append=False).fit(rows)
    np.testing.assert_array_equal(
        feature_map.transform(rows.max(axis=0)[None] + 5),
        feature_map.transform(rows.max(axis=0)[None]),
    )


@pytest.mark.parametrize(("n_features", "sizes"), [(4, [4]), (11, [6, 5]), (30, [10, 10, 10])])
def test_registers_are_balanced_and_cover_every_feature_once(n_features, sizes):
    rng = np.random.default_rng(0)
    blocks = group_features(rng.uniform(size=(50, n_features)), 10)
    assert sorted(map(len, blocks), reverse=True) == sizes
    assert sorted(np.concatenate(blocks).tolist()) == list(range(n_features))


def test_one_register_keeps_the_order_of_the_features(rows):
    assert group_features(rows, 4)[0].tolist() == [0, 1, 2, 3]


@quiet
@pytest.mark.parametrize("evolution", ["shared", "per_sample"])
def test_one_encoder_a_class_and_no_label_needed(rows, evolution):
    y = np.repeat(["a", "b"], 20)
    feature_map = QuantumFeatureMap(
        evolution=evolution, optimizer="bfgs", max_iterations=20, readout="z", random_state=0
    ).fit(rows, y)
    assert feature_map.get_feature_names_out().tolist() == [
        *(f"x{i}" for i in range(4)),
        *(f"z_x{i}@{label}" for label in "ab" for i in range(4)),
    ]
    whole = feature_map.transform(rows)
    for row in (0, 39):
        alone = feature_map.transform(rows[row : row + 1])
        np.testing.assert_allclose(alone[0], whole[row], atol=1e-6)
    assert set(feature_map.energy_trace_) == {"a", "b"}


def test_real_rows_lie_low(rows):
    """The learned energies of real rows are below those of rows drawn from the whole box."""
    real = np.clip(0.2 + 0.1 * np.random.default_rng(1).normal(size=(60, 4)), 0, 1)
    hamiltonian = IsingHamiltonian.from_expectations(np.cos(np.pi * real))

    def energy(x):
        z = np.cos(np.pi * x)
        i, j = np.triu_indices(4, 1)
        return z @ hamiltonian.fields + (z[:, i] * z[:, j]) @ hamiltonian.couplings[i, j]

    sampler = QISMOTE(random_state=0)
    box = np.vstack([rows, np.zeros((1, 4)), np.ones((1, 4))])
    sampler.fit_resample(np.vstack([box, real[:30]]), np.repeat([0, 1], [42, 30]))
    encoder = sampler.provenance_[0].encoder
    found = encoder.energies(real[:30], 1)
    assert found.mean() < encoder.energies(rows, 1).mean()
    assert np.corrcoef(found, energy(real[:30]))[0, 1] > 0.9


def test_settings_resolve_readout_by_what_it_costs():
    small, large = QuantumFeatureMap(), QuantumFeatureMap(max_qubits=12)
    assert encoder_settings(small, 9, kept=True).readout == "state"
    assert encoder_settings(large, 12, kept=True).readout == "zz"
    assert encoder_settings(large, 12, kept=False).readout == "state"
    assert (
        encoder_settings(large.set_params(evolution="per_sample"), 12, kept=False).readout == "zz"
    )


@pytest.mark.parametrize("n_rows", [5, 200])
def test_ranges_are_exact(n_rows):
    X = np.random.default_rng(0).normal(size=(n_rows, 3))
    encoder = fit_encoder(X, encoder_settings(QuantumFeatureMap(), 3, kept=True), 0)
    np.testing.assert_array_equal(encoder.minimum, X.min(axis=0))
    np.testing.assert_array_equal(encoder.span, X.max(axis=0) - X.min(axis=0))
    assert replace(encoder, seed=1).seed == 1


# --- in company ---------------------------------------------------------------------------------


def test_in_a_pipeline_with_named_output(rows):
    frame = pd.DataFrame(rows, columns=list("abcd"))
    feature_map = QuantumFeatureMap(readout="zz").set_output(transform="pandas")
    found = feature_map.fit_transform(frame)
    assert found.columns.tolist()[:5] == ["a", "b", "c", "d", "z_a"]
    assert found.columns.tolist()[-1] == "zz_c_d"
    y = (rows[:, 0] > 0.5).astype(int)
    assert (
        make_pipeline(QuantumFeatureMap(), LogisticRegression()).fit(frame, y).score(frame, y) > 0.8
    )


def test_a_shortage_of_memory_is_reported(rows, monkeypatch):
    from rarebit.over_sampling import _diagnostics

    feature_map = QuantumFeatureMap().fit(rows)
    monkeypatch.setattr(_diagnostics, "available_memory", lambda: 1000)
    with pytest.warns(RarebitWarning, match="readout='z'"):
        feature_map.transform(rows)


@quiet
def test_energy_traces_are_plotted(rows):
    import matplotlib as mpl

    mpl.use("Agg")
    feature_map = QuantumFeatureMap(
        evolution="per_sample", optimizer="bfgs", max_iterations=9, random_state=0
    )
    ax = plot_energy_trace(feature_map.fit(rows[:8], np.repeat([0, 1], 4)))
    assert len(ax.lines) == 10
    np.testing.assert_allclose(ax.lines[0].get_ydata(), feature_map.energy_trace_[0][0])
    with pytest.raises(InputError, match="no energy trace"):
        plot_energy_trace(QuantumFeatureMap().fit(rows))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(2)[[0, 1] * 10], "several values per row"),
        (np.arange(19), "inconsistent numbers of samples"),
        (np.linspace(0, 1, 20), "Unknown label type"),
    ],
)
def test_classes_are_one_a_row(y, message):
    X = np.random.default_rng(0).random((20, 3))
    with pytest.raises(ValueError, match=message):
        QuantumFeatureMap(evolution="shared", optimizer="bfgs").fit(X, y)


def test_tables_without_numbers_or_names():
    rows = pd.DataFrame({"a": [0.0, 1, 2], "b": [1.0, 0, 1]})
    dates = rows.assign(b=pd.date_range("2020", periods=3))
    with pytest.raises(InputError, match=r"Column 'b' has dtype datetime64.* into numbers first"):
        QuantumFeatureMap().fit(dates)
    with pytest.raises(InputError, match="Column 'b' has dtype datetime64"):
        QuantumFeatureMap().fit(rows).transform(dates)
    with pytest.raises(InputError, match="Two columns are named 'a'"):
        QuantumFeatureMap().fit(rows.set_axis(["a", "a"], axis=1))


@pytest.mark.parametrize("fitted", [None, QISMOTE(), QuantumFeatureMap()])
def test_a_plot_of_what_was_never_fitted(fitted):
    with pytest.raises(InputError, match="fit with evolution"):
        plot_energy_trace(fitted)

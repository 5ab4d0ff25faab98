import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.exceptions import InputError
from rarebit.quantum import (
    Circuit,
    IsingHamiltonian,
    NoiseModel,
    Operation,
    OuterHamiltonian,
    PauliString,
    angle_encoding,
    density_matrix,
    entangling_layers,
    expectations,
    noisy_expectations,
    simulate,
    z,
)

CHANNELS = {
    "depolarizing": "DepolarizingChannel",
    "amplitude_damping": "AmplitudeDamping",
    "bit_flip": "BitFlip",
    "phase_flip": "PhaseFlip",
}


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("probability", [0.0, 0.13, 0.9])
def test_channels_equal_pennylane(name, probability):
    qml = pytest.importorskip("pennylane")
    state = np.array([0.6, 0.8j])
    circuit = Circuit(1, [Operation("RX", (0,), (0.4,))])
    found = density_matrix(circuit, NoiseModel(**{name: probability}), initial_state=state)
    state = qml.matrix(qml.RX(0.4, 0)) @ state
    rho = np.outer(state, state.conj())
    kraus = getattr(qml, CHANNELS[name])(probability, wires=0).kraus_matrices()
    np.testing.assert_allclose(found, sum(k @ rho @ k.conj().T for k in kraus), atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(max_examples=8, deadline=None)
def test_noisy_circuits_equal_pennylane(random_circuit, seed, n_wires):
    qml = pytest.importorskip("pennylane")
    from rarebit.quantum.pennylane_backend import queue_operations

    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, n_wires, 10)
    weights, inputs = rng.normal(size=circuit.n_weights), rng.normal(size=(2, 3))
    noise = NoiseModel(0.05, 0.1, 0.02, 0.03)
    found = density_matrix(circuit, noise, weights, inputs)

    def run(row):
        with qml.queuing.AnnotatedQueue() as queue:
            for operation in circuit.operations:
                queue_operations(Circuit(n_wires, [operation]), weights, row)
                for name, channel in CHANNELS.items():
                    for wire in operation.wires:
                        getattr(qml, channel)(getattr(noise, name), wires=wire)
            qml.density_matrix(wires=range(n_wires))
        tape = qml.tape.QuantumScript.from_queue(queue)
        return qml.device("default.mixed", wires=n_wires).execute(tape)

    np.testing.assert_allclose(found, [run(row) for row in inputs], atol=1e-10)


def test_without_noise_it_is_the_pure_state(random_circuit):
    rng = np.random.default_rng(0)
    circuit = random_circuit(rng, 3)
    weights, inputs = rng.normal(size=circuit.n_weights), rng.normal(size=(2, 3))
    state = simulate(circuit, weights, inputs)
    expected = np.einsum("bi,bj->bij", state, state.conj())
    np.testing.assert_allclose(density_matrix(circuit, NoiseModel(), weights, inputs), expected)


@pytest.fixture
def entangled():
    """A circuit of three wires, its inputs, and observables of every kind."""
    circuit = angle_encoding(3) + entangling_layers(3)
    rng = np.random.default_rng(0)
    observables = [
        z(0),
        z(0, 2),
        PauliString("XX", (0, 1)),
        IsingHamiltonian(rng.normal(size=(3, 3)), rng.normal(size=3)),
    ]
    return circuit, rng.normal(size=(2, 3)), observables


def test_trajectories_agree_with_the_density_matrix(entangled):
    circuit, inputs, observables = entangled
    noise = NoiseModel(0.03, 0.1, 0.02, 0.05, readout_error=0.04)
    exact = noisy_expectations(circuit, observables, noise, inputs=inputs, method="density")
    found = noisy_expectations(
        circuit,
        observables,
        noise,
        inputs=inputs,
        method="trajectories",
        n_trajectories=2000,
        random_state=0,
    )
    assert found.values.shape == (2, 4)
    assert not exact.standard_errors.any()
    assert (np.abs(found.values - exact.values) <= 4.5 * found.standard_errors).all()
    assert (found.standard_errors < 0.06).all()


def test_a_single_row_has_no_batch_axis(entangled):
    circuit, inputs, observables = entangled
    for method in ("density", "trajectories"):
        found = noisy_expectations(
            circuit,
            observables,
            NoiseModel(),
            inputs=inputs[0],
            method=method,
            n_trajectories=3,
            random_state=0,
        )
        exact = expectations(circuit, observables, inputs=inputs[0])
        np.testing.assert_allclose(found.values, exact, atol=1e-12)


def test_readout_errors_shrink_strings_by_their_weight(entangled):
    circuit, inputs, observables = entangled
    noise = NoiseModel(readout_error=0.1)
    exact = expectations(circuit, observables, inputs=inputs)
    found = noisy_expectations(circuit, observables, noise, inputs=inputs).values
    np.testing.assert_allclose(found[:, :3], exact[:, :3] * [0.8, 0.64, 0.64], atol=1e-12)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match=r"bit_flip is 1\.5: give a number"):
        NoiseModel(bit_flip=1.5)
    circuit = angle_encoding(1)
    with pytest.raises(InputError, match="not measured wire by wire"):
        noisy_expectations(
            circuit,
            [OuterHamiltonian(np.ones(2))],
            NoiseModel(readout_error=0.1),
            inputs=np.zeros(1),
        )
    with pytest.raises(InputError, match="method is 'exact'"):
        noisy_expectations(circuit, [z(0)], NoiseModel(), inputs=np.zeros(1), method="exact")

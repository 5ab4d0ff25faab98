import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.exceptions import InputError
from rarebit.quantum import (
    Circuit,
    Input,
    Operation,
    Weight,
    entangling_layers,
    probabilities,
    rotation_layers,
    simulate,
)

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 10))
@settings(max_examples=25, deadline=None)
def test_random_circuits_equal_pennylane(random_circuit, pennylane_state, seed, n_wires):
    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, n_wires)
    weights, inputs = rng.normal(size=circuit.n_weights), rng.normal(size=(2, 3))
    found = simulate(circuit, weights, inputs)
    expected = [pennylane_state(circuit, weights, row) for row in inputs]
    np.testing.assert_allclose(found, expected, atol=1e-10)
    single = simulate(circuit, weights.astype(np.float32), inputs.astype(np.float32))
    assert single.dtype in (np.float32, np.complex64)
    np.testing.assert_allclose(single, expected, atol=3e-6)


@given(seeds, st.integers(1, 6))
@settings(max_examples=10, deadline=None)
def test_initial_states_and_weights_of_each_row_equal_pennylane(
    random_circuit, pennylane_state, seed, n_wires
):
    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, n_wires)
    weights, inputs = rng.normal(size=(2, circuit.n_weights)), rng.normal(size=3)
    initial = rng.normal(size=(2, 2**n_wires)) + 1j * rng.normal(size=(2, 2**n_wires))
    initial /= np.linalg.norm(initial, axis=1, keepdims=True)
    found = simulate(circuit, weights, inputs, initial_state=initial)
    expected = [
        pennylane_state(circuit, own, inputs, first)
        for own, first in zip(weights, initial, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-10)


@given(seeds, st.integers(1, 10))
@settings(max_examples=10, deadline=None)
def test_torch_equals_numpy(random_circuit, seed, n_wires):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, n_wires)
    weights, inputs = rng.normal(size=circuit.n_weights), rng.normal(size=(3, 3))
    found = simulate(circuit, torch.tensor(weights), torch.tensor(inputs))
    np.testing.assert_allclose(found.numpy(), simulate(circuit, weights, inputs), atol=1e-12)


def test_real_circuits_stay_real(random_circuit):
    circuit = random_circuit(np.random.default_rng(0), 4, only_real=True)
    weights, inputs = np.ones(circuit.n_weights), np.ones(3)
    assert simulate(circuit, weights, inputs).dtype == np.float64
    assert simulate(circuit, np.float32(weights), np.float32(inputs)).dtype == np.float32
    complex_state = np.eye(16, dtype=complex)[0]
    assert simulate(circuit, weights, inputs, initial_state=complex_state).dtype == np.complex128


def test_many_wires_take_several_blocks(pennylane_state):
    rng = np.random.default_rng(1)
    circuit = rotation_layers(12, 2, entangler="CNOT")
    weights = rng.normal(size=(1, circuit.n_weights))
    expected = pennylane_state(circuit, weights[0])
    np.testing.assert_allclose(simulate(circuit, weights)[0], expected, atol=1e-10)
    np.testing.assert_allclose(simulate(circuit, weights[0]), expected, atol=1e-10)


def test_wire_zero_is_the_most_significant_bit():
    np.testing.assert_array_equal(simulate(Circuit(2, [Operation("X", (0,))])), [0, 0, 1, 0])


def test_batch_axis_appears_where_any_argument_has_one():
    circuit = Circuit(2, [Operation("RY", (0,), (Weight(0),)), Operation("RX", (1,), (Input(0),))])
    weights, inputs = np.zeros(1), np.zeros(1)
    zero = np.eye(4)[0]
    np.testing.assert_array_equal(simulate(circuit, weights, inputs), zero)
    np.testing.assert_array_equal(simulate(circuit, weights[None], inputs), [zero])
    np.testing.assert_array_equal(simulate(circuit, weights, np.zeros((5, 1))), [zero] * 5)
    rows = np.eye(4)[[3, 1, 0]]
    np.testing.assert_array_equal(simulate(Circuit(2), initial_state=rows), rows)
    np.testing.assert_array_equal(simulate(Circuit(2)), zero)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_length_is_kept(random_circuit, seed):
    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, 5, 40)
    state = simulate(circuit, rng.normal(size=circuit.n_weights), rng.normal(size=(4, 3)))
    np.testing.assert_allclose(probabilities(state).sum(axis=-1), 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "takes 4 weights; none were given"),
        ({"weights": np.zeros(3)}, r"weights have shape \(3,\)"),
        ({"weights": np.zeros((2, 4)), "initial_state": np.zeros((3, 4))}, r"batch sizes \[2, 3\]"),
        ({"weights": np.zeros(4), "initial_state": np.zeros(2)}, "initial_state has 2 amplitudes"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        simulate(rotation_layers(2, 2), **arguments)


def test_entanglers_alone_start_in_zero():
    np.testing.assert_array_equal(simulate(entangling_layers(3)), np.eye(8)[0])

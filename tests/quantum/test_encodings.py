import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rarebit.exceptions import InputError
from rarebit.quantum import (
    IsingHamiltonian,
    amplitude_state,
    angle_encoding,
    entangling_layers,
    expectation,
    reuploading,
    rotation_layers,
    simulate,
    to_angles,
    z_expectations,
)

rows = arrays(np.float64, (2, 4), elements=st.floats(0, 1))


def encode(features, angle="centered"):
    return simulate(angle_encoding(features.shape[-1]), inputs=to_angles(features, angle))


@given(rows)
@settings(max_examples=25)
def test_centered_angles_read_out_as_a_cosine(features):
    np.testing.assert_allclose(
        z_expectations(encode(features)), np.cos(np.pi * features), atol=1e-12
    )


@given(rows)
@settings(max_examples=25)
def test_encoded_states_equal_pennylane(pennylane_state, features):
    expected = [pennylane_state(angle_encoding(4), None, to_angles(row)) for row in features]
    np.testing.assert_allclose(encode(features), expected, atol=1e-12)


@given(rows, st.sampled_from(["centered", "pi_x", "x", "arcsin"]), st.integers(0, 99))
@settings(max_examples=25)
def test_circuits_with_shared_angles_are_isometries(features, angle, seed):
    # <U psi(x), U psi(x')> = prod cos((phi - phi') / 2), whatever U does after the encoding.
    circuit = angle_encoding(4) + entangling_layers(4) + rotation_layers(4, 2)
    angles = to_angles(features, angle)
    weights = np.random.default_rng(seed).normal(size=circuit.n_weights)
    first, second = simulate(circuit, weights, angles)
    expected = np.prod(np.cos((angles[0] - angles[1]) / 2))
    np.testing.assert_allclose(first @ second, expected, atol=1e-12)


@pytest.mark.parametrize("wiring", ["linear", "circular", "all"])
@pytest.mark.parametrize(
    ("angle", "folds"), [("pi_x", True), ("arcsin", True), ("centered", False)]
)
def test_the_fold(angle, folds, wiring):
    # <Z> = -sin(pi x) makes x and 1 - x the same for energies and read-outs in Z. One feature is
    # mirrored at a time: the encoded states differ, nothing diagonal tells them apart.
    features = np.random.default_rng(0).uniform(0.05, 0.45, size=(1, 4))
    mirrored = features.copy()
    mirrored[0, 2] = 1 - mirrored[0, 2]
    circuit = angle_encoding(4) + entangling_layers(4, wiring=wiring)
    states = [simulate(circuit, inputs=to_angles(array, angle)) for array in (features, mirrored)]
    assert not np.allclose(*states)
    rng = np.random.default_rng(1)
    hamiltonian = IsingHamiltonian(rng.normal(size=(4, 4)), rng.normal(size=4))
    read_outs = [z_expectations(state, pairs=True) for state in states]
    energies = [expectation(hamiltonian, state) for state in states]
    assert np.allclose(*read_outs) is folds
    assert np.allclose(*energies) is folds


def test_unknown_angle_is_refused():
    with pytest.raises(InputError, match="angle is 'y'"):
        to_angles(np.zeros(2), "y")


@given(arrays(np.float64, (3, 5), elements=st.floats(-1e150, 1e150)))
@settings(max_examples=50)
def test_amplitudes_have_length_one_and_the_direction_of_the_row(features):
    states = amplitude_state(features)
    assert states.shape == (3, 8)
    np.testing.assert_allclose((states**2).sum(axis=1), 1.0)
    for row, state in zip(features, states, strict=True):
        if row.any():
            scaled = row / np.abs(row).max()
            np.testing.assert_allclose(state[:5] * np.linalg.norm(scaled), scaled, atol=1e-12)
        else:
            np.testing.assert_array_equal(state, np.eye(8)[0])


def test_zero_rows_have_zero_gradients_not_nan():
    torch = pytest.importorskip("torch")
    features = torch.tensor([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0]], requires_grad=True)
    amplitude_state(features)[:, 1].sum().backward()
    assert features.grad is not None
    np.testing.assert_allclose(features.grad, [[0, 0, 0], [-2 / 27, 5 / 27, -4 / 27]], atol=1e-7)


def test_amplitudes_must_fit():
    with pytest.raises(InputError, match="5 features do not fit into the 4 amplitudes"):
        amplitude_state(np.ones(5), 2)


def test_reuploading_repeats_the_inputs(pennylane_state):
    layers = [rotation_layers(3, 1), entangling_layers(3)]
    circuit = reuploading(3, layers)
    assert circuit.gate_counts["RY"] == 9
    weights, inputs = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.5, 0.6])
    expected = pennylane_state(circuit, weights, inputs)
    np.testing.assert_allclose(simulate(circuit, weights, inputs), expected, atol=1e-12)

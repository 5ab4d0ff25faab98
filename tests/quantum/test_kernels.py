import numpy as np
import pytest

from rarebit.quantum import IsingHamiltonian, adjoint, entangling_layers, rotation_layers, simulate

pytest.importorskip("numba")
from rarebit.quantum.kernels import energy_and_gradient


@pytest.mark.parametrize(("n_wires", "n_layers", "n_states"), [(1, 1, 3), (3, 2, 8), (6, 3, 21)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_kernel_equals_the_simulator(n_wires, n_layers, n_states, dtype, tolerance):
    rng = np.random.default_rng(0)
    hamiltonian = IsingHamiltonian(rng.normal(size=(n_wires, n_wires)), rng.normal(size=n_wires))
    states = rng.normal(size=(n_states, 2**n_wires))
    states = (states / np.linalg.norm(states, axis=1, keepdims=True)).astype(dtype)
    angles = rng.normal(size=(n_states, n_layers * n_wires)).astype(dtype)
    ansatz = rotation_layers(n_wires, n_layers)
    signs = simulate(entangling_layers(n_wires, ["CZ"]), initial_state=np.ones(2**n_wires))
    energies, gradients = energy_and_gradient(hamiltonian.eigenvalues, signs, states, angles)
    expected = adjoint(ansatz, [hamiltonian], angles, initial_state=states)
    assert energies.dtype == gradients.dtype == dtype
    np.testing.assert_allclose(energies, expected.values[:, 0], atol=tolerance)
    np.testing.assert_allclose(gradients, expected.weights, atol=tolerance)

from itertools import product

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import IsingHamiltonian, OuterHamiltonian, expectation


def random_states(rng, n_wires, *, is_complex=False):
    states = rng.normal(size=(4, 2**n_wires)) + 1j * is_complex * rng.normal(size=(4, 2**n_wires))
    states = states if is_complex else states.real
    return states / np.linalg.norm(states, axis=1, keepdims=True)


@pytest.mark.parametrize("n_wires", [1, 2, 5])
def test_ising_eigenvalues_term_by_term(n_wires):
    rng = np.random.default_rng(n_wires)
    couplings, fields = rng.normal(size=(n_wires, n_wires)), rng.normal(size=n_wires)
    expected = []
    for spins in product([1, -1], repeat=n_wires):  # wire 0 changes slowest
        energy = sum(fields[i] * spins[i] for i in range(n_wires))
        for i in range(n_wires):
            for j in range(i + 1, n_wires):
                energy += couplings[i, j] * spins[i] * spins[j]
        expected.append(energy)
    np.testing.assert_allclose(IsingHamiltonian(couplings, fields).eigenvalues, expected)


@pytest.mark.parametrize("is_complex", [False, True])
def test_energies_equal_pennylane(is_complex):
    qml = pytest.importorskip("pennylane")
    from rarebit.quantum.pennylane_backend import to_pennylane_observable

    rng = np.random.default_rng(0)
    states = random_states(rng, 4, is_complex=is_complex)
    hamiltonians = [
        IsingHamiltonian(rng.normal(size=(4, 4)), rng.normal(size=4)),
        OuterHamiltonian(states[0] + states[1]),
    ]
    for hamiltonian in hamiltonians:
        matrix = qml.matrix(to_pennylane_observable(hamiltonian, 4), wire_order=range(4))
        expected = np.einsum("bi,ij,bj->b", states.conj(), matrix, states).real
        np.testing.assert_allclose(expectation(hamiltonian, states), expected, atol=1e-12)


def test_ising_of_rows_lets_them_lie_low():
    rng = np.random.default_rng(0)
    read_outs = rng.uniform(-1, 1, size=(50, 3))
    read_outs[:, 1] = 0.25  # a constant feature is coupled to nothing
    hamiltonian = IsingHamiltonian.from_expectations(read_outs)
    correlation = np.corrcoef(read_outs[:, 0], read_outs[:, 2])[0, 1]
    np.testing.assert_allclose(hamiltonian.couplings[0, 2], -correlation)
    np.testing.assert_array_equal(hamiltonian.couplings[1], np.zeros(3))
    np.testing.assert_allclose(hamiltonian.fields, -read_outs.mean(axis=0))


def test_outer_energy_is_minus_the_overlap():
    states = random_states(np.random.default_rng(0), 3)
    hamiltonian = OuterHamiltonian(5 * states[0])
    np.testing.assert_allclose(expectation(hamiltonian, states), -((states @ states[0]) ** 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IsingHamiltonian(np.zeros((2, 2)), np.zeros(3)), "shape"),
        (lambda: OuterHamiltonian(np.zeros(4)), "zero vector"),
        (lambda: OuterHamiltonian(np.ones(3)), r"2\*\*n amplitudes"),
        (lambda: IsingHamiltonian(np.zeros((2, 2)), np.zeros(2)).apply(np.ones(8)), "2 wires"),
        (lambda: OuterHamiltonian(np.ones(4)).apply(np.ones(8)), "2 wires"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import (
    IsingHamiltonian,
    OuterHamiltonian,
    angle_encoding,
    entangling_layers,
    expectation,
    minimize_energy,
    rotation_layers,
    simulate,
    to_angles,
)


@pytest.fixture(scope="module")
def problem():
    """An Ising Hamiltonian and eight encoded, entangled rows of four features."""
    rng = np.random.default_rng(0)
    circuit = angle_encoding(4) + entangling_layers(4)
    states = simulate(circuit, inputs=to_angles(rng.uniform(size=(8, 4))))
    return IsingHamiltonian(rng.normal(size=(4, 4)), rng.normal(size=4)), states


@pytest.mark.parametrize("optimizer", ["bfgs", "adam", "spsa", "cobyla"])
@pytest.mark.parametrize("shared", [False, True])
def test_energies_fall_and_are_those_of_the_states(problem, optimizer, shared):
    hamiltonian, states = problem
    found = minimize_energy(
        hamiltonian, states, optimizer=optimizer, max_iterations=60, shared=shared, random_state=0
    )
    assert found.parameters.shape == (8, 8)
    assert found.trace.shape == (8, 61)
    assert found.settled_at.shape == found.plateau.shape == found.gradient_norm.shape == (8,)
    assert (np.diff(found.trace, axis=1) <= 0).all()
    evolved = simulate(rotation_layers(4, 2), found.parameters, initial_state=states)
    np.testing.assert_allclose(found.states, evolved, atol=1e-12)
    np.testing.assert_allclose(found.energies, expectation(hamiltonian, evolved), atol=1e-12)
    assert (found.energies >= hamiltonian.eigenvalues.min() - 1e-12).all()
    reached = found.energies.mean() if shared else found.energies
    np.testing.assert_allclose(found.trace[:, -1], reached, atol=1e-10)
    assert (found.trace[:, 0] - found.trace[:, -1] > 0.1).all()


def test_a_product_hamiltonian_is_solved_exactly():
    # Without couplings, one layer of RY on |0...0> reaches the ground state.
    hamiltonian = IsingHamiltonian(np.zeros((3, 3)), [1.0, -2.0, 0.5])
    found = minimize_energy(
        hamiltonian, np.eye(8)[:1], ansatz=rotation_layers(3, 1), random_state=0
    )
    np.testing.assert_allclose(found.energies, -3.5)
    np.testing.assert_allclose(found.gradient_norm, 0.0, atol=1e-6)
    np.testing.assert_allclose(np.abs(found.states), np.eye(8)[[0b101]], atol=1e-6)


def test_each_state_is_optimised_by_itself(problem):
    hamiltonian, states = problem
    start = np.full(8, 0.4)
    together = minimize_energy(hamiltonian, states, initial=start, max_iterations=20)
    alone = minimize_energy(hamiltonian, states[3:4], initial=start, max_iterations=20)
    np.testing.assert_allclose(together.parameters[3], alone.parameters[0], atol=1e-8)


def test_shared_angles_keep_every_distance(problem):
    hamiltonian, states = problem
    found = minimize_energy(hamiltonian, states, shared=True, max_iterations=20, random_state=0)
    np.testing.assert_allclose(found.states @ found.states.T, states @ states.T, atol=1e-12)
    own = minimize_energy(hamiltonian, states, max_iterations=20, random_state=0)
    assert np.abs(own.states @ own.states.T - states @ states.T).max() > 0.1


def test_bfgs_gets_as_low_as_cobyla(problem):
    hamiltonian, states = problem
    start = np.random.default_rng(0).normal(size=8)
    reached = {
        name: minimize_energy(hamiltonian, states, optimizer=name, initial=start).energies
        for name in ("bfgs", "cobyla")
    }
    assert reached["bfgs"].mean() <= reached["cobyla"].mean()


def test_outer_hamiltonian_pulls_states_towards_its_own(problem):
    _, states = problem
    hamiltonian = OuterHamiltonian(states.mean(axis=0))
    found = minimize_energy(hamiltonian, states, random_state=0)
    assert (found.energies < expectation(hamiltonian, states)).all()
    assert (found.energies >= -1 - 1e-12).all()


def test_complex_states_and_another_ansatz(problem):
    hamiltonian, states = problem
    ansatz = rotation_layers(4, 1, rotations=("RZ", "RY"), entangler="CNOT", wiring="circular")
    turned = states * np.exp(1j * np.arange(16))
    found = minimize_energy(hamiltonian, turned, ansatz=ansatz, random_state=0, max_iterations=30)
    assert found.parameters.shape == (8, 8)
    assert (found.trace[:, -1] < found.trace[:, 0]).all()


def test_plateaus_are_found(problem):
    hamiltonian, states = problem
    found = minimize_energy(hamiltonian, states, random_state=0)
    left = found.trace - found.trace[:, -1:]
    for row, settled in enumerate(found.settled_at):
        assert left[row, settled] <= 0.01 * left[row, 0]
        assert settled == 0 or left[row, settled - 1] > 0.01 * left[row, 0]
    np.testing.assert_array_equal(found.plateau, found.settled_at < 50)
    short = minimize_energy(hamiltonian, states, max_iterations=10, random_state=0)
    assert not short.plateau.any()


def test_compiled_and_plain_gradients_lead_to_the_same_energies(problem):
    pytest.importorskip("numba")
    hamiltonian, states = problem
    found = [
        minimize_energy(hamiltonian, states, backend=backend, max_iterations=15, random_state=0)
        for backend in ("numpy", "numba")
    ]
    np.testing.assert_allclose(found[0].trace, found[1].trace, atol=1e-8)


def test_single_precision_is_kept(problem):
    hamiltonian, states = problem
    found = minimize_energy(hamiltonian, np.float32(states), max_iterations=20, random_state=0)
    assert found.states.dtype == found.parameters.dtype == np.float32
    assert (found.trace[:, -1] < found.trace[:, 0] - 0.1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "sgd"}, "optimizer is 'sgd'"),
        ({"max_iterations": 0}, "max_iterations is 0: give an integer from 1"),
        ({"initial": np.zeros(3)}, r"initial must have shape \(8,\)"),
        ({"ansatz": rotation_layers(3, 1)}, "ansatz of 3 wires"),
        ({"backend": "numba", "shared": True}, "backend='auto'"),
    ],
)
def test_wrong_arguments_are_refused(problem, arguments, message):
    with pytest.raises(InputError, match=message):
        minimize_energy(*problem, **arguments)


def test_one_state_without_a_batch_axis_is_refused(problem):
    with pytest.raises(InputError, match="n_states"):
        minimize_energy(problem[0], problem[1][0])

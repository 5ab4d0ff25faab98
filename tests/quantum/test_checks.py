"""What circuits, encodings, energies and layers refuse, in one line each."""

import math

import numpy as np
import pytest

from rarebit._common import memory as _memory
from rarebit.exceptions import InputError
from rarebit.quantum import (
    Circuit,
    Input,
    IsingHamiltonian,
    NoiseModel,
    Operation,
    OuterHamiltonian,
    PauliString,
    Weight,
    adjoint,
    amplitude_state,
    angle_encoding,
    density_matrix,
    entangling_layers,
    expectations,
    minimize_energy,
    noisy_expectations,
    reuploading,
    rotation_layers,
    sample,
    sampled_expectation,
    simulate,
    to_angles,
    z,
)
from rarebit.quantum.entanglers import wire_groups

CIRCUIT = angle_encoding(2) + rotation_layers(2, 1)
ZEROS = np.zeros(2)
NO_COUNTS = [0, -1, 2.5, "2", None, True, math.nan]


@pytest.mark.parametrize("n_wires", NO_COUNTS, ids=repr)
@pytest.mark.parametrize(
    "make",
    [
        Circuit,
        angle_encoding,
        entangling_layers,
        lambda n: rotation_layers(n, 1),
        lambda n: wire_groups(n, 2),
        lambda n: amplitude_state(np.ones(3), n) if n is not None else Circuit(n),
    ],
)
def test_the_number_of_wires_is_an_integer(make, n_wires):
    with pytest.raises(InputError, match=r"n_wires is .*: give an integer of at least 1"):
        make(n_wires)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("X", 0), "wires is 0: give a tuple"),
        (("X", (0.5,)), r"wires is \(0.5,\): give integers"),
        (("X", ("a",)), "give integers"),
        (("RY", (0,), 0.3), "parameters is 0.3: give a tuple"),
        (("RY", (0,), ("a",)), "a parameter is 'a': give a finite number"),
        (("RY", (0,), (math.nan,)), "a parameter is nan"),
        (("RY", (0,), (1j,)), "a parameter is 1j"),
        (("RY", (0,), ([0.1],)), "a parameter is "),
    ],
)
def test_gates_act_on_wires_by_numbers(arguments, message):
    with pytest.raises(InputError, match=message):
        Operation(*arguments)


def test_lists_of_wires_and_parameters_become_tuples():
    circuit = Circuit(1, [Operation("RY", [0], [0.3])])
    assert hash(circuit) == hash(Circuit(1, [Operation("RY", (0,), (0.3,))]))
    assert hash(PauliString("Z", [0])) == hash(z(0))


@pytest.mark.parametrize("kind", [Weight, Input])
@pytest.mark.parametrize("index", [-1, 0.5, "a", None])
def test_parameters_have_a_position(kind, index):
    with pytest.raises(InputError, match=r"the index of an? .* give an integer of at least 0"):
        kind(index)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Circuit(2, 3), "operations is 3"),
        (lambda: Circuit(2, ["X"]), "operations holds 'X'"),
        (lambda: reuploading(2, [3]), r"layers is \[3\]"),
        (lambda: wire_groups(1000, 3, "all"), "166,167,000 groups of 3"),
        (lambda: rotation_layers(2, 1.5), "n_layers is 1.5"),
        (lambda: PauliString("Z", 0), "wires is 0"),
        (lambda: PauliString("Z", (0.5,)), "give a tuple of integers"),
        (lambda: PauliString(3, (0,)), "letters is 3"),
    ],
)
def test_circuits_of_something_else(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], ZEROS), "weights is a builtins list, inputs is a numpy ndarray: give only NumPy"),
        ((0.3, ZEROS), "weights is a builtins float"),
        ((ZEROS.astype(str), ZEROS), "weights hold <U32: give real numbers"),
        ((ZEROS + 1j, ZEROS), "weights hold complex128"),
    ],
)
def test_arguments_are_arrays_of_real_numbers(arguments, message):
    with pytest.raises(InputError, match=message):
        simulate(CIRCUIT, *arguments)


def test_what_is_no_circuit_does_not_run():
    with pytest.raises(InputError, match="circuit is 3: give a Circuit"):
        simulate(3)
    with pytest.raises(InputError, match=r"initial_state has shape \(1, 1, 4\)"):
        simulate(CIRCUIT, ZEROS, ZEROS, initial_state=np.ones((1, 1, 4)))


@pytest.mark.parametrize("n_wires", [40, 64, 10_000])
def test_states_beyond_the_memory_are_refused_with_its_size(n_wires):
    circuit = Circuit(n_wires, [Operation("H", (0,))])
    message = f"of {n_wires} wires needs at least .* GiB of memory, and .* GiB are free"
    for run in (
        lambda: simulate(circuit),
        lambda: expectations(circuit, [z(0)]),
        lambda: adjoint(circuit, [z(0)]),
        lambda: density_matrix(circuit, NoiseModel()),
        lambda: noisy_expectations(circuit, [z(0)], NoiseModel()),
        lambda: amplitude_state(np.ones(3), n_wires),
    ):
        with pytest.raises(InputError, match=message):
            run()


def test_memory_counts_rows_copies_and_precision(monkeypatch):
    monkeypatch.setattr(_memory, "available_memory", lambda: 2**30)
    with pytest.raises(InputError, match=r"Simulating 65,536 states of 12 wires needs .* 4\.0 GiB"):
        simulate(rotation_layers(12, 1), np.zeros((2**16, 12)))
    with pytest.raises(InputError, match="A noisy simulation of 14 wires"):
        density_matrix(Circuit(14), NoiseModel())
    with pytest.raises(InputError, match="A Hamiltonian of 24 wires"):
        _ = IsingHamiltonian(np.zeros((24, 24)), np.zeros(24)).eigenvalues
    monkeypatch.setattr(_memory, "available_memory", lambda: None)
    assert simulate(Circuit(2)).shape == (4,)


def test_a_noisy_run_of_many_wires_makes_no_matrix_of_its_start():
    found = noisy_expectations(Circuit(18), [z(0)], NoiseModel(), n_trajectories=1)
    assert found.values.tolist() == [1.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_amplitudes_are_finite(bad):
    with pytest.raises(InputError, match="NaN or infinity"):
        amplitude_state(np.array([[1.0, 2.0], [bad, 1.0]]))


@pytest.mark.parametrize("features", [[1, 2], np.array(1.0), np.zeros((2, 0)), np.array([1j, 1])])
def test_amplitudes_are_rows_of_real_numbers(features):
    with pytest.raises(InputError, match="features"):
        amplitude_state(features)


@pytest.mark.parametrize("features", [[0.5], "a", None])
def test_angles_are_arrays(features):
    with pytest.raises(InputError, match=r"features is .*: give a NumPy array"):
        to_angles(features)


@pytest.mark.parametrize("observables", [[], 3, None, z(0), [3], ["Z"]], ids=str)
def test_what_is_measured(observables):
    for run in (
        lambda: expectations(CIRCUIT, observables, ZEROS, ZEROS),
        lambda: adjoint(CIRCUIT, observables, ZEROS, ZEROS),
        lambda: noisy_expectations(CIRCUIT, observables, NoiseModel(), ZEROS, ZEROS),
    ):
        with pytest.raises(InputError, match=r"observables is .*: give a list"):
            run()


@pytest.mark.parametrize("count", NO_COUNTS, ids=repr)
def test_shots_and_trajectories_are_integers(count):
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"shots is .*: give an integer"):
        sample(np.array([1.0, 0.0]), count, rng)
    with pytest.raises(InputError, match=r"n_trajectories is .*: give an integer"):
        noisy_expectations(Circuit(1), [z(0)], NoiseModel(), n_trajectories=count)
    if count is not None:
        with pytest.raises(InputError, match=r"shots is .*: give an integer"):
            expectations(Circuit(1), [z(0)], shots=count)


@pytest.mark.parametrize("state", [np.full(4, math.nan), np.zeros(4), np.zeros((0, 4))], ids=str)
def test_there_must_be_something_to_measure(state):
    with pytest.raises(InputError, match="cannot be measured"):
        sample(state, 3, np.random.default_rng(0))


def test_bits_and_wires_of_a_sample():
    for wires, bits, message in (
        ((9,), np.zeros((3, 2), int), r"wires \[9\] do not fit bits of 2 wires"),
        (("a",), np.zeros((3, 2), int), "do not fit"),
        ((0,), np.zeros((0, 2), int), "at least one shot"),
    ):
        with pytest.raises(InputError, match=message):
            sampled_expectation(wires, bits)


@pytest.mark.parametrize("value", ["a", None, [0.1], math.nan, 2])
def test_noise_is_a_probability(value):
    with pytest.raises(InputError, match=r"bit_flip is .*: give a number from 0 to 1"):
        NoiseModel(bit_flip=value)


def test_noise_that_is_none():
    with pytest.raises(InputError, match="noise is 3: give a NoiseModel"):
        density_matrix(Circuit(1), 3)


def test_a_cotangent_has_the_shape_of_the_values():
    with pytest.raises(InputError, match=r"cotangent has shape \(2,\)"):
        adjoint(CIRCUIT, [z(0)], ZEROS, ZEROS, cotangent=np.ones(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IsingHamiltonian([[math.nan]], [0]), "couplings hold NaN"),
        (lambda: IsingHamiltonian([[0]], [math.inf]), "fields hold NaN or infinity"),
        (lambda: IsingHamiltonian([["a"]], [0]), "couplings must be numbers"),
        (lambda: IsingHamiltonian(np.zeros((0, 0)), []), "couplings of shape"),
        (lambda: IsingHamiltonian.from_expectations(np.zeros((0, 2))), "at least one row"),
        (lambda: IsingHamiltonian.from_expectations(np.zeros(2)), r"\(n_rows, n_wires\)"),
        (lambda: IsingHamiltonian.from_expectations([[math.nan]]), "expectations hold NaN"),
        (lambda: OuterHamiltonian([math.nan, 1]), "finite numbers"),
        (lambda: OuterHamiltonian([1e308, 1e308]), "finite numbers"),
        (lambda: OuterHamiltonian(["a", "b"]), "takes one state"),
        (lambda: OuterHamiltonian(None), "takes one state"),
    ],
)
def test_energies_of_finite_numbers(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *(({"max_iterations": count}, "max_iterations is ") for count in (0, 2.5, "a", 10**9)),
        *(
            ({"step": step}, "step is .*: give None or a number above 0")
            for step in (0, -1, math.nan, "a")
        ),
        ({"initial": np.full(4, math.nan)}, "initial must be finite"),
        ({"backend": "fast"}, "backend is 'fast'"),
        ({"ansatz": 3}, "ansatz is 3"),
        ({"shared": "yes"}, "shared is 'yes'"),
        ({"hamiltonian": 3}, "hamiltonian is 3"),
        ({"states": np.full((3, 4), math.nan)}, "states hold NaN"),
        ({"states": np.zeros((0, 4))}, "at least one state"),
        ({"states": [["a"] * 4]}, "give numbers"),
        ({"states": None}, "give numbers"),
    ],
)
def test_energies_are_minimised_with_sense(arguments, message):
    hamiltonian = IsingHamiltonian([[0, -1], [0, 0]], [0, -0.1])
    with pytest.raises(InputError, match=message):
        minimize_energy(**{"hamiltonian": hamiltonian, "states": np.full((3, 4), 0.5), **arguments})


def test_whole_numbers_are_states_too():
    hamiltonian = IsingHamiltonian([[0, -1], [0, 0]], [0, -0.1])
    found = minimize_energy(hamiltonian, np.eye(4, dtype=int), max_iterations=2, random_state=0)
    assert found.states.dtype == np.float64

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import (
    IsingHamiltonian,
    OuterHamiltonian,
    PauliString,
    angle_encoding,
    expectations,
    rotation_layers,
    z,
)


@pytest.fixture
def setting():
    rng = np.random.default_rng(0)
    circuit = angle_encoding(3) + rotation_layers(3, 1, rotations=("RZ", "RY"), entangler="CNOT")
    observables = [
        z(0),
        PauliString("XIY", (0, 1, 2)),
        IsingHamiltonian(rng.normal(size=(3, 3)), rng.normal(size=3)),
    ]
    arguments = {"weights": rng.normal(size=6), "inputs": rng.normal(size=(2, 3))}
    return circuit, observables, arguments


def test_shots_scatter_around_the_exact_values(setting):
    circuit, observables, arguments = setting
    exact = expectations(circuit, observables, **arguments)
    found = expectations(circuit, observables, **arguments, shots=20_000, random_state=0)
    assert exact.shape == found.shape == (2, 3)
    assert (found != exact).all()
    np.testing.assert_allclose(found, exact, atol=0.05)


def test_shots_take_seeds_of_every_kind(setting):
    circuit, observables, arguments = setting
    for make in (int, np.random.default_rng, np.random.RandomState):
        first, second = (
            expectations(circuit, observables, **arguments, shots=9, random_state=make(3))
            for _ in range(2)
        )
        np.testing.assert_array_equal(first, second)
    with pytest.raises(InputError, match="random_state is 'three'"):
        expectations(circuit, observables, **arguments, shots=9, random_state="three")


def test_torch_tensors_stay_tensors(setting):
    torch = pytest.importorskip("torch")
    circuit, observables, arguments = setting
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in arguments.items()}
    found = expectations(circuit, observables, **tensors)
    exact = expectations(circuit, observables, **arguments)
    np.testing.assert_allclose(found.detach().numpy(), exact)
    sampled = expectations(circuit, observables, **tensors, shots=5000, random_state=0)
    np.testing.assert_allclose(sampled, exact, atol=0.1)


@pytest.mark.parametrize("device", ["default.qubit", "lightning.qubit"])
def test_pennylane_devices_agree(setting, device):
    pytest.importorskip("pennylane")
    circuit, observables, arguments = setting
    found = expectations(circuit, observables, **arguments, backend="pennylane", device=device)
    np.testing.assert_allclose(found, expectations(circuit, observables, **arguments), atol=1e-10)


def test_pennylane_takes_shots_and_initial_states(setting):
    pytest.importorskip("pennylane")
    circuit, observables, arguments = setting
    state = np.arange(1.0, 9.0) / np.sqrt(204)
    exact = expectations(circuit, observables, **arguments, initial_state=state)
    given = {**arguments, "initial_state": state, "backend": "pennylane"}
    np.testing.assert_allclose(expectations(circuit, observables, **given), exact, atol=1e-10)
    found = expectations(circuit, observables[:1], **given, shots=5000)
    np.testing.assert_allclose(found, exact[:, :1], atol=0.08)


def test_what_cannot_be_measured_is_refused(setting):
    circuit, observables, arguments = setting
    with pytest.raises(InputError, match="backend is 'qiskit'"):
        expectations(circuit, observables, **arguments, backend="qiskit")
    with pytest.raises(InputError, match="measure it without shots"):
        expectations(circuit, [OuterHamiltonian(np.ones(8))], **arguments, shots=10)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.exceptions import InputError
from rarebit.quantum import (
    PauliString,
    expectation,
    sample,
    sampled_expectation,
    variance,
    z,
    z_expectations,
)


def random_state(rng, n_wires, *, is_complex):
    state = rng.normal(size=2**n_wires) + (1j * rng.normal(size=2**n_wires) if is_complex else 0)
    return state / np.linalg.norm(state)


@given(st.text("IXYZ", min_size=1, max_size=4), st.integers(0, 99), st.booleans())
@settings(max_examples=30, deadline=None)
def test_pauli_strings_equal_pennylane(letters, seed, is_complex):
    qml = pytest.importorskip("pennylane")
    from rarebit.quantum.pennylane_backend import to_pennylane_observable

    rng = np.random.default_rng(seed)
    state = random_state(rng, 4, is_complex=is_complex)
    string = PauliString(letters, tuple(rng.permutation(4)[: len(letters)].tolist()))
    matrix = qml.matrix(to_pennylane_observable(string, 4), wire_order=range(4))
    value = (state.conj() @ matrix @ state).real
    np.testing.assert_allclose(string.apply(state), matrix @ state, atol=1e-12)
    np.testing.assert_allclose(expectation(string, state), value, atol=1e-12)
    np.testing.assert_allclose(variance(string, state), 1 - value**2, atol=1e-12)


def test_z_expectations_equal_the_strings():
    states = np.stack(
        [random_state(np.random.default_rng(k), 3, is_complex=True) for k in range(4)]
    )
    observables = [z(0), z(1), z(2), z(0, 1), z(0, 2), z(1, 2)]
    expected = np.stack([expectation(item, states) for item in observables], axis=-1)
    np.testing.assert_allclose(z_expectations(states, pairs=True), expected)
    np.testing.assert_allclose(z_expectations(states), expected[:, :3])


def test_samples_follow_the_probabilities():
    rng = np.random.default_rng(0)
    states = np.stack([random_state(rng, 3, is_complex=True) for _ in range(2)])
    bits = sample(states, 20_000, rng)
    assert bits.shape == (2, 20_000, 3)
    for state, own in zip(states, bits, strict=True):
        counts = np.bincount(own @ [4, 2, 1], minlength=8)
        np.testing.assert_allclose(counts / 20_000, np.abs(state) ** 2, atol=0.015)
    for wires in ((0,), (0, 2), (0, 1, 2)):
        found = sampled_expectation(wires, bits)
        np.testing.assert_allclose(found, expectation(z(*wires), states), atol=0.03)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="one letter"):
        PauliString("ZZ", (0,))
    with pytest.raises(InputError, match="one letter"):
        PauliString("A", (0,))
    with pytest.raises(InputError, match="does not fit a state of 1 wires"):
        expectation(z(1), np.array([1.0, 0.0]))
    with pytest.raises(InputError, match="amplitudes"):
        z_expectations(np.ones(3))

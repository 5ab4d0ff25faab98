"""Any random state that NumPy and scikit-learn accept, as a generator or as one integer seed."""

from typing import Any

import numpy as np

from rarebit._common.parameters import Bounds, Kind, check_count, check_value

RandomState = int | np.random.Generator | np.random.RandomState | None

# numpy.random.RandomState, and so scikit-learn, takes seeds of 32 bits.
LARGEST_SEED = 2**32 - 1


def check_seed(seed: Any) -> int:
    """Return a seed that every library accepts.

    >>> check_seed(0)
    0
    """
    return check_count("seed", seed, 0, LARGEST_SEED)


def check_random_state(random_state: Any) -> None:
    """Check a random state without drawing from it.

    >>> check_random_state(-1)
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: random_state is -1: give an integer from 0 to 4,294,967,295, a \
numpy.random.Generator, a numpy.random.RandomState or None.
    """
    check_value(
        "random_state",
        random_state,
        Bounds(int, 0, LARGEST_SEED),
        Kind(np.random.Generator, "a numpy.random.Generator"),
        Kind(np.random.RandomState, "a numpy.random.RandomState"),
        None,
    )


def as_generator(random_state: RandomState, *, legacy: bool = False) -> np.random.Generator:
    """Turn any random state into a NumPy generator.

    A generator is returned as it is. A RandomState is drawn from. An integer or None seeds a new
    generator; with ``legacy``, by way of the RandomState that scikit-learn would make of it (of
    None: NumPy's global one). QI-SMOTE needs ``legacy`` to reproduce its published results.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    check_random_state(random_state)
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31 - 1, size=4))
    if not legacy:
        return np.random.default_rng(random_state)
    old = np.random if random_state is None else np.random.RandomState(random_state)
    return np.random.default_rng(old.randint(2**31 - 1, size=4))


def as_seed(random_state: RandomState) -> int:
    """Turn any random state into an integer seed; integers stay as they are."""
    if isinstance(random_state, int | np.integer):
        check_random_state(random_state)
        return int(random_state)
    return int(as_generator(random_state).integers(2**31 - 1))

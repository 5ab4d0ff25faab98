"""Seeds of every kind that NumPy and scikit-learn take, as a generator or as one integer."""

from typing import Any

import numpy as np

from rarebit._common.parameters import Bounds, Kind, check_count, check_value

RandomState = int | np.random.Generator | np.random.RandomState | None

# NumPy's RandomState, and with it scikit-learn, takes 32 bits.
LARGEST_SEED = 2**32 - 1


def check_seed(seed: Any) -> int:
    """Return an integer that everything can be seeded with, or raise InputError.

    >>> check_seed(0)
    0
    """
    return check_count("seed", seed, 0, LARGEST_SEED)


def check_random_state(random_state: Any) -> None:
    """Refuse what is no seed, without drawing from what is one.

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
    """Make a NumPy generator of any kind of seed.

    Parameters
    ----------
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        A generator is used as it is, and advanced; a RandomState is advanced and seeds a new one;
        an integer seeds a new one; None gives other draws each time.
    legacy : bool, default=False
        Whether an integer or None goes through the RandomState that scikit-learn makes of it (the
        global one of None). QI-SMOTE draws so: its figures hang on it.

    Returns
    -------
    numpy.random.Generator
        Where draws come from.

    Raises
    ------
    InputError
        If it is no seed.

    Examples
    --------
    >>> as_generator(3).integers(10) == as_generator(3).integers(10)
    np.True_
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
    """Make one integer of any kind of seed, for what takes nothing else.

    Parameters
    ----------
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        An integer stays what it is; the others are drawn from, as in :func:`as_generator`.

    Returns
    -------
    int
        From 0 to 2**31 - 2, where it was drawn.

    Raises
    ------
    InputError
        If it is no seed.

    Examples
    --------
    >>> as_seed(3), as_seed(np.random.default_rng(3)) == as_seed(np.random.default_rng(3))
    (3, True)
    """
    if isinstance(random_state, int | np.integer):
        check_random_state(random_state)
        return int(random_state)
    return int(as_generator(random_state).integers(2**31 - 1))

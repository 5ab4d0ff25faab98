"""Random states of every kind, as a generator or as one integer seed."""

import numpy as np
import pytest

from rarebit._common.random_state import (
    LARGEST_SEED,
    as_generator,
    as_seed,
    check_random_state,
    check_seed,
)
from rarebit.exceptions import InputError

NOT_SEEDS = ["seven", 1.5, -1, True, 2**32]


def first(rng):
    return rng.integers(10**9, size=3).tolist()


def test_a_generator_is_returned_as_it_is():
    generator = np.random.default_rng(3)
    assert as_generator(generator) is generator
    assert as_generator(generator, legacy=True) is generator


def test_an_integer_is_numpys_own_seed():
    assert first(as_generator(7)) == first(np.random.default_rng(7))
    assert first(as_generator(np.int64(7))) == first(np.random.default_rng(7))


def test_a_random_state_seeds_a_generator_and_is_advanced():
    old = np.random.RandomState(7)
    drawn = np.random.RandomState(7).randint(2**31 - 1, size=4)
    assert first(as_generator(old)) == first(np.random.default_rng(drawn))
    assert first(as_generator(old)) != first(np.random.default_rng(drawn))


def test_a_legacy_integer_stands_for_the_random_state_of_that_seed():
    through = as_generator(np.random.RandomState(7))
    assert first(as_generator(7, legacy=True)) == first(through)
    assert first(as_generator(7, legacy=True)) != first(as_generator(7))


def test_a_legacy_none_draws_from_numpys_global_state():
    np.random.seed(7)
    assert first(as_generator(None, legacy=True)) == first(as_generator(7, legacy=True))


def test_none_differs_each_time():
    assert first(as_generator(None)) != first(as_generator(None))
    assert as_seed(None) != as_seed(None)


@pytest.mark.parametrize("value", NOT_SEEDS)
@pytest.mark.parametrize(
    "use",
    [as_generator, as_seed, check_random_state, lambda value: as_generator(value, legacy=True)],
)
def test_what_is_not_a_random_state(use, value):
    with pytest.raises(InputError) as caught:
        use(value)
    assert str(caught.value) == (
        f"random_state is {value!r}: give an integer from 0 to 4,294,967,295, a "
        "numpy.random.Generator, a numpy.random.RandomState or None."
    )


def test_a_check_draws_nothing():
    for make in (np.random.default_rng, np.random.RandomState):
        checked = make(7)
        check_random_state(checked)
        assert as_seed(checked) == as_seed(make(7))
    check_random_state(None)
    check_random_state(LARGEST_SEED)


def test_a_seed_is_the_integer_given_or_is_drawn():
    assert as_seed(7) == 7
    assert as_seed(LARGEST_SEED) == LARGEST_SEED
    assert type(as_seed(np.int64(7))) is int
    for make in (np.random.default_rng, np.random.RandomState):
        assert as_seed(make(7)) == as_seed(make(7)) != as_seed(make(8))
        assert 0 <= as_seed(make(7)) < 2**31 - 1
    old = np.random.RandomState(7)
    assert as_seed(old) != as_seed(old)


def test_seeds_have_32_bits():
    assert check_seed(0) == 0
    assert check_seed(np.int64(LARGEST_SEED)) == LARGEST_SEED
    np.random.RandomState(LARGEST_SEED)
    for value in (-1, LARGEST_SEED + 1, 1.0, None):
        with pytest.raises(
            InputError, match=r"^seed is .*: give an integer from 0 to 4,294,967,295"
        ):
            check_seed(value)

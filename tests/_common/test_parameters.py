"""Parameter rules: what each option allows, and what the message says."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rarebit._common.parameters import (
    COUNT,
    FRACTION,
    LARGEST,
    NON_NEGATIVE,
    OPEN_FRACTION,
    OPTIONAL_PATH,
    POSITIVE,
    TRUTH,
    Bounds,
    Kind,
    check_count,
    check_parameters,
    check_sizes,
    check_value,
    check_values,
    is_integer,
    is_number,
)
from rarebit.exceptions import InputError

NOT_NUMBERS = [None, True, np.True_, "3", [3], 3j, math.nan, math.inf, -math.inf, np.array(3)]


@pytest.mark.parametrize(
    ("bounds", "allowed", "refused"),
    [
        (Bounds(int, 1), [1, np.int8(1), np.uint64(9), 10**400], [0, -1, 1.0, np.float64(1)]),
        (Bounds(int, 0, 9), [0, 9], [-1, 10, 4.5]),
        (Bounds(int, 0, 9, open_high=True), [8], [9]),
        (Bounds(float, 0, 1), [0, 1, 0.0, 1.0, np.float32(0.5)], [-1e-9, 1 + 1e-9, 2]),
        (Bounds(float, 0, 1, open_low=True), [1e-9, 1], [0, 0.0]),
        (Bounds(float, 0, 1, open_high=True), [0, 1 - 1e-9], [1, 1.0]),
        (Bounds(float, 0), [LARGEST, 10**30 - 1], [LARGEST * 1.1, 10**31]),
        (Bounds(float, -2, 2), [-2, 0, 2], [-2.1, 2.1]),
    ],
)
def test_bounds(bounds, allowed, refused):
    assert all(bounds.admit(value) for value in allowed)
    assert not any(bounds.admit(value) for value in [*refused, *NOT_NUMBERS])


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(int, 1), "an integer of at least 1"),
        (Bounds(int, 1, 1_000_000), "an integer from 1 to 1,000,000"),
        (Bounds(int, 0, open_low=True), "an integer above 0"),
        (Bounds(int, 2, 5, open_high=True), "an integer of at least 2 and below 5"),
        (Bounds(float, 0), "a number of at least 0 and at most 1e+30"),
        (Bounds(float, 0, 1), "a number from 0 to 1"),
        (Bounds(float, 0.5, 2.5), "a number from 0.5 to 2.5"),
        (Bounds(float, 0, 1, open_low=True), "a number above 0 and at most 1"),
        (Bounds(float, 0, 1, open_low=True, open_high=True), "a number above 0 and below 1"),
    ],
)
def test_bounds_in_words(bounds, text):
    assert str(bounds) == text


@pytest.mark.parametrize(
    ("rule", "allowed", "refused", "what"),
    [
        (COUNT, [1, 7], [0, 1.0, None, True], "an integer of at least 1"),
        (TRUTH, [True, False, np.True_, np.False_], [1, 0, None, "True"], "True or False"),
        (POSITIVE, [1, 0.1], [0, -1, None], "a number above 0 and at most 1e+30"),
        (NON_NEGATIVE, [0, 0.1], [-0.1, None], "a number of at least 0 and at most 1e+30"),
        (FRACTION, [0, 1, 0.5], [-0.1, 1.1, None], "a number from 0 to 1"),
        (OPEN_FRACTION, [0.5, 1e-9], [0, 1, None], "a number above 0 and below 1"),
        (OPTIONAL_PATH, [None, "a", Path("a")], [1, b"a"], "None or a path"),
        ((None, 1, 2), [None, 1, np.int64(2)], [True, 1.0, 3, "1"], "None, 1 or 2"),
        (("l1", "l2"), ["l1", np.str_("l2")], ["L1", None, ["l1"], np.array("l1")], "'l1' or 'l2'"),
        ((Kind(dict, "a dict"), "auto"), [{}, "auto"], [[], "dict"], "a dict or 'auto'"),
    ],
)
def test_rules(rule, allowed, refused, what):
    for value in allowed:
        assert check_value("name", value, *rule) is value
    for value in refused:
        with pytest.raises(InputError) as caught:
            check_value("name", value, *rule)
        assert str(caught.value) == f"name is {value!r}: give {what}."


def test_a_long_value_is_shortened():
    with pytest.raises(InputError) as caught:
        check_value("name", list(range(1000)), *COUNT)
    assert str(caught.value).startswith("name is [0, 1, 2,")
    assert str(caught.value).endswith("…: give an integer of at least 1.")
    assert len(str(caught.value)) < 260


def test_the_first_invalid_value_is_named():
    rules = {"a": COUNT, "b": COUNT, "c": COUNT}
    check_values({"a": 1, "b": 1, "c": 1, "unchecked": None}, rules)
    with pytest.raises(InputError, match=r"^b is 0: give an integer of at least 1.$"):
        check_values({"a": 1, "b": 0, "c": -1}, rules)


def test_parameters_of_an_estimator():
    @dataclass
    class Estimator:
        epochs: Any = 1
        rate: Any = 0.1

    rules = {"epochs": COUNT, "rate": POSITIVE}
    check_parameters(Estimator(), rules)
    with pytest.raises(InputError, match=r"^rate is 0: give a number above 0 and at most"):
        check_parameters(Estimator(rate=0), rules)


def test_sizes():
    check_sizes(n_features=1, n_classes=2)
    with pytest.raises(InputError, match=r"^n_classes is 0: give an integer of at least 1.$"):
        check_sizes(n_features=1, n_classes=0)


def test_counts():
    assert check_count("shots", 1) == 1
    assert type(check_count("shots", np.int64(3))) is int
    assert check_count("shots", 0, 0) == 0
    assert check_count("shots", 5, 2, 5) == 5
    with pytest.raises(InputError, match=r"^shots is 6: give an integer from 2 to 5.$"):
        check_count("shots", 6, 2, 5)
    with pytest.raises(InputError, match=r"^shots is 0: give an integer of at least 1.$"):
        check_count("shots", 0)


def test_numbers_and_integers():
    assert all(map(is_integer, [0, -3, np.int8(2), np.uint64(2)]))
    assert not any(map(is_integer, [1.0, np.float64(1), *NOT_NUMBERS]))
    assert all(map(is_number, [0, -3, 2.5, np.float16(2), np.int8(2)]))
    assert not any(map(is_number, NOT_NUMBERS))

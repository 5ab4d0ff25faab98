"""Label codes, probabilities and weights: valid ones, and the errors for invalid ones."""

import numpy as np
import pytest

from rarebit._common.predictions import (
    check_codes,
    check_proba,
    check_proba_of_class,
    check_row_weights,
    combine_weights,
)
from rarebit.exceptions import InputError

NAN = float("nan")


@pytest.mark.parametrize("codes", [[0, 2, 1], np.array([0, 2, 1], np.uint8), (0, 2, 1)])
def test_codes(codes):
    found = check_codes("y", codes, 3, 3)
    assert found.dtype == np.int64
    assert found.tolist() == [0, 2, 1]


def test_booleans_and_empty_arrays_are_codes():
    assert check_codes("y", [True, False], 2).tolist() == [1, 0]
    assert check_codes("y", [], 2).dtype == np.int64


@pytest.mark.parametrize(
    ("codes", "n_rows", "message"),
    [
        ([0, 3], None, "y holds the code 3: give codes from 0 to 2, one for each class."),
        ([0, -1], None, "y holds the code -1: give codes from 0 to 2, one for each class."),
        ([0.0, 1.0], None, "y holds float64: give codes, integers from 0 to 2."),
        ([[0], [1]], None, "y has shape (2, 1): give one code for each row."),
        ([0, 1], 3, "y has shape (2,): give one code for each of the 3 rows."),
        ([], 3, "y has shape (0,): give one code for each of the 3 rows."),
    ],
)
def test_invalid_codes(codes, n_rows, message):
    with pytest.raises(InputError) as caught:
        check_codes("y", codes, 3, n_rows)
    assert str(caught.value) == message


def test_probabilities_within_rounding_pass_as_they_are():
    proba = np.array([[-9e-7, 1 + 9e-7], [0.5, 0.5]])
    assert check_proba(proba, 2, 2) is proba
    assert check_proba(np.empty((0, 3)), 3, 0).shape == (0, 3)
    assert check_proba_of_class(proba[:, 0], 2).tolist() == [-9e-7, 0.5]


def test_nan_passes_unless_finite():
    proba = np.array([[NAN, 1.0], [NAN, NAN]])
    assert check_proba(proba, finite=False) is proba
    with pytest.raises(InputError, match=r"missing \(NaN\) in row 2: leave such rows out"):
        check_proba([[0.5, 0.5], [NAN, 1.0]])
    with pytest.raises(InputError, match=r"missing \(NaN\) in row 3: leave such rows out"):
        check_proba_of_class([0.5, 0.5, NAN])


@pytest.mark.parametrize(
    ("proba", "sizes", "message"),
    [
        ([0.5], (None, None), r"shape \(1,\): .* one column for each class"),
        ([[0.5]], (2, None), r"shape \(1, 1\): .* each of the 2 classes"),
        (np.empty((3, 0)), (None, None), "one column for each class"),
        (
            [[0.5, 0.5]],
            (2, 3),
            r"proba has shape \(1,\): give one row of probabilities for each of",
        ),
        ([["a", "b"]], (2, 1), "Probabilities are <U1: give numbers from 0 to 1"),
        ([[0.5, 1.1]], (2, 1), r"Probabilities hold 1\.1: give numbers"),
        ([[-0.1, 1.1]], (2, 1), r"Probabilities hold -0\.1: give numbers"),
        ([[0.5, 1 + 2e-6]], (2, 1), "Probabilities hold 1: give numbers"),
        ([[-2e-6, 0.5]], (2, 1), "Probabilities hold -2e-06: give numbers"),
    ],
)
def test_invalid_probabilities(proba, sizes, message):
    with pytest.raises(InputError, match=message):
        check_proba(proba, *sizes)


def test_nan_does_not_hide_what_is_out_of_range():
    with pytest.raises(InputError, match=r"hold 1\.5"):
        check_proba([[NAN, 1.5]], finite=False)


def test_probabilities_of_one_class_have_one_per_row():
    with pytest.raises(InputError, match=r"proba has shape \(1, 2\): give one probability for"):
        check_proba_of_class([[0.5, 0.5]])
    with pytest.raises(InputError, match=r"shape \(2,\): .* each of the 3 rows"):
        check_proba_of_class([0.5, 0.5], 3)


def test_weights():
    assert check_row_weights(None, 3).tolist() == [1, 1, 1]
    assert check_row_weights([0, 2], 2).dtype == np.float64
    assert check_row_weights([True, False], 2).tolist() == [1, 0]
    assert check_row_weights([0, 0], 2).tolist() == [0, 0]
    assert check_row_weights([0, 1e-300], 2, positive=True).tolist() == [0, 1e-300]
    assert check_row_weights([], 0, positive=True).tolist() == []


def test_the_weights_that_are_given_are_multiplied():
    two, half = np.array([2.0, 4.0]), np.array([0.5, 1.0])
    assert combine_weights(None, None) is None
    assert combine_weights(None, two).tolist() == [2, 4]
    assert combine_weights(two, half).tolist() == [1, 4]


@pytest.mark.parametrize("weight", [[1, -1], [1, NAN], [1, np.inf], ["a", "b"], [1, None]])
def test_weights_are_finite_numbers(weight):
    with pytest.raises(InputError, match="sample_weight must hold finite numbers of at least 0"):
        check_row_weights(weight, 2)


def test_weights_have_one_per_row_and_are_not_all_0():
    with pytest.raises(InputError, match=r"shape \(3,\): give one weight for each of the 2 rows"):
        check_row_weights([1, 1, 1], 2)
    with pytest.raises(InputError, match="sample_weight is zero in every row: give some rows"):
        check_row_weights([0, 0], 2, positive=True)

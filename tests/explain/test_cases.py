"""Nearest cases against Gower's distance computed by hand."""

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.explain import nearest_cases

CASES = pd.DataFrame(
    {
        "age": [30.0, 50.0, 90.0, np.nan],
        "kind": ["a", "b", "b", None],
        "day": pd.to_datetime(["2020-01-01", "2020-01-03", "2020-01-05", "2020-01-09"]),
    }
)


def test_distances_are_those_by_hand():
    row = pd.DataFrame({"age": [50.0], "kind": ["a"], "day": pd.to_datetime(["2020-01-05"])})
    positions, distances = nearest_cases(row, CASES, n_cases=4)
    # Distinct ages 30, 50, 90: steps of 1/2. Days: four distinct, steps of 1/3.
    by_hand = np.array([(1 / 2 + 0 + 2 / 3), (0 + 1 + 1 / 3), (1 / 2 + 1 + 0), (1 + 1 + 1 / 3)]) / 3
    assert positions.tolist() == [[0, 1, 2, 3]]
    np.testing.assert_allclose(distances[0], by_hand)


def test_a_case_is_nearest_to_itself():
    positions, distances = nearest_cases(CASES, CASES, n_cases=9)
    assert positions[:, 0].tolist() == [0, 1, 2, 3]
    assert (distances[:, 0] == 0).all()
    assert positions.shape == (4, 4)


def test_only_columns_with_weight_count():
    row = pd.DataFrame({"age": [90.0], "kind": ["a"], "day": CASES.day[:1]})
    positions, distances = nearest_cases(row, CASES, column_weight={"kind": 2.0, "age": 0.0})
    assert positions[0, 0] == 0
    assert distances[0].tolist() == [0, 1, 1]


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="cases must hold"):
        nearest_cases(CASES, CASES.head(0))
    with pytest.raises(InputError, match="no column"):
        nearest_cases(CASES, CASES, column_weight={"age": 0.0})


def test_labels_that_are_numbers_and_no_columns():
    cases, X = pd.DataFrame([[30, "f"], [80, "m"]]), pd.DataFrame([[80, "m"]])
    positions, distances = nearest_cases(X, cases, column_weight={0: 1.0})
    assert positions.tolist() == [[1, 0]]
    assert distances.tolist() == [[0.0, 1.0]]
    with pytest.raises(InputError, match="at least one"):
        nearest_cases(X[[]], cases[[]])

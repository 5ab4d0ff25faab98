import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rarebit.datasets import Role
from rarebit.exceptions import InputError
from rarebit.zoo.preprocessing import (
    MAX_CATEGORIES,
    UNKNOWN_CODE,
    categorical_columns,
    make_encoder,
    make_one_hot,
)

ROLES = {
    "age": Role.NUMERIC,
    "ward": Role.CATEGORICAL,
    "smoker": Role.BOOLEAN,
    "city": Role.CATEGORICAL,
    "admitted": Role.DATE,
}


def frame(**columns):
    table = {
        "age": [30.0, np.nan, 50.0, 70.0],
        "ward": ["b", "a", None, "a"],
        "smoker": [1.0, 0.0, 0.0, 1.0],
        "city": ["x", "x", "x", "x"],
        "admitted": [2.0, 4.0, 6.0, 8.0],
    } | columns
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=object if ROLES[name] == Role.CATEGORICAL else float)
            for name, values in table.items()
        }
    )


def test_codes_come_first_in_the_order_of_the_roles():
    assert categorical_columns(ROLES) == ["ward", "city"]
    encoder = make_encoder(ROLES)
    matrix = encoder.fit_transform(frame())
    assert matrix.dtype == np.float64
    assert_array_equal(matrix[:, :2], [[1, 0], [0, 0], [2, 0], [0, 0]])
    assert list(encoder.get_feature_names_out()) == [
        "ward", "city", "age", "smoker", "admitted", "missingindicator_age",
    ]  # fmt: skip


def test_numbers_are_imputed_by_the_median_and_scaled():
    matrix = make_encoder(ROLES).fit_transform(frame())
    age = np.array([30.0, 50.0, 50.0, 70.0])
    assert_allclose(matrix[:, 2], (age - age.mean()) / age.std())
    assert_allclose(matrix[:, 2:].mean(axis=0), 0, atol=1e-12)
    assert_allclose(matrix[:, 2:].std(axis=0), 1)


def test_what_is_fitted_comes_from_the_training_rows_alone():
    encoder = make_encoder(ROLES).fit(frame())
    before = encoder.transform(frame())
    encoder.transform(frame(age=[1e6] * 4, ward=["z"] * 4))
    assert_array_equal(encoder.transform(frame()), before)


def test_a_category_never_seen_has_a_code_of_its_own_and_zeros_after_one_hot():
    encoder, one_hot = make_encoder(ROLES), make_one_hot(2)
    one_hot.fit(encoder.fit_transform(frame()))
    matrix = encoder.transform(frame(ward=["new", "a", "b", None]))
    assert_array_equal(matrix[:, 0], [UNKNOWN_CODE, 0, 1, 2])
    expanded = one_hot.transform(matrix)
    assert_array_equal(expanded[:, :3], [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert_array_equal(expanded[:, 4:], matrix[:, 2:])


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_values_where_the_training_rows_had_none(missing):
    encoder, one_hot = make_encoder(ROLES), make_one_hot(2)
    one_hot.fit(encoder.fit_transform(frame(ward=["a", "b", "a", "b"])))
    rows = frame(ward=[missing] * 4, smoker=[np.nan] * 4)
    assert_array_equal(one_hot.transform(encoder.transform(rows))[:, :2], 0)


def test_a_column_without_any_value_stays_as_a_constant():
    rows = frame(age=[np.nan] * 4, ward=[None] * 4)
    encoder, one_hot = make_encoder(ROLES), make_one_hot(2)
    matrix = one_hot.fit_transform(encoder.fit_transform(rows))
    assert list(one_hot.get_feature_names_out(encoder.get_feature_names_out())) == [
        "ward_0.0", "city_0.0", "age", "smoker", "admitted", "missingindicator_age",
    ]  # fmt: skip
    assert_array_equal(matrix[:, [0, 1, 2, 5]], [[1, 1, 0, 0]] * 4)
    later = one_hot.transform(encoder.transform(frame()))
    assert_array_equal(later[:, 0], [0, 0, 1, 0])  # only a missing ward is known
    assert_array_equal(later[:, 2], [30, 0, 50, 70])  # imputed by 0, not scaled
    assert_array_equal(later[:, 5], [-1, 0, -1, -1])  # present, missing as in training


def test_rare_values_of_a_long_list_share_a_code():
    city = [f"common {i}" for i in range(MAX_CATEGORIES - 1)] * 3 + [f"rare {i}" for i in range(50)]
    rows = pd.DataFrame({"city": pd.Series(city, dtype=object)})
    roles = {"city": Role.CATEGORICAL}
    codes = make_encoder(roles).fit_transform(rows)[:, 0]
    assert len(np.unique(codes)) == MAX_CATEGORIES
    assert len(np.unique(codes[-50:])) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "age",
            np.c_[[-(2**0.5), 0, 0, 2**0.5], np.array([-1, 3, -1, -1]) / 3**0.5],
        ),
        ("ward", [[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0]]),
    ],
)
def test_a_single_column_of_either_kind(name, expected):
    roles = {name: ROLES[name]}
    matrix = make_encoder(roles).fit_transform(frame())
    expanded = make_one_hot(len(categorical_columns(roles))).fit_transform(matrix)
    assert expanded.dtype == np.float64
    assert_allclose(expanded, expected, atol=1e-12)


def test_columns_without_a_role_are_left_alone():
    roles = {"smoker": Role.BOOLEAN}
    encoder = make_encoder(roles)
    assert_array_equal(encoder.fit_transform(frame()), [[1], [-1], [-1], [1]])
    assert list(encoder.get_feature_names_out()) == ["smoker"]


def test_no_column_at_all():
    with pytest.raises(InputError, match="no feature column"):
        make_encoder({})

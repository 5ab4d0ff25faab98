"""From tables to matrices."""

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit.tabular.encoding import (
    categorical_columns,
    check_frame,
    make_frame_encoder,
    make_numeric_encoder,
)


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "age": [20.0, 40.0, 60.0, 40.0],
            "ward": ["a", "b", "b", None],
            "smokes": [True, False, False, True],
            "stage": pd.Categorical([1, 2, 1, 2]),
        }
    )


def test_categories_are_what_is_neither_number_nor_boolean(frame):
    assert categorical_columns(frame) == ["ward", "stage"]


def test_a_missing_value_is_refused_by_name(frame):
    with pytest.raises(InputError, match=r"ward.*missing='impute'"):
        check_frame(frame, "error", ["ward", "stage"])


def test_infinity_is_refused(frame):
    frame.loc[0, "age"] = np.inf
    with pytest.raises(InputError, match="infinity"):
        check_frame(frame, "impute", ["ward", "stage"])


def test_dates_are_refused(frame):
    frame["seen"] = pd.to_datetime("2020-01-01")
    with pytest.raises(InputError, match="'seen' contains dates"):
        check_frame(frame, "error", ["ward", "stage", "seen"])


def test_the_rare_categories_of_a_long_list_share_a_column():
    labels = [str(i) for i in range(40) for _ in range(1 + (i < 29))]
    frame = pd.DataFrame({"id": labels})
    encoder = make_frame_encoder(frame, "error", ["id"]).fit(frame)
    rare, unknown = encoder.transform(pd.DataFrame({"id": ["39", "never seen"]}))
    assert rare.shape == (30,)
    np.testing.assert_array_equal(rare, unknown)


def test_columns_are_scaled_and_expanded(frame):
    frame.loc[1, "age"] = np.nan
    checked = check_frame(frame, "impute", ["ward", "stage"])
    encoder = make_frame_encoder(checked, "impute", ["ward", "stage"]).fit(checked)
    out = encoder.transform(checked)
    # age, smokes, mask of age; wards a, b and missing; stages 1 and 2
    assert out.shape == (4, 8)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=0), 1)
    new = checked.iloc[[0]].assign(ward="never seen")
    assert (encoder.transform(new)[0, 3:6] < 0).all()


def test_constant_and_empty_columns_become_zeros():
    table = np.array([[1.0, np.nan, 2.0], [1.0, np.nan, 4.0]])
    out = make_numeric_encoder("impute").fit_transform(table)
    np.testing.assert_array_equal(out[:, :2], 0)
    np.testing.assert_allclose(out[:, 2], [-1, 1])


def test_the_median_is_that_of_the_training_rows():
    encoder = make_numeric_encoder("impute").fit([[1.0], [np.nan], [3.0], [5.0]])
    np.testing.assert_allclose(
        encoder.transform([[np.nan]])[0, 0], encoder.transform([[3.0]])[0, 0]
    )

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.datasets import Role, clean_values, infer_columns
from rarebit.datasets.columns.survey import find_spellings
from rarebit.exceptions import InputError


def test_cleaned_values_have_one_type_per_role():
    frame = pd.DataFrame(
        {
            "n": ["1", "x", None],
            "b": ["yes", "no", "?"],
            "c": ["u", 1.0, None],
            "d": ["1970-01-02", "never", None],
        },
        index=[7, 8, 9],
    )
    roles = {
        "d": Role.DATE,
        "c": Role.CATEGORICAL,
        "b": Role.BOOLEAN,
        "n": Role.NUMERIC,
    }
    cleaned = clean_values(frame, roles)
    assert cleaned.columns.tolist() == ["d", "c", "b", "n"]
    assert cleaned.index.tolist() == [7, 8, 9]
    assert cleaned["c"].tolist() == ["u", "1", None]
    assert cleaned["c"].dtype == object
    for name, values in {
        "d": [1, np.nan, np.nan],
        "b": [1, 0, np.nan],
        "n": [1, np.nan, np.nan],
    }.items():
        assert cleaned[name].dtype == np.float64
        np.testing.assert_array_equal(cleaned[name], values)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(InputError, match="no column 'age': did you mean 'Age'"):
        clean_values(pd.DataFrame({"Age": [1]}), {"age": Role.NUMERIC})


def test_no_rows_clean_to_no_rows():
    roles = {"a": Role.NUMERIC, "b": Role.CATEGORICAL, "c": Role.DATE, "d": Role.BOOLEAN}
    frame = pd.DataFrame({name: pd.Series([], dtype=object) for name in roles})
    cleaned = clean_values(frame, roles)
    assert len(cleaned) == 0
    assert cleaned.dtypes.to_dict() == {"a": float, "b": object, "c": float, "d": float}


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.dates(),
    st.datetimes(),
    st.decimals(),
    st.lists(st.integers(), max_size=2),
    st.complex_numbers(),
)


@settings(max_examples=150)
@given(st.lists(ANYTHING, min_size=1, max_size=30))
def test_mixed_columns_never_crash_and_rows_stand_alone(cells):
    frame = pd.DataFrame({"x": pd.Series(cells, dtype=object)})
    infer_columns(frame)
    for role in Role:
        spellings = find_spellings(frame, {"x": role})
        whole = clean_values(frame, {"x": role}, spellings)
        alone = [clean_values(frame.iloc[[k]], {"x": role}, spellings) for k in range(len(frame))]
        pd.testing.assert_frame_equal(pd.concat(alone), whole)


@pytest.mark.parametrize("roles", [3, ["age"], {"age": "number"}])
def test_roles_are_a_dict(roles):
    with pytest.raises(InputError, match=r"roles is .*: give a dict of column names to roles"):
        clean_values(pd.DataFrame({"age": [1, 2]}), roles)


def test_numbers_are_cut_to_where_their_squares_are_finite():
    cleaned = clean_values(pd.DataFrame({"x": [1e300, -1e300, 1e29]}), {"x": Role.NUMERIC})
    assert cleaned["x"].tolist() == [1e30, -1e30, 1e29]

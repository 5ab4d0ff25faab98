"""Over-sampling a table as it is in a file: columns, missing values, targets."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import RandomUnderSampler

from rarebit.exceptions import InputError
from rarebit.over_sampling import QISMOTE
from rarebit.zoo import resample_table


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["well", "ill"], [80, 12])
    return pd.DataFrame(
        {
            "age": rng.integers(20, 90, 92),
            "y": y,
            "dose": rng.normal(size=92) + (y == "ill"),
            "ward": rng.choice(["a", "b"], 92),
        }
    )


def test_original_rows_then_synthetic_rows(table, tmp_path):
    made = resample_table(table, "y")
    pd.testing.assert_frame_equal(made.frame.iloc[:92], table)
    assert made.frame["y"].value_counts().to_dict() == {"well": 80, "ill": 80}
    assert (made.n_original, made.n_synthetic) == (92, 68)
    assert (made.notes, made.warnings) == ((), ())
    parents = made.provenance
    new = made.frame.iloc[parents["row"]]
    assert (new["y"] == "ill").all()
    x, other = (table["dose"].to_numpy()[parents[name]] for name in ("parent", "neighbor"))
    np.testing.assert_allclose(new["dose"], x + parents["weight"] * (other - x))
    assert (table["y"].to_numpy()[parents["parent"]] == "ill").all()

    table.to_csv(tmp_path / "t.csv", index=False)
    pd.testing.assert_frame_equal(resample_table(tmp_path / "t.csv", "y").frame, made.frame)


def test_the_sampler_decides_how_many_and_which_columns_are_added(table):
    def run(seed):
        sampler = QISMOTE(sampling_strategy=0.5, columns="keep", random_state=seed)
        return resample_table(table, "y", sampler=sampler, ignore=["ward"])

    made = run(1)
    assert (made.frame["y"] == "ill").sum() == 40
    assert list(made.frame.columns[:3]) == ["age", "y", "dose"]
    assert len(made.frame.columns) > 3
    pd.testing.assert_frame_equal(made.frame, run(1).frame)
    assert not made.frame.equals(run(2).frame)


def test_other_over_samplers_have_no_provenance(table):
    numbers = table.drop(columns="ward")
    made = resample_table(numbers, "y", sampler=SMOTE(random_state=3))
    X, y = SMOTE(random_state=3).fit_resample(numbers.drop(columns="y"), numbers["y"])
    pd.testing.assert_frame_equal(made.frame, X.assign(y=y)[["age", "y", "dose"]])
    assert made.provenance is None
    with pytest.raises(InputError, match="the table cannot be resampled: could not convert"):
        resample_table(table, "y", sampler=SMOTE())
    with pytest.raises(InputError, match="give an over-sampler such as QISMOTE"):
        resample_table(numbers, "y", sampler=RandomUnderSampler())


@pytest.mark.parametrize(
    ("change", "arguments", "says"),
    [
        ({}, {"target": "Y"}, "the table has no column 'Y'; it has age, y, dose, ward."),
        ({}, {"target": "agee"}, "did you mean 'age'?"),
        ({}, {"target": "y", "ignore": ["war"]}, "did you mean 'ward'?"),
        ({}, {"target": "y", "ignore": ["y"]}, "ignore contains the target 'y'"),
        ({}, {"target": "dose"}, "is a quantity with 92 values, not a class"),
        ({"y": "ill"}, {"target": "y"}, "'y' has only one class, 'ill'"),
        ({"dose": np.nan}, {"target": "y"}, "'dose' has 92 missing values. Fill them with"),
        ({"dose": np.nan}, {"target": "y", "impute": True}, "'dose' has no value at all"),
    ],
)
def test_what_cannot_be_resampled_is_refused(table, change, arguments, says):
    with pytest.raises(InputError) as refused:
        resample_table(table.assign(**change), **arguments)
    assert says in str(refused.value)


def test_a_target_with_missing_values_is_refused(table):
    table.loc[:3, "y"] = None
    with pytest.raises(InputError, match="'y' has 4 missing values: drop or label these rows"):
        resample_table(table, "y")


def test_missing_values_are_filled_where_asked(table):
    gaps = table.assign(ok=(table["age"] > 50).astype(object))
    gaps.loc[3, ["age", "dose", "ward", "ok"]] = None
    gaps.loc[[4, 90], "ward"] = None
    with pytest.raises(InputError, match=r"'age' has 1 missing value \(4 columns have"):
        resample_table(gaps, "y")

    made = resample_table(gaps, "y", impute=True)
    known = gaps.drop(index=3)
    age = sorted(known["age"])[45]
    ward = gaps["ward"].mode()[0]
    assert made.frame.loc[3, "age"] == age
    assert made.frame.loc[3, "dose"] == np.sort(known["dose"])[45]
    assert (made.frame.loc[[3, 4, 90], "ward"] == ward).all()
    assert made.frame.loc[3, "ok"] == gaps["ok"].mode()[0]
    # Values that were there stay as they were, and ages remain whole numbers.
    original = made.frame.iloc[:92]
    pd.testing.assert_series_equal(original["dose"].drop(3), table["dose"].drop(3))
    assert made.frame["age"].dtype == "int64"
    assert made.frame["ok"].dtype == bool
    assert not made.frame.isna().any(axis=None)
    assert f"'age': 1 missing value filled with {age:g}, the median." in made.notes
    assert f"'ward': 3 missing values filled with '{ward}', the most frequent value." in made.notes


def test_imputing_changes_nothing_where_nothing_is_missing(table):
    filled = resample_table(table, "y", impute=True)
    pd.testing.assert_frame_equal(filled.frame, resample_table(table, "y").frame)
    assert filled.notes == ()


def test_identifiers_dates_and_tiny_classes_give_warnings(table):
    names = [f"patient {i}" for i in range(92)]
    days = pd.date_range("2020-01-01", periods=92).strftime("%Y-%m-%d")
    table.loc[88:, "y"] = "rare"
    made = resample_table(table.assign(who=names, day=days), "y")
    who, day, *said = made.warnings
    assert who.startswith("'who' looks like an identifier")
    assert day.startswith("'day' looks like a date")
    assert any("rare" in sentence for sentence in said)

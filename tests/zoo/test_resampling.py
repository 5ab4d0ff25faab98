"""Over-sampling a table as it is in a file: columns, missing values, targets."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler

from rarebit.datasets import make_dataset, read_table
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
        ({}, {"target": "Y"}, "the table has no column 'Y' (for target): did you mean 'y'?"),
        ({}, {"target": ["y"]}, "target is ['y']: give the name of a column"),
        ({}, {"target": "agee"}, "did you mean 'age'?"),
        ({}, {"target": "y", "ignore": ["war"]}, "did you mean 'ward'?"),
        ({}, {"target": "y", "ignore": ["y"]}, "'y' cannot be target and dropped at once"),
        ({}, {"target": "y", "ignore": ["age", "dose", "ward"]}, "no column can be used"),
        ({}, {"target": "y", "ignore": ["age", "dose"]}, "All columns are categorical"),
        ({}, {"target": "dose"}, "a quantity and not a class: divide it into classes"),
        ({"y": "ill"}, {"target": "y"}, "the target has only one class, 'ill'"),
        ({"age": [None, *range(91)]}, {"target": "y"}, "'age' has 1 missing value. Fill them with"),
        ({}, {"target": "y", "sampler": QISMOTE(sampling_strategy=0.1)}, "already has 0.15 rows"),
        (
            {"y": list("abcd") * 23},
            {"target": "y", "sampler": QISMOTE(sampling_strategy=0.5)},
            "a ratio, which needs two classes; y has 4",
        ),
    ],
)
def test_what_cannot_be_resampled_is_refused(table, change, arguments, says):
    with pytest.raises(InputError) as refused:
        resample_table(table.assign(**change), **arguments)
    assert says in str(refused.value)


def test_rows_without_a_label_stay_as_they_are(table):
    table.loc[[0, 90], "y"] = None
    made = resample_table(table, "y")
    pd.testing.assert_frame_equal(made.frame.iloc[:92], table)
    assert made.n_original == 92
    assert made.frame["y"].value_counts().to_dict() == {"well": 79, "ill": 79}
    assert made.warnings[0] == (
        "2 of 92 rows have no target: they are kept as they are, and no row is made from them."
    )
    parents = made.provenance["parent"]
    assert (table["y"][parents] == "ill").all()
    assert made.provenance["row"].tolist() == list(range(92, 92 + made.n_synthetic))


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
    assert f"'dose': 1 missing value filled with {made.frame.loc[3, 'dose']:.10g}, the median." in (
        made.notes
    )


def test_imputing_changes_nothing_where_nothing_is_missing(table):
    filled = resample_table(table, "y", impute=True)
    pd.testing.assert_frame_equal(filled.frame, resample_table(table, "y").frame)
    assert filled.notes == ()


def test_identifiers_are_those_of_the_parent_and_dates_are_interpolated(table):
    days = pd.date_range("2020-01-01", periods=92)
    table = table.assign(
        who=[f"patient {i}" for i in range(92)],
        patient_id=np.arange(92) // 2,
        day=days,
        text_day=days.strftime("%d.%m.%Y"),
    )
    table.loc[88:, "y"] = "rare"
    made = resample_table(table, "y")
    pd.testing.assert_frame_equal(made.frame.iloc[:92], table)
    new = made.frame.iloc[92:]
    parents = table.iloc[made.provenance["parent"]]
    for name in ("who", "patient_id"):
        assert new[name].tolist() == parents[name].tolist()
    assert made.copied == {
        "who": "every value is different, looks like an identifier",
        "patient_id": "named like an identifier",
    }
    [said] = [text for text in made.warnings if text.startswith("Columns who")]
    assert said.endswith(
        "synthetic rows repeat the id of the row they are made from, so ids are no longer unique."
    )
    assert any("'rare' has 4 rows" in text for text in made.warnings)
    assert len(set(new["day"]) - set(days)) > 0
    both = pd.to_datetime(new["text_day"], format="%d.%m.%Y")
    assert ((both - new["day"]).abs() <= pd.Timedelta(1, "D")).all()


def test_the_parent_of_a_row_of_another_sampler_is_the_nearest_row(table):
    table = table.drop(columns="ward").assign(who=[f"patient {i}" for i in range(92)])
    made = resample_table(table, "y", sampler=SMOTE(random_state=0))
    rare = set(table["who"][80:])
    assert set(made.frame["who"][92:]) <= rare


def test_other_samplers_with_dates_and_categories(table):
    table = table.assign(day=pd.date_range("2020-01-01", periods=92), who=range(500, 592))
    table = table.rename(columns={"who": "patient_id"})
    copied = resample_table(table, "y", sampler=RandomOverSampler(random_state=0)).frame
    assert copied[92:].merge(table).shape == (68, 6)
    with pytest.raises(InputError, match="the table cannot be resampled: ") as refused:
        resample_table(table.drop(columns="ward"), "y", sampler=SMOTE())
    assert len(str(refused.value).splitlines()) == 1
    mixed = table.drop(columns="day")
    made = resample_table(mixed, "y", sampler=SMOTENC(["ward"], random_state=0)).frame
    assert made["y"].value_counts().to_dict() == {"well": 80, "ill": 80}
    assert made["patient_id"][92:].isin(table["patient_id"][80:]).all()


SPELLINGS = {
    "euro": lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,")) + " €",
    "dollar": lambda v: f"${v:,.2f}",
    "percent": lambda v: f"{v:.1f}%",
    "swiss": lambda v: f"{v:,.2f}".replace(",", "'"),
    "plain": lambda v: f"{v:.3f}",
}


@pytest.fixture
def file(tmp_path):
    """A file whose numbers are written in many ways."""
    rng = np.random.default_rng(1)
    values = rng.uniform(100, 9000, 120).round(2)
    cells = pd.DataFrame({name: map(write, values) for name, write in SPELLINGS.items()})
    cells["zip"] = [f"{k:05d}" for k in rng.integers(500, 90_000, 120)]
    cells["count"] = [f"{k}e3" for k in rng.integers(1, 9, 120)]
    cells["long"] = [str(2**60 + int(k)) for k in rng.integers(0, 90, 120)]
    cells["said"] = np.where(rng.random(120) < 0.5, 'so "it" is, yes', "no")
    cells["y"] = np.repeat(["no ", "no", "yes", " yes"], [40, 60, 15, 5])
    cells.to_csv(tmp_path / "t.csv", index=False, sep=";")
    return cells


def test_cells_of_a_file_are_kept_and_new_ones_are_written_alike(file, tmp_path):
    made = resample_table(tmp_path / "t.csv", "y")
    pd.testing.assert_frame_equal(made.cells.iloc[:120], file, check_dtype=False)
    new = made.cells.iloc[120:]
    assert len(new) == 80
    assert set(new["y"]) == {"yes"}
    for name, pattern in {
        "euro": r"(\d\.)?\d{3},\d\d €",
        "dollar": r"\$(\d,)?\d{3}\.\d\d",
        "percent": r"\d+\.\d\d?%",
        "swiss": r"(\d')?\d{3}\.\d\d",
        "plain": r"\d+\.\d{3}",
        "long": r"11529215046068\d+",
    }.items():
        assert new[name].str.fullmatch(pattern).all(), name
        assert name == "long" or (~new[name].isin(file[name])).mean() > 0.5
    assert new["zip"].isin(file["zip"]).all()
    assert new["said"].isin(file["said"]).all()
    assert new["long"].astype(int).between(2**60, 2**60 + 90).all()
    # In memory, columns of plain numbers are numbers.
    assert (made.frame["plain"].dtype, made.frame["long"].dtype) == ("float64", "int64")
    assert made.frame["zip"].tolist() == made.cells["zip"].tolist()


def test_blanks_and_stray_words_are_gaps(file, tmp_path):
    file.loc[[3, 7], "dollar"] = [" ", "unknown"]
    file.to_csv(tmp_path / "t.csv", index=False, sep=";")
    with pytest.raises(InputError, match="'dollar' has 2 missing values"):
        resample_table(tmp_path / "t.csv", "y")
    made = resample_table(tmp_path / "t.csv", "y", impute=True)
    kept = file.drop(index=[3, 7])
    pd.testing.assert_frame_equal(made.cells.loc[kept.index], kept, check_dtype=False)
    filled = made.cells.loc[[3, 7], "dollar"]
    assert filled.nunique() == 1
    assert filled.isin(kept["dollar"]).all()
    assert made.notes == (f"'dollar': 2 missing values filled with {filled[3]}, the median.",)


def test_what_is_said_is_what_a_comparison_says(file, tmp_path):
    file["y"] = np.repeat(["Yes", "yes", "no"], [20, 20, 80])
    file.to_csv(tmp_path / "t.csv", index=False, sep=";")
    made = resample_table(tmp_path / "t.csv", "y", ignore=["zip"])
    dataset = make_dataset(read_table(tmp_path / "t.csv"), "y", ignore=["zip"])
    assert dataset.notes
    assert made.warnings[: len(dataset.notes)] == dataset.notes
    assert any("'Yes' and 'yes'" in text for text in made.warnings)


def test_a_role_may_be_given(table):
    made = resample_table(table, "y", roles={"age": "categorical"})
    assert set(made.frame["age"][92:]) <= set(table["age"])
    assert made.frame["age"].dtype == table["age"].dtype
    made = resample_table(table, "y", roles={"age": "drop"})
    assert made.frame["age"][92:].tolist() == table["age"][made.provenance["parent"]].tolist()
    assert made.copied == {"age": "as asked for"}


def test_columns_named_by_numbers(table):
    table.columns = range(4)
    made = resample_table(table, 1)
    assert made.frame.columns.tolist() == ["0", "1", "2", "3"]
    assert made.frame["1"].value_counts().to_dict() == {"well": 80, "ill": 80}


def test_text_of_many_values_is_no_identifier(table):
    table["street"] = [f"s{k % 40} road" for k in range(92)]
    made = resample_table(table, "y")
    assert made.copied == {"street": "text with many values"}


def test_a_row_of_totals_is_named(table):
    totals = pd.DataFrame({"age": [5000], "y": [None], "dose": [1.5], "ward": ["Total"]})
    made = resample_table(pd.concat([table, totals], ignore_index=True), "y")
    assert made.warnings[1] == (
        "The last row looks like a row of totals ('Total' in column 'ward'); it has no target and "
        "stays in the result."
    )
    assert made.frame["ward"][92] == "Total"

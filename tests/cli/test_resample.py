"""`rarebit resample` as its users call it."""

import json

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    y = np.repeat(["well", "ill"], [80, 12])
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 90, 92),
            "dose": rng.normal(size=92) + (y == "ill"),
            "ward": rng.choice(["a", "b"], 92),
            "y": y,
        }
    )
    frame.to_csv(tmp_path / "data.csv", index=False)
    return frame


def test_rows_as_they_were_then_new_ones(rarebit, table):
    code, _, err = rarebit(
        "resample", "data.csv", "--target", "y", "--out", "more.csv", "--provenance", "from.csv"
    )
    assert code == 0, err
    made = pd.read_csv("more.csv")
    pd.testing.assert_frame_equal(made.iloc[:92], pd.read_csv("data.csv"))
    assert made["y"].value_counts().to_dict() == {"well": 80, "ill": 80}
    assert set(made["ward"]) == {"a", "b"}
    parents = pd.read_csv("from.csv")
    assert len(parents) == 68
    new = made.iloc[parents["row"]]
    x, other = (table["dose"].to_numpy()[parents[name]] for name in ("parent", "neighbor"))
    np.testing.assert_allclose(new["dose"], x + parents["weight"] * (other - x))
    assert (table["y"].to_numpy()[parents["parent"]] == "ill").all()


def test_ratio_columns_and_seed(rarebit, table):
    options = ("resample", "data.csv", "--target", "y", "--ratio", "0.5", "--ignore", "ward")
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2)):
        assert rarebit(*options, "--out", name, "--seed", seed, "--keep-columns")[0] == 0
    a, b, c = (pd.read_csv(name) for name in ("a.csv", "b.csv", "c.csv"))
    pd.testing.assert_frame_equal(a, b)
    assert not a.equals(c)
    assert (a["y"] == "ill").sum() == 40
    assert "ward" not in a
    assert len(a.columns) > 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("data.csv", "--target", "z"), "z"),
        (("gaps.csv", "--target", "y"), "'dose' holds 92 missing values; fill gaps with --impute"),
        (("gaps.csv", "--target", "y", "--impute"), "leave it out with --ignore 'dose'"),
        (("data.csv", "--target", "y", "--metric", "psychic"), "psychic"),
        (("data.csv", "--target", "y", "--ratio", "0.001"), "ratio"),
        (("data.csv", "--target", "Y"), "it has age, dose, ward, y"),
        (("data.csv", "--target", "agee"), "did you mean 'age'?"),
        (("open.csv", "--target", "y"), "'y' holds 4 missing values; drop these rows"),
        (("one.csv", "--target", "y"), "'y' holds one class only, 'ill'"),
        (("data.csv", "--target", "dose"), "a quantity and no class"),
        (("nowhere.csv", "--target", "y"), "nowhere.csv"),
    ],
)
def test_wrong_input(rarebit, table, arguments, says):
    table.assign(dose=np.nan).to_csv("gaps.csv", index=False)
    table.assign(y=table["y"].where(table.index > 3)).to_csv("open.csv", index=False)
    table.assign(y="ill").to_csv("one.csv", index=False)
    code, _, err = rarebit("resample", *arguments, "--out", "x.csv")
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_gaps_are_filled_where_it_is_asked_for(rarebit, table):
    holed = table.assign(ok=(table["age"] > 50).astype(object))
    holed.loc[3, ["age", "dose", "ward", "ok"]] = None
    holed.loc[[4, 90], "ward"] = None
    holed.to_csv("gaps.csv", index=False)
    options = ("resample", "gaps.csv", "--target", "y", "--out", "more.csv")
    code, _, err = rarebit(*options)
    assert code == 2
    assert "'age' holds 1 missing value (columns with gaps: 4); fill gaps with --impute" in err

    code, _, err = rarebit(*options, "--impute")
    assert code == 0, err
    made = pd.read_csv("more.csv")
    first = made.iloc[:92]
    known = holed.drop(index=3)
    age = sorted(known["age"])[45]
    ward = holed["ward"].mode()[0]
    assert first.loc[3, "age"] == age
    assert first.loc[3, "dose"] == pytest.approx(np.sort(known["dose"])[45])
    assert (first.loc[[3, 4, 90], "ward"] == ward).all()
    assert first.loc[3, "ok"] == holed["ok"].mode()[0]
    # What was there stays as it was, and ages are whole numbers still.
    pd.testing.assert_series_equal(first["dose"].drop(3), table["dose"].drop(3))
    assert made["age"].dtype == "int64"
    assert made["ok"].dtype == bool
    assert not made.isna().any(axis=None)
    said = " ".join(err.split())
    assert f"'age' held 1 missing value, now {age:g}: the median." in said
    assert f"'ward' held 3 missing values, now '{ward}': the most frequent value." in said


def test_a_table_without_gaps_is_the_same_with_impute(rarebit, table):
    options = ("resample", "data.csv", "--target", "y", "--out")
    assert rarebit(*options, "plain.csv")[0] == 0
    code, _, err = rarebit(*options, "filled.csv", "--impute")
    assert code == 0
    assert "note" not in err
    pd.testing.assert_frame_equal(pd.read_csv("plain.csv"), pd.read_csv("filled.csv"))


@pytest.mark.parametrize(
    ("places", "says"),
    [
        (("--out", "./data.csv"), "--out data.csv is the input itself"),
        (("--out", "x.csv", "--provenance", "data.csv"), "--provenance data.csv is the input"),
        (("--out", "x.csv", "--provenance", "x.csv"), "is --out as well"),
        (("--out", "nowhere/x.csv"), "nowhere"),
        (("--out", "x.xlsx"), "Parquet"),
    ],
)
def test_nothing_is_written_where_it_should_not(rarebit, table, tmp_path, places, says):
    before = (tmp_path / "data.csv").read_bytes()
    code, _, err = rarebit("resample", "data.csv", "--target", "y", *places)
    assert code == 2
    assert says in err
    assert (tmp_path / "data.csv").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["data.csv"]


def test_parquet_keeps_types(rarebit, table):
    pytest.importorskip("pyarrow")
    typed = table.astype({"ward": "category", "age": "int32"}).assign(ok=table["age"] > 50)
    typed.to_parquet("data.parquet")
    code, _, err = rarebit("resample", "data.parquet", "--target", "y", "--out", "more.parquet")
    assert code == 0, err
    made = pd.read_parquet("more.parquet")
    pd.testing.assert_frame_equal(made.iloc[:92], typed)
    assert made.dtypes.to_dict() == typed.dtypes.to_dict()
    assert len(made) == 160


def test_an_existing_file_is_replaced_whole(rarebit, table, tmp_path):
    (tmp_path / "more.csv.gz").write_bytes(b"old")
    code, _, _ = rarebit("resample", "data.csv", "--target", "y", "--out", "more.csv.gz")
    assert code == 0
    assert len(pd.read_csv("more.csv.gz")) == 160


def test_identifiers_and_dates_are_pointed_out(rarebit, table):
    names = [f"patient {i}" for i in range(92)]
    days = pd.date_range("2020-01-01", periods=92).strftime("%Y-%m-%d")
    table.assign(who=names, day=days).to_csv("ids.csv", index=False)
    code, _, err = rarebit("resample", "ids.csv", "--target", "y", "--out", "more.csv")
    assert code == 0
    said = " ".join(err.split())
    assert "'who' looks like an identifier" in said
    assert "'day' looks like a date" in said
    assert "'age'" not in said


def test_json_and_a_target_that_is_left_out(rarebit, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "y": np.repeat([0, 1], [45, 15])})
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, out, err = rarebit("resample", "t.csv", "--target", "y", "--out", "o.csv", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "rows": 60, "new_rows": 30, "out": "o.csv", "notes": [], "warnings": [],
    }  # fmt: skip
    code, _, err = rarebit("resample", "t.csv", "--target", "y", "--out", "o.csv", "--ignore", "y")
    assert code == 2
    assert "names the target 'y'" in err

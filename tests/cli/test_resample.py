"""`rarebit resample` as its users call it; what it makes is tested with `resample_table`."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from rarebit.over_sampling import QISMOTE
from rarebit.zoo import resample_table


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


def test_options_reach_the_sampler(rarebit, table):
    code, _, err = rarebit(
        "resample", "data.csv", "--target", "y", "--out", "more.csv", "--provenance", "from.csv",
        "--ratio", "0.5", "--neighbors", "3", "--metric", "euclidean", "--energy-filter",
        "--keep-columns", "--ignore", "ward", "--seed", "4",
    )  # fmt: skip
    assert code == 0, err
    assert err == "92 original and 28 synthetic rows: more.csv\n"
    sampler = QISMOTE(
        sampling_strategy=0.5, k_neighbors=3, metric="euclidean", energy_filter=True,
        columns="keep", random_state=4,
    )  # fmt: skip
    made = resample_table("data.csv", "y", sampler=sampler, ignore=["ward"])
    pd.testing.assert_frame_equal(pd.read_csv("more.csv"), made.frame)
    pd.testing.assert_frame_equal(pd.read_csv("from.csv"), made.provenance)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("data.csv", "--target", "z"), "no column 'z'"),
        (
            ("gaps.csv", "--target", "y"),
            "Fill them with --impute, or leave columns out with --ignore.",
        ),
        (("data.csv", "--target", "y", "--metric", "psychic"), "psychic"),
        (("data.csv", "--target", "y", "--ratio", "0.001"), "--ratio is 0.001, and class 'ill'"),
        (("data.csv", "--target", "y", "--ratio", "0"), "--ratio is 0.0: give a number above 0"),
        (("data.csv", "--target", "y", "--neighbors", "0"), "--neighbors is 0"),
        (("data.csv", "--target", "y", "--keep-columns"), "Read-outs can be kept beside numeric"),
        (("data.csv", "--target", "y", "--ignore", "age,dose,ward"), "no column can be used"),
        (("data.csv", "--target", "y", "--seed", "4294967296"), "seed is 4294967296"),
        (("data.csv", "--target", "y", "--ignore", "ward,ward"), "'ward' twice"),
        (("nowhere.csv", "--target", "y"), "nowhere.csv"),
    ],
)
def test_wrong_input(rarebit, table, arguments, says):
    table.assign(dose=table["dose"].where(table["age"] > 30)).to_csv("gaps.csv", index=False)
    code, _, err = rarebit("resample", *arguments, "--out", "x.csv")
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_notes_and_warnings_are_printed(rarebit, table):
    table.assign(who=[f"patient {i}" for i in range(92)]).to_csv("data.csv", index=False)
    frame = pd.read_csv("data.csv")
    frame.loc[3, "ward"] = None
    frame.to_csv("data.csv", index=False)
    options = ("resample", "data.csv", "--target", "y", "--impute", "--out", "more.csv")
    code, _, err = rarebit(*options)
    assert code == 0, err
    said = " ".join(err.split())
    assert said.startswith("note: 'ward': 1 missing value filled with ")
    assert "warning: Column who (every value is different, looks like an identifier): " in said
    found = json.loads(rarebit(*options, "--json")[1])
    assert (found["rows"], found["new_rows"], found["out"]) == (92, 68, "more.csv")
    assert [len(found[kind]) for kind in ("notes", "warnings")] == [1, 1]
    assert list(found["columns_left_out"]) == ["who"]


def test_old_cells_are_those_of_the_file(rarebit, table):
    written = table.assign(
        dose=[f"{value:.2f}".replace(".", ",") for value in table["dose"]],
        code=[f"{k % 7:03d}" for k in range(92)],
        y=table["y"] + " ",
    )
    written.to_csv("data.csv", index=False, sep=";")
    code, _, err = rarebit("resample", "data.csv", "--target", "y", "--out", "more.csv")
    assert code == 0, err
    more = pd.read_csv("more.csv", sep=";", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(more.iloc[:92], written.astype(str), check_dtype=False)
    assert more["dose"].str.fullmatch(r"-?\d,\d\d").all()
    assert more["code"][92:].isin(written["code"]).all()


@pytest.mark.parametrize(
    ("places", "says"),
    [
        (("--out", "./data.csv"), "--out data.csv is the input itself"),
        (("--out", "x.csv", "--provenance", "data.csv"), "--provenance data.csv is the input"),
        (("--out", "x.csv", "--provenance", "x.csv"), "--provenance x.csv is also --out"),
        (("--out", "nowhere/x.csv"), "nowhere"),
        (("--out", "x.xlsx"), "which kind of table"),
    ],
)
def test_nothing_is_written_where_it_should_not(rarebit, table, tmp_path, places, says):
    before = (tmp_path / "data.csv").read_bytes()
    code, _, err = rarebit("resample", "data.csv", "--target", "y", *places)
    assert code == 2
    assert says in err
    assert (tmp_path / "data.csv").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["data.csv"]


def test_numbers_of_a_text_file_are_numbers_in_parquet(rarebit, table):
    pytest.importorskip("pyarrow")
    code, _, err = rarebit("resample", "data.csv", "--target", "y", "--out", "more.parquet")
    assert code == 0, err
    made = pd.read_parquet("more.parquet")
    assert (made["age"].dtype, made["dose"].dtype) == ("int64", "float64")
    assert made["age"][:92].tolist() == table["age"].tolist()


def test_parquet_types_that_pandas_lacks_are_kept(rarebit, table):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {
        "y": table["y"].tolist(),
        "x": pyarrow.array(range(92), pyarrow.int16()),
        "gap": pyarrow.array([None, *[k % 9 for k in range(91)]], pyarrow.int8()),
        "key": pyarrow.array([None, *[2**60 + k for k in range(91)]], pyarrow.int64()),
        "price": pyarrow.array(
            [Decimal(k).scaleb(-2) for k in range(92)], pyarrow.decimal128(9, 2)
        ),
        "day": pyarrow.array([dt.date(2024, 1, 1) + dt.timedelta(k) for k in range(92)]),
    }
    given = pyarrow.table(columns)
    parquet.write_table(given, "data.parquet")
    options = ("--target", "y", "--impute", "--out", "more.parquet")
    code, _, err = rarebit("resample", "data.parquet", *options)
    assert code == 0, err
    made = parquet.read_table("more.parquet")
    assert made.schema.types == given.schema.types
    assert made.slice(1, 91).to_pylist() == given.slice(1, 91).to_pylist()
    assert len(made) == 160


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


def test_a_role_of_a_column(rarebit, table):
    options = ("resample", "data.csv", "--target", "y", "--out", "more.csv")
    code, _, err = rarebit(*options, "--role", "age=categorical")
    assert code == 0, err
    made = pd.read_csv("more.csv")
    assert set(made["age"][92:]) <= set(table["age"])  # none lies between two others
    code, _, err = rarebit(*options)
    assert not set(pd.read_csv("more.csv")["age"][92:]) <= set(table["age"]), err
    code, _, err = rarebit(*options, "--role", "age")
    assert code == 2
    assert "give column=role" in err

"""Tables whose cells have types: Excel sheets, databases and Arrow files."""

import datetime as dt
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import clean_values, iter_table, make_dataset, read_table
from rarebit.datasets.files.paths import kind_of, split_part
from rarebit.datasets.sources.opening import open_dataset
from rarebit.exceptions import InputError

ROWS = [
    ("age", "dose", "ward", "seen", "died"),
    (61, 1.5, "A", dt.datetime(2020, 1, 31, 12), "no"),
    (58, None, "00501", dt.datetime(2020, 2, 1), "yes"),
    (44, 2.0, None, None, "no"),
]
PLAIN = pd.DataFrame(ROWS[1:], columns=ROWS[0])


def write_book(path, sheets):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.save(path)


def write_sqlite(path, tables):
    with sqlite3.connect(path) as database:
        for name, frame in tables.items():
            frame.to_sql(name, database, index=False)
    database.close()


def write_duckdb(path, tables):
    with duckdb.connect(path) as database:
        for name, frame in tables.items():
            database.register("frame", frame)
            database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')


@pytest.fixture(params=["book.xlsx", "lite.db", "duck.db", "t.feather", "t.arrow"])
def table(request, tmp_path):
    """The same table in each kind of file."""
    path = tmp_path / request.param
    if request.param == "book.xlsx":
        write_book(path, {"stays": ROWS, "other": [["x"], [1]]})
    elif request.param == "lite.db":
        write_sqlite(path, {"stays": PLAIN.assign(seen=PLAIN["seen"].astype(str))})
    elif request.param == "duck.db":
        write_duckdb(path, {"stays": PLAIN})
    else:
        arrow = pytest.importorskip("pyarrow")
        found = arrow.Table.from_pandas(PLAIN, preserve_index=False)
        feather = request.param == "t.feather"
        make = arrow.ipc.new_file if feather else arrow.ipc.new_stream
        with make(path, found.schema) as stream:
            stream.write_table(found)
    return path


def test_every_kind_holds_the_same_table(table):
    plain = make_dataset(PLAIN, "died")
    read = open_dataset(str(table), target="died")
    assert read.roles == plain.roles
    assert read.classes == plain.classes
    assert read.frame["age"].tolist() == [61, 58, 44]
    assert read.frame["ward"].tolist()[:2] == ["A", "00501"]
    np.testing.assert_array_equal(read.frame["dose"], [1.5, np.nan, 2.0])
    assert str(pd.to_datetime(read.frame["seen"])[0]) == "2020-01-31 12:00:00"


def test_chunks_are_the_whole(table):
    chunks = list(iter_table(table, 2))
    assert [chunk.index.tolist() for chunk in chunks] == [[0, 1], [2]]
    whole = read_table(table)
    for name in whole:
        cells = [str(cell) for chunk in chunks for cell in chunk[name] if not pd.isna(cell)]
        kept = [str(cell) for cell in whole[name] if not pd.isna(cell)]
        assert [cell.removesuffix(".0") for cell in cells] == [k.removesuffix(".0") for k in kept]


def test_a_model_predicts_from_every_kind(table, rarebit, tmp_path):
    rng = np.random.default_rng(0)
    age = rng.integers(30, 90, 80)
    frame = pd.DataFrame({"age": age, "died": np.where(rng.random(80) < age / 120, "yes", "no")})
    frame.to_csv(tmp_path / "train.csv", index=False)
    model = ("--model", "logistic_regression", "--out", str(tmp_path / "m"))
    rarebit("train", str(tmp_path / "train.csv"), "--target", "died", *model)
    rarebit("predict", str(tmp_path / "m"), str(table), "--out", str(tmp_path / "s.csv"))
    probability = pd.read_csv(tmp_path / "s.csv")["probability_yes"]
    assert probability[0] > probability[1] > probability[2]


# ---------------------------------------------------------------- Excel


def test_a_sheet_is_named_after_a_colon(tmp_path):
    write_book(tmp_path / "b.xlsx", {"one": [["x"], [1], [2]], "two b": [["y"], ["p"]]})
    assert read_table(tmp_path / "b.xlsx")["x"].tolist() == [1, 2]
    assert read_table(f"{tmp_path}/b.xlsx:two b")["y"].tolist() == ["p"]
    with pytest.raises(InputError, match=r"no sheet 'ona': did you mean 'one'"):
        read_table(f"{tmp_path}/b.xlsx:ona")


def test_cells_of_a_sheet(tmp_path):
    rows = [
        ["n", "mixed", "flag", "day", "f", None],
        [1, 501, True, dt.date(2020, 1, 1), 0.5],
        [],
        [2, "n/a", False, None, 2, ""],
        [None, None, None],
    ]
    write_book(tmp_path / "b.xlsx", {"s": rows})
    frame = read_table(tmp_path / "b.xlsx")
    assert frame.columns.tolist()[-1] == "f"
    assert frame["n"].dtype == "int64"
    assert frame["mixed"].tolist() == [501, "n/a"]
    assert frame["flag"].dtype == bool
    assert frame["day"].dtype.kind == "M"
    assert frame["f"].tolist() == [0.5, 2.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", "b"], [1, 2], [1, 2, 3]], "row 3 of .* has 3 cells, the header 2"),
        ([["a", "a"], [1, 2]], "more than one column named 'a'"),
        ([["a", "b"]], "no rows"),
        ([], "sheet 's' of .* is empty"),
        ([[1, 2], [3, 4]], "no header"),
    ],
)
def test_a_sheet_that_is_no_table(tmp_path, rows, message):
    write_book(tmp_path / "b.xlsx", {"s": rows})
    for use in (read_table, lambda path: list(iter_table(path))):
        with pytest.raises(InputError, match=message):
            use(tmp_path / "b.xlsx")


def test_what_is_not_excel(tmp_path):
    pytest.importorskip("openpyxl")
    (tmp_path / "b.xlsx").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="cannot be read as an Excel file"):
        read_table(tmp_path / "b.xlsx")
    with pytest.raises(InputError, match=r"an old Excel file: save it as \.xlsx"):
        kind_of(tmp_path / "b.xls")


# ---------------------------------------------------------------- databases

WRITERS = pytest.mark.parametrize("write", [write_sqlite, write_duckdb])


@WRITERS
def test_tables_and_queries(tmp_path, write):
    tables = {"stays": PLAIN[["age", "died"]], "old wards": PLAIN[["ward"]]}
    write(tmp_path / "d.sqlite", tables)
    named = f"{tmp_path}/d.sqlite"
    assert read_table(f"{named}:stays")["age"].tolist() == [61, 58, 44]
    assert read_table(f"{named}:old wards")["ward"].tolist()[0] == "A"
    query = f"{named}:SELECT age / 2 AS half, died FROM stays WHERE age > 50 ORDER BY age"
    assert read_table(query)["died"].tolist() == ["yes", "no"]
    assert open_dataset(query, target="died", roles={"half": "numeric"}).counts.tolist() == [1, 1]
    for part in ("Stays", "OLD WARDS"):
        assert len(read_table(f"{named}:{part}")) == 3
    for query in ("(SELECT age FROM stays)", "( select age from stays where age > 0 )"):
        assert read_table(f"{named}:{query}")["age"].tolist() == [61, 58, 44]
    with pytest.raises(InputError, match="several tables; name one of 'old wards', 'stays'"):
        read_table(named)
    with pytest.raises(InputError, match="no table 'nurses'; name one of"):
        read_table(f"{named}:nurses")
    with pytest.raises(InputError, match="cannot be read as asked"):
        read_table(f"{named}:SELECT * FROM nurses")


def test_tables_of_other_schemas_are_named_with_them(tmp_path):
    file = tmp_path / "d.duckdb"
    write_duckdb(file, {"stays": PLAIN[["age"]], "lab.t": PLAIN[["ward"]]})
    with duckdb.connect(file) as database:
        database.execute('CREATE SCHEMA lab; CREATE TABLE lab."x y" AS SELECT 5 AS a')
    assert read_table(f"{file}:lab.x y")["a"].tolist() == [5]
    assert read_table(f"{file}:lab.t")["ward"].tolist()[0] == "A"
    with pytest.raises(InputError, match=r"name one of 'lab\.t', 'lab\.x y', 'stays'"):
        read_table(f"{file}:x y")


@WRITERS
@pytest.mark.parametrize(
    "query",
    [
        "WITH x AS (SELECT 1) INSERT INTO stays SELECT 1, 'no'",
        "DELETE FROM stays",
        "COPY stays TO 'out.csv'",
        "SELECT 1; DROP TABLE stays",
    ],
)
def test_nothing_is_written(tmp_path, write, query, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "d.db", {"stays": PLAIN[["age", "died"]]})
    before = (tmp_path / "d.db").read_bytes()
    with pytest.raises(InputError):
        read_table(f"{tmp_path}/d.db:{query}")
    assert (tmp_path / "d.db").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.db"]


def test_long_whole_numbers_stay_exact(tmp_path):
    frame = pd.DataFrame({"n": pd.array([2**60 + 1, None, 2**60 + 3], dtype="Int64")})
    write_sqlite(tmp_path / "d.db", {"t": frame})
    assert read_table(tmp_path / "d.db")["n"].tolist()[::2] == [2**60 + 1, 2**60 + 3]


def test_what_is_no_database(tmp_path):
    (tmp_path / "d.db").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"d\.db' cannot be read as asked"):
        read_table(tmp_path / "d.db")


@pytest.mark.parametrize(
    ("path", "file", "part"),
    [
        ("d.db", "d.db", ""),
        ("d.db:t", "d.db", "t"),
        ("a b/D.SQLITE3: select 1\n", "a b/D.SQLITE3", "select 1"),
        ("x.db:SELECT 'y.db:z'", "x.db", "SELECT 'y.db:z'"),
        ("t.csv:x", "t.csv:x", ""),
    ],
)
def test_the_part_of_a_file(path, file, part):
    found = split_part(path)
    assert (str(found[0]), found[1]) == (file, part)


# ---------------------------------------------------------------- Arrow


def test_what_is_not_arrow(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "t.arrow").write_text("a,b\n1,2\n")
    for use in (read_table, lambda path: list(iter_table(path))):
        with pytest.raises(InputError, match=r"t\.arrow' cannot be read as Arrow"):
            use(tmp_path / "t.arrow")


def test_frames_of_polars_arrow_and_duckdb_in_python():
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"x": [0.5, 2.0, 1.0, 3.5], "s": list("abab"), "y": list("nnyy")})
    expected = make_dataset(frame, "y")
    with duckdb.connect() as database:
        database.register("frame", frame)
        for table in (
            polars.from_pandas(frame),
            polars.from_pandas(frame).lazy(),
            arrow.Table.from_pandas(frame),
            database.sql("SELECT * FROM frame"),
        ):
            found = make_dataset(table, "y")
            assert found.roles == expected.roles
            assert found.target.tolist() == expected.target.tolist()
            assert found.frame["x"].tolist() == frame["x"].tolist()


def test_only_text_and_parquet_are_written(tmp_path, rarebit):
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,a\n3,a\n4,a\n5,b\n6,b\n")
    out = ("--target", "y", "--out", str(tmp_path / "o.xlsx"))
    code, _, error = rarebit("resample", tmp_path / "t.csv", *out)
    assert code == 2
    assert "does not say which kind of table to write" in error


def test_blanks_beside_a_sheet_are_no_cells(tmp_path):
    write_book(tmp_path / "b.xlsx", {"s": [["a", "b"], [1, 2], [3, "  ", None, " "]]})
    assert read_table(tmp_path / "b.xlsx")["a"].tolist() == [1, 3]


def test_formulas_without_results_are_named(tmp_path):
    rows = [
        ["a", "b", "c", "y"],
        *([k % 7, f"=A{k}*2", None, "no" if k % 4 else "yes"] for k in range(2, 40)),
    ]
    write_book(tmp_path / "b.xlsx", {"s": rows})
    dataset = make_dataset(read_table(tmp_path / "b.xlsx"), "y")
    assert dataset.notes[0] == (
        "No results are stored for the formulas in 'b': open the file in a spreadsheet program "
        "and save it."
    )


def test_durations_are_days(tmp_path):
    hours = [dt.timedelta(hours=5 * k) if k % 4 else None for k in range(40)]
    rows = [["stay", "y"], *([stay, "ab"[k % 2]] for k, stay in enumerate(hours))]
    write_book(tmp_path / "b.xlsx", {"s": rows})
    dataset = make_dataset(read_table(tmp_path / "b.xlsx"), "y")
    assert dataset.roles == {"stay": "numeric"}
    days = clean_values(dataset.frame, dict(dataset.roles), dataset.spellings)["stay"]
    assert days[1:4].tolist() == pytest.approx([5 / 24, 10 / 24, 15 / 24])
    assert days.isna().sum() == 10

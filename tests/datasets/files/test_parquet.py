"""Parquet files, read by pyarrow or by DuckDB."""

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from rarebit._common.frames import as_frame
from rarebit.datasets import clean_values, infer_columns, iter_table, make_dataset, read_table
from rarebit.datasets.files import limits, parquet
from rarebit.datasets.files.writer import table_writer
from rarebit.exceptions import InputError

pytest.importorskip("pyarrow")
FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "x": [0.5, np.nan, 2.0],
        "s": ["a", None, "c"],
        "d": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        "c": pd.Categorical(["u", "v", "u"]),
        "b": [True, False, True],
    }
)


@pytest.fixture(params=["pyarrow", "duckdb"])
def reader(request, monkeypatch):
    """The library that reads."""
    monkeypatch.setattr(parquet, "is_installed", lambda module: module == request.param)
    return request.param


@pytest.fixture
def file(tmp_path):
    FRAME.to_parquet(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_types_are_kept(file, reader):
    back = read_table(file)
    assert back["n"].tolist() == [1, 2, 3]
    assert back["d"].dtype.kind == "M"
    assert (back["c"].dtype == "category") == (reader == "pyarrow")
    assert infer_columns(back)[0] == infer_columns(FRAME)[0]


def test_both_libraries_read_the_same_values(file, reader):
    roles, _ = infer_columns(FRAME)
    expected = clean_values(FRAME, roles)
    pd.testing.assert_frame_equal(clean_values(read_table(file), roles), expected)
    chunks = [clean_values(chunk, roles) for chunk in iter_table(file, 2)]
    assert [chunk.index.tolist() for chunk in chunks] == [[0, 1], [2]]
    pd.testing.assert_frame_equal(pd.concat(chunks), expected)


def test_chunks_written_are_one_table(tmp_path):
    with table_writer(tmp_path / "t.parquet") as table:
        table.write(FRAME.iloc[:2])
        table.write(FRAME.iloc[2:])
    back = read_table(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.concat(iter_table(tmp_path / "t.parquet", 2)), back)
    assert back["s"].tolist()[::2] == ["a", "c"]


@pytest.mark.parametrize("name", ["patient", None])
def test_a_named_index_becomes_a_column(tmp_path, reader, name):
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=pd.Index(["p", "q"], name=name))
    frame.to_parquet(tmp_path / "t.parquet")
    columns = set(read_table(tmp_path / "t.parquet").columns)
    assert columns == ({"x", "patient"} if name else {"x"})
    assert set(next(iter_table(tmp_path / "t.parquet")).columns) == columns


def test_a_name_with_brackets_is_one_file(tmp_path, reader):
    FRAME.to_parquet(tmp_path / "t[12].parquet")
    FRAME.iloc[:1].to_parquet(tmp_path / "t1.parquet")
    assert read_table(tmp_path / "t[12].parquet")["n"].tolist() == [1, 2, 3]


def test_what_is_not_parquet(tmp_path, reader):
    (tmp_path / "t.parquet").write_text("PAR0 not parquet")
    for use in (read_table, lambda path: list(iter_table(path))):
        with pytest.raises(InputError, match=r"t\.parquet' cannot be read as Parquet: "):
            use(tmp_path / "t.parquet")


def test_no_rows(tmp_path, reader):
    FRAME.iloc[:0].to_parquet(tmp_path / "t.parquet")
    for use in (read_table, lambda path: list(iter_table(path))):
        with pytest.raises(InputError, match="no rows"):
            use(tmp_path / "t.parquet")


def test_more_cells_than_memory_may_hold(file, reader, monkeypatch):
    monkeypatch.setattr(limits, "MOST_CELLS", 17)
    with pytest.raises(InputError, match="more than 2 rows of 6 columns, 17 cells; take a sample"):
        read_table(file)
    monkeypatch.setattr(limits, "MOST_CELLS", 18)
    assert len(read_table(file)) == 3


WITHOUT = """
import sys
from importlib.machinery import PathFinder

missing = sys.argv[2].split(",")
find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name in missing else find_spec(name, *rest)
from rarebit.datasets import read_table
print(read_table(sys.argv[1])["n"].tolist(), "pyarrow" in sys.modules)
"""


@pytest.mark.slow
def test_without_pyarrow_the_plain_installation_reads(file):
    command = [sys.executable, "-c", WITHOUT, str(file), "pyarrow,polars"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout.strip() == "[1, 2, 3] False", found.stderr


def test_binary_text_is_text(tmp_path, reader, rarebit):
    died = [b"yes", b"no", b"no", None] * 6
    file = tmp_path / "t.parquet"
    age = np.arange(24)
    picture = [b"\xff\xd8"] * 24
    pd.DataFrame({"died": died, "age": age, "picture": picture}).to_parquet(file)
    dataset = make_dataset(read_table(file), "died")
    assert dataset.classes == ("no", "yes")
    assert dataset.columns[2].reason == "dropped: binary data that are no text in UTF-8"
    with pytest.raises(InputError, match="column 'picture' \\(for target\\) holds binary data"):
        make_dataset(read_table(file), "picture")
    code, _, err = rarebit(
        "resample", file, "--target", "died", "--ignore", "picture", "--out", "r.parquet"
    )
    assert code == 0, err
    made = as_frame(read_table("r.parquet"))["died"]
    assert made.value_counts().to_dict() == {"no": 12, "yes": 12}
    assert made.isna().sum() == 6


def test_a_decimal_target_is_a_number(tmp_path, reader):
    cells = [Decimal("0.00"), Decimal("1.00"), None, Decimal("0.00")] * 5
    pd.DataFrame({"died": cells, "age": np.arange(20)}).to_parquet(tmp_path / "t.parquet")
    dataset = make_dataset(read_table(tmp_path / "t.parquet"), "died", positive="1")
    assert dataset.classes == (0, 1)
    assert dataset.counts.tolist() == [10, 5]

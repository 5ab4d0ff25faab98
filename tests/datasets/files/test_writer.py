import errno
import gzip

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import iter_table, read_table
from rarebit.datasets.files.writer import table_writer
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "t.csv.gz", "t.csv.bz2", "t.csv.xz", "t.parquet"]
)
def test_chunks_come_back_as_one_table(tmp_path, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"n": range(10), "s": [f'a "{k}",\n' for k in range(10)]})
    with table_writer(tmp_path / name) as table:
        for first in range(0, 10, 3):
            table.write(frame.iloc[first : first + 3])
    pd.testing.assert_frame_equal(read_table(tmp_path / name), frame)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_scored_text_passes_through_as_it_was(tmp_path):
    text = "id,x\n007,1.50\n008,\n"
    (tmp_path / "in.csv").write_text(text)
    with table_writer(tmp_path / "out.csv") as table:
        for chunk in iter_table(tmp_path / "in.csv", 1):
            table.write(chunk)
    assert (tmp_path / "out.csv").read_text() == text


def test_cells_are_written_as_pandas_writes_them(tmp_path):
    plain = pd.DataFrame(
        {
            "x": [0.1, 1e-7, np.nan, 1e22, np.inf, -0.0],
            "n": [1, -2, 3, 2**62, 0, 7],
            "s": pd.array(['a "b"', "c,d", None, "line\nbreak", "", "größe"], dtype="str"),
        }
    )
    dated = plain.assign(d=pd.date_range("2024-01-01", periods=6), b=[True, False] * 3)
    for frame in (plain, dated, plain[["s"]]):
        with table_writer(tmp_path / "t.csv") as table:
            table.write(frame[:2])
            table.write(frame[2:])
        expected = frame.to_csv(index=False, lineterminator="\n")
        assert (tmp_path / "t.csv").read_text() == expected


@pytest.mark.parametrize("name", ["t.csv.gz", "t.parquet"])
def test_a_table_may_be_written_anew(tmp_path, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    with table_writer(tmp_path / name) as table:
        table.write(pd.DataFrame({"old": range(1000)}))
        table.restart()
        table.write(pd.DataFrame({"new": [1]}))
        table.write(pd.DataFrame({"new": [2]}))
    pd.testing.assert_frame_equal(read_table(tmp_path / name), pd.DataFrame({"new": [1, 2]}))


def test_the_same_table_gives_the_same_bytes(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]})
    for name in ("one.csv.gz", "two.csv.gz"):
        with table_writer(tmp_path / name) as table:
            table.write(frame)
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "one.csv.gz").read_bytes()) == b"a\n1\n2\n"


def test_after_an_error_the_old_table_is_still_there(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("old\n1\n")

    def interrupted():
        with table_writer(file) as table:
            table.write(pd.DataFrame({"new": [1]}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_text() == "old\n1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_nothing_written_is_no_file(tmp_path):
    with table_writer(tmp_path / "t.csv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_empty_first_chunk_still_gives_a_header(tmp_path):
    with table_writer(tmp_path / "t.csv") as table:
        table.write(pd.DataFrame({"a": [], "b": []}))
    assert (tmp_path / "t.csv").read_text() == "a,b\n"


def write_both(file, first, second):
    with table_writer(file) as table:
        table.write(pd.DataFrame(first))
        table.write(pd.DataFrame(second))


def test_columns_must_stay(tmp_path):
    with pytest.raises(InputError, match="cannot append"):
        write_both(tmp_path / "t.csv", {"a": [1]}, {"b": [1]})


def test_types_must_stay_in_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match="changed its type"):
        write_both(tmp_path / "t.parquet", {"a": [1]}, {"a": ["x"]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.xlsx", "does not say which kind of table to write"),
        ("t.pdf", "does not say which kind of table to write"),
        ("t", "does not say which kind of table to write"),
        ("t.parquet.gz", "does not say which kind of table to write"),
        ("t.csv.zip", "zip"),
        ("no/t.csv", "no' does not exist"),
        ("d.csv", "is a folder"),
    ],
)
def test_where_no_table_can_be_written(tmp_path, name, message):
    (tmp_path / "d.csv").mkdir()
    frame = {"a": [1]}
    with pytest.raises(InputError, match=message):
        write_both(tmp_path / name, frame, frame)


@pytest.mark.parametrize(
    ("name", "frame", "message"),
    [
        ("t.csv", 3, "written from a DataFrame, not int"),
        ("t.csv", pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are named 'a'"),
        ("t.parquet", pd.DataFrame({"a": [1, "x"]}), "a column holds values of several types"),
    ],
)
def test_what_cannot_be_written(tmp_path, name, frame, message):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match=message), table_writer(tmp_path / name) as table:
        table.write(frame)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, 3, "\0.csv"])
def test_what_is_not_a_path(path):
    with pytest.raises(InputError, match="is not a path"), table_writer(path):
        pass


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_a_full_disk_is_one_line_and_the_old_table_stays(tmp_path, monkeypatch, name):
    file = tmp_path / name
    file.write_text("old")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(InputError, match="disk is full"):
        write_both(file, {"a": [1]}, {"a": [2]})
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_an_error_while_writing_rows_names_the_file(tmp_path):
    (tmp_path / "d").mkdir()
    message = r"cannot write .*t\.csv: the folder it belongs in does not exist"
    with table_writer(tmp_path / "d/t.csv") as table:
        (tmp_path / "d").rmdir()
        with pytest.raises(InputError, match=message):
            table.write(pd.DataFrame({"a": [1]}))

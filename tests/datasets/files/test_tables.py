import bz2
import gzip
import lzma
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.datasets import Role, clean_values, infer_columns, iter_table, read_table
from rarebit.datasets.files import layout, limits, text
from rarebit.datasets.files.tables import read_cells
from rarebit.datasets.files.writer import table_writer
from rarebit.datasets.spellings import MISSING
from rarebit.exceptions import InputError

ROWS = "age,sex\n61,f\n58,m\n44,f\n"


def write(folder, name, text):
    file = folder / name
    data = text.encode() if isinstance(text, str) else text
    if name.endswith(".gz"):
        data = gzip.compress(data)
    elif name.endswith(".bz2"):
        data = bz2.compress(data)
    elif name.endswith(".xz"):
        data = lzma.compress(data)
    if name.endswith(".zip"):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("inner.csv", data)
    else:
        file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    "name", ["t.csv", "t.CSV", "t.data", "a.b.csv.gz", "t.csv.bz2", "t.csv.xz", "t.zip"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_and_compressions(tmp_path, name, separator):
    file = write(tmp_path, name, ROWS.replace(",", separator))
    frame = read_table(file)
    assert frame.columns.tolist() == ["age", "sex"]
    assert frame["age"].tolist() == [61, 58, 44]
    assert frame["sex"].tolist() == ["f", "m", "f"]
    assert pd.concat(iter_table(file, 2))["age"].tolist() == ["61", "58", "44"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    file = write(tmp_path, "t.csv", "\ufeff" + ROWS)
    assert read_table(file).columns[0] == next(iter_table(file)).columns[0] == "age"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_utf_16_with_a_byte_order_mark(tmp_path, encoding, name):
    mark = "" if encoding == "utf-16" else "\ufeff"
    file = write(tmp_path, name, (mark + ROWS).encode(encoding))
    assert read_table(file).columns.tolist() == ["age", "sex"]
    assert pd.concat(iter_table(file, 2))["age"].tolist() == ["61", "58", "44"]


def test_a_line_that_does_not_end_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "LONGEST_LINE", 1000)
    with pytest.raises(InputError, match=r"line 1 of .* has more than 1,000 characters"):
        read_table(write(tmp_path, "t.csv.gz", "0" * 2000))


def test_more_rows_than_anything_could_be_fitted_on(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ROWS", 3)
    file = write(tmp_path, "t.csv", ROWS)
    assert len(read_table(file)) == 3
    file.write_text(ROWS + "1,f\n")
    with pytest.raises(InputError, match="more than 3 rows; take a sample"):
        read_table(file)
    assert sum(map(len, iter_table(file))) == 4  # scoring knows no such limit


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.xz", "t.zip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_more_text_than_memory_may_hold(tmp_path, monkeypatch, name, encoding):
    data = (ROWS + "44,f\n" * 50_000).encode(encoding)
    file = write(tmp_path, name, data)
    monkeypatch.setattr(text, "MOST_BYTES", len(data))
    assert len(read_table(file)) == 50_003
    monkeypatch.setattr(text, "MOST_BYTES", len(data) - 1)
    with pytest.raises(InputError, match=r"holds more than 0 GiB of text.* take a sample"):
        read_table(file)
    assert sum(map(len, iter_table(file))) == 50_003  # scoring knows no such limit


def test_more_cells_than_memory_may_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_CELLS", 7)
    file = write(tmp_path, "t.csv", ROWS)
    assert len(read_table(file)) == 3
    file.write_text(ROWS + "1,f\n")
    message = "more than 3 rows of 2 columns, 7 cells; take a sample"
    with pytest.raises(InputError, match=message):
        read_table(file)


def test_a_header_and_cells_of_any_length(tmp_path):
    names = [f"a_column_of_a_wide_table_{k}" for k in range(8000)]
    wide = write(tmp_path, "t.csv", ",".join(names) + "\n" + ",".join("1" * 8000) + "\n")
    table = read_table(wide)
    assert list(table.columns) == names
    assert table.to_numpy().tolist() == [[1] * 8000]
    long = "x" * 199_999 + "y"
    assert read_table(write(tmp_path, "u.csv", "a,b\n1," + long))["b"].tolist() == [long]


@pytest.mark.parametrize("path", [None, 3, ["t.csv"], "t" * 5000 + ".csv", "\0.csv"])
def test_what_is_not_a_path(path):
    for use in (
        read_table,
        lambda path: list(iter_table(path)),
        lambda path: next(iter_table(path)),
    ):
        with pytest.raises(InputError, match="is not a path"):
            use(path)


@pytest.mark.parametrize("text", ["a,b\n", "a,b\n\n\n", "a,b\r\n"])
def test_a_header_alone_ends_at_the_first_chunk(tmp_path, text):
    with pytest.raises(InputError, match="has a header but no rows"):
        next(iter_table(write(tmp_path, "t.csv", text)))


def test_quoted_separators_and_line_breaks(tmp_path):
    file = write(tmp_path, "t.csv", 'a,b\n"1;2;3;4","x, y"\n"5;6;7;8","two\nlines"\n')
    assert read_table(file)["b"].tolist() == ["x, y", "two\nlines"]
    assert pd.concat(iter_table(file, 1))["b"].tolist() == ["x, y", "two\nlines"]


def test_decimal_comma_where_the_separator_is_another(tmp_path):
    file = write(tmp_path, "t.csv", "a;b\n1,5;x\n-2;y,5\n")
    frame = read_table(file)
    assert frame["a"].tolist() == pd.concat(iter_table(file, 1))["a"].tolist() == ["1,5", "-2"]
    assert clean_values(frame, {"a": Role.NUMERIC})["a"].tolist() == [1.5, -2.0]


@pytest.mark.parametrize(
    ("cells", "typed"),
    [
        (["1", "-2"], [1, -2]),
        (["1", ""], [1.0, np.nan]),
        (["1.5", "NA"], [1.5, np.nan]),
        (["1.500", "22.25"], [1.5, 22.25]),
        (["TRUE", "FALSE"], [True, False]),
        # What typing would lose, or what can be read in two ways, stays as it is
        (["00501", "10001"], ["00501", "10001"]),
        (["00501", ""], ["00501", np.nan]),
        (["1.500", "22.250"], ["1.500", "22.250"]),
        ([str(2**53 + 1), ""], [str(2**53 + 1), np.nan]),
        ([str(2**63 - 1), "1"], [2**63 - 1, 1]),
        ([str(2**63), "1"], [str(2**63), "1"]),
        (["1,5", "2"], ["1,5", "2"]),
        (["a", "NA"], ["a", "NA"]),
        (["", "a"], [np.nan, "a"]),
    ],
)
def test_plain_columns_hold_numbers_and_others_their_text(tmp_path, cells, typed):
    file = write(tmp_path, "t.csv", "a;b\n" + "".join(f"{cell};x\n" for cell in cells))
    expected = pd.Series(typed, name="a")
    pd.testing.assert_series_equal(read_table(file)["a"], expected)
    assert read_cells(file)["a"].tolist() == cells
    assert next(iter_table(file))["a"].tolist() == cells


def test_missing_cells(tmp_path):
    cells = [*MISSING, "5"]
    file = write(tmp_path, "t.csv", "a,b\n" + "\n".join(f"{c},x" for c in cells))
    np.testing.assert_array_equal(read_table(file)["a"], [np.nan] * len(MISSING) + [5])
    assert pd.concat(iter_table(file, 2))["a"].tolist() == cells


def test_a_column_may_change_its_looks_in_a_later_chunk(tmp_path):
    file = write(tmp_path, "t.csv", "code\n" + "\n".join(["1"] * 10 + ["x"] * 10))
    chunks = list(iter_table(file, 5))
    assert [len(chunk) for chunk in chunks] == [5] * 4
    assert len({chunk["code"].dtype for chunk in chunks}) == 1
    assert pd.concat(chunks)["code"].tolist() == ["1"] * 10 + ["x"] * 10


def test_a_column_has_one_type_from_the_first_row_to_the_last(tmp_path):
    file = write(tmp_path, "t.csv", "code,n\n" + "1,1\n" * 300_000 + "x,1\n")
    frame = read_table(file)
    assert set(frame["code"]) == {"1", "x"}
    assert frame["n"].dtype == np.int64


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "", "is empty"),
        ("t.csv", "\n\n", "is empty"),
        ("t.csv", "a,b\n", "no rows"),
        ("t.csv", "a,b,a\n1,2,3\n", "more than one column named 'a'"),
        ("t.csv", "1.5,2,3\n4,5,6\n", "no header"),
        ("t.csv", "a,b\n1,2\n1,2,3\n", r"line 3 of .* has 3 cells, the header .* has 2"),
        ("t.csv", "a,b\n" + "1,2\n" * 200 + "1,2,3\n", "one width.*line 202"),
        ("t.csv", "a,b\n1,2\n" * 1 + "1\n", r"line 3 of .* has 1 cell, the header .* has 2"),
        ("t.csv", "a,b\n" + "1,2\n" * 200 + "1\n1,\n", r"line 202 of .* has 1 cell,"),
        ("t.csv", "a,b\n\n1,2\n1,2,3\n", r"line 4 of .* has 3 cells"),
        ("t.csv", 'a,b\n"x\ny",2\n1,2,3\n', r"line 4 of .* has 3 cells"),
        ("t.csv", 'a,b\n"x\ny",2\n' + "1,2\n" * 200 + "1\n1,\n", r"line 204 of .* has 1 cell,"),
        ("t.csv", 'a,b\n1,"x\n2,y\n', r"line 2 of .* opens a quote that is never closed; close"),
        ("t.csv", '"a,b\n1,2\n', r"line 1 of .* opens a quote"),
        ("t.csv", 'a;b\n"x\ny";1\n' + '"x";1\n' * 200 + '"z;1\n', r"line 204 of .* opens a quote"),
        ("t.csv", "a,b\n1,2\0\n", "line 2 of .* null character"),
        ("t.csv", "a,b\n" + "1,2\n" * 200 + "1,\0\n", "line 202 of .* null character"),
        ("t.csv", "a\n" + "x\n" * 300 + "y\0z\n", "line 302 of .* null character"),
        ("t.csv", "-1e-3,.5\n4,5\n", "no header"),
        ("t.csv", "made in the lab\n" + ROWS, "name each column there"),
        ("t.csv", ROWS.encode("utf-16-le"), "binary"),
        ("t.csv", gzip.compress(ROWS.encode(), mtime=0), "begins like a gzip file"),
        ("t.csv", b"PK\x03\x04...", "begins like an Excel file or a zip"),
        ("t.csv", pickle.dumps([1]), "begins like a pickle"),
        ("t.csv", ' [{"a": 1}]', "begins like JSON"),
        ("t.csv.gz", "<!DOCTYPE html>", "begins like a web page"),
        ("t.csv", "größe,b\n1,2\n".encode("latin-1"), "UTF-8"),
        ("t.pdf", "PK", "not a table Rarebit reads"),
        ("t.gz", "a,b\n", "not a table Rarebit reads"),
        ("t", "a,b\n", "not a table Rarebit reads"),
    ],
)
def test_what_is_not_a_table_is_one_error(tmp_path, name, content, message):
    file = write(tmp_path, name, content)
    with pytest.raises(InputError, match=message):
        read_table(file)
    with pytest.raises(InputError, match=message):
        list(iter_table(file, 7))


def test_files_that_do_not_exist(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_table(tmp_path / "t.csv")
    with pytest.raises(InputError, match="folder"):
        read_table(tmp_path)
    with pytest.raises(InputError, match="rows_per_chunk"):
        list(iter_table(write(tmp_path, "t.csv", ROWS), 0))
    for rows in (2.5, "all", None, True):
        with pytest.raises(InputError, match=r"rows_per_chunk is .*: give an integer of"):
            list(iter_table(write(tmp_path, "t.csv", ROWS), rows))


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv.bz2", "t.csv.xz", "t.csv.zip"])
def test_broken_archives(tmp_path, name):
    whole = write(tmp_path, name, ROWS * 500).read_bytes()
    file = tmp_path / name
    for broken in (ROWS.encode(), whole[: len(whole) // 2]):
        file.write_bytes(broken)
        with pytest.raises(InputError, match="cannot be read"):
            read_table(file)


def test_an_archive_must_hold_one_table(tmp_path):
    file = tmp_path / "t.csv.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", ROWS)
        archive.writestr("b.csv", ROWS)
    with pytest.raises(InputError, match="holds 2 files"):
        read_table(file)


def test_what_systems_add_to_an_archive_is_no_table(tmp_path):
    file = tmp_path / "t.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data/", "")
        archive.writestr("data/t.csv", ROWS)
        archive.writestr("__MACOSX/data/._t.csv", "x")
        archive.writestr("data/.DS_Store", "x")
    assert read_table(file)["age"].tolist() == [61, 58, 44]


def test_an_archive_of_something_else(tmp_path):
    file = tmp_path / "t.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("t.xlsx", "PK")
    with pytest.raises(InputError, match=r"holds 't\.xlsx'; put a text table"):
        read_table(file)
    # The flag of a member that is encrypted, in both of its headers.
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("t.csv", ROWS)
    data = bytearray(file.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"cannot be read.*password"):
        read_table(file)


CELLS = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from(["", "NA", "?", " 7 ", "1,234", "1_000", "yes", "no", "2020-01-02", "None"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=4),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=12), st.integers(1, 5))
def test_whole_and_chunked_reading_mean_the_same(tmp_path_factory, rows, size):
    file = tmp_path_factory.mktemp("t") / "t.csv"
    with table_writer(file) as table:
        table.write(pd.DataFrame(rows, columns=["a", "b"]))
    whole = read_table(file)
    roles, _ = infer_columns(whole)
    chunked = [clean_values(chunk, roles) for chunk in iter_table(file, size)]
    pd.testing.assert_frame_equal(pd.concat(chunked), clean_values(whole, roles))

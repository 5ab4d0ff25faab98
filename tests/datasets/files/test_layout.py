"""Where a text table begins; its separator, decimal mark and header."""

import pytest

from rarebit.datasets import iter_table, read_table
from rarebit.datasets.files.layout import Layout, find_layout
from rarebit.exceptions import InputError


def test_separator_is_found_in_the_rows(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("age;dose\n61;1,5\n58;2,25\n")
    assert find_layout(file) == Layout(separator=";", names=["age", "dose"])


@pytest.mark.parametrize(
    ("start", "separator", "n_skipped"),
    [
        ("sep=;\n", ";", 1),
        ("\ufeffsep=;\r\n", ";", 1),
        ('"SEP=;"\n', ";", 1),
        ("sep=;;\n\n", ";", 2),  # saved again as a table of two columns
        ("# made on 2021-01-01\n# 2 rows\n", ";", 2),
        ("\n# a comment; with the separator; twice\n\n", ";", 3),
        ('sep=;\n#units: "mg\n', ";", 2),
        ("sep=^\n# caret\n", "^", 2),
        ("# long\n" * 150, ";", 150),
    ],
)
def test_lines_before_the_header_are_skipped(tmp_path, start, separator, n_skipped):
    file = tmp_path / "t.csv"
    table = "age;died\n61;no\n58;yes\n\n70;no\n".replace(";", separator)
    file.write_text(start + table, encoding="utf-8")
    assert find_layout(file) == Layout(separator, ["age", "died"], n_skipped)
    assert read_table(file)["age"].tolist() == [61, 58, 70]
    assert [chunk["died"].tolist() for chunk in iter_table(file, 2)] == [["no", "yes"], ["no"]]


@pytest.mark.parametrize(
    "text",
    [
        "#id,died\n1,no\n2,yes\n",
        "#id,died\nA,no\nB,yes\nC,no\n",  # no number, but a value of the second line comes back
        "# from the ward, 2021\n\n#id,died\n1,no\n2,yes\n",
    ],
)
def test_a_header_that_begins_like_a_comment_is_kept(tmp_path, text):
    file = tmp_path / "t.csv"
    file.write_text(text)
    assert find_layout(file).names == ["#id", "died"]


def test_a_comment_with_as_many_words_as_columns_is_no_header(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("# ward A, 2021\nsex,died\nf,no\nm,yes\nf,no\n")
    assert find_layout(file).names == ["sex", "died"]


def test_a_stated_separator_that_the_table_does_not_have_is_refused(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("sep=;\nage,died\n61,no\n58,yes\n")
    with pytest.raises(InputError, match=r"line 1 of .* says .* by ';', but they .* by ','"):
        find_layout(file)


def test_a_table_of_one_column_below_a_stated_separator(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("sep=;\nage\n61\n58\n")
    assert read_table(file)["age"].tolist() == [61, 58]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("61;no\n58;yes;1\n", r"line 5 of .* has 3 cells, the header \(line 3\) has 2"),
        ("61;no\n58\n", r"line 5 of .* has 1 cell, the header \(line 3\) has 2"),
        ('61;no\n58;"yes\n', "line 5 of .* opens a quote"),
        ("61;no\n" * 150 + "1;2;3\n", "line 154, saw 3"),
    ],
)
def test_lines_are_numbered_as_in_the_file(tmp_path, rows, message):
    file = tmp_path / "t.csv"
    file.write_text("sep=;\n# comment\nage;died\n" + rows)
    with pytest.raises(InputError, match=message):
        read_table(file)


def test_a_header_that_begins_like_another_kind_in_small_letters_is_a_table(tmp_path):
    (tmp_path / "p.csv").write_text("par1,par2,y\n1,2,a\n3,4,b\n")
    assert read_table(tmp_path / "p.csv").shape == (2, 3)


@pytest.mark.parametrize("rows", ["1,2,p\n   \n3,,q\n4,5,p\n", "1,p,2\n   \n3,q,\n4,p,5\n"])
def test_a_line_of_blanks_is_no_row(tmp_path, rows):
    (tmp_path / "w.csv").write_text("a,b,c\n" + rows)
    assert len(read_table(tmp_path / "w.csv")) == 3

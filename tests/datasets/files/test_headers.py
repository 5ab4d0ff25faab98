"""Headers repeated inside a table, and a last row of totals."""

import io
from pathlib import Path

import pandas as pd
import pytest

from rarebit.datasets import iter_table, make_dataset, read_table
from rarebit.datasets.files.headers import WithoutRepeats
from rarebit.datasets.files.layout import Layout
from rarebit.datasets.files.tables import read_cells
from rarebit.datasets.sources.opening import open_dataset
from rarebit.exceptions import InputError

HEADER = "age;died\n"
ROWS = "".join(f"{40 + k % 31};{'no' if k % 4 else 'yes'}\n" for k in range(200))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 7, 64, 10**6])
def test_a_repeat_is_an_empty_line(ending, size):
    text = "# c\nage;died\n1;a\nage;died\n\ufeffage;died\n2;age;died\n3;b\nage;died".replace(
        "\n", ending
    )
    layout = Layout(";", ["age", "died"], 1)
    stream = WithoutRepeats(io.StringIO(text, newline=""), layout, Path("t.csv"))
    read = "".join(iter(lambda: stream.read(size), ""))
    assert read.split(ending) == ["# c", "age;died", "1;a", "", "", "2;age;died", "3;b", ""]
    assert stream.lines == [4, 5, 8]


def test_files_put_together_are_one_table_and_the_lines_are_named(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("sep=;\n" + HEADER + ROWS + HEADER + ROWS)
    plain = tmp_path / "plain.csv"
    plain.write_text(HEADER + ROWS + ROWS)
    pd.testing.assert_frame_equal(read_table(file), read_table(plain))
    pd.testing.assert_frame_equal(read_cells(file), read_cells(plain))
    chunks = list(iter_table(file, 150))
    pd.testing.assert_frame_equal(pd.concat(chunks), read_cells(plain))
    assert chunks[-1].attrs["notes"] == ["Line 203 repeats the header: left out."]
    dataset = open_dataset(file, target="died")
    assert dataset.notes[0] == "Line 203 repeats the header: left out."
    assert dataset.counts.tolist() == [300, 100]


def test_every_command_says_so(rarebit, tmp_path):
    (tmp_path / "t.csv").write_text(HEADER + ROWS + HEADER + ROWS + HEADER)
    said = "Lines 202, 403 repeat the header: left out."
    model = ("--model", "logistic_regression", "--out", "m")
    for command in (
        ("train", "t.csv", "--target", "died", *model),
        ("predict", "m", "t.csv", "--out", "s.csv"),
        ("resample", "t.csv", "--target", "died", "--out", "r.csv"),
    ):
        code, out, err = rarebit(*command)
        assert code == 0, err
        assert said in " ".join((out + err).split())
    assert len(pd.read_csv("s.csv")) == 400


def test_a_short_row_below_a_repeat_is_found(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("a,b\n1,\na,b\n2,3\n4\n")
    with pytest.raises(InputError, match=r"line 5 of .* has 1 cell"):
        read_table(file)


def test_in_one_column_a_value_may_be_like_the_name(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("word\na\nword\nb\n")
    assert read_table(file)["word"].tolist() == ["a", "word", "b"]


@pytest.mark.parametrize("word", ["Total", " TOTAL: ", "Summe", "Gesamt", "Total general"])
def test_a_row_of_totals_is_named(word):
    ward = ["A", "B"] * 20
    frame = pd.DataFrame(
        {
            "ward": [*ward, word],
            "beds": [*[3, 5, 4, 6] * 10, 180],
            "y": ["n", "n", "y", "n"] * 10 + ["n"],
        }
    )
    said = f"The last row looks like a row of totals ({word.strip()!r} in column 'ward'); it counts"
    assert make_dataset(frame, "y").notes[0].startswith(said)
    dataset = make_dataset(frame.assign(y=[*frame["y"][:-1], ""]), "y")
    assert any(note.endswith("it has no target: left out.") for note in dataset.notes)
    assert dataset.counts.sum() == 40


def test_a_category_named_total_is_no_total():
    frame = pd.DataFrame({"loss": ["total", "partial"] * 20, "y": list("nnyy") * 10})
    assert not [note for note in make_dataset(frame[::-1], "y").notes if "totals" in note]

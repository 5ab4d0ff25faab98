"""Separator, decimal mark and header of a text table."""

from rarebit.datasets.files.layout import Layout, find_layout


def test_separator_and_decimal_mark_are_found_in_the_rows(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("age;dose\n61;1,5\n58;2,25\n")
    assert find_layout(file) == Layout(separator=";", decimal=",", names=["age", "dose"])

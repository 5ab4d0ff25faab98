"""The frame of a study: cells are run once, in any order of workers, and read in order."""

import gzip
from functools import partial

import pandas as pd
import pytest

from rarebit.evaluation import Progress
from rarebit.exceptions import InputError
from rarebit.running import CellKey
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell, Study, named

RAN = []


def square(n):
    RAN.append(n)
    return {"n": n, **named({"value": n * n}, "plus"), **named({"value": -n * n}, "minus")}


def fail(error):
    raise error


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()


def study(*cells):
    def summarise(lines, request):
        assert request.out is not None
        return Outcome([f"{len(lines)} lines"], {"Values": lines[["dataset", "arm", "value"]]})

    return Study("squares", "Squares", lambda request: list(cells), summarise, ("sign",))


def cell(n, work=square):
    return Cell(CellKey(f"set {n}", "arm", seed=n), partial(work, n))


def test_lines_come_in_the_order_of_the_plan_and_cells_run_once(tmp_path):
    request = Request(tmp_path)
    first = study(cell(9), cell(10)).reproduce(request)
    assert first.findings == ["4 lines"]
    assert first.tables["Values"]["value"].tolist() == [81, -81, 100, -100]
    grown = study(cell(3), cell(9), cell(10)).reproduce(request)
    assert RAN == [9, 10, 3]
    assert grown.tables["Values"]["value"].tolist() == [9, -9, 81, -81, 100, -100]
    smaller = study(cell(10)).reproduce(request)
    assert smaller.tables["Values"]["dataset"].unique().tolist() == ["set 10"]


def test_names_of_scores_become_columns(tmp_path):
    one = study(cell(2))
    one.reproduce(Request(tmp_path))
    lines = one.read(Request(tmp_path))
    assert lines[["arm", "seed", "sign", "n", "value"]].to_numpy().tolist() == [
        ["arm", 2, "plus", 2, 4], ["arm", 2, "minus", 2, -4],
    ]  # fmt: skip


def test_a_lost_store_refills_from_the_export_and_a_look_leaves_nothing(tmp_path):
    one, request = study(cell(2)), Request(tmp_path)
    one.reproduce(request)
    (tmp_path / "squares" / "cells.sqlite").unlink()
    before = sorted(tmp_path.rglob("*"))
    export = (tmp_path / "squares" / "cells.csv.gz").read_bytes()
    assert one.reproduce(request).files == []
    assert RAN == [2]
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "squares" / "cells.csv.gz").read_bytes() == export


@pytest.mark.slow
def test_jobs_give_the_same_export(tmp_path):
    # Worker processes import what they run, so not from this file.
    cells = [
        Cell(CellKey("set", "arm", seed=n), partial(named, {"value": n * n}, "plus"))
        for n in range(4)
    ]
    for jobs in (1, 2):
        study(*cells).reproduce(Request(tmp_path / str(jobs), jobs=jobs))

    def exported(jobs):
        with gzip.open(tmp_path / str(jobs) / "squares" / "cells.csv.gz", "rt") as file:
            return pd.read_csv(file)["scores"].tolist()

    assert exported(1) == exported(2)


def test_an_interrupted_run_keeps_what_is_finished(tmp_path):
    stop = cell(7, lambda n: fail(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        study(cell(1), stop, cell(2)).reproduce(Request(tmp_path))
    assert RAN == [1]
    study(cell(1), cell(2)).reproduce(Request(tmp_path))
    assert RAN == [1, 2]


def test_a_cell_that_fails_is_reported_and_run_again(tmp_path):
    bad = cell(5, lambda n: fail(ZeroDivisionError("by 0")))
    outcome = study(cell(1), bad, cell(2)).reproduce(Request(tmp_path))
    assert outcome.findings[0] == "4 lines"
    assert "Failed, and run again next time: set 5: arm" in outcome.findings[1]
    assert "ZeroDivisionError: by 0" in outcome.findings[1]
    assert study(cell(1), cell(5)).reproduce(Request(tmp_path)).findings == ["4 lines"]
    assert RAN == [1, 2, 5]


def test_where_every_cell_fails_the_first_error_is_raised(tmp_path):
    bad = cell(5, lambda n: fail(ZeroDivisionError("by 0")))
    with pytest.raises(RuntimeError, match=r"No cell could be run\..*ZeroDivisionError: by 0"):
        study(bad).reproduce(Request(tmp_path))


def test_a_fault_of_the_users_input_ends_the_run_and_leaves_the_export(tmp_path):
    study(cell(1)).reproduce(Request(tmp_path))
    export = (tmp_path / "squares" / "cells.csv.gz").read_bytes()
    bad = cell(5, lambda n: fail(InputError("The data folder is not set.")))
    with pytest.raises(InputError, match=r"^The data folder is not set\.$"):
        study(cell(1), bad, cell(2)).reproduce(Request(tmp_path))
    assert RAN == [1]
    assert (tmp_path / "squares" / "cells.csv.gz").read_bytes() == export


def test_progress_is_told_what_is_missing(tmp_path):
    told = []
    progress = Progress(
        on_start=lambda tasks, known: told.append((len(tasks), known)),
        on_result=lambda result: told.append(result.key.seed),
    )
    study(cell(1)).reproduce(Request(tmp_path))
    study(cell(1), cell(2), cell(3)).reproduce(Request(tmp_path, progress=progress))
    assert told == [(2, 1), 2, 3]


def test_a_report_without_cells_says_what_to_run(tmp_path):
    with pytest.raises(InputError, match="squares holds no finished cell: run the study first"):
        study(cell(1)).report(Request(tmp_path))
    assert RAN == []


def test_facts_of_a_cell_are_fields_of_its_result():
    made = Cell(CellKey("d", "a"), lambda: {"f1": 0.5, "n_train": 8, "notes": ("Adapted.",)}).run()
    assert (made.scores, made.n_train, made.notes) == ({"f1": 0.5}, 8, ("Adapted.",))
    assert made.fit_seconds >= 0


def test_scores_are_named_by_their_levels():
    assert named({"f1": 0.5}, "svm", "tuned") == {"svm/tuned/f1": 0.5}

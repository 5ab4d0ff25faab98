"""The root of the command line: what is printed, and how it ends, when something goes wrong."""

import io
import os
import sqlite3
import sys

import pytest

from rarebit.cli import main
from rarebit.running import Store

TABLE = "a,y\n" + "".join(f"{k % 7},{int(k % 5 == 0)}\n" for k in range(60))


def test_a_sign_that_the_terminal_lacks_stops_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    errors = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(errors, "ascii", write_through=True))
    with pytest.raises(SystemExit) as stop:
        main(["compare", "größe.csv", "--target", "y"])
    assert stop.value.code == 2
    assert b"'gr??e.csv' does not exist" in errors.getvalue()


def test_a_full_disk_while_results_are_stored(rarebit, tmp_path, monkeypatch):
    def full(store, result):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Store, "put", full)
    (tmp_path / "t.csv").write_text(TABLE)
    code, _, err = rarebit(
        "compare", "t.csv", "--target", "y", "--preset", "quick", "--jobs", "1",
        "--models", "logistic_regression", "--treatments", "untouched",
    )  # fmt: skip
    assert code == 2
    assert "disk is full" in err
    # The lines of progress, then one of the error.
    assert [line.startswith("Error: ") for line in err.splitlines()] == [False, False, True]


def test_a_bug_is_one_line_too(rarebit, monkeypatch):
    def broken():
        raise RuntimeError("[bold]a slip[/bold]")

    monkeypatch.setattr("rarebit.datasets.list_datasets", broken)
    code, _, err = rarebit("datasets", "list")
    assert code == 1
    assert "RuntimeError: [bold]a slip[/bold]" in err
    assert "a bug in Rarebit" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        # The oldest typer words them a little otherwise.
        ("comprae t.csv", "No such command 'comprae'. Did you mean 'compare'?"),
        ("compare t.csv --modles svm", "--models"),
        ("compare", "Missing argument 'table'. `rarebit compare -h` shows what it takes."),
        ("resample t.csv --out o.csv", "Missing option '--target'. `rarebit resample -h` shows"),
        ("train t.csv --configs two", "Invalid value for '--configs': "),
        ("benchmark rum", "`rarebit benchmark -h` shows what it takes."),
    ],
)
def test_a_line_that_cannot_be_parsed_is_one_line_too(rarebit, line, says):
    code, out, err = rarebit(*line.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Error: ")
    assert says.casefold() in err.casefold()


def test_ctrl_c_is_one_line_in_every_command(rarebit, monkeypatch):
    def pressed(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("rarebit.datasets.fetch_dataset", pressed)
    assert rarebit("datasets", "fetch", "ecoli") == (130, "", "Error: Interrupted.\n")


@pytest.mark.parametrize(("given", "kept"), [(None, "1000"), ("7", "7")])
def test_waiting_threads_sleep_soon_unless_told_otherwise(rarebit, monkeypatch, given, kept):
    # Set first, so that what the command line leaves behind is taken away again.
    monkeypatch.setenv("GOMP_SPINCOUNT", given or "")
    if given is None:
        monkeypatch.delenv("GOMP_SPINCOUNT")
    rarebit("--version")
    assert os.environ["GOMP_SPINCOUNT"] == kept

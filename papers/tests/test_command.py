"""`rarebit reproduce` as its users call it."""

import json
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from rarebit_papers.command import REPRODUCTIONS
from rarebit_papers.qcl_mixnet import table6
from rarebit_papers.request import Outcome


@pytest.fixture
def asked(monkeypatch):
    """Stand in for a reproduction; the requests that it was given."""
    requests = []

    def stand_in(request):
        requests.append(request)
        list(request.track(range(2), "working"))
        return Outcome(["Done."], {"Scores": pd.DataFrame({"f1": [0.5]})}, [request.out / "a.csv"])

    monkeypatch.setattr(table6, "reproduce_table6", stand_in)
    return requests


def test_what_is_typed_is_what_is_asked(rarebit, asked, tmp_path):
    code, out, _ = rarebit(
        "reproduce", "qcl-mixnet", "table6", "--out", str(tmp_path), "--seeds", "3",
        "--datasets", "glass, ecoli", "--data-dir", str(tmp_path), "--jobs", "2",
    )  # fmt: skip
    assert code == 0
    [request] = asked
    assert (request.out, request.data_dir, request.jobs) == (tmp_path, tmp_path, 2)
    assert (request.seeds, request.datasets) == (3, ("glass", "ecoli"))
    assert "- Done." in out
    assert str(tmp_path / "a.csv") in out


def test_results_go_to_the_papers_folder_if_nothing_is_said(rarebit, asked):
    assert rarebit("reproduce", "qcl-mixnet", "table6")[0] == 0
    [request] = asked
    assert request.out == Path("results/qcl-mixnet")
    assert (request.seeds, request.datasets, request.data_dir) == (None, (), None)


def test_json_is_all_that_is_printed(rarebit, asked):
    code, out, _ = rarebit("reproduce", "qcl-mixnet", "table6", "--json")
    assert code == 0
    read = json.loads(out)
    assert read["findings"] == ["Done."]
    assert read["tables"]["Scores"][0]["f1"] == 0.5


def test_an_interrupted_run_says_how_it_goes_on(rarebit, monkeypatch):
    def interrupt(request):
        raise KeyboardInterrupt

    monkeypatch.setattr(table6, "reproduce_table6", interrupt)
    code, _, err = rarebit("reproduce", "qcl-mixnet", "table6")
    assert code == 130
    assert "Finished cells are kept in results/qcl-mixnet" in " ".join(err.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["qcl-mixnet", "table99"], "choose from: qcl-mixnet"),
        (["nobody", "table6"], "There is no reproduction of 'nobody table6'"),
        (["qcl-mixnet", "table3", "--datasets", "moon"], "--datasets names moon"),
        (["qcl-mixnet", "table6", "--jobs", "0"], "number of worker processes"),
        (["qcl-mixnet", "strict", "--out", "absent"], "rarebit benchmark run"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(rarebit, arguments, says):
    code, _, err = rarebit("reproduce", *arguments)
    assert (code, len(err.strip().splitlines())) == (2, 1)
    assert says in err


def test_every_entry_leads_to_a_function():
    for parts in REPRODUCTIONS.values():
        for path in parts.values():
            module, _, function = path.partition(":")
            assert callable(getattr(import_module(f"rarebit_papers.{module}"), function))

"""`rarebit reproduce` as its users call it."""

import inspect
import json
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from rarebit_papers.command import REPRODUCTIONS, TRAINED
from rarebit_papers.qcl_mixnet import table3
from rarebit_papers.request import Outcome

ALL = [(paper, what) for paper, offers in REPRODUCTIONS.items() for what in offers]
GIVEN = {
    "--seeds": "3", "--datasets": "nosuch", "--data-dir": "/nonexistent", "--jobs": "2",
    "--device": "cuda",
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    """Stand in for a reproduction; the requests that it was given."""
    requests = []

    def stand_in(request):
        requests.append(request)
        return Outcome(["Done."], {"Scores": pd.DataFrame({"f1": [0.5]})}, files=[Path("a.csv")])

    monkeypatch.setattr(table3, "reproduce", stand_in)
    return requests


def test_what_is_typed_is_what_is_asked(rarebit, asked, tmp_path):
    code, out, _ = rarebit(
        "reproduce", "qcl-mixnet", "table3", "--out", str(tmp_path), "--seeds", "3",
        "--datasets", "glass, ecoli", "--data-dir", str(tmp_path), "--jobs", "2",
        "--device", "cuda:1",
    )  # fmt: skip
    assert code == 0
    [request] = asked
    assert (request.out, request.data_dir, request.jobs) == (tmp_path, tmp_path, 2)
    assert (request.seeds, request.datasets) == (3, ("glass", "ecoli"))
    assert request.device == "cuda:1"
    assert "- Done." in out
    assert "a.csv" in out


def test_results_go_to_the_committed_folder_by_default(rarebit, asked):
    assert rarebit("reproduce", "qcl-mixnet", "table3")[0] == 0
    [request] = asked
    assert request.out == Path("results/qcl-mixnet")
    assert (request.seeds, request.datasets, request.data_dir) == (None, (), None)
    assert (request.jobs, request.device) == (1, "cpu")


def test_json_is_all_that_is_printed(rarebit, asked):
    code, out, _ = rarebit("reproduce", "qcl-mixnet", "table3", "--json")
    assert code == 0
    read = json.loads(out)
    assert read["findings"] == ["Done."]
    assert read["tables"]["Scores"][0]["f1"] == 0.5


def test_an_interrupted_run_says_how_to_resume(rarebit, monkeypatch):
    def interrupt(request):
        raise KeyboardInterrupt

    monkeypatch.setattr(table3, "reproduce", interrupt)
    code, _, err = rarebit("reproduce", "qcl-mixnet", "table3")
    assert code == 130
    said = " ".join(err.split())
    assert "Finished cells are kept in results/qcl-mixnet" in said
    assert "to resume, run the same command" in said


@pytest.mark.parametrize(("paper", "what"), ALL)
def test_options_without_effect_are_refused(rarebit, paper, what):
    takes = REPRODUCTIONS[paper][what][1]
    for option, value in GIVEN.items():
        if option not in takes:
            code, _, err = rarebit("reproduce", paper, what, option, value)
            assert (code, len(err.strip().splitlines())) == (2, 1)
            assert f"'{paper} {what}' does not take {option}: it takes" in err
    assert not Path("results").exists()


@pytest.mark.parametrize(("paper", "what"), [pair for pair in ALL if pair[0] != "sda-qec"])
def test_a_data_set_that_is_not_known_is_refused(rarebit, paper, what):
    if "--datasets" in REPRODUCTIONS[paper][what][1]:
        code, _, err = rarebit("reproduce", paper, what, "--datasets", "nosuch")
        assert (code, len(err.strip().splitlines())) == (2, 1)
        assert "--datasets names nosuch" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["qcl-mixnet", "table99"], "'qcl-mixnet table99' is not a reproduction: choose one of"),
        (["qcl-mixnet"], "choose one of qcl-mixnet table3, qcl-mixnet table6"),
        (["nobody", "table6"], "'nobody table6' is not a reproduction"),
        (["qcl-mixnet", "table3", "--jobs", "0"], "jobs is 0: give"),
        (["qcl-mixnet", "strict", "--out", "absent"], "rarebit benchmark run"),
        (["sda-qec", "tables", "--out", "absent"], "rarebit reproduce sda-qec study"),
        (["sda-qec", "study", "--data-dir", "absent"], "--data-dir absent is not a folder"),
        (["qi-smote", "noise", "--data-dir", "absent"], "--data-dir absent is not a folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(rarebit, arguments, says):
    code, _, err = rarebit("reproduce", *arguments)
    assert (code, len(err.strip().splitlines())) == (2, 1)
    assert says in err


def test_the_list_names_every_reproduction_with_its_options(rarebit):
    code, out, _ = rarebit("reproduce")
    assert code == 0
    help_page = rarebit("reproduce", "--help")[1]
    for paper, offers in REPRODUCTIONS.items():
        assert f"{paper}\n" in out
        for what, (makes, _) in offers.items():
            assert f"  {what:<10} {makes}\n" in out + "\n"
            assert makes in help_page
    assert out.count(" ".join(TRAINED)) == sum(
        options == TRAINED for offers in REPRODUCTIONS.values() for _, options in offers.values()
    )


@pytest.mark.parametrize(("paper", "what"), ALL)
def test_every_entry_leads_to_a_function(paper, what):
    module = import_module(f"rarebit_papers.{paper.replace('-', '_')}.{what}")
    assert list(inspect.signature(module.reproduce).parameters) == ["request"]


def test_a_wrong_device_is_refused_also_where_all_cells_are_finished(rarebit, asked):
    code, _, err = rarebit("reproduce", "qcl-mixnet", "table3", "--device", "gpu")
    assert code == 2
    assert "device is 'gpu': give auto, cpu" in err
    assert asked == []


def test_the_listing_is_json_where_asked(rarebit):
    code, out, _ = rarebit("reproduce", "--json")
    assert code == 0
    assert set(json.loads(out)) == set(REPRODUCTIONS)


def test_a_wrong_folder_is_refused_also_where_all_cells_are_finished(rarebit, asked):
    code, _, err = rarebit("reproduce", "qcl-mixnet", "table3", "--data-dir", "absent")
    assert code == 2
    assert "--data-dir absent is not a folder" in err
    assert asked == []

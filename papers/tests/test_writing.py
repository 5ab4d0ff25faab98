"""Tables that are committed, and where they come from."""

import json

import pandas as pd

from rarebit_papers.request import Outcome
from rarebit_papers.writing import write_outcome


def outcome():
    table = pd.DataFrame({"f1": [0.123456789, float("nan")], "n": [3, 4]}, ["svm", "a|b"])
    return Outcome(["It holds."], {"F1 by model": table.rename_axis("model")})


def test_every_table_is_csv_and_markdown(tmp_path):
    details = {"all": pd.DataFrame({"x": ["=1+1"]})}
    done = write_outcome(tmp_path / "new", "Scores", outcome(), details=details)
    text = (tmp_path / "new" / "f1_by_model.csv").read_text()
    assert text == "model,f1,n\nsvm,0.12346,3\na|b,,4\n"
    assert (tmp_path / "new" / "all.csv").read_text() == "x\n'=1+1\n"
    page = (tmp_path / "new" / "tables.md").read_text()
    assert page.startswith("# Scores\n\n- It holds.\n\n## F1 by model\n\n| model | f1 | n |\n")
    assert "| svm | 0.1235 | 3 |\n| a\\|b |  | 4 |" in page
    assert "x" not in done.tables
    assert {file.name for file in done.files} == {
        "f1_by_model.csv", "all.csv", "tables.md", "provenance.json",
    }  # fmt: skip


def test_runs_are_kept_and_the_same_run_once(tmp_path):
    for seeds in (1, 2, 1):
        write_outcome(tmp_path, "Scores", outcome(), settings={"seeds": seeds})
    runs = json.loads((tmp_path / "provenance.json").read_text())["runs"]
    assert [run["settings"] for run in runs] == [{"seeds": 2}, {"seeds": 1}]
    assert runs[0]["command"].startswith("rarebit")
    assert {"python", "machine", "rarebit"} <= set(runs[0]["versions"])
    assert (tmp_path / "tables.md").read_text().count(", seeds ") == 2

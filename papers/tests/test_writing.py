"""Tables that are committed, and where they come from."""

import json

import pandas as pd
from matplotlib.figure import Figure

from rarebit_papers.request import Outcome
from rarebit_papers.writing import figure_bytes, write_outcome


def outcome(value=0.123456789, **more):
    table = pd.DataFrame({"f1": [value, float("nan")], "n": [3, 4]}, ["svm", "a|b"])
    return Outcome(["It holds."], {"F1 by model": table.rename_axis("model")}, **more)


def runs(folder):
    return json.loads((folder / "provenance.json").read_text())["runs"]


def test_every_table_is_csv_and_markdown(tmp_path):
    details = {"all": pd.DataFrame({"x": ["=1+1"]})}
    done = write_outcome(tmp_path / "new", "Scores", outcome(details=details))
    text = (tmp_path / "new" / "f1_by_model.csv").read_text()
    assert text == "model,f1,n\nsvm,0.12346,3\na|b,,4\n"
    assert (tmp_path / "new" / "all.csv").read_text() == "x\n'=1+1\n"
    page = (tmp_path / "new" / "tables.md").read_text()
    assert page.startswith("# Scores\n\n- It holds.\n\n## F1 by model\n\n| model | f1 | n |\n")
    assert "| svm | 0.1235 | 3 |\n| a\\|b |  | 4 |" in page
    assert {file.name for file in done.files} == {
        "f1_by_model.csv", "all.csv", "tables.md", "provenance.json",
    }  # fmt: skip
    assert {"python", "machine", "rarebit"} <= set(runs(tmp_path / "new")[0]["versions"])


def test_runs_that_add_cells_are_recorded_once_each(tmp_path):
    for seeds in (1, 2, 1):
        write_outcome(tmp_path, "Scores", outcome(settings={"seeds": seeds}), new=True)
    assert [run["settings"] for run in runs(tmp_path)] == [{"seeds": 2}, {"seeds": 1}]
    assert runs(tmp_path)[0]["command"].startswith("rarebit")
    assert (tmp_path / "tables.md").read_text().count(", seeds ") == 2


def test_a_look_changes_nothing(tmp_path):
    figures = {"a.svg": Figure((1, 1))}
    write_outcome(tmp_path, "Scores", outcome(figures=figures, settings={"seeds": 1}))
    (tmp_path / "a.svg").write_text("drawn by another version")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    done = write_outcome(tmp_path, "Scores", outcome(figures=figures), new=False)
    assert done.files == []
    assert done.findings == ["It holds."]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_look_that_finds_other_numbers_says_so(tmp_path):
    write_outcome(tmp_path, "Scores", outcome())
    done = write_outcome(tmp_path, "Scores", outcome(0.2, settings={"seeds": 2}), new=False)
    assert done.findings[1:] == [
        f"These tables differ from those that {tmp_path} contained: f1_by_model.csv."
    ]
    assert [run["settings"] for run in runs(tmp_path)] == [{}, {"seeds": 2}]
    # Cells that were added explain the difference.
    assert write_outcome(tmp_path, "Scores", outcome(0.3), new=True).findings == ["It holds."]


def test_figures_are_the_same_bytes_each_time():
    figure = Figure((1, 1))
    figure.add_subplot().plot([0, 1])
    assert figure_bytes(figure, "a.svg") == figure_bytes(figure, "a.svg")
    assert figure_bytes(figure, "a.svg").startswith(b"<?xml")
    assert figure_bytes(figure, "a.png") == figure_bytes(figure, "a.png")
    assert figure_bytes(figure, "a.png").startswith(b"\x89PNG")

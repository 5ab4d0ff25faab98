"""QCL-MixNet and other models, from a table of scores, and the figures drawn of all this."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from rarebit.exceptions import InputError
from rarebit_papers.qcl_mixnet import figures, plots, strict
from rarebit_papers.request import Request
from rarebit_papers.writing import figure_bytes


@pytest.fixture
def scores():
    return pd.DataFrame(
        {
            strict.OURS: [0.7, 0.8, 0.9],
            "svm + smote": [0.6, 0.9, 0.7],
            "catboost + untouched": [0.9, 0.95, 0.95],
            "svm + untouched": [0.1, 0.1, 0.1],
        },
        index=["glass", "ecoli", "vehicle"],
    )


def test_differences_are_ours_less_theirs(scores):
    table = strict.against_ours(scores)
    assert list(table.index)[:3] == ["catboost + untouched", strict.OURS, "svm + smote"]
    assert table["difference"]["catboost + untouched"] == pytest.approx(-0.4 / 3)
    assert table["low"]["catboost + untouched"] <= table["difference"]["catboost + untouched"]
    assert table[["wins", "losses"]].loc["svm + smote"].tolist() == [2, 1]
    assert np.isnan(table["difference"][strict.OURS])


def test_todays_models_are_no_published_baselines(scores):
    assert list(strict.published_baselines(scores)) == ["svm + smote"]


def test_without_cells_the_command_to_run_is_named(tmp_path):
    with pytest.raises(InputError, match="rarebit benchmark run"):
        strict.reproduce(Request(tmp_path))
    with pytest.raises(InputError, match="run table3"):
        figures.reproduce(Request(tmp_path))


def test_what_cannot_be_drawn_is_reported(tmp_path, scores, monkeypatch):
    drawn = plots.box_chart(scores, strict.OURS)
    monkeypatch.setattr(figures, "_strict", lambda request: {"boxes": drawn})
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "embedding.svg").write_text("<svg/>")
    outcome = figures.reproduce(Request(tmp_path))
    assert outcome.findings[0] == "1 figures drawn, 1 changed."
    assert [line.partition(".")[0] for line in outcome.findings[1:]] == [
        "Not drawn: optimism", "Not drawn: ablations",
    ]  # fmt: skip
    assert (tmp_path / "figures" / "embedding.svg").read_text() == "<svg/>"
    assert figures.reproduce(Request(tmp_path)).files == []


def test_published_gains_come_from_the_printed_tables():
    gain = figures._published_gain(pd.Index(["vehicle", "minerals", "one_hundred_plants_texture"]))
    assert gain["vehicle"] == pytest.approx(0.85 - 0.76)  # SVM (SMOTE)
    assert np.isnan(gain["minerals"])  # no macro averages are printed
    assert gain["one_hundred_plants_texture"] == pytest.approx(0.83 - 0.84)


def test_every_figure_is_a_whole_svg_and_the_same_each_time(scores):
    gain = pd.Series([0.1, -0.1, 0.0], scores.index)
    arms = pd.DataFrame(
        {"difference": [-0.1, 0.02], "low": [-0.2, 0.0], "high": [0.0, 0.04]},
        index=["no quantum", "affine"],
    )
    optimism = pd.DataFrame(
        {
            "published": [0.5, 0.6],
            "median_test_selected": [0.6, 0.7],
            "median_held_out": [0.4, 0.6],
            "optimism": [0.2, 0.1],
        },
        index=["glass", "ecoli"],
    )
    points = np.random.default_rng(0).normal(size=(20, 2))
    drawn = {
        "gain": lambda: plots.gain_chart(gain, -gain),
        "boxes": lambda: plots.box_chart(scores, strict.OURS),
        "ablations": lambda: plots.ablation_chart(
            {"paper": arms, "strict": arms}, pd.Series({"no quantum": -0.3, "no mixup": -0.2})
        ),
        "optimism": lambda: plots.optimism_chart(optimism),
        "embedding": lambda: plots.embedding_chart({"features": points}, np.arange(20) % 3),
    }
    for name, draw in drawn.items():
        first = figure_bytes(draw(), f"{name}.svg").decode()
        assert figure_bytes(draw(), f"{name}.svg").decode() == first
        assert ET.fromstring(first).tag.endswith("svg")

"""What is concluded from cells whose outcome is known."""

import itertools

import numpy as np
import pandas as pd
import pytest

from rarebit_papers.qi_smote.comparisons import (
    across,
    by_source,
    count_within,
    gain_table,
    mean_table,
    within,
)
from rarebit_papers.qi_smote.scores import named_arms

SOURCES = {"a": "A", "a cut": "A", "b": "B", "c": "C", "d": "D", "e": "E", "f": "F"}


@pytest.fixture(scope="module")
def cells():
    """`good` is 0.1 above `none` in F1 everywhere; its tuned threshold adds nothing."""
    rng = np.random.default_rng(0)
    lines = []
    for dataset, classifier, fold in itertools.product(SOURCES, ("knn", "svm"), range(5)):
        base = 0.4 + 0.05 * rng.random()
        for arm, decision, gain in (
            ("none", "plain", 0), ("good", "plain", 0.1), ("good", "tuned", 0.1),
        ):  # fmt: skip
            score = base + gain + 0.001 * rng.random()
            lines.append(
                {"dataset": dataset, "classifier": classifier, "repeat": 0, "fold": fold,
                 "arm": arm, "decision": decision}
                | dict.fromkeys(("accuracy", "f1", "g_mean", "roc_auc", "pr_auc", "mcc"), score)
            )  # fmt: skip
    return named_arms(pd.DataFrame(lines))


def test_a_tuned_threshold_is_an_arm_of_its_own(cells):
    assert list(dict.fromkeys(cells["arm"])) == ["none", "good", "good, tuned"]


def test_sets_of_one_source_count_once(cells):
    table = by_source(cells, "f1", SOURCES)
    assert table.index.tolist() == list("ABCDEF")
    two = cells[cells["dataset"].isin(["a", "a cut"]) & (cells["arm"] == "none")]
    assert table["none"]["A"] == pytest.approx(two["f1"].mean())


def test_gains_are_those_of_the_means(cells):
    table = mean_table(cells, ("none", "good, tuned"), SOURCES)
    expected = 100 * (table["f1"]["good"] / table["f1"]["none"] - 1)
    assert table["f1_gain_over_none_%"]["good"] == pytest.approx(expected)
    assert 20 < expected < 26
    assert table["f1_gain_over_none_%"]["none"] == 0
    assert table["f1_rank"]["none"] == 3
    gains = gain_table(cells, ["good"], "none")
    assert len(gains) == 7
    assert (gains["gain of good, %"] > 20).all()


def test_a_clear_difference_is_found_within_and_across(cells):
    each = within(cells, [("good", "none"), ("good", "good, tuned")])
    counts = count_within(each).set_index("other")
    assert counts["tests"].tolist() == [14, 14]
    assert counts["better, p_holm < 0.05"].to_dict() == {"none": 14, "good, tuned": 0}
    assert counts["worse, p < 0.05"]["none"] == 0
    assert (each["p_holm"].dropna() >= each["p"].dropna()).all()
    tests = across(cells, {"none": ["good"]}, SOURCES).set_index(["metric", "arm"])
    assert tests["p"]["f1", "good"] == pytest.approx(2 / 2**6)
    assert tests["wins"]["f1", "good"] == 6

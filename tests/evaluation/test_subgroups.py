"""Subgroups of held-out rows, against figures by hand and SciPy's tests."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rarebit.datasets import Dataset, Role
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.subgroups import group_labels, subgroups
from rarebit.exceptions import InputError
from rarebit.metrics import get_metric, log_loss, macro_f1, roc_auc
from rarebit.statistics import binomial_interval

METRIC = get_metric("macro_f1")


def dataset(by, y):
    return Dataset(
        "made", pd.DataFrame({"x": np.arange(len(y))}), y, ("no", "yes"), 1, {"x": Role.NUMERIC},
        by=pd.DataFrame(by),
    )  # fmt: skip


def predictions(y, p, weight=None):
    n = len(y)
    zeros, ones = np.zeros(n, dtype=int), np.ones(n)
    return Predictions(
        np.arange(n), zeros, zeros, y, (p >= 0.5).astype(int), np.stack([1 - p, p], 1),
        ones if weight is None else weight,
    )  # fmt: skip


def made(n, recalls, seed=0):
    """Rows of two groups, calibrated, whose rare rows are found with these probabilities."""
    rng = np.random.default_rng(seed)
    sex = np.array(["f", "m"]).repeat(n // 2)
    y = (rng.random(n) < 0.3).astype(int)
    found = rng.random(n) < np.where(sex == "f", *recalls)
    p = np.where(y == 1, np.where(found, 0.9, 0.1), np.where(rng.random(n) < 0.1, 0.6, 0.05))
    return sex, y, p


def test_the_figures_are_those_of_the_rows_alone():
    sex, y, p = made(300, (0.8, 0.5))
    found = subgroups(dataset({"sex": sex}, y), predictions(y, p), METRIC)
    assert [(group.column, group.value) for group in found.groups] == [("sex", "f"), ("sex", "m")]
    for group in found.groups:
        own = sex == group.value
        labels, proba = (p[own] >= 0.5).astype(int), np.stack([1 - p[own], p[own]], 1)
        rest = {"n_classes": 2, "positive": 1}
        assert group.scores["log_loss"].estimate == pytest.approx(log_loss(y[own], proba, **rest))
        assert group.scores["roc_auc"].estimate == pytest.approx(roc_auc(y[own], proba, **rest))
        assert group.scores["macro_f1"].estimate == pytest.approx(macro_f1(y[own], labels, **rest))
        hits, rare, alarms = labels @ y[own], y[own].sum(), labels.sum()
        assert (group.rows, group.rare) == (own.sum(), rare)
        assert group.recall == binomial_interval(hits, rare)
        assert group.precision == binomial_interval(hits, alarms)
        assert group.observed == binomial_interval(rare, own.sum())
        assert group.predicted == pytest.approx(p[own].mean())
        for score in group.scores.values():
            assert score.low <= score.estimate <= score.high


def test_equal_weights_change_nothing_and_others_count_like_rows():
    sex, y, p = made(200, (0.7, 0.7))
    data = dataset({"sex": sex}, y)
    plain, twice = (
        subgroups(data, predictions(y, p, weight), METRIC).groups
        for weight in (None, np.full(200, 2.0))
    )
    for one, other in zip(plain, twice, strict=True):
        assert one.recall == pytest.approx(other.recall)
    weight = np.random.default_rng(0).integers(0, 3, 200).astype(float)
    weighted = subgroups(data, predictions(y, p, weight), METRIC).groups[0]
    rows = np.repeat(np.arange(200), weight.astype(int))
    again = subgroups(dataset({"sex": sex[rows]}, y[rows]), predictions(y[rows], p[rows]), METRIC)
    same = next(group for group in again.groups if group.value == weighted.value)
    assert weighted.recall.estimate == pytest.approx(same.recall.estimate)
    assert weighted.predicted == pytest.approx(same.predicted)
    assert weighted.recall.low <= same.recall.low  # fewer effective rows than their weight


def test_a_lower_recall_is_found_with_the_p_value_of_fisher():
    sex, y, p = made(800, (0.9, 0.5))
    found = subgroups(dataset({"sex": sex}, y), predictions(y, p), METRIC)
    hit = p >= 0.5
    table = [[sum(hit[own]), sum(~hit[own])] for own in ((sex == s) & (y == 1) for s in "fm")]
    assert stats.fisher_exact(table).pvalue < 1e-8
    assert found.notes[0].startswith("sex = f differs: recall 9")
    assert "p < 0.001, Holm-adjusted over 6 tests" in found.notes[0]


def test_equal_groups_seldom_differ(monkeypatch):
    monkeypatch.setattr("rarebit.evaluation.subgroups.N_RESAMPLES", 1)  # no part of the tests
    n_found = 0
    for seed in range(40):
        sex = np.array(["f", "m"]).repeat(100)
        rng = np.random.default_rng(seed)
        p = rng.beta(2, 4, 200)
        y = (rng.random(200) < p).astype(int)
        notes = subgroups(dataset({"sex": sex}, y), predictions(y, p), METRIC).notes
        n_found += "No subgroup differs significantly" not in notes[-1]
    assert n_found <= 6  # 2 expected; 6 or fewer with a probability of 99 %


def test_wrong_probabilities_of_one_group_are_found():
    rng = np.random.default_rng(0)
    sex = np.array(["f", "m"]).repeat(400)
    p = rng.uniform(0.1, 0.4, 800)
    y = (rng.random(800) < np.where(sex == "m", 2 * p, p)).astype(int)
    notes = subgroups(dataset({"sex": sex}, y), predictions(y, p), METRIC).notes
    assert [note for note in notes if note.startswith("sex = m is not calibrated: mean predicted")]
    assert not [note for note in notes if note.startswith("sex = f")]


def test_small_groups_are_named_and_not_tested():
    sex, y, p = made(200, (0.9, 0.2))
    sex[:191] = "f"
    found = subgroups(dataset({"sex": sex}, y), predictions(y, p), METRIC)
    assert found.groups[1].is_small
    assert found.notes[0].startswith("Too small to judge")
    assert "sex = m (" in found.notes[0]
    assert not any(note.startswith("sex = m") for note in found.notes)


def test_without_columns_there_are_none():
    sex, y, p = made(20, (1, 1))
    assert subgroups(replace(dataset({"sex": sex}, y), by=None), predictions(y, p), METRIC) is None


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1, 2, 2, None], ["1", "2", "2", "missing"]),
        ([True, False, True], ["True", "False", "True"]),
        (["b", None, "b"], ["b", "missing", "b"]),
        (range(8), ["0 to 1"] * 2 + ["2 to 3"] * 2 + ["4 to 5"] * 2 + ["6 to 7"] * 2),
        (
            pd.date_range("2020-01-01", periods=8),
            [
                label
                for low in (1, 3, 5, 7)
                for label in [f"2020-01-0{low} to 2020-01-0{low + 1}"] * 2
            ],
        ),
    ],
)
def test_values_are_grouped(values, labels):
    assert group_labels(pd.Series(values)).tolist() == labels


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ([10001, 10002, 10003] * 4, ["10001", "10002", "10003"]),
        (pd.to_datetime(["2024-01-02", "2023-05-06"] * 4), ["2023-05-06", "2024-01-02"]),
        (["a", "missing", None] * 4, ["a", "missing"]),
        ([100_001 + k for k in range(8)] * 2, [
            "100001 to 100002", "100003 to 100004", "100005 to 100006", "100007 to 100008"
        ]),
    ],
)  # fmt: skip
def test_values_that_look_alike_stay_apart(values, groups):
    assert group_labels(pd.Series(values)).cat.categories.tolist() == groups


def test_many_categories_end_in_one_group():
    found = group_labels(pd.Series([f"c{k}" for k in range(20) for _ in range(20 - k)]))
    assert found.cat.categories.tolist() == [*(f"c{k}" for k in range(9)), "11 other values"]


def test_equal_values_stay_in_one_quartile():
    found = group_labels(pd.Series([0] * 70 + list(range(1, 31))))
    assert found.cat.categories.tolist() == ["0 to 5", "6 to 30"]
    assert found[:70].nunique() == 1


@pytest.mark.parametrize(
    ("by", "message"),
    [("sexx", "no column 'sexx'.*did you mean 'sex'"), ([], "by is"), (["sex", "sex"], "once")],
)
def test_wrong_columns_are_refused(by, message):
    from rarebit.datasets import make_dataset

    with pytest.raises(InputError, match=message):
        make_dataset({"x": [1, 2, 3, 4], "sex": list("fmfm"), "y": [0, 1, 0, 1]}, "y", by=by)

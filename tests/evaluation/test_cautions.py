"""Warnings of a model: without an error, useless decisions."""

import numpy as np
import pytest
from scipy.stats import binomtest

from rarebit.datasets import make_dataset
from rarebit.evaluation.cautions import useless, useless_decisions, without_an_error
from rarebit.evaluation.comparison import Predictions


def seen(y, labels):
    n = len(y)
    zeros = np.zeros(n, dtype=int)
    return Predictions(np.arange(n), zeros, zeros, y, labels, np.zeros((n, 3)), np.ones(n))


def data(classes, sizes):
    labels = np.repeat(classes, sizes)
    return make_dataset({"x": np.random.default_rng(0).normal(size=len(labels))}, labels)


@pytest.mark.parametrize("swapped", [0, 1])
def test_a_class_found_without_an_error_is_named(swapped):
    dataset = data(["died", "home", "ward"], [54, 80, 70])
    labels = dataset.target.copy()
    labels[[60, 150]] = labels[[150, 60]]  # the other two classes are mixed up
    assert [note[:62] for note in without_an_error(dataset, seen(dataset.target, labels))] == [
        "The recommended model makes no error on class 'died': of its 5"
    ]
    labels[[0, 100][swapped]] = [1, 0][swapped]  # one row missed, or one false alarm
    assert without_an_error(dataset, seen(dataset.target, labels)) == []


def test_with_two_classes_the_rare_one_is_named():
    dataset = data(["no", "yes"], [90, 30])
    (note,) = without_an_error(dataset, seen(dataset.target, dataset.target))
    assert "class 'yes': of its 30 rows it found all, with 0 false alarms" in note


def test_few_rows_prove_nothing():
    dataset = data(["no", "yes"], [90, 19])
    assert without_an_error(dataset, seen(dataset.target, dataset.target)) == []


def said(counts, positive=1, classes=("no", "yes")):
    return useless_decisions("the model", np.array(counts), classes, positive)


def test_alarms_at_the_prevalence_are_useless():
    (sentence,) = said([[780, 80], [125, 15]])
    bounds = binomtest(15, 95).proportion_ci()
    assert (round(bounds.low, 3), round(bounds.high, 3)) == (0.091, 0.247)
    assert sentence.replace("\xa0", " ") == (
        "The decisions of the model are useless: of 95 alarms, 16 % are right (95 % interval 9.1 % "
        "to 25 %), and 14 % of all rows are of class 'yes', so random alarms may be right as often."
    )


def test_few_alarms_at_the_prevalence_show_nothing():
    (sentence,) = said([[844, 16], [136, 4]])
    assert "are not shown to be of any use: of 20 alarms, 20" in sentence


def test_few_good_alarms_are_not_called_useless():
    assert binomtest(2, 3).proportion_ci().low < 0.14
    assert said([[859, 1], [138, 2]]) == []


def test_alarms_above_the_prevalence_are_of_use():
    assert binomtest(40, 95).proportion_ci().low > 0.14
    assert said([[805, 55], [100, 40]]) == []


@pytest.mark.parametrize(("positive", "expected"), [(1, "'no'"), (None, "'no'")])
def test_one_class_for_all_rows_is_useless(positive, expected):
    (sentence,) = said([[90, 0], [10, 0]], positive)
    message = f"The decisions of the model are useless: it gives every row the class {expected}."
    assert sentence == message


def test_many_classes():
    classes = ("a", "b", "c")
    counts = [[0, 5, 0], [0, 5, 0], [0, 5, 0]]
    assert "every row the class 'b'" in said(counts, None, classes)[0]
    assert said([[5, 0, 0], [0, 5, 0], [0, 5, 0]], None, classes) == []


def test_rows_of_one_class_show_nothing():
    assert said([[90, 0], [0, 0]]) == []


def test_predictions_are_counted_by_class():
    dataset = data(["no", "yes"], [90, 30])
    (sentence,) = useless("this model", dataset, seen(dataset.target, np.zeros(120, dtype=int)))
    assert sentence == "The decisions of this model are useless: it gives every row the class 'no'."

"""The sentences of the finding."""

import numpy as np
import pytest

from rarebit.datasets import make_dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.finding import without_an_error


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

"""Protocols: the splits that they make and the settings that they state."""

import json

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Dataset, Role
from rarebit.evaluation import Protocol
from rarebit.exceptions import InputError
from rarebit.zoo import PRESETS


def make_dataset(y, **more):
    y = np.asarray(y)
    frame = pd.DataFrame({"a": np.arange(float(len(y)))})
    classes = tuple(range(int(y.max()) + 1))
    return Dataset("d", frame, y, classes, None, {"a": Role.NUMERIC}, **more)


def test_strict_repeats_its_folds():
    splits, notes = Protocol(n_folds=4, n_repeats=2).splits(make_dataset([0] * 30 + [1] * 10))
    assert [(split.repeat, split.fold) for split in splits] == [
        (repeat, fold) for repeat in range(2) for fold in range(4)
    ]
    assert notes == []


def test_paper_is_one_stratified_split_of_80_20_with_seed_42():
    splits, _ = Protocol.paper().splits(make_dataset([0] * 80 + [1] * 20))
    assert [len(split.test) for split in splits] == [20]
    assert Protocol.paper().seed == 42
    assert Protocol.paper().search == "grid"
    assert Protocol.paper().inner_folds == 3


def test_only_paper_is_optimistic():
    assert Protocol.strict().optimism == []
    assert "test-selected" in Protocol.paper().optimism[0]


def test_rows_that_cannot_be_split():
    with pytest.raises(InputError, match="cannot be split"):
        Protocol().splits(make_dataset([0, 1]))


def test_small_tables_get_more_repeats():
    assert Protocol.from_preset(PRESETS["quick"], 500).n_repeats == 3
    assert Protocol.from_preset(PRESETS["quick"], 5000).n_repeats == 1


def test_settings_are_plain():
    assert json.loads(json.dumps(Protocol().settings()))["n_folds"] == 5


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"n_folds": 1}, "n_folds is 1: give an integer of at least 2"),
        ({"n_folds": "5"}, "n_folds is '5'"),
        ({"n_repeats": 0}, "n_repeats is 0"),
        ({"n_configs": True}, "n_configs is True"),
        ({"inner_folds": 1}, "inner_folds is 1"),
        ({"search_rows": 1}, "search_rows is 1"),
        ({"search": "luck"}, "search is 'luck': give 'random' or 'grid'"),
        ({"test_size": 1.5}, "test_size is 1.5"),
        ({"test_size": 1}, "test_size is 1"),
        ({"name": "loose"}, "name is 'loose': give 'strict' or 'paper'"),
        ({"max_rows": 1}, "max_rows is 1"),
        ({"calibrate": "no"}, "calibrate is 'no'"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(InputError, match=says):
        Protocol(**settings)


def test_settings_without_a_limit():
    assert Protocol(search_rows=None, max_rows=None).max_rows is None
    assert Protocol.paper().n_folds == 1

"""Rows of training among new ones are noticed, and chance repetitions are not."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets.columns import seen_rows
from rarebit.datasets.columns.seen_rows import SeenRows


def table(n, seed, levels=None):
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n) if levels is None else rng.integers(levels, size=n).astype(float)
    return pd.DataFrame({"x": number, "c": rng.choice(["a", "b", None], n)})


def test_the_training_rows_themselves_are_all_noticed():
    training = table(300, 0)
    [said] = SeenRows.of(training).sentences(training)
    assert said.startswith("300 rows of 300 are among the rows that the model was trained on")


def test_one_row_is_enough_where_no_row_repeats():
    training, new = table(300, 0), table(100, 1)
    seen = SeenRows.of(training)
    assert seen.sentences(new) == []
    [said] = seen.sentences(pd.concat([new, training[7:8]]))
    assert said.startswith("1 row of 101 is among")


def test_rows_that_repeat_by_chance_are_no_reason_to_warn():
    seen = SeenRows.of(table(2000, 0, levels=5))
    assert seen.repeats == 1
    assert seen.sentences(table(500, 1, levels=5)) == []
    # About half of such rows repeat; the training rows all do.
    training = table(400, 0, levels=200)
    seen = SeenRows.of(training)
    assert 0.3 < seen.repeats < 0.7
    assert seen.sentences(table(200, 1, levels=200)) == []
    assert seen.sentences(training)


def test_a_sample_of_the_hashes_estimates_the_share(monkeypatch):
    monkeypatch.setattr(seen_rows, "MOST_KEPT", 500)
    training = table(5000, 0)
    seen = SeenRows.of(training)
    assert (len(seen.hashes), seen.is_sample) == (500, True)
    [said] = seen.sentences(pd.concat([training[:1000], table(3000, 1)]))
    assert int(said.split("About ")[1].split("\xa0")[0]) == pytest.approx(25, abs=6)
    assert seen.sentences(table(3000, 1)) == []

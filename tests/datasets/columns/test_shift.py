"""Columns of new rows that are not what they were in training."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.datasets import Role
from rarebit.datasets.columns.shift import MOST_KEPT, ColumnShift, summarise_columns

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(75, 12, 400)
SHARE = RNG.beta(2, 5, 400)


def said(training, new, role=Role.NUMERIC, chunk=70):
    roles = {"x": role}
    shift = ColumnShift(summarise_columns(pd.DataFrame({"x": training}), roles))
    new = pd.DataFrame({"x": new})
    for start in range(0, len(new), chunk):
        shift.add(new[start : start + chunk])
    return shift.sentences()


@pytest.mark.parametrize(
    ("training", "new", "what"),
    [
        (WEIGHT, 1000 * WEIGHT, "about 1,000 times larger"),
        (WEIGHT, WEIGHT * 2.2046, "about 2.2 times larger"),
        (SHARE, 100 * SHARE, "about 100 times larger"),
        (100 * SHARE, SHARE, "about 100 times smaller"),
        (-WEIGHT, -WEIGHT / 10, "about 10 times smaller"),
        (WEIGHT, WEIGHT + 200, "100 % of its values lie outside"),
        (WEIGHT, -WEIGHT, "lie outside"),
        (RNG.normal(37, 0.5, 300), RNG.normal(37, 0.5, 300) * 1.8 + 32, "lie outside"),
        # One row in three was written in grams
        (WEIGHT, np.where(np.arange(400) % 3, WEIGHT, 1000 * WEIGHT), "34 % of its values lie out"),
    ],
)
def test_another_unit_or_range(training, new, what):
    (sentence,) = said(training, new)
    assert what in sentence.replace("\xa0", " ")
    assert sentence.startswith("Column 'x': ")
    assert said(training, new[:49]) == []
    assert said(training[:49], new) == []


@pytest.mark.parametrize("role", [Role.NUMERIC, Role.CATEGORICAL])
def test_gaps(role):
    full = pd.Series(WEIGHT if role == Role.NUMERIC else RNG.choice(list("ab"), 400))
    half = full.where(np.arange(400) % 2 == 0)
    empty = full.where(np.arange(400) < 0)
    sentence = "of its values are missing, 0 % were in training"
    assert sentence in said(full, empty, role)[0].replace("\xa0", " ")
    assert len(said(full, half, role)) == 1
    assert len(said(half, empty, role)) == 1
    assert said(half, full, role) == []
    assert said(empty, empty, role) == []
    # Nearly always missing in training: 60 gaps say nothing, 400 do.
    rare = full.where(np.arange(400) % 20 == 0)
    assert said(rare, empty[:60], role) == []
    assert len(said(rare, empty, role)) == 1


def test_what_is_not_compared():
    days = np.arange(18_000.0, 18_400.0)
    assert said(days, days + 4000, Role.DATE) == []
    assert said(WEIGHT, np.r_[WEIGHT[:80], np.full(10, np.nan)]) == []
    assert ColumnShift({}).sentences() == []


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_training=st.integers(50, 400),
    n_new=st.integers(50, 400),
    kind=st.sampled_from(["normal", "lognormal", "cauchy", "counts", "zeros", "coins", "gaps"]),
)
def test_rows_of_the_same_distribution_raise_no_alarm(seed, n_training, n_new, kind):
    rng = np.random.default_rng(seed)
    draw = {
        "normal": lambda n: rng.normal(size=n),
        "lognormal": lambda n: rng.lognormal(sigma=3, size=n),
        "cauchy": lambda n: rng.standard_cauchy(size=n),
        "counts": lambda n: rng.poisson(0.7, size=n),
        "zeros": lambda n: np.where(rng.random(n) < 0.97, 0.0, rng.normal(size=n)),
        "coins": lambda n: rng.integers(0, 2, n),
        "gaps": lambda n: np.where(rng.random(n) < 0.7, np.nan, rng.normal(size=n)),
    }[kind]
    assert said(draw(n_training), draw(n_new)) == []


def test_what_is_kept_is_bounded_and_spread():
    shift = ColumnShift(
        summarise_columns(pd.DataFrame({"x": np.arange(1000.0)}), {"x": Role.NUMERIC})
    )
    for start in range(0, 200_000, 5000):
        shift.add(pd.DataFrame({"x": np.arange(start, start + 5000.0)}))
    seen = shift._seen["x"]
    kept = np.concatenate(seen.values)
    assert len(kept) <= MOST_KEPT
    assert np.median(kept) == pytest.approx(100_000, rel=0.05)


def test_what_is_kept_does_not_depend_on_the_chunks():
    values = np.linspace(0, 1, 3 * MOST_KEPT)
    frame = pd.DataFrame({"a": values})
    training = summarise_columns(frame, {"a": Role.NUMERIC})
    kept = []
    for size in (len(values), 3):
        shift = ColumnShift(training)
        for start in range(0, len(values), size):
            shift.add(frame[start : start + size])
        kept.append(np.concatenate(shift._seen["a"].values))
    assert kept[1].mean() == pytest.approx(kept[0].mean(), abs=0.01)

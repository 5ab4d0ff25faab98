"""How far columns have drifted from training."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Role
from rarebit.datasets.columns.bins import MOST_CATEGORIES, Bins
from rarebit.datasets.columns.drift import ColumnDrift, drift_sentence, drifted
from rarebit.datasets.columns.shift import ColumnSummary, summarise_columns

ROLES = {"age": Role.NUMERIC, "sex": Role.CATEGORICAL, "ill": Role.BOOLEAN, "note": Role.TEXT}


def table(n, seed, age=60.0, female=0.5, ill=0.1, gaps=0.1):
    rng = np.random.default_rng(seed)
    ages = np.where(rng.uniform(size=n) < gaps, np.nan, rng.normal(age, 10, n))
    sex = np.where(rng.uniform(size=n) < female, "f", "m").astype(object)
    truth = (rng.uniform(size=n) < ill).astype(float)
    notes = np.array([f"note {i}" for i in range(n)], dtype=object)
    return pd.DataFrame({"age": ages, "sex": sex, "ill": truth, "note": notes})


def drift(training, new, chunk=70):
    counted = ColumnDrift(summarise_columns(training, ROLES))
    for start in range(0, len(new), chunk):
        counted.add(new[start : start + chunk])
    return counted.table()


def test_bins_count_every_row_once():
    frame = table(500, 0)
    for name, role in ROLES.items():
        bins = Bins.of(frame[name], role)
        assert sum(bins.counts) == 500
        assert bins.counts[-1] == frame[name].isna().sum()
        assert bins.count(frame[name]).tolist() == list(bins.counts)
    age = Bins.of(frame["age"], Role.NUMERIC)
    present = frame["age"].dropna()
    deciles = np.ceil(np.arange(1, 10) / 10 * len(present)).astype(int) - 1
    assert age.edges == tuple(np.sort(present)[deciles])
    assert age.counts[0] == (present <= age.edges[0]).sum()
    assert age.counts[-2] == (present > age.edges[-1]).sum()


def test_only_the_most_frequent_categories_have_bins_of_their_own():
    column = pd.Series([f"c{i}" for i in range(30) for _ in range(30 - i)], dtype=object)
    bins = Bins.of(column, Role.CATEGORICAL)
    assert bins.values == tuple(f"c{i}" for i in range(MOST_CATEGORIES))
    assert bins.counts == (*range(30, 10, -1), sum(range(1, 11)), 0)
    new = pd.Series(["c0", "c29", "unknown", None], dtype=object)
    assert bins.count(new)[[0, -2, -1]].tolist() == [1, 2, 1]


def test_the_difference_is_the_share_of_rows_that_would_have_to_move():
    training, new = table(4000, 0), table(1000, 1, female=0.8)
    found = drift(training, new).set_index("column")
    shares = [(frame["sex"] == "f").mean() for frame in (training, new)]
    assert found.loc["sex", "difference"] == pytest.approx(abs(shares[0] - shares[1]))
    assert drifted(found.reset_index())["column"].tolist() == ["sex"]
    sentence = drift_sentence(found.reset_index())
    assert sentence.startswith("1 of 4 columns differs from training: sex (")
    assert found.loc["age", "missing"] == pytest.approx(new["age"].isna().mean())
    assert found.loc["age", "missing_before"] == pytest.approx(training["age"].isna().mean())


@pytest.mark.parametrize("change", [{"age": 70.0}, {"gaps": 0.6}, {"ill": 0.5}])
def test_what_has_changed_is_found(change):
    found = drifted(drift(table(2000, 0), table(400, 1, **change)))
    assert found["column"].tolist() == ["ill" if "ill" in change else "age"]


def test_small_files_of_the_same_distribution_give_no_alarm():
    training = table(1000, 0)
    alarms = [len(drifted(drift(training, table(30, seed)))) for seed in range(1, 41)]
    assert np.mean(np.array(alarms) > 0) <= 0.1


def test_models_without_bins_say_so():
    counted = ColumnDrift({"age": ColumnSummary(100, 0.0)})
    counted.add(table(10, 0))
    assert drift_sentence(counted.table()).startswith("The model holds no distributions")

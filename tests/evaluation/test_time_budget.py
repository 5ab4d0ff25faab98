"""Comparisons with a time budget: what it is spent on, and what is left out."""

import importlib
from dataclasses import replace

import pandas as pd
import pytest
from comparisons import FAST, ONE, make_table, without_times

from rarebit.evaluation import Protocol, compare
from rarebit.evaluation.coverage import Coverage
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.running import Store


def test_searches_share_the_time_budget(monkeypatch):
    """Nine tenths of 100 s on two workers, half of each cell's share for its search."""
    X, y = make_table()
    module = importlib.import_module("rarebit.evaluation.compare")
    given = {}
    monkeypatch.setattr(
        module, "run_cells", lambda tasks, _, **options: given.update(tasks=tasks, **options)
    )
    with pytest.raises(InputError, match="not enough"):
        compare(X, y, time_budget=100.0, jobs=2, **FAST)
    assert len(given["tasks"]) == 12
    limits = {task.model.time_limit for task in given["tasks"]}
    assert list(limits) == [pytest.approx(0.9 * 100 * 2 / 12 / 2)]
    budget = given["budget"]
    assert (budget.seconds, budget.reserve) == (100, 0.1)
    # A refit has all rows, a fit two thirds of them.
    assert budget.reserved_fits == pytest.approx(3 / 2)


@pytest.mark.parametrize(("seconds", "reserve"), [(5, 0.2), (25, 0.2), (40, 0.125), (600, 0.1)])
def test_some_time_is_kept_for_the_summary(seconds, reserve):
    module = importlib.import_module("rarebit.evaluation.compare")
    assert module._budget(seconds).reserve == reserve


def test_the_refit_gets_half_of_the_time_that_is_left():
    X, y = make_table()
    options = {
        **FAST, "treatments": ["untouched"], "store": Store(),
        "protocol": Protocol(n_folds=2, n_configs=4),
    }  # fmt: skip
    assert compare(X, y, **options).model.n_configs_tried_ == 4
    # All cells are known, so that nothing but the refit needs time; there is none.
    hasty = compare(X, y, time_budget=1e-6, **options)
    assert hasty.model.time_limit == 0
    assert hasty.model.n_configs_tried_ == 1


def test_a_refit_that_does_not_fit_into_the_time_is_left_out_with_a_warning():
    X, y = make_table()
    store = Store()
    compare(X, y, store=store, **ONE)
    for key in store.keys():
        store.put(replace(store.get(key), fit_seconds=1000.0))
    hasty = compare(X, y, store=store, time_budget=1.0, **ONE)
    assert hasty.model is None
    # Trained on two thirds of the rows
    assert "no time to fit the best model on all rows (about 25 minutes)" in hasty.warnings[-1]


def test_a_refit_that_does_not_fit_into_the_time_gets_the_rows_that_do():
    X, y = make_table()
    store = Store()
    compare(X, y, store=store, **ONE)
    for key in store.keys():
        store.put(replace(store.get(key), fit_seconds=4.0))
    hasty = compare(X, y, store=store, time_budget=1e-6, **ONE)
    # 2.5 of the 6 s that 150 rows take
    assert hasty.model.n_rows_ == 62
    assert hasty.warnings[-1].endswith(
        "(about 6 seconds): the model is fitted on 62 rows, rare ones first."
    )


@pytest.mark.slow
def test_a_run_without_a_budget_does_what_the_time_was_not_enough_for():
    X, y = make_table()
    whole, store = compare(X, y, refit=False, **FAST), Store()
    with pytest.raises(InputError, match="not enough"):
        compare(X, y, store=store, time_budget=1e-6, **FAST)
    compare(X, y, store=store, refit=False, **ONE)
    partial = compare(X, y, store=store, refit=False, time_budget=1e-6, **FAST)
    assert partial.coverage == Coverage(1, 4, 3, 3)
    rest = compare(X, y, store=store, refit=False, **FAST)
    pd.testing.assert_frame_equal(without_times(rest), without_times(whole))


def test_a_search_that_time_cut_short_is_done_again_when_there_is_time():
    X, y = make_table()
    store = Store()
    options = {
        **FAST,
        "treatments": ["untouched"],
        "refit": False,
        "explain": False,
        "store": store,
    }
    whole = compare(X, y, **options)
    for key in store.keys():
        scores = dict.fromkeys(METRICS, 0.125) | {"search_cut_short": 1.0}
        store.put(replace(store.get(key), scores=scores))
    in_haste = compare(X, y, time_budget=600.0, **options)
    assert (in_haste.cells["macro_f1"] == 0.125).all()
    again = compare(X, y, **options)
    pd.testing.assert_series_equal(again.cells["macro_f1"], whole.cells["macro_f1"])


@pytest.mark.slow
def test_a_time_budget_that_is_ample_changes_nothing_and_one_too_short_says_so():
    X, y = make_table()
    ample = compare(X, y, time_budget=600.0, **ONE)
    pd.testing.assert_frame_equal(without_times(ample), without_times(compare(X, y, **ONE)))
    with pytest.raises(InputError, match="not enough"):
        compare(X, y, time_budget=1e-6, **ONE)

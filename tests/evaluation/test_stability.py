"""Stability by hand, and through a comparison."""

import numpy as np
import pandas as pd
import pytest

from rarebit.evaluation import Protocol, compare
from rarebit.evaluation.stability import stability_of
from rarebit.exceptions import InputError
from rarebit.reporting.exports import comparison_as_dict
from rarebit.reporting.report import render_report
from rarebit.running import Store

SMALL = {
    "models": ["logistic_regression"],
    "treatments": ["untouched"],
    "protocol": Protocol(n_folds=2, n_repeats=1, n_configs=1),
    "explain": False,
}


def table(n):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3))
    y = rng.random(n) < 1 / (1 + np.exp(2 - x[:, 0]))
    return pd.DataFrame(x, columns=["a", "b", "c"]), np.where(y, "ill", "well")


def test_the_figures_are_those_by_hand():
    refits = [
        (np.array([0.1, 0.9]), np.array([0, 1])),
        (np.array([0.4, 0.5]), np.array([1, 1])),
    ]
    found = stability_of(
        np.array([0.2, 0.9]), np.array([0, 1]), refits, np.array([3.0, 1.0]), "ill"
    )
    np.testing.assert_allclose(found.error, [0.15, 0.2])
    np.testing.assert_allclose(found.changed, [0.5, 0])
    assert found.mean_error == pytest.approx((3 * 0.15 + 0.2) / 4)
    assert found.mean_changed == pytest.approx(0.375)
    assert found.sentence.startswith("Stability over 2 bootstrap refits: the probability of class")


@pytest.mark.slow
def test_more_rows_make_predictions_more_stable():
    errors = []
    for n in (80, 1200):
        found = compare(*table(n), stability=8, **SMALL).stability
        assert found.n_refits == 8
        assert ((found.changed >= 0) & (found.changed <= 1)).all()
        errors.append(found.mean_error)
    assert errors[0] > 1.5 * errors[1] > 0


def test_refits_are_kept_and_shown():
    store = Store()
    found = compare(*table(100), stability=3, store=store, **SMALL)
    assert sum(key.protocol == "stability" for key in store.keys()) == 3
    again = compare(*table(100), stability=3, store=store, **SMALL)
    assert again.stability.mean_error == found.stability.mean_error
    told = comparison_as_dict(found)["stability"]
    assert told["mean_absolute_prediction_error"] == found.stability.mean_error
    assert '<section id="stability"' in render_report(found)
    assert compare(*table(100), **SMALL).stability is None


def test_refits_decide_by_amounts_that_are_no_features():
    X, y = table(100)
    X["money"] = np.linspace(1, 9, 100)
    costs = {"cost": "fn=money,fp=1", "roles": {"money": "drop"}}
    found = compare(X, y, stability=1, **costs, **SMALL | {"treatments": ["tuned_threshold"]})
    assert found.stability.n_refits == 1


def test_refits_decide_at_the_operating_point_of_the_model():
    found = compare(*table(100), stability=1, at="p>=1e-6", **SMALL)
    assert found.stability.changed.tolist() == [0.0] * 100


def test_it_is_said_if_stability_was_not_measured(tmp_path):
    first, second = Store(), Store()
    compare(*table(100), stability=1, store=first, **SMALL)
    first.export_csv(tmp_path / "cells.csv")
    second.import_csv(tmp_path / "cells.csv")
    found = compare(*table(100), stability=1, store=second, **SMALL)
    assert found.stability is None
    assert found.left_out[-1] == "Stability was not measured: no refit kept its predictions."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stability": -1}, "stability is -1"),
        ({"stability": 3, "time_budget": 60.0}, "no time budget"),
        ({"stability": 3, "refit": False}, "needs the final model"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        compare(*table(60), **SMALL, **options)

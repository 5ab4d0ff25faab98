"""Fitting on some rows: inner folds, the search, priors and devices."""

import numpy as np
import pandas as pd
import pytest

from rarebit.datasets import Role
from rarebit.zoo.fitting import Recipe, Rows, _device_of, fit_pipeline, out_of_fold, search
from rarebit.zoo.registry import get_classifier, get_treatment


def make_recipe(classifier="logistic_regression", treatment="untouched", n_classes=2):
    return Recipe(
        get_classifier(classifier),
        get_treatment(treatment),
        {"a": Role.NUMERIC},
        tuple("abc"[:n_classes]),
        0,
    )


def make_rows(seed=0, **more):
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], [80, 20])
    return Rows(pd.DataFrame({"a": rng.normal(size=100) + y}), y, **more)


def test_out_of_fold_predictions_come_from_models_that_did_not_see_the_row():
    """A nearest neighbour that saw the row would know its random label; out of fold it cannot."""
    rng = np.random.default_rng(0)
    rows = Rows(pd.DataFrame({"a": rng.normal(size=400)}), rng.integers(0, 2, 400))
    params = {"n_neighbors": 1}
    recipe = make_recipe("knn")
    seen, _ = fit_pipeline(recipe, rows, params)
    assert (seen.both_proba(rows.frame)[0].argmax(axis=1) == rows.y).mean() == 1
    oof = out_of_fold(recipe, rows, params, 3)
    hits = (oof.raw.argmax(axis=1) == rows.y[oof.positions]).mean()
    assert 0.4 < hits < 0.6
    np.testing.assert_array_equal(np.sort(oof.positions), np.arange(400))


def test_inner_folds_look_back_in_time_and_keep_groups():
    oof = out_of_fold(make_recipe(), make_rows(time=np.arange(100)), {}, 3)
    assert oof.positions.min() >= 25
    # Copies in one group: a nearest neighbour would find the copy of a row in another fold.
    rng = np.random.default_rng(0)
    frame, y = pd.DataFrame({"a": rng.normal(size=200)}), rng.integers(0, 2, 200)
    copies = np.repeat(np.arange(200), 2)

    def hits(groups):
        rows = Rows(frame, y).take(copies)
        rows = Rows(rows.frame, rows.y, groups=groups)
        oof = out_of_fold(make_recipe("knn"), rows, {"n_neighbors": 1}, 3)
        np.testing.assert_array_equal(np.sort(oof.positions), np.arange(400))
        return (oof.raw.argmax(axis=1) == rows.y[oof.positions]).mean()

    assert hits(None) > 0.75
    assert hits(copies) < 0.6


def test_sample_weights_are_repetitions():
    rows = make_rows()
    weight = np.where(rows.y == 1, 3.0, 1.0)
    repeated = rows.take(np.repeat(np.arange(100), weight.astype(int)))
    # The same penalty needs the same scaling of the input, which knows no weights.
    weighted, _ = fit_pipeline(make_recipe(), make_rows(sample_weight=weight), {"C": 1e6})
    copied, _ = fit_pipeline(make_recipe(), repeated, {"C": 1e6})
    np.testing.assert_allclose(
        weighted.both_proba(rows.frame)[0], copied.both_proba(rows.frame)[0], atol=1e-3
    )
    np.testing.assert_allclose(weighted.true_prior, copied.true_prior)


def test_the_search_finds_the_configuration_that_works():
    rows = make_rows()
    recipe = make_recipe("logistic_regression")

    def strength(y, oof):
        return float(np.abs(oof.raw[:, 1] - 0.5).mean())

    outcome = search(
        recipe, rows, strength, kind="random", n_configs=6, n_folds=3, search_rows=None
    )
    assert (outcome.n_tried, outcome.cut_short) == (6, False)
    assert outcome.oof is not None
    values = [strength(None, out_of_fold(recipe, rows, outcome.params, 3))]
    values.append(strength(None, out_of_fold(recipe, rows, {}, 3)))
    assert values[0] >= values[1]


def test_the_search_stops_at_the_deadline_and_on_a_subsample_says_so():
    outcome = search(
        make_recipe(), make_rows(), lambda y, oof: 0.0, kind="random", n_configs=6, n_folds=3,
        search_rows=50, deadline=0.0,
    )  # fmt: skip
    assert (outcome.n_tried, outcome.cut_short) == (1, True)
    assert outcome.notes == [
        "Configurations were searched on 50 of 100 rows, rare ones first.",
        "Time allowed 1 of 6 configurations.",
    ]
    assert outcome.oof is None


def test_classes_that_a_fold_lacks_get_probability_zero():
    rows = Rows(pd.DataFrame({"a": np.arange(30.0)}), np.repeat([0, 2], 15))
    fitted, _ = fit_pipeline(make_recipe(n_classes=3), rows, {})
    proba = fitted.both_proba(rows.frame)[0]
    assert (proba[:, 1] == 0).all()
    np.testing.assert_array_equal(proba.argmax(axis=1), rows.y)


@pytest.mark.parametrize(
    ("classifier", "device", "known_as"),
    [
        ("xgboost", "cpu", "cpu"),
        ("xgboost", "mps", "cpu"),
        ("xgboost", "xpu:1", "cpu"),
        ("xgboost", "cuda:1", "cuda:1"),
        ("mlp_net", "auto", "auto"),
        ("mlp_net", "mps", "mps"),
    ],
)
def test_a_device_has_the_name_that_its_classifier_knows(classifier, device, known_as):
    pytest.importorskip("xgboost" if classifier == "xgboost" else "torch")
    recipe = Recipe(get_classifier(classifier), get_treatment("untouched"), {}, ("a",), 0, device)
    assert _device_of(recipe) == known_as

"""QCLMixNetClassifier from the user's side."""

import copy

import numpy as np
import pytest
import torch
from qcl_mixnet_cases import quick
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rarebit.exceptions import InputError
from rarebit.metrics import get_metric
from rarebit.tabular import (
    SelectionRows,
    fit_seeds,
)


def test_it_learns(data):
    X, y = data
    assert quick(epochs=40).fit(X, y).score(X, y) > 0.9


def test_probabilities_labels_and_embedding(data):
    X, y = data
    names = np.array(["common", "rare", "rarer"])[y]
    model = quick().fit(X, names)
    proba = model.predict_proba(X)
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    assert model.embed(X).shape == (160, 8)


def test_the_same_seed_gives_the_same_results_and_leaves_the_global_generator(data):
    X, y = data
    first = quick().fit(X, y).predict_proba(X)
    torch.rand(10)
    before = torch.random.get_rng_state()
    np.testing.assert_array_equal(quick().fit(X, y).predict_proba(X), first)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not np.array_equal(quick(random_state=1).fit(X, y).predict_proba(X), first)


def test_a_prediction_does_not_depend_on_the_other_rows(data):
    X, y = data
    model = quick().fit(X, y)
    together = model.predict_proba(X)
    alone = np.concatenate([model.predict_proba(X[[i]]) for i in range(5)])
    np.testing.assert_allclose(alone, together[:5], rtol=1e-12)


@pytest.mark.parametrize(
    ("X", "y"),
    {
        "last batch of one row": (np.random.default_rng(0).normal(size=(65, 3)), [0, 1] * 32 + [0]),
        "one class in many batches": (np.eye(200), [1] + [0] * 199),
        "class of one row": (np.eye(12), [0] * 6 + [1] * 5 + [2]),
        "two rows": ([[0.0], [1.0]], [0, 1]),
        "three rows": ([[0.0], [1.0], [1.0]], [0, 1, 1]),
        "one feature": (np.arange(20.0).reshape(-1, 1), [0] * 15 + [1] * 5),
        "constant features": (np.ones((20, 3)), [0] * 15 + [1] * 5),
        "a hundred classes": (np.arange(300.0).reshape(-1, 1), np.repeat(np.arange(100), 3)),
        "float32": (np.arange(20, dtype=np.float32).reshape(-1, 1), [0] * 15 + [1] * 5),
        "large values": (np.arange(20.0).reshape(-1, 1) * 1e30, [0] * 15 + [1] * 5),
        "repeated rows": (np.repeat([[0.0, 1.0], [1.0, 0.0]], 10, axis=0), [0, 1] * 10),
    }.values(),
)
@pytest.mark.parametrize("parameters", [{}, {"batch_sampler": "paired", "mixup_same_class": True}])
def test_edge_cases_train_and_predict(X, y, parameters):
    model = quick(epochs=2, **parameters).fit(X, y)
    proba, rows = model.predict_proba(X), np.asarray(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(model.predict_proba(rows[:1]), proba[:1], rtol=1e-9)
    np.testing.assert_allclose(model.embed(rows[:1]), model.embed(rows)[:1], rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("attention", "epochs"), [("sample", 15), ("features", 3)])
def test_a_thousand_features(attention, epochs):
    X, y = make_blobs(40, 1000, centers=2, random_state=0)
    assert quick(epochs=epochs, attention=attention).fit(X, y).score(X, y) > 0.9


def test_learning_rates_that_diverge_are_an_error(data):
    with pytest.raises(InputError, match="lower learning_rate"):
        quick(learning_rate=1e18, schedule="constant", epochs=20).fit(*data)


def test_a_single_class_is_refused():
    with pytest.raises(InputError, match="at least two classes"):
        quick().fit([[0.0], [1.0]], ["a", "a"])


def test_features_too_large_to_scale_are_refused():
    with pytest.raises(InputError, match="too large"), np.errstate(all="ignore"):
        quick().fit(np.arange(20.0).reshape(-1, 1) * 1e300, [0, 1] * 10)


def test_unfitted():
    with pytest.raises(NotFittedError):
        quick().predict([[0.0]])
    with pytest.raises(NotFittedError):
        quick().embed([[0.0]])


def test_rows_of_weight_zero_are_ignored(data):
    X, y = data
    weight = np.ones(len(y))
    weight[::3] = 0
    weighted = quick().fit(X, y, sample_weight=weight)
    without = quick().fit(X[weight > 0], y[weight > 0])
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))


def test_the_scale_of_weights_does_not_matter_but_their_ratio_does(data):
    X, y = data
    weight = np.where(y == 2, 4.0, 1.0)
    model, scaled = (quick().fit(X, y, sample_weight=w) for w in (weight, 8 * weight))
    np.testing.assert_array_equal(model.predict_proba(X), scaled.predict_proba(X))
    plain = quick().fit(X, y)
    assert model.predict_proba(X)[:, 2].mean() > plain.predict_proba(X)[:, 2].mean()


def test_class_weight_is_a_weight_of_the_rows(data):
    X, y = data
    by_class = quick(class_weight={0: 1, 1: 2, 2: 5}, validation_fraction=0).fit(X, y)
    by_row = quick(validation_fraction=0).fit(X, y, sample_weight=np.array([1, 2, 5])[y])
    np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))


@pytest.mark.parametrize("weight", [[1.0], [-1.0] * 160, [np.nan] * 160, [0.0] * 160])
def test_bad_weights_are_refused(data, weight):
    with pytest.raises(InputError, match="sample_weight"):
        quick().fit(*data, sample_weight=weight)


def test_warm_start_continues(data):
    X, y = data
    model = quick(warm_start=True).fit(X, y)
    before = copy.deepcopy(model.learner_.state_dict())
    first = model.history_["loss"][0]
    model.fit(X, y)
    assert model.history_["loss"][0] < first
    assert any((before[name] != value).any() for name, value in model.learner_.state_dict().items())
    with pytest.raises(InputError, match="warm_start"):
        model.fit(X, y + 1)


def test_early_stopping(data):
    history = quick(epochs=100, early_stopping=2, learning_rate=1e-9, schedule="constant")
    assert len(history.fit(*data).history_["loss"]) < 100


def test_no_row_but_those_given_to_fit_selects_the_checkpoint(data):
    X, y = data
    assert quick().fit(X, y).selected_on_ == "validation split of the training rows"
    assert quick(validation_fraction=0).fit(X, y).selected_on_.startswith("no rows")
    assert "selection_score" not in quick(validation_fraction=0).fit(X, y).history_


@pytest.mark.parametrize("rare", ["a", "z"])
def test_the_checkpoint_is_selected_by_the_class_that_is_rare_in_training(rare):
    """For either code, and although the selection rows have more of it than of the other."""
    X, codes = make_classification(200, 4, n_redundant=0, weights=[0.8], random_state=0)
    y = np.where(codes == 1, rare, "m")
    rows = 150 + np.r_[np.flatnonzero(y[150:] == rare), np.flatnonzero(y[150:] == "m")[:4]]
    model = quick(epochs=8, selection_metric="sensitivity")
    selection = SelectionRows(X[rows], y[rows])
    (model,) = fit_seeds(model, X[:150], y[:150], seeds=[0], selection=selection)
    found, is_rare = model.predict(X[rows]) == y[rows], y[rows] == rare
    assert found[is_rare].mean() == pytest.approx(max(model.history_["selection_score"]))
    assert found[is_rare].mean() != found[~is_rare].mean()


def test_a_protocol_can_select_on_rows_of_its_own(data):
    X, y = data
    selection = SelectionRows(X[100:], y[100:])
    (model,) = fit_seeds(quick(epochs=6), X[:100], y[:100], seeds=[0], selection=selection)
    assert model.selected_on_ == "given rows"
    scores = model.history_["selection_score"]
    score = get_metric("macro_f1").function(
        y[100:], model.predict(X[100:]), n_classes=3, positive=None
    )
    assert score == pytest.approx(max(scores))


def test_clone_pipeline_and_grid_search(data):
    X, y = data
    model = quick(quantum="gate")
    assert clone(model).get_params() == model.get_params()
    pipeline = make_pipeline(StandardScaler(), quick(epochs=2))
    search = GridSearchCV(pipeline, {"qclmixnetclassifier__quantum": [None, "none"]}, cv=2)
    best = search.fit(X, y)
    expected = clone(pipeline).set_params(**best.best_params_).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(best.predict_proba(X), expected)

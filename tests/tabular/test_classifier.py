"""QCLMixNetClassifier from the user's side."""

import copy
import inspect
import re
from dataclasses import replace
from operator import attrgetter
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from rarebit.exceptions import InputError
from rarebit.metrics import get_metric
from rarebit.persistence import load, save
from rarebit.tabular import (
    NetworkClassifier,
    QCLMixNetClassifier,
    RealMLPClassifier,
    SelectionRows,
    fit_seeds,
)
from rarebit.tabular.losses import focal_loss, supcon_loss
from rarebit.tabular.losses.hybrid import HybridSettings
from rarebit.tabular.losses.triplet import mine_multi_similarity, triplet_loss
from rarebit.tabular.losses.variance import inter_class_loss, intra_class_loss
from rarebit.tabular.mixup import MixupSettings
from rarebit.tabular.network.attention import AffineResidual, FeatureTokenAttention, SampleAttention
from rarebit.tabular.network.entanglement import (
    CircuitGate,
    EqualParameterGate,
    QuantumEntanglement,
)
from rarebit.tabular.presets import PAPER
from rarebit.tabular.training.loop import LoopSettings

PARTS = "focal", "intra", "inter", "supcon", "triplet"


@pytest.fixture(scope="module")
def data():
    return make_classification(
        160, 6, n_informative=4, n_classes=3, weights=[0.7, 0.2], class_sep=2, random_state=0
    )


def quick(**parameters):
    return QCLMixNetClassifier(**{"epochs": 3, "random_state": 0, **parameters})


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


def test_the_history_has_losses_scores_and_rates(data):
    history = quick().fit(*data).history_
    assert set(history) == {
        *("loss", "focal", "intra", "inter", "supcon", "triplet"),
        *("without_positive", "without_triplet", "learning_rate", "selection_score"),
    }
    assert {len(values) for values in history.values()} == {3}


WEIGHTS = {"balance": 0.5, "focal": 1, "intra": 0.8, "inter": 1, "supcon": 1, "triplet": 1}


@pytest.mark.parametrize("changed", [{}, {"balance": 0.25}, *({part: 3} for part in PARTS)])
def test_the_loss_is_the_weighted_sum_of_its_parts(data, changed):
    """Eq. 9 and 14."""
    weights = WEIGHTS | changed
    balance = weights.pop("balance")
    parameters = {f"{part}_weight": weight for part, weight in weights.items()}
    history = quick(loss_balance=balance, **parameters).fit(*data).history_
    part = {name: weights[name] * np.array(history[name]) for name in PARTS}
    variance, contrast = part["focal"] + part["intra"] + part["inter"], part["supcon"]
    expected = balance * variance + (1 - balance) * (contrast + part["triplet"])
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "absent"),
    [
        *(({f"{part}_weight": 0}, {part}) for part in PARTS),
        ({"loss_balance": 0.0}, {"focal", "intra", "inter"}),
        ({"loss_balance": 1.0}, {"supcon", "triplet"}),
    ],
)
def test_a_part_of_weight_zero_is_not_computed(data, parameters, absent):
    history = quick(**parameters).fit(*data).history_
    assert {part for part in PARTS if history[part] == [0, 0, 0]} == absent


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"focal_gamma": 0, "temperature": 1.0, "triplet_margin": 0.1, "miner_epsilon": 0.0},
        {"intra": "squared_norm", "quantum": "gate", "attention": "features"},
    ],
)
def test_the_parts_are_the_losses_of_the_network(data, parameters):
    """One batch at a learning rate at which no weight moves."""
    X, y = data
    still = {"epochs": 1, "batch_size": 200, "validation_fraction": 0, "mixup": "none"}
    still |= {"learning_rate": 1e-30, "schedule": "constant"}
    model = quick(**still, **parameters).fit(X, y)
    values = PAPER | parameters
    network, centroids = model.learner_.network.train(), model.learner_.loss.centroids
    labels = torch.from_numpy(y)
    logits, rows = network(torch.from_numpy(StandardScaler().fit_transform(X)).float())
    mined = mine_multi_similarity(rows, labels, epsilon=values["miner_epsilon"])
    expected = {
        "focal": focal_loss(logits, labels, gamma=values["focal_gamma"]),
        "intra": intra_class_loss(rows, labels, centroids, kind=values["intra"]),
        "inter": inter_class_loss(centroids, labels),
        "supcon": supcon_loss(rows, labels, temperature=values["temperature"])[0],
        "triplet": triplet_loss(rows, *mined, margin=values["triplet_margin"])[0],
    }
    for name, loss in expected.items():
        assert model.history_[name] == [pytest.approx(loss.item(), rel=1e-4)], name


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


def test_every_value_of_the_preset_is_a_parameter_and_none_means_it(data):
    model = quick()
    params = model.get_params()
    assert set(PAPER) <= set(params)
    model.fit(*data)
    assert model.get_params() == params
    for name, value in PAPER.items():
        assert getattr(model, f"{name}_") == (3 if name == "epochs" else value)


# Which field of which settings a parameter sets, and another value than the default.
FIELDS = {
    "loss.settings": {
        "loss_balance": ("balance", 0.3),
        **{f"{part}_weight": (f"{part}_weight", 0.5) for part in PARTS},
        "focal_gamma": ("gamma", 2.0),
        "intra": ("intra", "squared_norm"),
        "temperature": ("temperature", 1.0),
        "triplet_margin": ("margin", 0.1),
        "miner_epsilon": ("epsilon", 0.0),
    },
    "mixup": {
        "mixup": ("kind", "uniform"),
        "mixup_neighbors": ("n_neighbors", 1),
        "mixup_alpha": ("alpha", 1.0),
        "mixup_coefficient": ("coefficient", "sample"),
        "mixup_space": ("space", "embedding"),
        "mixup_same_class": ("same_class", True),
    },
    "loop": {
        "epochs": ("epochs", 2),
        "batch_size": ("batch_size", 16),
        "learning_rate": ("learning_rate", 1e-4),
        "max_learning_rate": ("max_learning_rate", 0.1),
        "weight_decay": ("weight_decay", 0.1),
        "batch_sampler": ("sampler", "paired"),
        "early_stopping": ("patience", 4),
        "validation_fraction": ("validation_fraction", 0.5),
        "selection_metric": ("metric", "pr_auc"),
        "verbose": ("verbose", True),
    },
}


def settings_of(model, group):
    if group == "loop":
        return model._loop_settings()
    return attrgetter(group)(model._make_learner(4, 3))


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group, names in FIELDS.items() for name in names]
)
def test_every_parameter_sets_its_field_and_no_other(group, name):
    field, value = FIELDS[group][name]
    plain, other = QCLMixNetClassifier(), QCLMixNetClassifier(**{name: value})
    for each in FIELDS:
        change = {field: value} if each == group else {}
        assert settings_of(other, each) == replace(settings_of(plain, each), **change)


def test_the_paper_preset_is_the_default_of_all_settings():
    paper = QCLMixNetClassifier()
    assert settings_of(paper, "loss.settings") == HybridSettings()
    assert settings_of(paper, "mixup") == MixupSettings()
    assert settings_of(paper, "loop") == LoopSettings(max_learning_rate=1e-2)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("quantum", None, QuantumEntanglement),
        ("quantum", "gate", EqualParameterGate),
        ("quantum", "circuit", CircuitGate),
        ("quantum", "none", torch.nn.Identity),
        ("attention", None, SampleAttention),
        ("attention", "affine", AffineResidual),
        ("attention", "features", FeatureTokenAttention),
        ("attention", "none", torch.nn.Identity),
    ],
)
def test_the_layers_that_are_built(name, value, kind):
    network = QCLMixNetClassifier(**{name: value})._make_learner(4, 3).network
    if name == "quantum":
        assert type(network.entanglement1) is type(network.entanglement2) is kind
    else:
        assert type(network.attention) is kind


def test_the_widths_of_the_network():
    widths = {"hidden_width": 16, "representation_width": 7, "embedding_width": 5}
    learner = QCLMixNetClassifier(**widths)._make_learner(4, 3)
    network = learner.network
    sizes = [layer.weight.shape for layer in (network.fc1, network.fc2, network.fc3)]
    assert sizes == [(16, 4), (7, 16), (3, 7)]
    assert network.projection2.weight.shape == (5, 10)
    assert learner.loss.centroids.shape == (3, 5)


def test_the_learning_rate_follows_its_schedule(data):
    constant = quick(schedule="constant", learning_rate=1e-4).fit(*data).history_
    np.testing.assert_allclose(constant["learning_rate"], 1e-4)
    cycle = quick(epochs=20, max_learning_rate=0.05).fit(*data).history_["learning_rate"]
    assert cycle[0] == pytest.approx(1e-3)
    assert max(cycle) == pytest.approx(0.05, rel=0.02)
    assert cycle[-1] < 1e-3


def test_weight_decay_shrinks_the_weights(data):
    def norm(weight_decay):
        model = quick(epochs=10, weight_decay=weight_decay).fit(*data)
        return model.learner_.network.fc1.weight.detach().norm().item()

    assert norm(10.0) < 0.5 * norm(0.0)


def test_paired_batches_have_a_positive_for_every_anchor(data):
    assert sum(quick(batch_size=8).fit(*data).history_["without_positive"]) > 0
    paired = quick(batch_size=8, batch_sampler="paired").fit(*data)
    assert paired.history_["without_positive"] == [0, 0, 0]


BAD = {
    "preset": "strongest",
    "quantum": "yes",
    "epochs": 0,
    "batch_size": 2.5,
    "learning_rate": 0,
    "loss_balance": 1.5,
    "early_stopping": True,
    "validation_fraction": 1.0,
    "selection_metric": "f2",
    "mixup_neighbors": True,
    "missing": "drop",
}


@pytest.mark.parametrize("name", BAD)
def test_an_invalid_value_is_named_with_what_to_give(data, name):
    with pytest.raises(InputError, match=f"{name} is .*: give "):
        QCLMixNetClassifier(**{name: BAD[name]}).fit(*data)


def test_an_unknown_device_is_an_error(data):
    with pytest.raises(InputError, match=r"device is 'warp': give auto, cpu"):
        quick(device="warp").fit(*data)


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


@pytest.mark.parametrize(("attention", "epochs"), [("sample", 15), ("features", 3)])
def test_a_thousand_features(attention, epochs):
    X, y = make_blobs(40, 1000, centers=2, random_state=0)
    assert quick(epochs=epochs, attention=attention).fit(X, y).score(X, y) > 0.9


def test_a_batch_of_one_row_has_no_pairs(data):
    X, y = data
    rows = np.unique(y, return_index=True)[1]
    history = quick(batch_size=1).fit(X[rows], y[rows]).history_
    assert history["without_positive"] == [1.5, 1.5, 1.5]  # a batch of one row, and one of two
    assert history["without_triplet"] == [1, 1, 1]
    assert history["supcon"] == history["triplet"] == [0, 0, 0]


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


def table():
    rng = np.random.default_rng(0)
    ward = rng.choice(["a", "b", "c"], size=80)
    frame = pd.DataFrame({"age": rng.normal(size=80), "ward": ward, "old": rng.random(80) > 0.5})
    return frame, np.where(ward == "c", "died", "lived")


def test_tables_with_categories():
    frame, y = table()
    model = quick(epochs=30).fit(frame, y)
    assert model.score(frame, y) == 1
    assert list(model.feature_names_in_) == ["age", "ward", "old"]
    with (
        pytest.raises(InputError, match="categorical columns ward: give a data frame"),
        pytest.warns(UserWarning, match="feature names"),
    ):
        model.predict(frame.to_numpy())
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"age": "years"}))
    died, new = (model.predict_proba(frame.assign(ward=ward))[:, 0] for ward in ("c", "new"))
    assert (died > new).all()


@pytest.mark.parametrize("estimator", [QCLMixNetClassifier(), NetworkClassifier()])
def test_the_tags_say_that_tables_may_hold_categories_but_arrays_no_strings(estimator):
    tags = get_tags(estimator).input_tags
    assert (tags.categorical, tags.string, tags.allow_nan) == (True, False, False)
    assert get_tags(estimator.set_params(missing="impute")).input_tags.allow_nan
    frame, y = table()
    with pytest.raises(ValueError, match="could not convert string to float"):
        estimator.fit(frame[["ward"]].to_numpy(dtype=object), y)


@pytest.mark.parametrize("columns", [["age", "ward", "old"], ["age", "old"]])
def test_polars_gives_the_same_as_pandas_without_pyarrow(monkeypatch, columns):
    polars = pytest.importorskip("polars")
    monkeypatch.delattr(polars.DataFrame, "to_pandas")  # which needs pyarrow
    monkeypatch.delattr(polars.DataFrame, "to_arrow")
    frame, y = table()
    frame = frame[columns]
    other = polars.DataFrame({name: frame[name].tolist() for name in columns})
    from_pandas = quick().fit(frame, y)
    from_polars = quick().fit(other, polars.Series(y.tolist()))
    assert from_polars.feature_names_in_.tolist() == columns
    np.testing.assert_array_equal(
        from_pandas.predict_proba(frame), from_polars.predict_proba(other)
    )


def test_lazy_and_arrow_tables_are_tables():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame, y = table()
    expected = quick().fit(frame, y).predict_proba(frame)
    columns = {name: frame[name].tolist() for name in frame}
    arrow = pyarrow.table(columns)
    for X, labels in ((polars.LazyFrame(columns), y), (arrow, pyarrow.chunked_array([y.tolist()]))):
        np.testing.assert_array_equal(quick().fit(X, labels).predict_proba(X), expected)


def test_missing_values_are_refused_or_imputed_with_a_mask():
    frame, _ = table()
    frame["age"] = frame["age"].where(np.arange(80) % 4 > 0)
    frame.loc[3, "ward"] = None
    y = frame["age"].isna().astype(int)  # to be learned from the mask alone
    with pytest.raises(InputError, match="missing='impute'"):
        quick().fit(frame, y)
    with pytest.raises(InputError, match="missing='impute'"):
        quick().fit(frame[["age"]], y)
    assert quick(epochs=30, missing="impute").fit(frame, y).score(frame, y) > 0.9
    age = frame[["age"]]
    assert quick(epochs=30, missing="impute").fit(age, y).score(age, y) > 0.9


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


def test_saved_and_loaded_it_predicts_the_same_to_the_last_bit(data, tmp_path):
    X, y = data
    names = np.array(["common", "rare", "rarer"])[y]
    model = quick().fit(pd.DataFrame(X).add_prefix("x"), names)
    opened = load(save(model, tmp_path / "model"))
    frame = pd.DataFrame(X).add_prefix("x")
    np.testing.assert_array_equal(opened.predict_proba(frame), model.predict_proba(frame))
    np.testing.assert_array_equal(opened.embed(frame), model.embed(frame))
    np.testing.assert_array_equal(opened.predict(frame), model.predict(frame))
    assert opened.history_ == model.history_
    assert not list((tmp_path / "model").rglob("*.pkl"))


@pytest.mark.parametrize(
    "parameters",
    [{"quantum": "circuit"}, {"attention": "features"}, {"hidden_width": 8, "quantum": "gate"}],
)
def test_every_variant_comes_back_from_its_folder(data, tmp_path, parameters):
    X, y = data
    model = quick(epochs=1, **parameters).fit(X, y)
    opened = QCLMixNetClassifier.from_folder(tmp_path, model.to_folder(tmp_path))
    np.testing.assert_array_equal(opened.predict_proba(X), model.predict_proba(X))


def test_saved_with_categories_and_in_a_pipeline(tmp_path):
    frame, y = table()
    model = quick(missing="impute").fit(frame, y)
    opened = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(opened.predict_proba(frame), model.predict_proba(frame))
    pipeline = make_pipeline(StandardScaler(), quick()).fit(frame[["age"]], y)
    opened = load(save(pipeline, tmp_path / "pipeline"))
    expected = pipeline.predict_proba(frame[["age"]])
    np.testing.assert_array_equal(opened.predict_proba(frame[["age"]]), expected)


def test_an_unfitted_model_can_be_saved(tmp_path):
    opened = load(save(quick(quantum="gate"), tmp_path / "model"))
    assert opened.get_params() == quick(quantum="gate").get_params()


def documented_parameters(estimator):
    """Names in the Parameters part of a docstring, line by line."""
    part = inspect.getdoc(estimator).split("Parameters\n----------\n")[1].split("\n\n")[0]
    return re.findall(r"^(\w[^:\n]*) : ", part, re.MULTILINE)


@pytest.mark.parametrize("estimator", [QCLMixNetClassifier, NetworkClassifier, RealMLPClassifier])
def test_every_parameter_has_a_line_of_its_own_in_the_order_of_the_signature(estimator):
    assert documented_parameters(estimator) == list(inspect.signature(estimator).parameters)


@pytest.mark.parametrize("estimator", [QCLMixNetClassifier, NetworkClassifier])
def test_early_stopping_may_be_false_but_not_true(estimator):
    hint = str(get_type_hints(estimator.__init__)["early_stopping"])
    assert "Literal[False]" in hint
    X, y = [[0.0], [1.0]] * 5, [0, 1] * 5
    assert estimator(early_stopping=False, epochs=1).fit(X, y)
    with pytest.raises(InputError, match="early_stopping is True: give False or an integer"):
        estimator(early_stopping=True).fit(X, y)

"""QCLMixNetClassifier as its user sees it."""

import copy
import inspect
import re
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier, RealMLPClassifier
from rarebit.tabular.presets import PAPER


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


def test_the_history_tells_losses_scores_and_rates(data):
    history = quick().fit(*data).history_
    assert set(history) == {
        *("loss", "focal", "intra", "inter", "supcon", "triplet"),
        *("without_positive", "without_triplet", "learning_rate", "selection_score"),
    }
    assert {len(values) for values in history.values()} == {3}
    assert np.isfinite(list(history.values())).all()


def test_the_same_seed_gives_the_same_figures_whatever_came_before(data):
    X, y = data
    first = quick().fit(X, y).predict_proba(X)
    np.random.default_rng().normal(size=10)
    import torch

    torch.rand(10)
    before = torch.random.get_rng_state()
    np.testing.assert_array_equal(quick().fit(X, y).predict_proba(X), first)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not np.array_equal(quick(random_state=1).fit(X, y).predict_proba(X), first)


def test_a_rows_figures_do_not_hang_on_its_company(data):
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


ALTERNATIVES = {
    "quantum": ["gate", "circuit", "none"],
    "attention": ["affine", "features", "none"],
    "mixup": ["random", "uniform", "none"],
    "mixup_coefficient": ["sample"],
    "mixup_space": ["embedding"],
    "mixup_same_class": [True],
    "mixup_neighbors": [1],
    "mixup_alpha": [1.0],
    "loss_balance": [0.0, 1.0],
    "intra": ["squared_norm"],
    "schedule": ["constant"],
    "batch_sampler": ["paired"],
    "validation_fraction": [0],
    "selection_metric": ["pr_auc"],
    "class_weight": ["balanced"],
    "hidden_width": [16],
    "focal_gamma": [0],
    "temperature": [1.0],
    "triplet_margin": [0.1],
    "miner_epsilon": [0.0],
    "weight_decay": [0.1],
    "batch_size": [16],
    "max_learning_rate": [0.1],
    "learning_rate": [1e-4],
    **{f"{part}_weight": [0] for part in ("focal", "intra", "inter", "supcon", "triplet")},
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ALTERNATIVES.items() for value in values]
)
def test_every_switch_changes_the_fit(data, name, value):
    X, y = data
    plain = quick(validation_fraction=None if name == "selection_metric" else 0.2).fit(X, y)
    other = quick(**{name: value}).fit(X, y)
    assert np.isfinite(other.predict_proba(X)).all()
    if name == "selection_metric":
        assert plain.history_["selection_score"] != other.history_["selection_score"]
    else:
        assert not np.array_equal(plain.predict_proba(X), other.predict_proba(X))


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
def test_a_bad_value_is_named_with_what_would_do(data, name):
    with pytest.raises(InputError, match=f"{name} is .*: give "):
        QCLMixNetClassifier(**{name: BAD[name]}).fit(*data)


def test_a_device_that_is_not_there_is_an_input_error(data):
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
    assert np.isfinite(model.predict_proba(X)).all()
    assert np.isfinite(model.embed(X)).all()
    assert np.isfinite(model.history_["loss"]).all()


def test_a_thousand_features():
    X, y = make_blobs(40, 1000, centers=2, random_state=0)
    for attention in ("sample", "features"):
        model = quick(epochs=1, attention=attention).fit(X, y)
        assert np.isfinite(model.predict_proba(X)).all()


def test_a_batch_of_one_row_trains(data):
    X, y = data
    assert np.isfinite(quick(epochs=1, batch_size=1).fit(X[:9], y[:9]).predict_proba(X)).all()


@pytest.mark.filterwarnings("error")
def test_rates_that_lead_nowhere_are_an_error(data):
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


def test_rows_of_weight_zero_are_as_good_as_absent(data):
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
        pytest.raises(InputError, match="pandas or polars table"),
        pytest.warns(UserWarning, match="feature names"),
    ):
        model.predict(frame.to_numpy())
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"age": "years"}))
    assert np.isfinite(model.predict_proba(frame.assign(ward="new"))).all()


@pytest.mark.parametrize("estimator", [QCLMixNetClassifier(), NetworkClassifier()])
def test_the_tags_say_that_tables_may_hold_categories_but_arrays_no_strings(estimator):
    tags = get_tags(estimator).input_tags
    assert (tags.categorical, tags.string, tags.allow_nan) == (True, False, False)
    assert get_tags(estimator.set_params(missing="impute")).input_tags.allow_nan
    frame, y = table()
    with pytest.raises(ValueError, match="could not convert string to float"):
        estimator.fit(frame[["ward"]].to_numpy(dtype=object), y)


def test_polars_gives_the_same_as_pandas():
    polars = pytest.importorskip("polars")
    frame, y = table()
    from_pandas = quick().fit(frame, y)
    from_polars = quick().fit(polars.from_pandas(frame), polars.Series(y))
    np.testing.assert_array_equal(
        from_pandas.predict_proba(frame), from_polars.predict_proba(polars.from_pandas(frame))
    )
    numbers = frame[["age", "old"]]
    np.testing.assert_array_equal(
        quick().fit(numbers, y).predict_proba(numbers),
        quick().fit(polars.from_pandas(numbers), y).predict_proba(polars.from_pandas(numbers)),
    )


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


def test_warm_start_goes_on(data):
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
    assert quick().fit(X, y).selected_on_ == "validation part of the training rows"
    assert quick(validation_fraction=0).fit(X, y).selected_on_.startswith("no rows")
    assert "selection_score" not in quick(validation_fraction=0).fit(X, y).history_


@pytest.mark.parametrize("rare", ["a", "z"])
def test_the_checkpoint_is_selected_by_the_class_that_is_rare_in_training(rare):
    """Whatever its code is, and though the rows that select hold more of it than of the other."""
    X, codes = make_classification(200, 4, n_redundant=0, weights=[0.8], random_state=0)
    y = np.where(codes == 1, rare, "m")
    judges = 150 + np.r_[np.flatnonzero(y[150:] == rare), np.flatnonzero(y[150:] == "m")[:4]]
    model = quick(epochs=8, selection_metric="sensitivity")
    model._fit_with_selection_rows(X[:150], y[:150], X[judges], y[judges])
    found, is_rare = model.predict(X[judges]) == y[judges], y[judges] == rare
    assert found[is_rare].mean() == pytest.approx(max(model.history_["selection_score"]))
    assert found[is_rare].mean() != found[~is_rare].mean()


def test_a_protocol_can_select_on_rows_of_its_own(data):
    X, y = data
    model = quick(epochs=6)._fit_with_selection_rows(X[:100], y[:100], X[100:], y[100:])
    assert model.selected_on_ == "given rows"
    from rarebit.metrics import get_metric

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
    assert search.fit(X, y).best_score_ > 0


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

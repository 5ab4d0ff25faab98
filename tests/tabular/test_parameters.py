"""Invalid parameters of the estimators, networks and losses: one-line messages."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from rarebit._common.devices import find_device
from rarebit._common.parameters import Bounds, check_values
from rarebit.exceptions import InputError
from rarebit.tabular import (
    NetworkClassifier,
    QCLMixNetClassifier,
    RealMLPClassifier,
    SelectionRows,
    fit_seeds,
)
from rarebit.tabular.baselines.classifier import _RULES as NETWORK_RULES
from rarebit.tabular.classifier import _RULES as QCL_RULES
from rarebit.tabular.losses.hybrid import HybridLoss, HybridSettings
from rarebit.tabular.mixup import MixupSettings, mix_batch
from rarebit.tabular.network.attention import AffineResidual, FeatureTokenAttention, SampleAttention
from rarebit.tabular.network.entanglement import (
    CircuitGate,
    EqualParameterGate,
    QuantumEntanglement,
)
from rarebit.tabular.network.qcl_mixnet import QCLMixNet

X = np.random.default_rng(0).normal(size=(24, 3))
Y = np.arange(24) % 3 // 2
ESTIMATORS = {QCLMixNetClassifier: QCL_RULES, NetworkClassifier: NETWORK_RULES}
NO_NUMBERS = [math.nan, math.inf, -math.inf, np.float64("nan"), "3", True, -1, [1], {}]
NUMERIC = [
    (estimator, name)
    for estimator, rules in ESTIMATORS.items()
    for name, rule in rules.items()
    if any(isinstance(option, Bounds) for option in rule)
]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
@pytest.mark.parametrize(("estimator", "name"), NUMERIC)
def test_a_numeric_parameter_takes_numbers_only(estimator, name, value):
    if name == "verbose" and value is True:
        return
    with pytest.raises(InputError, match=f"^{name} is .*: give .*(number|integer)"):
        estimator(**{name: value}).fit(X, Y)


@pytest.mark.parametrize(("estimator", "name"), NUMERIC)
def test_huge_values_are_used_or_refused_and_never_reach_a_library(estimator, name):
    for value in (10**30 + 1, 10**400):
        message = ""
        try:
            estimator(**{"epochs": 1, "random_state": 0, name: value}).fit(X, Y)
        except InputError as error:
            message = str(error)
        assert not message or f"{name} is 1" in message


def test_numpy_integers_are_integers():
    numpy, python = (
        QCLMixNetClassifier(epochs=epochs, batch_size=size, random_state=0).fit(X, Y)
        for epochs, size in ((np.int64(2), np.int32(8)), (2, 8))
    )
    np.testing.assert_array_equal(numpy.predict_proba(X), python.predict_proba(X))


def test_the_message_says_the_bounds():
    rules = {"epochs": (Bounds(int, 1, 1_000_000),), "rate": (Bounds(float, 0, open_low=True),)}
    with pytest.raises(InputError, match="integer from 1 to 1,000,000"):
        check_values({"epochs": 10**9, "rate": 1}, rules)
    with pytest.raises(InputError, match=r"number above 0 and at most 1e\+30"):
        check_values({"epochs": 1, "rate": math.inf}, rules)


@pytest.mark.parametrize("preset", [[1], {}, None, "none"])
def test_a_preset_is_a_name(preset):
    with pytest.raises(InputError, match=r"preset is .*: give 'paper'"):
        QCLMixNetClassifier(preset=preset).fit(X, Y)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1], "give None, 'balanced' or a dict"),
        ("uneven", "give None, 'balanced' or a dict"),
        (3, "give None, 'balanced' or a dict"),
        ({5: 1}, r"y has no class 5, give weights for \[0, 1\]"),
        ({0: "a", 1: 2}, "give a number of at least 0"),
        ({0: -1, 1: 2}, "give a number of at least 0"),
        ({0: math.nan, 1: 2}, "give a number of at least 0"),
        ({0: math.inf, 1: 2}, "give a number of at least 0"),
        ({0: 0, 1: 0}, "give a weight above 0 to one class"),
    ],
)
def test_class_weights_are_checked(estimator, weight, message):
    with pytest.raises(InputError, match=rf"class_weight(\[0\])? is .*{message}"):
        estimator(class_weight=weight).fit(X, Y)


@pytest.mark.parametrize(
    ("class_weight", "by_row"), [({0: 2}, [2, 1]), ({0: 1, 1: 2, 9: 3}, [1, 2])]
)
def test_a_class_weight_may_omit_classes_or_have_others(class_weight, by_row):
    options = {"epochs": 2, "validation_fraction": 0, "random_state": 0}
    by_class = NetworkClassifier(class_weight=class_weight, **options).fit(X, Y)
    expected = NetworkClassifier(**options).fit(X, Y, sample_weight=np.array(by_row)[Y])
    np.testing.assert_array_equal(by_class.predict_proba(X), expected.predict_proba(X))


def test_a_class_of_weight_zero_is_predicted_less():
    plain, other = (
        NetworkClassifier(class_weight=weight, validation_fraction=0, random_state=0).fit(X, Y)
        for weight in (None, {0: 0, 1: 1})
    )
    assert (other.predict_proba(X)[:, 0] < plain.predict_proba(X)[:, 0]).mean() > 0.9


@pytest.mark.parametrize("estimator", [*ESTIMATORS, RealMLPClassifier])
@pytest.mark.parametrize("device", ["meta", None, 3])
def test_a_device_that_is_not_a_device(estimator, device):
    with pytest.raises(InputError, match=r"device is .*give auto, cpu"):
        estimator(device=device).fit(X, Y)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_device_may_be_chosen_automatically(estimator):
    learner = estimator(device="auto", epochs=1).fit(X, Y).learner_
    assert next(learner.parameters()).device.type == find_device("auto").type


@pytest.mark.parametrize("estimator", [*ESTIMATORS, RealMLPClassifier])
@pytest.mark.parametrize("value", [-1, 1.5, "0", 2**32])
def test_a_random_state_that_is_not_one(estimator, value):
    with pytest.raises(InputError, match=r"random_state is .*: give an integer from 0"):
        estimator(random_state=value).fit(X, Y)


@pytest.mark.parametrize("value", ["no", 2, None])
def test_warm_start_is_true_or_false(value):
    with pytest.raises(InputError, match=r"warm_start is .*: give True or False"):
        NetworkClassifier(warm_start=value).fit(X, Y)


def test_a_network_that_does_not_fit_into_memory(monkeypatch):
    def fail(*sizes):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(NetworkClassifier, "_make_learner", fail)
    with pytest.raises(InputError, match=r"A network with 3 inputs .* does not fit into memory"):
        NetworkClassifier().fit(X, Y)


@pytest.mark.parametrize("label", [math.nan, math.inf])
def test_labels_are_not_missing(label):
    y = Y.astype(float)
    y[3] = label
    with pytest.raises(InputError, match="y contains NaN or infinity: give a class label"):
        NetworkClassifier().fit(X, y)


@pytest.mark.parametrize("weight", [["a"] * 24, ["1"] * 24, [math.inf] * 24])
def test_weights_that_are_not_finite_numbers(weight):
    with pytest.raises(InputError, match="sample_weight must hold finite numbers of at least 0"):
        NetworkClassifier().fit(X, Y, sample_weight=weight)


def test_weights_whose_sum_would_overflow():
    huge, ones = (
        NetworkClassifier(epochs=1, random_state=0).fit(X, Y, sample_weight=[weight] * 24)
        for weight in (1e308, 1)
    )
    np.testing.assert_array_equal(huge.predict_proba(X), ones.predict_proba(X))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs is 0: give an integer"),
        ({"batch_size": 2.5}, "batch_size is 2.5: give an integer"),
        ({"device": "warp"}, "device is 'warp'"),
    ],
)
def test_realmlp_checks_its_parameters(parameters, message):
    with pytest.raises(InputError, match=message):
        RealMLPClassifier(**parameters).fit(X, Y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mlp", X, Y, [1]), "estimator is 'mlp': give a QCLMixNetClassifier"),
        ((NetworkClassifier(), X, Y, []), r"seeds is \[\]: give at least one seed"),
        ((NetworkClassifier(), X, Y, 5), "seeds is 5: give at least one seed"),
        ((NetworkClassifier(), X, Y, [1], None, (X, Y)), "selection is a tuple: give Selection"),
    ],
)
def test_many_seeds_check_their_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        fit_seeds(*arguments)


def test_selection_rows_have_one_label_each():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fit_seeds(NetworkClassifier(epochs=1), X, Y, [0], selection=SelectionRows(X, Y[:5]))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame(X, columns=["a", "a", "b"]), "Two columns are named 'a'"),
        (pd.DataFrame({0: ["u", "v"] * 12, 1: Y}), "column name 0 is not a string"),
        (pd.DataFrame({"a": ["u", 1] * 12, "b": Y}), "column 'a' .* types int, str"),
        (pd.DataFrame({"a": [[1], [2]] * 12, "b": Y}), "column 'a' .* types list"),
        (pd.DataFrame({"a": np.where(X[:, 0] > 0, np.inf, 0)}), "contains infinity"),
    ],
)
def test_tables_that_cannot_be_encoded(frame, message):
    with pytest.raises(InputError, match=message):
        NetworkClassifier(epochs=1).fit(frame, Y)


def test_new_rows_whose_numbers_became_strings():
    frame = pd.DataFrame({"a": ["u", "v"] * 12, "b": X[:, 0]})
    model = NetworkClassifier(epochs=1).fit(frame, Y)
    with pytest.raises(InputError, match="column 'b' was numeric in training and is "):
        model.predict(frame.assign(b="x"))
    with pytest.raises(InputError, match="Two columns are named 'b'"):
        model.predict(pd.concat([frame, frame["b"]], axis=1))


@pytest.mark.parametrize("size", [0, -1, 2.5, "a", None])
@pytest.mark.parametrize(
    "layer",
    [
        *(AffineResidual, CircuitGate, EqualParameterGate, FeatureTokenAttention),
        *(QuantumEntanglement, SampleAttention),
    ],
)
def test_layers_have_a_width(layer, size):
    with pytest.raises(InputError, match=r"n_features is .*: give an integer of at least 1"):
        layer(size)


@pytest.mark.parametrize(
    "parameters",
    [{"n_classes": 0}, {"hidden_width": 0}, {"quantum": "much"}, {"attention": ["sample"]}],
)
def test_networks_have_sizes_and_known_parts(parameters):
    with pytest.raises(InputError, match=f"{next(iter(parameters))} is "):
        QCLMixNet(**{"n_features": 3, "n_classes": 2, **parameters})


@pytest.mark.parametrize(
    ("settings", "parameters"),
    [
        *((HybridSettings, {name: math.nan}) for name in ("balance", "gamma", "margin")),
        *((HybridSettings, p) for p in ({"temperature": 0}, {"intra": "x"}, {"epsilon": -1})),
        *((MixupSettings, p) for p in ({"kind": "x"}, {"alpha": 0}, {"n_neighbors": 0})),
        *((MixupSettings, p) for p in ({"coefficient": 1}, {"space": ""}, {"same_class": 2})),
    ],
)
def test_settings_are_checked(settings, parameters):
    with pytest.raises(InputError, match=f"{next(iter(parameters))} is .*: give "):
        settings(**parameters)


@pytest.mark.parametrize("shapes", [(3, 3, 8, 3), (3, 2, 4, 3), (3, 2, 8, 2), (0, 2, 8, 0)])
def test_the_loss_checks_its_shapes(shapes):
    n_rows, n_classes, n_dims, n_labels = shapes
    labels = torch.zeros(n_labels, dtype=torch.int64)
    with pytest.raises(InputError, match="give 2 scores, 8 dimensions and one label"):
        HybridLoss(2)(torch.zeros(n_rows, n_classes), torch.zeros(n_rows, n_dims), labels)


@pytest.mark.parametrize(
    ("x", "n_labels", "n_draws"),
    [
        (torch.zeros(3, 2), 2, 3),
        (torch.zeros(3, 2), 3, 2),
        (torch.zeros(0, 2), 0, 0),
        (torch.zeros(3, 2, dtype=torch.int64), 3, 3),
    ],
)
def test_mixup_checks_its_shapes(x, n_labels, n_draws):
    labels = torch.zeros(n_labels, dtype=torch.int64)
    with pytest.raises(InputError, match=r"labels\.shape=.* do not match"):
        mix_batch(x, labels, torch.zeros(n_draws, 2))

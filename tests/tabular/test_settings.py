"""What the parameters of QCLMixNetClassifier set, and how they are documented."""

import inspect
import re
from dataclasses import replace
from operator import attrgetter
from typing import get_type_hints

import pytest
import torch
from qcl_mixnet_cases import PARTS, quick

from rarebit.exceptions import InputError
from rarebit.tabular import (
    NetworkClassifier,
    QCLMixNetClassifier,
    RealMLPClassifier,
)
from rarebit.tabular.losses.hybrid import HybridSettings
from rarebit.tabular.mixup import MixupSettings
from rarebit.tabular.network.attention import AffineResidual, FeatureTokenAttention, SampleAttention
from rarebit.tabular.network.entanglement import (
    CircuitGate,
    EqualParameterGate,
    QuantumEntanglement,
)
from rarebit.tabular.presets import PAPER
from rarebit.tabular.training.loop import LoopSettings


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

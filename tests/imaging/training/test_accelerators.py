"""Devices in Lightning's terms, and one that Lightning does not support."""

import numpy as np
import pytest
import torch
from lightning.pytorch.strategies import SingleDeviceStrategy

from rarebit.exceptions import InputError
from rarebit.imaging import SDAQECClassifier
from rarebit.imaging.training import accelerators
from rarebit.imaging.training.accelerators import OneDevice, accelerator_of


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("cpu", {"accelerator": "cpu", "devices": 1}),
        ("mps", {"accelerator": "mps", "devices": 1}),
        ("cuda", {"accelerator": "gpu", "devices": [0]}),
        ("cuda:1", {"accelerator": "gpu", "devices": [1]}),
    ],
)
def test_arguments_of_the_trainer(device, expected, monkeypatch):
    monkeypatch.setattr(accelerators, "find_device", torch.device)
    assert accelerator_of(device) == expected


def test_xpu_is_trained_on_by_a_strategy_of_one_device(monkeypatch):
    monkeypatch.setattr(accelerators, "find_device", torch.device)
    [(name, strategy)] = accelerator_of("xpu:1").items()
    assert name == "strategy"
    assert str(strategy.root_device) == "xpu:1"


def test_a_strategy_of_one_device_trains_the_same_network(monkeypatch):
    images = np.random.default_rng(0).random((12, 8, 8))
    labels = np.arange(12) % 2
    usual = SDAQECClassifier("resnet18", "direct", epochs=1, random_state=0).fit(images, labels)
    monkeypatch.setattr(
        "rarebit.imaging.training.fit.accelerator_of",
        lambda device: {
            "strategy": SingleDeviceStrategy(torch.device(device), accelerator=OneDevice())
        },
    )
    model = SDAQECClassifier("resnet18", "direct", epochs=1, random_state=0).fit(images, labels)
    np.testing.assert_array_equal(model.predict_proba(images), usual.predict_proba(images))
    model.set_params(trainer_options={"precision": "nonsense"})
    with pytest.raises(InputError, match="change it or leave it out"):
        model.fit(images, labels)


def test_prediction_falls_back_to_the_cpu():
    images = np.random.default_rng(0).random((12, 8, 8))
    model = SDAQECClassifier("resnet18", "direct", epochs=1, random_state=0)
    model.fit(images, np.arange(12) % 2)
    expected = model.predict_proba(images)
    for device in ("cuda:99", "xpu:99"):
        np.testing.assert_array_equal(
            model.set_params(device=device).predict_proba(images), expected
        )

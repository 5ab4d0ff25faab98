"""Backbones and heads of the user's own: modules and factories."""

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

import rarebit
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.imaging import (
    Hardware,
    NetworkSpec,
    QuantumHead,
    SDAQECClassifier,
    build_network,
    count_parameters,
)
from rarebit.imaging.backbones import build_backbone
from rarebit.imaging.backbones.resnet import ResNet18
from rarebit.imaging.heads.build import build_head
from rarebit.imaging.heads.classical import DirectHead
from rarebit.imaging.parts import is_storable, part_name
from rarebit.imaging.saliency import explain

FAST = {"epochs": 1, "random_state": 0, "batch_size": 16, "augmenter": None}
# Warnings that a module or a lambda cannot be saved are a test of their own.
quiet = pytest.mark.filterwarnings("ignore:.*cannot be saved:rarebit.exceptions.RarebitWarning")


def tiny(in_channels):
    """Maps of 6 features, with batch norm, whose running means training moves."""
    return nn.Sequential(nn.Conv2d(in_channels, 6, 3), nn.BatchNorm2d(6), nn.ReLU())


def two_layers(n_features, n_classes):
    return nn.Sequential(nn.Linear(n_features, 5), nn.ReLU(), nn.Linear(5, n_classes))


class Pooled(nn.Module):
    """Features, not maps."""

    def __init__(self, in_chans=3):
        super().__init__()
        self.maps = nn.Conv2d(in_chans, 4, 3)

    def forward(self, images):
        return self.maps(images).amax(dim=(2, 3))


def make_images(seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 120, (26, 10, 10), dtype=np.uint8)
    images[20:, 2:6, 2:6] += 130
    return images, np.array(["well"] * 20 + ["ill"] * 6)


def same_state(one, other):
    a, b = one.state_dict(), other.state_dict()
    return list(a) == list(b) and all(torch.equal(a[name], b[name]) for name in a)


def test_classes_as_factories_are_the_networks_of_their_names():
    images, labels = make_images()
    named = SDAQECClassifier("resnet18", "direct", **FAST).fit(images, labels)
    built = SDAQECClassifier(ResNet18, DirectHead, **FAST).fit(images, labels)
    np.testing.assert_array_equal(built.predict_proba(images), named.predict_proba(images))
    assert built.history_ == named.history_


@quiet
def test_a_module_is_copied_and_its_copy_trained():
    images, labels = make_images()
    torch.manual_seed(0)
    backbone, head = tiny(1).eval(), two_layers(6, 2)
    before = build_network(NetworkSpec(backbone, head, 2, 1))
    model = SDAQECClassifier(backbone, head, **FAST | {"epochs": 3}).fit(images, labels)
    assert model.get_params()["backbone"] is model.backbone is backbone
    assert same_state(backbone, before.backbone.module)
    assert same_state(head, before.head.module)
    assert not backbone.training
    trained = model.network_.backbone.module
    assert not torch.equal(trained[0].weight, backbone[0].weight)
    assert int(trained[1].num_batches_tracked) == 6  # 3 epochs of 2 batches, in training mode
    assert model.history_["train_loss"][-1] < model.history_["train_loss"][0]
    again = clone(model)
    assert again.backbone is not backbone
    np.testing.assert_array_equal(
        again.fit(images, labels).predict_proba(images), model.predict_proba(images)
    )


@quiet
def test_a_module_that_a_factory_keeps_is_not_trained_either():
    images, labels = make_images()
    kept = tiny(1)
    before = build_network(NetworkSpec(kept, "direct", 2, 1)).backbone.module
    model = SDAQECClassifier(lambda: kept, "direct", **FAST)
    first = model.fit(images, labels).predict_proba(images)
    assert same_state(kept, before)
    np.testing.assert_array_equal(model.fit(images, labels).predict_proba(images), first)


@quiet
def test_frozen_parameters_stay_frozen():
    images, labels = make_images()
    frozen = nn.Conv2d(1, 6, 3).requires_grad_(requires_grad=False)
    model = SDAQECClassifier(frozen, "direct", **FAST).fit(images, labels)
    assert same_state(model.network_.backbone.module, frozen)
    with pytest.raises(InputError, match="no parameter that requires a gradient"):
        SDAQECClassifier(frozen, nn.Softmax(dim=1), **FAST).fit(*make_many_classes())


def make_many_classes():
    """As many classes as the frozen convolution has maps."""
    return np.random.default_rng(0).random((12, 8, 8)), np.arange(12) % 6


def test_a_stored_factory_comes_back_only_if_trusted(tmp_path):
    images, labels = make_images()
    model = SDAQECClassifier(tiny, two_layers, **FAST).fit(images, labels)
    names = [f"{tiny.__module__}.{f.__name__}" for f in (tiny, two_layers)]
    with pytest.warns(RarebitWarning, match="allow it: load"):
        rarebit.save(model, tmp_path / "model")
    with pytest.raises(InputError, match="not among the types that Rarebit opens"):
        rarebit.load(tmp_path / "model")
    opened = rarebit.load(tmp_path / "model", trusted=names)
    assert opened.backbone is tiny
    assert opened.head is two_layers
    np.testing.assert_array_equal(opened.predict_proba(images), model.predict_proba(images))


def test_a_stored_partial_keeps_its_arguments(tmp_path):
    images, labels = make_images()
    head = partial(QuantumHead, reading="compact")
    model = SDAQECClassifier(tiny, head, **FAST).fit(images, labels)
    with pytest.warns(RarebitWarning, match="allow it: load"):
        rarebit.save(model, tmp_path / "model")
    names = [f"{f.__module__}.{f.__qualname__}" for f in (tiny, QuantumHead, partial)]
    opened = rarebit.load(tmp_path / "model", trusted=names)
    assert opened.head.keywords == {"reading": "compact"}
    np.testing.assert_array_equal(opened.predict_proba(images), model.predict_proba(images))
    noisy = opened.predict_proba(images, hardware=Hardware(shots=1, random_state=0))
    assert not np.array_equal(noisy, opened.predict_proba(images))


def test_a_stored_factory_that_builds_something_else_is_refused(tmp_path, monkeypatch):
    images, labels = make_images()
    model = SDAQECClassifier(tiny, "direct", **FAST).fit(images, labels)
    with pytest.warns(RarebitWarning, match="allow it: load"):
        rarebit.save(model, tmp_path / "model")
    name = f"{tiny.__module__}.tiny"
    monkeypatch.setitem(tiny.__globals__, "tiny", Pooled)
    with pytest.raises(InputError, match="do not fit the network"):
        rarebit.load(tmp_path / "model", trusted=[name, f"{Pooled.__module__}.Pooled"])


@pytest.mark.parametrize(
    ("backbone", "head", "what"),
    [
        (tiny(1), "direct", "backbone is Sequential"),
        (lambda in_channels: tiny(in_channels), "direct", "backbone is <lambda>"),
        ("resnet18", nn.Linear(512, 2), "head is Linear"),
        ("resnet18", partial(lambda d, c: nn.Linear(d, c)), "head is <lambda>"),
    ],
)
def test_what_cannot_be_stored_is_warned_of_before_training_and_refused_after(
    backbone, head, what, tmp_path
):
    images, labels = make_images()
    model = SDAQECClassifier(backbone, head, **FAST)
    with pytest.warns(RarebitWarning, match=f"{what}, so the fitted model cannot be saved") as said:
        model.fit(images, labels)
    assert len(said) == 1
    stored = SDAQECClassifier("resnet18", **FAST)
    rarebit.save(stored, tmp_path / "model")
    with pytest.raises(InputError, match=f"{what}, which cannot be saved: fit with a factory"):
        rarebit.save(model, tmp_path / "model")
    assert rarebit.load(tmp_path / "model").backbone == "resnet18"


@quiet
def test_resuming_needs_the_same_weights_of_a_module(tmp_path):
    images, labels = make_images()
    whole = SDAQECClassifier(tiny, "direct", **FAST | {"epochs": 2}).fit(images, labels)
    # Another function object of the same name, as after a restart.
    again = type(tiny)(tiny.__code__, tiny.__globals__, "tiny")
    first = SDAQECClassifier(again, "direct", **FAST, checkpoint_dir=tmp_path).fit(images, labels)
    second = clone(first).set_params(backbone=tiny, epochs=2, resume=True).fit(images, labels)
    assert second.history_ == whole.history_
    own = SDAQECClassifier(tiny(1), "direct", **FAST, checkpoint_dir=tmp_path, resume=True)
    with pytest.raises(InputError, match="other images or settings"):
        own.fit(images, labels)


@pytest.mark.parametrize(
    ("factory", "n_features"),
    [
        (tiny, 6),
        (Pooled, 4),
        (lambda channels: nn.Conv2d(channels, 3, 1), 3),
        (lambda: nn.Conv2d(1, 2, 1), 2),
        (partial(nn.Conv2d, out_channels=5, kernel_size=1), 5),
    ],
)
def test_a_factory_is_told_the_channels(factory, n_features):
    backbone = build_backbone(factory, in_channels=1)
    assert (backbone.in_channels, backbone.n_features) == (1, n_features)
    assert backbone(torch.rand(3, 1, 9, 8)).shape == (3, n_features)


@quiet
@pytest.mark.parametrize("backbone", [Pooled(), lambda: Pooled(), partial(Pooled, in_chans=3)])
def test_grey_images_are_repeated_for_a_backbone_of_colour(backbone):
    images, labels = make_images()
    assert build_backbone(backbone, in_channels=1).in_channels == 3
    model = SDAQECClassifier(backbone, "direct", **FAST).fit(images, labels)
    colour = np.repeat(images[..., None], 3, axis=-1)
    np.testing.assert_array_equal(model.predict_proba(images), model.predict_proba(colour))


def test_maps_are_averaged_and_features_are_kept():
    maps, features = nn.Conv2d(1, 6, 3), Pooled(1)
    images = torch.rand(4, 1, 9, 8)
    torch.testing.assert_close(build_backbone(maps, 1)(images), maps(images).mean(dim=(2, 3)))
    torch.testing.assert_close(build_backbone(features, 1)(images), features(images))


def test_maps_allow_grad_cam_and_features_the_gradient():
    images, codes = torch.rand(2, 1, 9, 8), np.array([0, 1])
    for backbone, method in ((nn.Conv2d(1, 6, 3), "grad_cam"), (Pooled(1), "gradient")):
        network = build_network(NetworkSpec(backbone, "direct", 2, 1, image_size=(9, 8)))
        found, how = explain(network, images, codes)
        assert how == method
        assert found.max() == 1


def test_other_precisions_become_single():
    network = build_network(NetworkSpec(tiny(1).double(), two_layers(6, 2).half(), 2, 1))
    assert {p.dtype for p in network.parameters()} == {torch.float32}


def test_an_own_head_is_counted_as_a_whole():
    counts = count_parameters(build_network(NetworkSpec(Pooled, two_layers, 2, 1)))
    assert counts == {
        "backbone": 40, "module": 37, "as_in_paper": 37, "total": 77,
    }  # fmt: skip


class Broken(nn.Module):
    """Output as a function gives it."""

    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, inputs):
        return self.output(inputs)


def keeping_a_computation():
    module = nn.Linear(2, 2)
    module.last = module(torch.ones(2, 2))
    return module


@pytest.mark.parametrize(
    ("backbone", "what"),
    [
        (lambda: "resnet18", "backbone: .*<lambda> built str: return a torch module"),
        (Broken(lambda x: (x, x)), "backbone maps 2 images to tuple: return one tensor"),
        (Broken(lambda x: x[:1]), r"backbone maps 2 images to shape \(1, 1, 32, 32\)"),
        (Broken(lambda x: x.sum(dim=(1, 2, 3))), r"to shape \(2,\): return features"),
        (Broken(lambda x: 1 / 0), r"does not accept input of shape \(2, 1, 32, 32\): division"),
        (nn.Linear(7, 2), r"does not accept input of shape \(2, 1, 32, 32\)"),
        (lambda a, b: tiny(1), "<lambda> needs 2 arguments"),
        (keeping_a_computation(), "backbone Linear cannot be copied"),
        (5, "backbone is 5: give 'mobilenet_v2'.* or a callable that builds one"),
    ],
)
def test_backbones_that_do_not_work(backbone, what):
    with pytest.raises(InputError, match=what):
        build_backbone(backbone, in_channels=1)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (nn.Linear(6, 3), r"head Linear maps 2 images to shape \(2, 3\): .* \(2, 2\)"),
        (nn.Linear(7, 2), r"head does not accept input of shape \(2, 6\)"),
        (lambda d, c: None, "head: .*<lambda> built NoneType"),
        (5, "head is 5: give 'quantum'.* or a callable that builds one"),
    ],
)
def test_heads_that_do_not_work(head, what):
    with pytest.raises(InputError, match=what):
        build_head(head, 6, 2)


def test_weights_are_for_backbones_given_by_name():
    with pytest.raises(InputError, match=r"weights is 'w.pth': give None with a backbone of your"):
        build_backbone(tiny, 1, "w.pth")


def test_names_of_parts():
    assert part_name("resnet18") == "resnet18"
    assert part_name(nn.Linear(2, 2)) == part_name(nn.Linear) == "Linear"
    assert part_name(partial(tiny, 3)) == "tiny"


def test_parts_that_can_be_stored():
    assert all(is_storable(part) for part in ("resnet18", tiny, Pooled, nn.Linear, partial(tiny)))
    local = type("Local", (nn.Module,), {})
    assert not any(is_storable(part) for part in (nn.Linear(2, 2), lambda: None, local))
    local.__module__ = "__main__"
    assert not is_storable(local)

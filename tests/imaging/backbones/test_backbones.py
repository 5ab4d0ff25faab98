"""Backbones: published sizes and names, and weights files, good and bad."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image
from torch import nn

from rarebit.exceptions import InputError
from rarebit.imaging.backbones import BACKBONES, build_backbone
from rarebit.imaging.backbones.mobilenet import MobileNetV2, SamePadding
from rarebit.imaging.backbones.resnet import ResNet18
from rarebit.imaging.backbones.weights import read_state
from rarebit.imaging.heads.build import build_head
from rarebit.imaging.network import ImageNetwork, NetworkSpec, build_network

# torchvision's published numbers of parameters, and those of its classifiers.
PUBLISHED = {
    "mobilenet_v2": (3_504_872, 1280 * 1000 + 1000),
    "resnet18": (11_689_512, 512 * 1000 + 1000),
    "densenet121": (7_978_856, 1024 * 1000 + 1000),
    "vgg16": (138_357_544, 25088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000),
}
NAMES = {
    "mobilenet_v2": (
        "features.0.0.weight",
        "features.1.conv.1.weight",
        "features.17.conv.2.weight",
    ),
    "resnet18": ("conv1.weight", "layer2.0.downsample.1.running_var", "layer4.1.bn2.bias"),
    "densenet121": ("features.denseblock3.denselayer24.conv2.weight", "features.norm5.bias"),
    "vgg16": ("features.0.weight", "features.28.bias"),
}


@pytest.mark.parametrize("name", BACKBONES)
def test_parameters_and_names_are_those_of_torchvision(name):
    network = build_backbone(name)
    total, classifier = PUBLISHED[name]
    assert sum(p.numel() for p in network.parameters()) == total - classifier
    assert set(NAMES[name]) <= set(network.state_dict())
    assert len({k.partition(".")[0] for k in network.state_dict()} - {"features"}) in (0, 6)


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize(
    ("size", "enlarged", "places"), [((8, 8), (32, 32), 1), ((16, 24), (32, 48), 2)]
)
def test_small_images_are_enlarged(name, size, enlarged, places):
    torch.manual_seed(0)
    network = build_backbone(name, 1).eval()
    small = torch.rand(2, 1, *size)
    large = nn.functional.interpolate(small, enlarged, mode="bilinear")
    with torch.no_grad():
        maps = network.feature_maps(small)
        assert torch.equal(maps, network.feature_maps(large))
        torch.testing.assert_close(network(small), maps.mean(dim=(2, 3)))
    assert maps.shape[:2] == (2, network.n_features)
    assert maps.shape[2] == 1
    assert maps.shape[3] <= places


def _first(network):
    return dict(network.backbone.named_parameters())[network.backbone.first_convolution]


@pytest.mark.parametrize("name", [n for n, kind in BACKBONES.items() if kind.channels_last])
def test_channels_last_changes_no_value(name):
    torch.manual_seed(0)
    network = build_network(NetworkSpec(name, "direct", 2, 3)).eval()
    plain = ImageNetwork(build_backbone(name), build_head("direct", network.backbone.n_features, 2))
    plain.load_state_dict(network.state_dict())
    assert not _first(plain).is_contiguous(memory_format=torch.channels_last)
    assert _first(network).is_contiguous(memory_format=torch.channels_last)
    x = torch.rand(2, 3, 40, 40, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network.double()(x), plain.double().eval()(x))


def test_colour_weights_are_summed_for_grey_images(tmp_path):
    colour = ResNet18().eval()
    save_file(colour.state_dict(), tmp_path / "w.safetensors")
    grey = build_backbone("resnet18", 1, tmp_path / "w.safetensors").eval()
    x = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        # Equal up to the pixel scale, whose three channels the grey network averages.
        scaled = (x - grey.pixel_mean) / grey.pixel_std
        expected = colour.layers(scaled.expand(-1, 3, -1, -1))
        np.testing.assert_allclose(grey.feature_maps(x), expected, atol=1e-4)


@pytest.mark.parametrize("form", ["safetensors", "state_dict", "nested", "data_parallel"])
def test_weights_from_every_file_format(form, tmp_path):
    network = ResNet18(1)
    state = network.state_dict()
    path = tmp_path / ("w.safetensors" if form == "safetensors" else "w.pth")
    full = state | {"fc.weight": torch.zeros(7, 512), "fc.bias": torch.zeros(7)}
    if form == "safetensors":
        save_file(full, path)
    elif form == "state_dict":
        torch.save(full, path)
    elif form == "nested":
        torch.save({"state_dict": full, "epoch": 3}, path)
    else:
        torch.save({f"module.{key}": value for key, value in full.items()}, path)
    for key, value in build_backbone("resnet18", 1, path).state_dict().items():
        assert torch.equal(value, state[key]), key


def test_old_parameter_names_of_densenet(tmp_path):
    network = build_backbone("densenet121")
    state = network.state_dict()
    old = {
        key.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save(old, tmp_path / "w.pth")
    loaded = build_backbone("densenet121", 3, tmp_path / "w.pth").state_dict()
    key = "features.denseblock1.denselayer1.norm1.weight"
    assert torch.equal(loaded[key], state[key])


def test_weights_of_another_network_are_refused(tmp_path):
    save_file(ResNet18().state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="does not fit mobilenet_v2"):
        build_backbone("mobilenet_v2", 3, tmp_path / "w.safetensors")
    wide = ResNet18().state_dict()
    wide["layer1.0.conv1.weight"] = torch.zeros(64, 64, 5, 5)
    torch.save(wide, tmp_path / "w.pth")
    with pytest.raises(InputError, match=r"layer1.0.conv1.weight has the shape \(64, 64, 5, 5\)"):
        build_backbone("resnet18", 3, tmp_path / "w.pth")


class _Trap:
    def __reduce__(self):
        return os.system, ("touch trapped",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_state_dict_with_code_is_refused_and_not_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"conv1.weight": torch.zeros(1), "x": _Trap()}, "w.pth")
    Path("bare.pth").write_bytes(pickle.dumps(_Trap()))
    torch.save(nn.Linear(1, 1), "module.pth")
    for name in ("w.pth", "bare.pth", "module.pth"):
        with pytest.raises(InputError, match="more than tensors"):
            build_backbone("resnet18", 3, name)
    assert not Path("trapped").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors", "w.npz"])
def test_damaged_and_missing_files(name, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_state(tmp_path / name)
    for content in (b"", b"no weights at all", b"PK\x03\x04rubbish"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            read_state(tmp_path / name)


@pytest.mark.parametrize("ending", ["", ".pt", ".pth", ".bin", ".ckpt", ".npz", ".safetensors"])
@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b".", b"\x80\x02.", b"<html>404", b"\x89PNG\r\n", b"ustar" * 200]
)
def test_other_files_are_refused_in_one_line(ending, content, tmp_path):
    path = tmp_path / f"w{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"save the weights alone|damaged or not a weights file"):
        read_state(path)


@pytest.mark.parametrize("arrays", [np.array(["x"]), np.zeros(3, dtype="datetime64[s]")])
def test_an_npz_without_numbers_is_refused(arrays, tmp_path):
    np.savez(tmp_path / "w.npz", a=arrays)
    with pytest.raises(InputError, match="damaged or not a weights file"):
        read_state(tmp_path / "w.npz")


@pytest.mark.parametrize(
    "values",
    [
        torch.full((64, 3, 7, 7), float("nan")),
        torch.zeros(64, 3, 7, 7, dtype=torch.complex64),
        torch.zeros(64, 3, 7, 7, dtype=torch.int8),
    ],
)
def test_weights_that_are_not_finite_numbers_are_refused(values, tmp_path):
    torch.save(ResNet18().state_dict() | {"conv1.weight": values}, tmp_path / "w.pth")
    with pytest.raises(InputError, match=r"conv1\.weight holds no finite real numbers"):
        build_backbone("resnet18", 3, tmp_path / "w.pth")


def test_pickled_arrays_in_npz_are_refused(tmp_path):
    np.savez(tmp_path / "w.npz", a=np.array([{"x": 1}], dtype=object))
    with pytest.raises(InputError):
        read_state(tmp_path / "w.npz")


def test_a_file_without_a_mapping_is_refused(tmp_path):
    torch.save([torch.zeros(2)], tmp_path / "w.pth")
    with pytest.raises(InputError, match="not a state dict"):
        read_state(tmp_path / "w.pth")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("alexnet",), "backbone is 'alexnet': give 'mobilenet_v2'"),
        (([],), r"backbone is \[\]: give"),
        (("resnet18", 2), "in_channels"),
        (("vgg16", 3, "w.npz"), "npz"),
    ],
)
def test_invalid_arguments(arguments, what):
    with pytest.raises(InputError, match=what):
        build_backbone(*arguments)


def test_a_broken_torchvision_is_refused_in_one_line(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)
    with pytest.raises(InputError, match="give a weights file"):
        build_backbone("resnet18", weights="torchvision")


def test_same_padding_puts_the_odd_pixel_right_and_below():
    conv = SamePadding(1, 1, 3, stride=2, bias=False)
    nn.init.ones_(conv.weight)
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    # By hand: windows start at 0 and 2, and end one row and column outside.
    padded = np.pad(x[0, 0].numpy(), ((0, 1), (0, 1)))
    expected = [[padded[i : i + 3, j : j + 3].sum() for j in (0, 2)] for i in (0, 2)]
    np.testing.assert_allclose(conv(x)[0, 0].detach(), expected)
    assert conv(torch.zeros(1, 1, 5, 5)).shape == (1, 1, 3, 3)


def test_folding_batch_norm_only_changes_the_padding():
    torch.manual_seed(0)
    plain, folded = MobileNetV2().eval(), MobileNetV2(folded=True).eval()
    names = [name for name, m in folded.named_modules() if isinstance(m, SamePadding)]
    assert len(names) == 52
    with torch.no_grad():
        for name in names:
            parent, _, place = name.rpartition(".")
            norm = plain.get_submodule(f"{parent}.{int(place) + 1}")
            norm.running_mean.normal_(std=0.1)
            fused = nn.utils.fuse_conv_bn_eval(plain.get_submodule(name), norm)
            folded.get_submodule(name).weight.copy_(fused.weight)
            folded.get_submodule(name).bias.copy_(fused.bias)
        x = torch.rand(1, 3, 33, 33)  # odd all the way down: both paddings are the same
        np.testing.assert_allclose(folded.layers(x), plain.layers(x), atol=1e-4)


@pytest.mark.needs_data
def test_folded_mobilenet_recognises_a_daisy():
    folder = os.environ.get("RAREBIT_DATA")
    path = Path(folder or "") / "weights" / "mobilenet_v2_imagenet_folded.npz"
    if not folder or not path.is_file():
        pytest.skip("RAREBIT_DATA names no folder with the folded MobileNetV2")
    backbone = build_backbone("mobilenet_v2", 3, path).eval()
    flower = load_sample_image("flower.jpg")[:, 106:533]  # the square in the middle
    image = torch.from_numpy(flower.copy()).permute(2, 0, 1)[None].float() / 255
    image = nn.functional.interpolate(image, (224, 224), mode="bilinear", antialias=True)
    state = read_state(path)
    with torch.no_grad():
        logits = backbone(image) @ state["classifier.1.weight"].T + state["classifier.1.bias"]
    assert int(logits.argmax()) == 985  # daisy

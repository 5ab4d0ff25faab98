"""Device names, and which device they stand for on this machine."""

import sys

import pytest

from rarebit._common.devices import check_device, find_device, usable_device
from rarebit.exceptions import InputError, MissingExtraError

VALID = ["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:12", "xpu", "xpu:1"]


@pytest.mark.parametrize("name", VALID)
def test_valid_names(name):
    assert check_device(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "mps:0", "meta", " cpu", "cpu\n"],
)
@pytest.mark.parametrize("check", [check_device, find_device])
def test_unknown_names(check, name):
    with pytest.raises(InputError) as caught:
        check(name)
    assert str(caught.value) == f"device is {name!r}: give auto, cpu, cuda, cuda:1, mps or xpu."


@pytest.mark.parametrize("value", [None, 0, ["cpu"], b"cpu"])
def test_names_are_text(value):
    with pytest.raises(InputError, match=r"^device is .*: give auto"):
        check_device(value)


@pytest.fixture
def machine(monkeypatch):
    """A machine with as many devices as the test says."""
    pytest.importorskip("torch")
    found = {}
    monkeypatch.setattr("rarebit._common.devices._count", lambda kind: found.get(kind, 0))
    return found


def test_auto_prefers_cuda_then_xpu_then_mps_then_the_cpu(machine):
    assert find_device("auto").type == "cpu"
    machine["mps"] = 1
    assert find_device("auto").type == "mps"
    machine["xpu"] = 2
    assert find_device("auto").type == "xpu"
    machine["cuda"] = 1
    assert find_device("auto").type == "cuda"


def test_a_device_that_is_available(machine):
    machine |= {"cuda": 2, "mps": 1}
    assert str(find_device("cpu")) == "cpu"
    assert str(find_device("cuda:1")) == "cuda:1"
    assert str(find_device("mps")) == "mps"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cuda", "0 cuda devices"),
        ("cuda:0", "0 cuda devices"),
        ("cuda:256", "0 cuda devices"),  # torch's cuda:256 is cuda:0
        ("mps", "0 mps devices"),
        ("xpu:1", "1 xpu device"),
    ],
)
def test_a_device_that_is_not_available(machine, name, found):
    machine["xpu"] = 1
    with pytest.raises(InputError) as caught:
        find_device(name)
    assert str(caught.value) == (
        f"device is {name!r}, which is not available on this machine ({found} found): "
        "give cpu or auto."
    )


@pytest.mark.parametrize("kind", ["cuda", "xpu", "mps"])
def test_devices_are_counted_by_torch(monkeypatch, kind):
    torch = pytest.importorskip("torch")
    if kind == "mps":
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    else:
        monkeypatch.setattr(getattr(torch, kind), "device_count", lambda: 1)
    assert find_device(kind).type == kind


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="extra 'torch'"):
        find_device("cpu")


@pytest.mark.parametrize("name", ["cuda:2", "xpu", "mps"])
def test_a_model_trained_elsewhere_falls_back_to_the_cpu(machine, name):
    machine["cuda"] = 2
    assert str(usable_device(name)) == "cpu"
    assert str(usable_device("cuda:1")) == "cuda:1"
    with pytest.raises(InputError, match="device is 'abacus': give auto, cpu"):
        usable_device("abacus")

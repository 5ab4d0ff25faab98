"""Networks: which images they take, how many parameters they have, where their circuits are."""

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.imaging import (
    Hardware,
    NetworkSpec,
    SDAQECClassifier,
    build_network,
    count_parameters,
)
from rarebit.imaging.network import check_network_size


@pytest.mark.parametrize("shape", [(1, 20_000), (5000, 5000), (20_000, 4)])
def test_images_too_large_for_a_network(shape):
    images = np.broadcast_to(np.uint8(0), (4, *shape))
    with pytest.raises(InputError, match=f"{shape[0]} x {shape[1]} pixels.*give image_size"):
        SDAQECClassifier("resnet18").fit(images, [0, 0, 1, 1])
    check_network_size(np.empty((1, 64, 4096)))


def test_counts_add_up_and_the_papers_count_leaves_the_reduction_out():
    counts = count_parameters(build_network(NetworkSpec("resnet18", "linear", 2, 3)))
    parts = {"backbone": 11_176_512, "reduce": 512 * 256 + 256, "classify": 514}
    assert counts == parts | {"as_in_paper": 514, "total": sum(parts.values())}


def test_hardware_reaches_every_circuit_and_only_circuits():
    network = build_network(NetworkSpec("resnet18", "lqer", 2, 3))
    hardware = Hardware(shots=10)
    network.set_hardware(hardware)
    assert [readout.hardware for readout in network.readouts()] == [hardware]
    assert build_network(NetworkSpec("resnet18", "direct", 2, 3)).readouts() == []

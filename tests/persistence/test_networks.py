"""Weights of networks: written, read back to the last bit, and refused where they do not fit."""

import pytest

from rarebit.exceptions import InputError
from rarebit.persistence.networks import read_network, write_network

pytest.importorskip("torch")
import torch
from torch import nn


def test_weights_come_back_and_the_random_state_stays(tmp_path):
    network = nn.Linear(3, 2)
    network.weight.data = network.weight.data.T.contiguous().T  # not contiguous: still written
    write_network(network, tmp_path)
    before = torch.get_rng_state()
    found = read_network(lambda: nn.Linear(3, 2), tmp_path)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(found.weight, network.weight)
    assert not found.training


def test_weights_of_another_network_are_refused(tmp_path):
    write_network(nn.Linear(3, 2), tmp_path)
    with pytest.raises(InputError, match="do not fit the network"):
        read_network(lambda: nn.Linear(4, 2), tmp_path)

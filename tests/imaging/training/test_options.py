"""Options of Lightning's trainer are checked before training."""

import os

import lightning
import pytest

from rarebit.exceptions import InputError
from rarebit.imaging.training.options import UNFIT, as_list, check_options

CPU = {"accelerator": "cpu", "devices": 1}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"nope": 1}, "'nope', which Lightning's Trainer does not accept"),
        ({1: 2}, "has 1, which"),
        ({"max_epochs": 3}, "use epochs instead"),
        ({"default_root_dir": "x"}, "use checkpoint_dir instead"),
        ({"precision": "x"}, "'precision': 'x'}: change it or leave it out"),
        ({"strategy": "x"}, "change it or leave it out"),
        ({"devices": 0}, "change it or leave it out"),
        ({"devices": (os.cpu_count() or 1) + 1}, "give fewer"),
        ({"callbacks": [5]}, "the callback 5"),
        ({"log_every_n_steps": "x"}, "log_every_n_steps'] is 'x'"),
        *(({name: 1}, "best epoch") for name in UNFIT),
    ],
)
def test_invalid_options(options, what):
    with pytest.raises(InputError, match=what):
        check_options(options, CPU)


@pytest.mark.parametrize(
    "options", [{}, {"precision": "bf16-mixed"}, {"callbacks": None}, {"gradient_clip_val": 1.0}]
)
def test_valid_options(options):
    check_options(options, CPU)


def test_as_list():
    callback = lightning.Callback()
    assert as_list(None) == []
    assert as_list(callback) == as_list([callback]) == [callback]

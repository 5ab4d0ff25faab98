"""What training shows while it runs."""

from types import SimpleNamespace

from rarebit.imaging.training.fit import _EpochBar


def test_the_progress_bar_counts_epochs_from_one():
    bar = _EpochBar()
    bar._trainer = SimpleNamespace(max_epochs=2)
    shown = [bar._get_train_description(epoch).rstrip() for epoch in range(2)]
    assert shown == ["Epoch 1 of 2", "Epoch 2 of 2"]

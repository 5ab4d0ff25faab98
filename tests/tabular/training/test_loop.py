"""The training loop: schedule, selection, early stopping, members."""

import copy

import numpy as np
import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.tabular.network.layers import Linear, stack_modules
from rarebit.tabular.training.learner import Learner, Rows
from rarebit.tabular.training.loop import LoopSettings, MemberRows, train


class Probe(Learner):
    """A linear classifier that records the size of its batches."""

    def __init__(self):
        super().__init__()
        self.linear = Linear(2, 2)
        self.sizes = []

    def batch_loss(self, x, y, weight, draws):
        self.sizes.append(x.shape[-2])
        log_p = self.logits(x).log_softmax(dim=-1)
        return {"loss": -log_p.gather(-1, y.unsqueeze(-1)).squeeze(-1).mean(dim=-1)}

    def logits(self, x):
        return self.linear(x)


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(33, 2))
    y = (x[:, 0] + 0.3 * rng.normal(size=33) > 0).astype(np.int64)
    return Rows(torch.from_numpy(x).float(), torch.from_numpy(y))


def probe(seed=0):
    torch.manual_seed(seed)
    return Probe()


def everything(rows, n_members=1):
    return MemberRows(rows, np.tile(np.arange(33), (n_members, 1)))


def generator():
    return [np.random.default_rng(0)]


def test_a_last_batch_of_one_row_joins_the_one_before(rows):
    learner = probe()
    settings = LoopSettings(epochs=2, batch_size=8)
    train(learner, everything(rows), settings, generator())
    assert learner.sizes == [8, 8, 8, 9] * 2


def test_one_cycle_starts_from_the_rate_and_ends_near_zero(rows):
    settings = LoopSettings(epochs=10, batch_size=8, max_learning_rate=1e-2)
    (history,) = train(probe(), everything(rows), settings, generator())
    rates = history["learning_rate"]
    assert rates[0] == pytest.approx(1e-3)
    assert max(rates) == pytest.approx(1e-2, rel=0.05)
    assert rates[-1] < 1e-3
    assert len(rates) == len(history["loss"]) == 10


def test_one_cycle_of_a_single_step_is_its_end(rows):
    settings = LoopSettings(epochs=1, batch_size=64, max_learning_rate=1e-2)
    (history,) = train(probe(), everything(rows), settings, generator())
    assert history["learning_rate"] == [pytest.approx(1e-3 / 1e4)]


def test_the_best_state_is_kept(rows):
    states = []

    class Recorder(Probe):
        def logits(self, x):
            if not self.training:
                states.append(copy.deepcopy(self.state_dict()))
            return super().logits(x)

    torch.manual_seed(0)
    learner = Recorder()
    settings = LoopSettings(epochs=12, learning_rate=0.3, batch_size=8)
    (history,) = train(learner, everything(rows), settings, generator(), everything(rows))
    best = int(np.argmax(history["selection_score"]))  # the first of equals
    for name, value in learner.state_dict().items():
        torch.testing.assert_close(value, states[best][name], rtol=0, atol=0)


def test_a_loss_as_metric_decreases(rows):
    settings = LoopSettings(epochs=5, learning_rate=0.1, metric="brier")
    (history,) = train(probe(), everything(rows), settings, generator(), everything(rows))
    assert history["selection_score"][-1] > history["selection_score"][0]
    assert max(history["selection_score"]) < 0


def test_training_stops_when_the_score_does_not_improve(rows):
    settings = LoopSettings(epochs=50, learning_rate=1e-12, patience=3)
    (history,) = train(probe(), everything(rows), settings, generator(), everything(rows))
    assert len(history["loss"]) == 4


@pytest.mark.parametrize("patience", [None, 2])
def test_each_member_is_trained_as_if_alone(rows, patience):
    rows = Rows(rows.x.double(), rows.y)
    settings = LoopSettings(epochs=8, batch_size=8, learning_rate=0.05, patience=patience)
    singles = [probe(seed).double() for seed in range(3)]
    stacked = stack_modules(singles)
    positions = np.stack([np.delete(np.arange(33), [k, 5 + k]) for k in range(3)])
    aside = np.stack([[k, 5 + k] for k in range(3)])
    generators = [np.random.default_rng(k) for k in range(3)]
    training, validation = MemberRows(rows, positions), MemberRows(rows, aside)
    together = train(stacked, training, settings, generators, validation)
    for k, single in enumerate(singles):
        training, validation = MemberRows(rows, positions[[k]]), MemberRows(rows, aside[[k]])
        (alone,) = train(single, training, settings, [np.random.default_rng(k)], validation)
        np.testing.assert_allclose(together[k]["loss"], alone["loss"])
        for name, value in single.state_dict().items():
            torch.testing.assert_close(stacked.state_dict()[name][k], value)


def test_a_loss_that_is_not_a_number_is_an_error(rows):
    broken, learner = Rows(rows.x * torch.inf, rows.y), probe()
    with pytest.raises(InputError, match=r"loss was .*epoch 1.*learning_rate"):
        train(learner, everything(broken), LoopSettings(), generator())
    assert learner.linear.weight.grad is None
    assert not learner.training


def test_progress_goes_to_stderr(rows, capsys):
    settings = LoopSettings(epochs=2, verbose=True)
    train(probe(), everything(rows), settings, generator())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "training" in captured.err

"""The training loop: schedule, selection, early stopping, members."""

import copy

import numpy as np
import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.tabular.layers import Linear, stack_modules
from rarebit.tabular.training.descent import Rows
from rarebit.tabular.training.fit import Learner, TrainingSettings, train


class Probe(Learner):
    """A linear classifier that remembers the size of its batches."""

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


def everything(n_members=1):
    return np.tile(np.arange(33), (n_members, 1))


def test_a_last_batch_of_one_row_joins_the_one_before(rows):
    learner = probe()
    settings = TrainingSettings(epochs=2, batch_size=8)
    train(learner, rows, everything(), settings, [np.random.default_rng(0)])
    assert learner.sizes == [8, 8, 8, 9] * 2


def test_one_cycle_starts_from_the_rate_and_ends_near_zero(rows):
    settings = TrainingSettings(epochs=10, batch_size=8, max_learning_rate=1e-2)
    (history,) = train(probe(), rows, everything(), settings, [np.random.default_rng(0)])
    rates = history["learning_rate"]
    assert rates[0] == pytest.approx(1e-3)
    assert max(rates) == pytest.approx(1e-2, rel=0.05)
    assert rates[-1] < 1e-3
    assert len(rates) == len(history["loss"]) == 10


def test_one_cycle_bears_a_single_step(rows):
    settings = TrainingSettings(epochs=1, batch_size=64, max_learning_rate=1e-2)
    (history,) = train(probe(), rows, everything(), settings, [np.random.default_rng(0)])
    assert np.isfinite(history["loss"]).all()


def test_the_best_state_is_kept(rows):
    states = []

    class Recorder(Probe):
        def logits(self, x):
            if not self.training:
                states.append(copy.deepcopy(self.state_dict()))
            return super().logits(x)

    torch.manual_seed(0)
    learner = Recorder()
    settings = TrainingSettings(epochs=12, learning_rate=0.3, batch_size=8)
    (history,) = train(
        learner, rows, everything(), settings, [np.random.default_rng(0)], rows, everything()
    )
    best = int(np.argmax(history["selection_score"]))  # the first of equals
    for name, value in learner.state_dict().items():
        torch.testing.assert_close(value, states[best][name], rtol=0, atol=0)


def test_a_loss_metric_is_lowered(rows):
    settings = TrainingSettings(epochs=5, learning_rate=0.1, metric="brier")
    (history,) = train(
        probe(), rows, everything(), settings, [np.random.default_rng(0)], rows, everything()
    )
    assert history["selection_score"][-1] > history["selection_score"][0]
    assert max(history["selection_score"]) < 0


def test_training_stops_when_nothing_gets_better(rows):
    settings = TrainingSettings(epochs=50, learning_rate=1e-12, patience=3)
    (history,) = train(
        probe(), rows, everything(), settings, [np.random.default_rng(0)], rows, everything()
    )
    assert len(history["loss"]) == 4


@pytest.mark.parametrize("patience", [None, 2])
def test_members_fare_as_they_would_alone(rows, patience):
    rows = Rows(rows.x.double(), rows.y)
    settings = TrainingSettings(epochs=8, batch_size=8, learning_rate=0.05, patience=patience)
    singles = [probe(seed).double() for seed in range(3)]
    stacked = stack_modules(singles)
    positions = np.stack([np.delete(np.arange(33), [k, 5 + k]) for k in range(3)])
    aside = np.stack([[k, 5 + k] for k in range(3)])
    together = train(
        stacked,
        rows,
        positions,
        settings,
        [np.random.default_rng(k) for k in range(3)],
        rows,
        aside,
    )
    for k, single in enumerate(singles):
        (alone,) = train(
            single,
            rows,
            positions[[k]],
            settings,
            [np.random.default_rng(k)],
            rows,
            aside[[k]],
        )
        np.testing.assert_allclose(together[k]["loss"], alone["loss"])
        for name, value in single.state_dict().items():
            torch.testing.assert_close(stacked.state_dict()[name][k], value)


def test_a_loss_that_is_no_number_is_an_error(rows):
    broken, learner = Rows(rows.x * torch.inf, rows.y), probe()
    with pytest.raises(InputError, match=r"loss was .*epoch 1.*learning_rate"):
        train(learner, broken, everything(), TrainingSettings(), [np.random.default_rng(0)])
    assert learner.linear.weight.grad is None
    assert not learner.training


def test_progress_goes_to_stderr(rows, capsys):
    settings = TrainingSettings(epochs=2, verbose=True)
    train(probe(), rows, everything(), settings, [np.random.default_rng(0)])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "training" in captured.err

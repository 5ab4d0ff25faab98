"""TabM and RealMLP."""

import logging
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris

from rarebit._common.devices import find_device
from rarebit.exceptions import InputError
from rarebit.persistence import save
from rarebit.tabular import RealMLPClassifier
from rarebit.tabular.baselines.classifier import TabMLearner
from rarebit.tabular.baselines.peers import mean_of_members

AUTO = str(find_device("auto"))


def test_members_are_averaged_by_probability():
    torch.manual_seed(0)
    logits = torch.randn(4, 5, 3)
    expected = logits.softmax(dim=-1).mean(dim=1)
    torch.testing.assert_close(mean_of_members(logits).softmax(dim=-1), expected)


def test_every_member_of_tabm_has_its_own_loss():
    torch.manual_seed(0)
    outputs, y = torch.randn(6, 4, 3), torch.randint(0, 3, (6,))

    class Fixed(torch.nn.Module):
        def forward(self, x):
            return outputs

    loss = TabMLearner(Fixed()).batch_loss(torch.zeros(6, 1), y, None, torch.zeros(6, 0))["loss"]
    apart = [torch.nn.functional.cross_entropy(outputs[:, k], y) for k in range(4)]
    torch.testing.assert_close(loss, torch.stack(apart).mean())


@pytest.fixture
def iris():
    pytest.importorskip("pytabkit")
    return load_iris(return_X_y=True)


def test_realmlp_is_deterministic_and_quiet_and_changes_no_global_state(
    iris, capfd, caplog, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    X, y = iris
    names = np.array(["a", "b", "c"])[y]
    model = RealMLPClassifier(epochs=8, random_state=0)
    before = torch.random.get_rng_state(), logging.getLogger("lightning.pytorch").level
    with caplog.at_level(logging.INFO):
        proba = model.fit(X, names).predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, names).predict_proba(X), proba)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert model.score(X, names) > 0.8
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert logging.getLogger("lightning.pytorch").level == before[1]
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())


def test_realmlp_refuses_a_single_class(iris):
    with pytest.raises(InputError, match="two classes"):
        RealMLPClassifier(epochs=1).fit(iris[0], np.zeros(150))


def test_realmlp_cannot_be_saved(iris, tmp_path):
    with pytest.raises(InputError, match="cannot be saved"):
        save(RealMLPClassifier(epochs=1).fit(*iris), tmp_path / "model")


def test_realmlp_takes_any_available_device(iris):
    assert RealMLPClassifier(epochs=1, device="auto").fit(*iris).model_.device == AUTO
    with pytest.raises(InputError, match="which is not available on this machine"):
        RealMLPClassifier(device="cuda:999").fit(*iris)


@pytest.mark.slow
def test_realmlp_is_quiet_in_a_new_process():
    """Lightning sets its log levels when it is imported."""
    pytest.importorskip("pytabkit")
    code = (
        "from sklearn.datasets import load_iris; from rarebit.tabular import RealMLPClassifier; "
        "RealMLPClassifier(epochs=1).fit(*load_iris(return_X_y=True))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")

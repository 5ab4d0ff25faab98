"""Many seeds as one batched network."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import f1_score

from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier, SelectionRows, fit_seeds


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.mark.parametrize(
    "estimator",
    [
        QCLMixNetClassifier(epochs=3),
        QCLMixNetClassifier(epochs=1, mixup_space="embedding", attention="features"),
        QCLMixNetClassifier(epochs=2, batch_sampler="paired", class_weight="balanced"),
        QCLMixNetClassifier(epochs=1, quantum="circuit"),
        NetworkClassifier(epochs=3, network="resnet"),
        NetworkClassifier(epochs=1, network="cnn"),
    ],
)
def test_each_member_is_what_its_seed_gives_alone(iris, estimator):
    X, y = iris
    members = fit_seeds(estimator, X, y, seeds=[0, 1, 5])
    assert not hasattr(estimator, "learner_")
    for member in members:
        alone = type(estimator)(**member.get_params()).fit(X, y)
        np.testing.assert_allclose(member.history_["loss"], alone.history_["loss"], rtol=1e-3)
        # The gradient of a bias before a batch norm is a rounding error, which AdamW scales up and
        # the running statistics follow with a delay.
        np.testing.assert_allclose(member.predict_proba(X), alone.predict_proba(X), atol=5e-2)
    assert not np.allclose(members[0].predict_proba(X), members[1].predict_proba(X), atol=1e-2)


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_given_rows_select_the_checkpoint_of_every_member(iris, network):
    X, y = iris
    estimator = NetworkClassifier(network=network, epochs=4)
    selection = SelectionRows(X[::3], y[::3])
    members = fit_seeds(estimator, X[1::3], y[1::3], seeds=[0, 1], selection=selection)
    for member in members:
        assert member.selected_on_ == "given rows"
        truth, answers = y[::3], member.predict(X[::3])
        best = max(member.history_["selection_score"])
        assert f1_score(truth, answers, average="macro") == pytest.approx(best)
        seed = [member.random_state]
        (alone,) = fit_seeds(estimator, X[1::3], y[1::3], seed, selection=selection)
        np.testing.assert_allclose(member.history_["loss"], alone.history_["loss"], rtol=1e-3)

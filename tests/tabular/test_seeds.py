"""Many seeds as one batched network."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier, fit_seeds


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
        # Biases before a batch norm have no gradient but rounding, which AdamW scales up, and
        # which the running statistics of prediction follow late.
        np.testing.assert_allclose(member.predict_proba(X), alone.predict_proba(X), atol=5e-2)
    assert not np.allclose(members[0].predict_proba(X), members[1].predict_proba(X), atol=1e-2)

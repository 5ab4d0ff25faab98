import pytest
from sklearn.datasets import make_classification


@pytest.fixture
def data():
    X, y = make_classification(
        n_samples=400, n_features=5, n_informative=4, n_redundant=1, weights=[0.85], random_state=0
    )
    return X, y

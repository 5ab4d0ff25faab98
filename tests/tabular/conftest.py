import pytest
from sklearn.datasets import make_classification


@pytest.fixture(scope="session")
def data():
    return make_classification(
        160, 6, n_informative=4, n_classes=3, weights=[0.7, 0.2], class_sep=2, random_state=0
    )

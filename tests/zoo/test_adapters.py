import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.utils.estimator_checks import check_estimator

from rarebit.zoo.adapters import BoundedKNeighborsClassifier, EarlyStoppingMLPClassifier

TABLE = make_classification(80, 5, random_state=0)


@pytest.mark.parametrize("params", [{"n_neighbors": 7}, {"weights": "distance", "p": 1}])
def test_bounded_neighbours_equal_scikit_learn_where_there_are_enough(params):
    X, y = TABLE
    ours = BoundedKNeighborsClassifier(**params).fit(X, y)
    theirs = KNeighborsClassifier(**params).fit(X, y)
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert_array_equal(ours.predict(X), theirs.predict(X))


def test_bounded_neighbours_take_every_row_where_there_are_fewer():
    model = BoundedKNeighborsClassifier(n_neighbors=50).fit(np.arange(4.0)[:, None], [0, 0, 0, 1])
    assert_array_equal(model.predict_proba([[3.0]]), [[0.75, 0.25]])
    assert model.n_neighbors == 50


# scikit-learn skips some of its checks by a warning.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_bounded_neighbours_pass_the_estimator_checks():
    check_estimator(BoundedKNeighborsClassifier())


def test_early_stopping_equals_scikit_learn_where_rows_can_be_held_out():
    X, y = TABLE
    params = {"early_stopping": True, "max_iter": 20, "random_state": 0}
    ours = EarlyStoppingMLPClassifier(**params).fit(X, y)
    theirs = MLPClassifier(**params).fit(X, y)
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


@pytest.mark.parametrize("counts", [(60, 1), (4, 3), (4, 4, 4, 4, 4)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_goes_on_without_early_stopping_where_they_cannot(counts):
    y = np.repeat(np.arange(len(counts)), counts)
    X = np.random.default_rng(0).normal(size=(len(y), 3))
    params = {"early_stopping": True, "max_iter": 5, "random_state": 0}
    if len(counts) == 2:
        with pytest.raises(ValueError):
            MLPClassifier(**params).fit(X, y)
    model = EarlyStoppingMLPClassifier(**params).fit(X, y)
    without = MLPClassifier(**(params | {"early_stopping": False})).fit(X, y)
    assert_array_equal(model.predict_proba(X), without.predict_proba(X))
    assert model.early_stopping is True

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from sklearn.datasets import make_classification
from sklearn.linear_model import RidgeClassifier
from sklearn.svm import SVC

from rarebit.zoo import raw_proba
from rarebit.zoo.spec import ClassifierSpec


def test_availability_follows_the_module():
    assert not ClassifierSpec("x", "X", SVC, module="no_such_module").available()
    assert ClassifierSpec("x", "X", SVC, module="json").available()


def test_raw_proba_of_decision_scores_of_two_classes():
    X, y = make_classification(150, 6, random_state=0)
    model = SVC().fit(X, y)
    proba = raw_proba(model, X)
    assert_allclose(proba[:, 1], expit(model.decision_function(X)))
    assert_allclose(proba.sum(axis=1), 1)


def test_raw_proba_of_decision_scores_of_many_classes():
    X, y = make_classification(150, 6, n_informative=4, n_classes=4, random_state=0)
    model = RidgeClassifier().fit(X, y)
    assert_allclose(raw_proba(model, X), softmax(model.decision_function(X), axis=1))


def test_raw_proba_of_labels_alone():
    class Constant:
        classes_ = np.arange(3)

        def predict(self, X):
            return np.full((len(X), 1), 2)  # a column, as CatBoost gives it

    assert_array_equal(raw_proba(Constant(), np.zeros((2, 1))), [[0, 0, 1], [0, 0, 1]])

"""The checks of scikit-learn and imbalanced-learn for their own estimators."""

import pytest
from imblearn.utils.estimator_checks import parametrize_with_checks as imblearn_checks
from sklearn.utils.estimator_checks import parametrize_with_checks as sklearn_checks

from rarebit.over_sampling import QISMOTE, QuantumFeatureMap

pytestmark = pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")


class QISMOTEOfNumbers(QISMOTE):
    """Without the tag for categories: scikit-learn rounds the numbers of its checks where it is."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = False
        return tags


SAMPLERS = [QISMOTE(random_state=0), QISMOTEOfNumbers(random_state=0)]


@sklearn_checks([*SAMPLERS, QuantumFeatureMap(), QuantumFeatureMap(readout="zz")])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def as_list(mark):
    """The same parameters as a list: pytest will refuse imbalanced-learn's generator."""
    names, checks = mark.args
    return pytest.mark.parametrize(names, list(checks), **mark.kwargs)


@as_list(imblearn_checks([QISMOTE(random_state=0), QISMOTE(random_state=0, energy_filter=True)]))
def test_imbalanced_learn_checks(estimator, check):
    check(estimator)

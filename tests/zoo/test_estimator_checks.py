"""TreatedClassifier, the class that users take home, as a scikit-learn citizen."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from rarebit.zoo import TreatedClassifier

THRESHOLD = {
    "check_classifiers_train": "labels follow the tuned threshold, not the largest probability "
    "(tests/zoo/test_treated.py looks at both)",
}
FOLDS = {
    "check_sample_weight_equivalence_on_dense_data": "inner folds are drawn row by row: a row "
    "twice is not a row of weight 2 (tests/zoo/test_treated.py looks at weights)",
}


def expected(model):
    return FOLDS | (THRESHOLD if model.treatment == "tuned_threshold" else {})


@pytest.mark.slow
@parametrize_with_checks(
    [
        TreatedClassifier("logistic_regression", "tuned_threshold"),
        TreatedClassifier("logistic_regression", "smote", n_configs=2),
    ],
    expected_failed_checks=expected,
)
def test_scikit_learn(estimator, check):
    check(estimator)

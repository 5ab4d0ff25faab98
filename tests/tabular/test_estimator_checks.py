"""scikit-learn's estimator checks.

``validation_fraction=0`` because the checks of class weights want the weights to rule the outcome,
and the checkpoint is selected by the metric asked for, which class weights do not touch.
"""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier

# As for scikit-learn's own stochastic estimators: weights act on the loss of a batch, repeated rows
# fall into different batches. Rows of weight 0 are tested to be as good as absent.
_EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "batches are drawn at random",
}


class _OfNumbers:
    """Without the tag for categories: scikit-learn rounds the numbers of its checks where it is."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = False
        return tags


class QCLMixNetOfNumbers(_OfNumbers, QCLMixNetClassifier):
    pass


class NetworkOfNumbers(_OfNumbers, NetworkClassifier):
    pass


@pytest.mark.slow
@parametrize_with_checks(
    [
        QCLMixNetOfNumbers(epochs=30, validation_fraction=0),
        NetworkOfNumbers(batch_size=16, validation_fraction=0),
        NetworkOfNumbers(network="gcn", epochs=30, validation_fraction=0),
        QCLMixNetClassifier(epochs=30, validation_fraction=0),
        NetworkClassifier(batch_size=16, validation_fraction=0),
    ],
    expected_failed_checks=lambda estimator: _EXPECTED,
)
def test_check(estimator, check):
    check(estimator)

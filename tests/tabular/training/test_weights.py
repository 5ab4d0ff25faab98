"""Row weights and class weights as factors on the loss."""

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.tabular.training.weights import loss_weights, scale_weights

LABELS = np.array(["a", "a", "a", "b"])


@pytest.mark.parametrize("factor", [1, 1e-300, 1e307])
def test_weights_are_scaled_to_mean_one_at_any_scale(factor):
    np.testing.assert_allclose(scale_weights(factor * np.array([1, 2, 3])), [0.5, 1, 1.5])


def test_without_class_weights_the_row_weights_stay():
    weight = np.array([0.5, 1.5, 1, 1])
    assert loss_weights(None, None, LABELS) is None
    assert loss_weights(weight, None, LABELS) is weight


def test_balanced_classes_have_equal_total_weight():
    np.testing.assert_allclose(loss_weights(None, "balanced", LABELS), [2 / 3] * 3 + [2])


def test_weights_of_more_classes_than_there_are():
    weights = {"a": 1, "b": 3, "c": 9}
    np.testing.assert_allclose(loss_weights(None, weights, LABELS), np.array([1, 1, 1, 3]) / 1.5)
    with pytest.raises(InputError, match=r"y has no class 'c', give weights for \['a', 'b'\]"):
        loss_weights(None, {"a": 1, "c": 9}, LABELS)


def test_row_and_class_weights_are_multiplied():
    weight = np.array([1.0, 2.0, 3.0, 2.0])
    expected = np.array([1, 2, 3, 10]) / 4
    np.testing.assert_allclose(loss_weights(weight, {"b": 5}, LABELS), expected)

"""Costs of the classes at hand."""

import numpy as np

from rarebit.zoo.intake import costs_between


def test_costs_of_absent_classes_are_left_out():
    cost = [[0, 1, 1], [9, 0, 2], [9, 5, 0]]
    picked = costs_between(np.array(["b", "c"]), cost, ["a", "b", "c"])
    assert picked.as_lists() == [[0, 2], [5, 0]]

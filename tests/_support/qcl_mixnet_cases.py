"""Small cases for the tests of QCLMixNetClassifier."""

import numpy as np
import pandas as pd

from rarebit.tabular import QCLMixNetClassifier

PARTS = "focal", "intra", "inter", "supcon", "triplet"


def quick(**parameters):
    """Make a classifier that is trained in no time."""
    return QCLMixNetClassifier(**{"epochs": 3, "random_state": 0, **parameters})


def table():
    """Make a table with a number, a category and a truth value, and the labels."""
    rng = np.random.default_rng(0)
    ward = rng.choice(["a", "b", "c"], size=80)
    frame = pd.DataFrame({"age": rng.normal(size=80), "ward": ward, "old": rng.random(80) > 0.5})
    return frame, np.where(ward == "c", "died", "lived")

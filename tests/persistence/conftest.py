"""What the tests of stored models share."""

import numpy as np
import pytest


@pytest.fixture
def outputs():
    """Everything a classifier says about rows, as exact bytes."""

    def ask(model, rows):
        names = [n for n in ("predict_proba", "decision_function") if hasattr(model, n)]
        scores = [np.asarray(getattr(model, name)(rows)).tobytes() for name in names]
        return np.asarray(model.predict(rows)).tolist(), scores

    return ask

"""Tables that the tests of several commands share."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table(tmp_path):
    """A table of mixed columns whose rare class can be told by two of them."""
    rng = np.random.default_rng(0)
    died = rng.uniform(size=240) < 0.15
    frame = pd.DataFrame(
        {
            "patient_id": np.arange(240) // 2,
            "age": rng.normal(60, 10, 240) + 12 * died,
            "ward": np.where(died & (rng.uniform(size=240) < 0.7), "icu", "general"),
            "smoker": rng.choice(["yes", "no"], 240),
            "admitted": pd.date_range("2024-01-01", periods=240).strftime("%Y-%m-%d"),
            "weight": rng.uniform(1, 2, 240),
            "died": np.where(died, "yes", "no"),
        }
    )
    frame.loc[::9, "age"] = np.nan
    frame.to_csv(tmp_path / "data.csv", index=False)
    return frame

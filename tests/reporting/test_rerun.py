"""The code in a report runs the comparison again."""

import numpy as np
import pandas as pd
import pytest

from rarebit.evaluation import Protocol, compare
from rarebit.reporting.rerun import rerun


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["strict", "paper", Protocol(n_folds=2, n_configs=2, seed=7)])
def test_the_code_of_a_report_runs_it_again(protocol):
    rng = np.random.default_rng(0)
    y = np.where(rng.uniform(size=150) < 0.3, "it's", "no")
    X = pd.DataFrame({"a": rng.normal(size=150) + (y == "no"), "b": rng.normal(size=150)})
    rows = {"groups": np.arange(150) // 2} if protocol == "strict" else {}
    found = compare(
        X, y, protocol=protocol, preset="quick", models=["logistic_regression"],
        treatments=["untouched", "tuned_threshold"], cost="fn=5,fp=1", positive="no", **rows,
    )  # fmt: skip
    code = rerun(found)
    assert ("Protocol(name" in code) == isinstance(protocol, Protocol)
    space = {"X": X, "y": y, **rows}
    exec(code.replace("\ncompare(", "\nagain = compare("), space)
    pd.testing.assert_frame_equal(
        *[
            one.cells.drop(columns=["fit_seconds", "predict_seconds", "peak_mib"])
            .sort_values(["treatment", "repeat", "fold"])
            .reset_index(drop=True)
            for one in (found, space["again"])
        ]
    )

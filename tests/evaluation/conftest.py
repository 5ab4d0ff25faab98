"""A small sweep that the tests of sweeps share, and a table for tests of decisions."""

import numpy as np
import pandas as pd
import pytest

from rarebit.evaluation.sweep.config import read_config
from rarebit.evaluation.sweep.run import plan_sweep
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.running import Store

# What differs from run to run.
TIMING = ["fit_seconds", "predict_seconds", "peak_mib"]


@pytest.fixture(scope="session")
def two_columns():
    """400 rows, of which a fifth is rare; the first column tells something about it."""
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=400) < 0.2).astype(int)
    return np.column_stack([rng.normal(size=400) + 1.5 * y, rng.normal(size=400)]), y


@pytest.fixture
def folder(tmp_path):
    """A folder with two small tables and the configuration of a sweep over them."""
    rng = np.random.default_rng(0)
    for name, n_rows in (("one", 60), ("two", 80)):
        rare = np.arange(n_rows) % 5 == 0
        frame = pd.DataFrame(
            {"a": rng.normal(size=n_rows) + 1.5 * rare, "b": rng.normal(size=n_rows), "y": rare * 1}
        )
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "sweep.toml").write_text(
        'models = ["gaussian_nb", "decision_tree"]\n'
        'treatments = ["untouched", "tuned_threshold", "smote"]\n'
        'preset = "quick"\n'
        "[protocol]\nn_folds = 2\nn_repeats = 1\n"
        '[[tables]]\npath = "one.csv"\ntarget = "y"\n'
        '[[tables]]\npath = "two.csv"\ntarget = "y"\n'
    )
    return tmp_path


@pytest.fixture
def planned(folder):
    return plan_sweep(read_config(folder / "sweep.toml"))


@pytest.fixture
def final_table():
    """What reads the cells of a sweep's folder, once summarised, without their times."""

    def read(folder, record):
        with Store(folder / "cells.sqlite") as store:
            summarise_sweep(store, record)
            return store.frame().drop(columns=TIMING)

    return read

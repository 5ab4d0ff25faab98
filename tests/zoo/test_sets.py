"""Sets of labels of a fitted model, in memory and in a file."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

from rarebit.decision import conformal_limits
from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.zoo import TreatedClassifier, score_table


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(
        900, n_informative=5, n_classes=3, weights=[0.7, 0.2, 0.1], random_state=0
    )
    return pd.DataFrame(X).rename(columns="x{}".format), np.array(["a", "b", "c"])[y]


@pytest.fixture(scope="module")
def model(table):
    return TreatedClassifier("logistic_regression", "untouched").fit(*table)


def test_sets_are_those_of_the_rows_kept_and_cover_each_class(table, model, tmp_path):
    X, y = table
    kept = model.held_out_
    limits = conformal_limits(kept.proba, kept.y, 0.9)
    sets = model.predict_set(X)
    np.testing.assert_array_equal(sets, model.predict_proba(X) >= limits)
    np.testing.assert_array_equal(load(save(model, tmp_path / "model")).predict_set(X), sets)
    # On the rows themselves: an out-of-fold row is covered as often as asked.
    for code in range(3):
        assert (kept.proba[kept.y == code, code] >= limits[code]).mean() >= 0.9
        assert sets[y == model.classes_[code], code].mean() >= 0.85
    assert model.predict_set(X, coverage=0.5).sum() < sets.sum()


def test_a_file_gets_the_sets(table, model, tmp_path):
    X, _ = table
    X.to_csv(tmp_path / "new.csv", index=False)
    score_table(model, tmp_path / "new.csv", tmp_path / "out.csv", coverage=0.9, rows_per_chunk=400)
    written = pd.read_csv(tmp_path / "out.csv")
    columns = [f"set_{label}" for label in model.classes_]
    np.testing.assert_array_equal(written[columns], model.predict_set(X))


def test_what_cannot_be_used_is_refused(table, model, rarebit, tmp_path, monkeypatch):
    X, y = table
    with pytest.raises(InputError, match=r"needs 999 rows of each class, and class 'a' has"):
        model.predict_set(X, coverage=0.999)
    plain = TreatedClassifier("gaussian_nb", "untouched", calibrate=False).fit(X, y)
    with pytest.raises(InputError, match="keeps no rows to fit sets on: train it again"):
        plain.predict_set(X)
    weighted = TreatedClassifier("gaussian_nb").fit(X, y, np.linspace(1, 2, len(y)))
    with pytest.raises(InputError, match="those of class 'a' differ in weight"):
        weighted.predict_set(X)
    monkeypatch.chdir(tmp_path)
    save(model, "model")
    X.iloc[:5].to_csv("new.csv", index=False)
    code, _, err = rarebit("predict", "model", "new.csv", "--sets", "90", "--out", "s.csv")
    assert (code, err.strip()) == (
        2,
        "Error: --sets is 90.0: give a number above 0 and below 1.",
    )
    code, _, err = rarebit("predict", "model", "new.csv", "--sets", "0.9", "--out", "s.csv")
    assert code == 0
    assert "true label in about 90 % of the rows of each class (approximate" in " ".join(
        err.split()
    )
    assert {"set_a", "set_b", "set_c"} <= set(pd.read_csv("s.csv"))

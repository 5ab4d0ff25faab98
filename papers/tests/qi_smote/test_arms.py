"""The arms of the QI-SMOTE study and how they are scored."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from rarebit.over_sampling import QISMOTE
from rarebit.zoo.splits import Split
from rarebit_papers.qi_smote import scoring
from rarebit_papers.qi_smote.arms import (
    CONTROL,
    FILTERED,
    NONE,
    OURS,
    PRODUCTS,
    SAMPLERS,
    resample,
)
from rarebit_papers.qi_smote.data import SETS
from rarebit_papers.qi_smote.filters import own_share
from rarebit_papers.qi_smote.scoring import score_arm, splits_of


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [60, 15])
    return rng.normal(size=(75, 4)) + y[:, None], y


@pytest.mark.parametrize("arm", [arm for arm in SAMPLERS if arm not in (NONE, "SMOTE-ENN")])
def test_every_arm_balances_and_keeps_the_rows(rows, arm):
    X, y = rows
    made = resample(SAMPLERS[arm](0), X, y)
    assert made.transform(X[:5]).shape[1] == made.X.shape[1]
    counts = np.bincount(made.y)
    assert counts[1] >= 0.9 * counts[0]  # ADASYN only nearly balances, Tomek takes some away
    if arm != "SMOTE-Tomek":
        np.testing.assert_array_equal(made.X[: len(X), : X.shape[1]], X)


def test_nothing_is_done_to_the_data_as_they_are(rows):
    made = resample(None, *rows)
    np.testing.assert_array_equal(made.X, rows[0])


def test_arms_of_one_seed_draw_the_same_parents(rows):
    X, y = rows
    samplers = [SAMPLERS[arm](7) for arm in (CONTROL, OURS)]
    for sampler in samplers:
        sampler.fit_resample(X, y)
    one, other = (sampler.synthetic_ for sampler in samplers)
    np.testing.assert_array_equal(one["parent"], other["parent"])
    np.testing.assert_array_equal(one["weight"], other["weight"])


def test_kept_columns_of_a_training_row_are_what_the_map_gives(rows):
    X, y = rows
    made = resample(QISMOTE(columns="keep", random_state=0), X, y)
    np.testing.assert_allclose(made.transform(X), made.X[: len(X)])


def test_products_are_of_the_rows_that_the_control_makes(rows):
    X, y = rows
    made, plain = (resample(SAMPLERS[arm](0), X, y) for arm in (PRODUCTS, CONTROL))
    np.testing.assert_array_equal(made.X[:, :4], plain.X)
    np.testing.assert_allclose(made.X[:, 5], plain.X[:, 0] * plain.X[:, 1])
    np.testing.assert_allclose(made.transform(X), made.X[: len(X)])


def test_f1_is_scikit_learns(rows):
    rng = np.random.default_rng(1)
    for _ in range(20):
        y, labels = rng.integers(0, 2, size=(2, 9))
        weight = rng.uniform(size=9)
        expected = f1_score(y, labels, sample_weight=weight, zero_division=0)
        assert scoring.rare_f1(y, labels, weight) == pytest.approx(expected)
    assert scoring.rare_f1(np.zeros(3), np.zeros(3)) == 0


def test_scores_of_a_cell(rows):
    X, y = rows
    [split, *_] = splits_of(y, 1)

    def scored():
        return score_arm(SAMPLERS[FILTERED], X, y, split, tuned=True, classifiers=("knn",))

    found = scored()
    assert {name.rpartition("/")[0] for name in found if "/" in name} == {"knn/plain", "knn/tuned"}
    assert found["n_made"] == 36
    assert found["knn/plain/threshold"] == 0.5
    # A threshold changes no probability.
    assert found["knn/plain/roc_auc"] == found["knn/tuned/roc_auc"]
    assert scored() == found | {"resample_seconds": pytest.approx(0, abs=60)}


def test_a_repeat_has_the_same_folds_however_many_there_are(rows):
    _, y = rows
    few, many = splits_of(y, 1), splits_of(y, 3)
    for one, other in zip(few, many[:5], strict=True):
        np.testing.assert_array_equal(one.test, other.test)
    assert [split.repeat for split in many] == [0] * 5 + [1] * 5 + [2] * 5


def test_what_was_adapted_is_noted(rows):
    X, y = rows
    split = Split(0, 0, np.r_[0:30, 60:62], np.arange(62, 75))  # two rare rows to train on
    found = score_arm(SAMPLERS["SMOTE"], X, y, split, classifiers=("knn",))
    note = "SMOTE used k_neighbors=1 instead of 5 for class 1 (2 rows)."
    assert list(found["notes"]) == [note]


def test_test_rows_are_never_seen_in_training(rows):
    X, y = rows
    [split, *_] = splits_of(y, 1)
    changed = X.copy()
    changed[split.test] = np.random.default_rng(3).normal(size=changed[split.test].shape) * 1e6
    seen = []

    def watch(sampler, X, y):
        seen.append((X, y))
        return resample(sampler, X, y)

    for table in (X, changed):
        score_arm(None, table, y, split, tuned=True, classifiers=("knn",), resampling=watch)
    half = len(seen) // 2
    assert half == 1 + scoring.INNER_FOLDS
    for (one, labels), (other, same) in zip(seen[:half], seen[half:], strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(labels, same)


def test_gaps_are_filled_by_the_training_rows(rows):
    train, test = np.array([[1.0], [3.0], [np.nan], [5.0]]), np.array([[np.nan], [3.0]])
    _, prepared = scoring._prepared(train, test)
    assert prepared[0] == prepared[1]  # 3 is the median


def test_rows_of_a_set_are_cut_as_it_says():
    y = np.repeat([0, 1], [600, 300])
    study = SETS["SUPPORT2 vitals 10:1"]
    rows = study._rows(y)
    assert np.bincount(y[rows]).tolist() == [450, 45]
    assert (np.diff(rows) > 0).all()
    whole = SETS["SUPPORT2 vitals"]._rows(y)
    assert np.bincount(y[whole]).tolist() == [450, 225]
    assert len(SETS["ecoli"]._rows(y)) == 900


def test_own_rows_among_the_nearest_are_counted():
    own, others = np.array([[0.0], [0.1]]), np.array([[5.0], [5.1], [5.2], [9.0]])
    assert own_share(np.array([[0.05]]), own, others).tolist() == [0.4]

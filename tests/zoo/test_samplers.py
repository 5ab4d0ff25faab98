import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.under_sampling import NearMiss, RandomUnderSampler, TomekLinks
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone

from rarebit.zoo import get_treatment, list_treatments
from rarebit.zoo.samplers import AdaptiveSampler

RESAMPLING = [
    name for name in list_treatments(installed=True) if get_treatment(name).kind == "resampling"
]
PURE_OVER_SAMPLING = [
    "random_over", "smote", "smotenc", "borderline_smote", "adasyn", "svm_smote",
]  # fmt: skip


def table(counts, *, seed=0, spread=1.0):
    """Rows of ``len(counts)`` classes; the first column is a category code."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(counts)), counts)
    X = rng.normal(size=(len(y), 4)) + spread * y[:, None]
    X[:, 0] = rng.integers(0, 3, len(y))
    order = rng.permutation(len(y))
    return X[order], y[order]


def rows_of(X):
    return {tuple(row) for row in X}


def assert_rows_belong_to_their_class(name, given, resampled):
    """No class is lost, and every row lies among the given rows of its class."""
    (X, y), (X_new, y_new) = given, resampled
    assert_array_equal(np.unique(y_new), np.unique(y))
    for label in np.unique(y):
        own, rows = X[y == label], X_new[y_new == label]
        low, high = own.min(axis=0), own.max(axis=0)
        # SVM-SMOTE also goes half a step beyond a safe support vector.
        margin = (0.5 if name == "svm_smote" else 0) * (high - low) + 1e-9
        assert (rows >= low - margin).all()
        assert (rows <= high + margin).all()
    if name in ("random_over", "random_under"):
        assert rows_of(np.c_[X_new, y_new]) <= rows_of(np.c_[X, y])


# QI-SMOTE warns of what it adapts; a cell keeps the warning as a note.
@pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", RESAMPLING)
@pytest.mark.parametrize(
    "counts",
    [
        (40, 1), (40, 2), (40, 3), (40, 20), (30, 3, 1), (20, 20), (1, 1), (2, 1), (5, 4, 3, 2, 1),
    ],
)  # fmt: skip
def test_every_sampler_runs_on_any_class_sizes(name, counts):
    given = table(counts, spread=10.0)
    resampled = AdaptiveSampler(get_treatment(name).sampler(0)).fit_resample(*given)
    assert_rows_belong_to_their_class(name, given, resampled)


@pytest.mark.parametrize("name", PURE_OVER_SAMPLING)
@pytest.mark.parametrize("counts", [(40, 1), (40, 2), (40, 3), (30, 3, 1), (5, 4, 3, 2, 1)])
def test_over_samplers_keep_every_row_and_enlarge_every_small_class(name, counts):
    X, y = table(counts)
    X_new, y_new = AdaptiveSampler(get_treatment(name).sampler(0)).fit_resample(X, y)
    assert_array_equal(X_new[: len(y)], X)
    assert_array_equal(y_new[: len(y)], y)
    grown = np.bincount(y_new)
    assert (grown[1:] > np.array(counts[1:])).all()
    # ADASYN rounds by row; SVM-SMOTE leaves a share out where all rows are safe or all in danger.
    if name not in ("adasyn", "svm_smote"):
        assert_array_equal(grown, max(counts))


# As above.
@pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")
@pytest.mark.parametrize("name", RESAMPLING)
def test_twenty_six_classes(name):
    given = table([60, *range(1, 26)], spread=0.3)
    resampled = AdaptiveSampler(get_treatment(name).sampler(0)).fit_resample(*given)
    assert_rows_belong_to_their_class(name, given, resampled)


@pytest.mark.parametrize("name", RESAMPLING)
def test_where_nothing_has_to_be_adapted_it_is_the_sampler_itself(name):
    X, y = table((60, 25), spread=0.5)
    adaptive = AdaptiveSampler(get_treatment(name).sampler(3))
    X_new, y_new = adaptive.fit_resample(X, y)
    X_plain, y_plain = get_treatment(name).sampler(3).fit_resample(X, y)
    assert_array_equal(X_new, X_plain)
    assert_array_equal(y_new, y_plain)
    assert adaptive.notes_ == []


def test_a_class_keeps_as_many_neighbours_as_it_has():
    X, y = table((40, 10, 3, 2, 1))
    sampler = AdaptiveSampler(SMOTE(random_state=0), ["a", "b", "c", "d", "e"])
    _, y_new = sampler.fit_resample(X, y)
    assert_array_equal(np.bincount(y_new), 40)
    assert sampler.notes_ == [
        "SMOTE used k_neighbors=2 instead of 5 for class c (3 rows).",
        "SMOTE used k_neighbors=1 instead of 5 for class d (2 rows).",
        "SMOTE could make no rows for class e (1 row): copies of its rows were added instead.",
    ]


def test_a_class_of_two_rows_is_filled_between_them():
    X, y = table((10, 2))
    X_new, _ = AdaptiveSampler(SMOTE(random_state=0)).fit_resample(X, y)
    first, second = X[y == 1]
    made = X_new[len(y) :]
    step = (made - first) @ (second - first) / np.sum((second - first) ** 2)
    np.testing.assert_allclose(made, first + step[:, None] * (second - first), atol=1e-12)
    assert ((step >= 0) & (step <= 1)).all()


def test_a_class_of_one_row_is_copied():
    X, y = table((10, 1))
    X_new, y_new = AdaptiveSampler(SMOTE()).fit_resample(X, y)
    assert rows_of(X_new[y_new == 1]) == rows_of(X[y == 1])
    assert np.sum(y_new == 1) == 10


@pytest.mark.parametrize("sampler", [BorderlineSMOTE(random_state=0), ADASYN(random_state=0)])
def test_classes_far_apart_get_copies_where_the_sampler_sees_no_border(sampler):
    X, y = table((60, 21), spread=1000.0)
    adaptive = AdaptiveSampler(sampler)
    X_new, y_new = adaptive.fit_resample(X, y)
    assert_array_equal(np.bincount(y_new), 60)
    copies, times = np.unique(X_new[y_new == 1], axis=0, return_counts=True)
    assert len(copies) == 21
    assert set(times) == {2, 3}  # evenly: 60 rows from 21
    assert "copies of its rows" in adaptive.notes_[0]


def test_support_vectors_that_are_all_noise_give_copies():
    grid = np.stack(np.meshgrid(np.arange(20.0), np.arange(10.0)), axis=-1).reshape(-1, 2)
    X = np.vstack([grid, [[2.5, 2.5], [9.5, 6.5], [16.5, 2.5]]])
    y = np.repeat([0, 1], [200, 3])
    with pytest.raises(ValueError, match="noise"):
        SVMSMOTE(k_neighbors=2, random_state=0).fit_resample(X, y)
    adaptive = AdaptiveSampler(SVMSMOTE(random_state=0))
    X_new, y_new = adaptive.fit_resample(X, y)
    assert_array_equal(np.bincount(y_new), 200)
    assert rows_of(X_new[y_new == 1]) == rows_of(X[y == 1])
    assert adaptive.notes_ == [
        "SVMSMOTE could make no rows for class 1 (3 rows): copies of its rows were added instead."
    ]


def test_a_combination_cleans_after_the_adapted_over_sampling():
    X, y = table((40, 2))
    adaptive = AdaptiveSampler(get_treatment("smote_tomek").sampler(0))
    X_new, y_new = adaptive.fit_resample(X, y)
    X_over, y_over = AdaptiveSampler(SMOTE(random_state=0)).fit_resample(X, y)
    X_clean, y_clean = TomekLinks(sampling_strategy="all").fit_resample(X_over, y_over)
    assert_array_equal(X_new, X_clean)
    assert_array_equal(y_new, y_clean)
    assert "k_neighbors=1" in adaptive.notes_[0]


def test_a_combination_with_parts_left_to_it():
    X, y = table((40, 3))
    adaptive = AdaptiveSampler(SMOTEENN(random_state=0))
    adaptive.fit_resample(X, y)
    assert "k_neighbors=2 instead of 5" in adaptive.notes_[0]


def test_a_class_that_cleaning_removes_gets_its_rows_back():
    class DropClass(BaseEstimator):
        def fit_resample(self, X, y):
            self.sample_indices_ = np.flatnonzero(y != 1)
            return X[y != 1], y[y != 1]

    X, y = table((6, 3))
    adaptive = AdaptiveSampler(DropClass())
    X_new, y_new = adaptive.fit_resample(X, y)
    assert_array_equal(X[adaptive.sample_indices_], X_new)
    assert_array_equal(y[adaptive.sample_indices_], y_new)
    assert adaptive.notes_ == ["DropClass removed class 1 (3 rows): its rows were put back."]


@pytest.mark.parametrize(
    "sampler", [RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)]
)
def test_sample_indices_point_at_the_rows_given(sampler):
    X, y = table((20, 4))
    adaptive = AdaptiveSampler(sampler)
    X_new, y_new = adaptive.fit_resample(X, y)
    assert_array_equal(X[adaptive.sample_indices_], X_new)
    assert_array_equal(y[adaptive.sample_indices_], y_new)


def test_sample_indices_are_none_where_rows_are_made():
    X, y = table((20, 8))
    adaptive = AdaptiveSampler(SMOTE(random_state=0))
    adaptive.fit_resample(X, y)
    assert adaptive.sample_indices_ is None


def test_under_sampler_with_fewer_rows_than_neighbours():
    X, y = table((20, 2))
    with pytest.raises(ValueError, match="n_neighbors"):
        NearMiss(n_neighbors=3).fit_resample(X, y)
    adaptive = AdaptiveSampler(NearMiss(n_neighbors=3))
    _, y_new = adaptive.fit_resample(X, y)
    assert_array_equal(np.bincount(y_new), [2, 2])
    assert adaptive.notes_ == ["NearMiss used n_neighbors=2 instead of 3 for class 1 (2 rows)."]


class Refusing:
    """A user's sampler without scikit-learn's conventions."""

    def fit_resample(self, X, y):
        raise ValueError("not today")


def test_a_sampler_that_always_fails_leaves_the_rows_and_says_so():
    X, y = table((5, 3))
    adaptive = AdaptiveSampler(Refusing())
    X_new, y_new = adaptive.fit_resample(X, y)
    assert_array_equal(X_new, X)
    assert_array_equal(y_new, y)
    assert adaptive.notes_ == ["Refusing could not be applied: not today"]


def test_a_single_class_is_left_as_it_is():
    X, y = table((5,))
    adaptive = AdaptiveSampler(SMOTE())
    X_new, _ = adaptive.fit_resample(X, y)
    assert_array_equal(X_new, X)
    assert "could not be applied" in adaptive.notes_[0]


def test_a_fault_of_the_sampler_is_not_hidden():
    class Faulty:
        def fit_resample(self, X, y):
            raise TypeError("a fault")

    with pytest.raises(TypeError, match="a fault"):
        AdaptiveSampler(Faulty()).fit_resample(*table((5, 3)))


def test_labels_need_not_be_codes():
    X, y = table((10, 3))
    adaptive = AdaptiveSampler(SMOTE(random_state=0))
    _, y_new = adaptive.fit_resample(X, np.array(["alive", "died"])[y])
    assert np.sum(y_new == "died") == 10
    assert "class died (3 rows)" in adaptive.notes_[0]


def test_clone_and_parameters():
    adaptive = AdaptiveSampler(SMOTE(k_neighbors=3), ["a", "b"])
    copy = clone(adaptive)
    assert copy.get_params()["sampler__k_neighbors"] == 3
    assert copy.sampler is not adaptive.sampler
    copy.fit_resample(*table((10, 5)))
    assert not hasattr(adaptive, "notes_")


def test_the_same_seed_gives_the_same_rows():
    X, y = table((30, 4, 1))
    adaptive = AdaptiveSampler(get_treatment("borderline_smote").sampler(5))
    first, _ = adaptive.fit_resample(X, y)
    second, _ = adaptive.fit_resample(X, y)
    assert_array_equal(first, second)


# As above.
@pytest.mark.filterwarnings("ignore::rarebit.exceptions.RarebitWarning")
@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(st.integers(1, 12), min_size=2, max_size=5),
    name=st.sampled_from(RESAMPLING),
    spread=st.sampled_from([0.0, 1.0, 100.0]),
)
def test_no_class_sizes_break_a_sampler_or_lose_a_class(counts, name, spread):
    rows = table(counts, spread=spread)
    resampled = AdaptiveSampler(get_treatment(name).sampler(0)).fit_resample(*rows)
    assert_rows_belong_to_their_class(name, rows, resampled)

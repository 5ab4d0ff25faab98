import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.neighbors import KNeighborsClassifier

from rarebit.datasets import Role
from rarebit.zoo import get_classifier, get_treatment, list_treatments, raw_proba
from rarebit.zoo.pipeline import build_pipeline
from rarebit.zoo.registry import as_classifier_spec, as_treatment, compatible

ROLES = {"age": Role.NUMERIC, "ward": Role.CATEGORICAL, "smoker": Role.BOOLEAN}


def table(n_rows=120):
    rng = np.random.default_rng(0)
    y = (rng.random(n_rows) < 0.25).astype(np.int64)
    age = rng.normal(50, 10, n_rows) + 15 * y
    age[::9] = np.nan
    ward = rng.choice(np.array(["a", "b", "c", None], dtype=object), n_rows)
    frame = pd.DataFrame({"age": age, "smoker": rng.integers(0, 2, n_rows).astype(float)})
    frame["ward"] = pd.Series(ward, dtype=object)
    return frame, y


def steps(treatment):
    pipeline = build_pipeline(get_classifier("knn"), get_treatment(treatment), ROLES, 0)
    return list(pipeline.named_steps)


def test_where_the_sampler_stands():
    assert steps("untouched") == ["encode", "one_hot", "classify"]
    assert steps("smote") == ["encode", "one_hot", "sample", "classify"]
    assert steps("smotenc") == ["encode", "sample", "one_hot", "classify"]


@pytest.mark.parametrize("name", list_treatments(installed=True))
def test_every_treatment_fits_and_predicts(name):
    X, y = table()
    spec, treatment = get_classifier("decision_tree"), get_treatment(name)
    assert compatible(spec, treatment, True) is None
    pipeline = build_pipeline(spec, treatment, ROLES, 0).fit(X, y)
    assert np.mean(raw_proba(pipeline, X).argmax(axis=1) == y) > 0.7


def test_smotenc_makes_no_category_between_two():
    X, y = table()
    pipeline = build_pipeline(get_classifier("knn"), get_treatment("smotenc"), ROLES, 0)
    encoded = pipeline["encode"].fit_transform(X)
    resampled, _ = pipeline["sample"].fit_resample(encoded, y)
    assert set(resampled[:, 0]) <= set(encoded[:, 0])
    assert len(resampled) > len(encoded)


def test_the_sampler_resamples_training_rows_and_leaves_rows_to_be_predicted_alone():
    X, y = table()
    pipeline = build_pipeline(get_classifier("knn"), get_treatment("smote"), ROLES, 0).fit(X, y)
    assert pipeline["classify"].knn_.n_samples_fit_ == 2 * np.sum(y == 0)
    matrix = pipeline["one_hot"].transform(pipeline["encode"].transform(X))
    expected = pipeline["classify"].predict_proba(matrix)
    np.testing.assert_array_equal(raw_proba(pipeline, X.iloc[:7]), expected[:7])
    np.testing.assert_array_equal(raw_proba(pipeline, X), expected)


def test_parameters_weights_and_notes_are_reached_by_name():
    X, y = table()
    pipeline = build_pipeline(
        get_classifier("decision_tree"), get_treatment("smote"), ROLES, 0, class_names=["no", "yes"]
    ).set_params(classify__max_depth=2)
    few = np.flatnonzero(y == 0).tolist() + np.flatnonzero(y == 1)[:3].tolist()
    pipeline.fit(X.iloc[few], y[few])
    assert pipeline["classify"].get_depth() <= 2
    assert pipeline["sample"].notes_ == [
        "SMOTE used k_neighbors=2 instead of 5 for class yes (3 rows)."
    ]
    plain = build_pipeline(get_classifier("decision_tree"), get_treatment("untouched"), ROLES, 0)
    plain.fit(X, y, classify__sample_weight=y.astype(float))
    assert (raw_proba(plain, X).argmax(axis=1) == 1).all()


def test_class_weights_become_a_parameter_where_fit_takes_no_weights():
    class Weighty(KNeighborsClassifier):
        def __init__(self, n_neighbors=5, class_weight=None):
            super().__init__(n_neighbors=n_neighbors)
            self.class_weight = class_weight

    spec = as_classifier_spec("mine", Weighty())
    pipeline = build_pipeline(spec, get_treatment("class_weights"), ROLES, 0)
    assert pipeline["classify"].class_weight == "balanced"
    assert build_pipeline(spec, get_treatment("smote"), ROLES, 0)["classify"].class_weight is None


def test_a_sampler_of_the_user():
    class Twice:
        def fit_resample(self, X, y):
            return np.vstack([X, X]), np.hstack([y, y])

    X, y = table()
    pipeline = build_pipeline(get_classifier("knn"), as_treatment("twice", Twice()), ROLES, 0)
    pipeline.fit(X, y)
    assert pipeline["classify"].knn_.n_samples_fit_ == 2 * len(y)


@pytest.mark.parametrize("treatment", ["untouched", "smote", "smotenc"])
def test_what_is_fitted_is_stored_without_pickle(treatment):
    X, y = table()
    pipeline = build_pipeline(get_classifier("knn"), get_treatment(treatment), ROLES, 0).fit(X, y)
    stored = skops.io.dumps(pipeline)
    loaded = skops.io.loads(stored, trusted=skops.io.get_untrusted_types(data=stored))
    np.testing.assert_array_equal(raw_proba(loaded, X), raw_proba(pipeline, X))

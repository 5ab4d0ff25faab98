import numpy as np
import pytest
from imblearn.over_sampling import SMOTE, SMOTENC
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from rarebit.datasets import Role
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.zoo import get_classifier, get_treatment, list_classifiers, list_treatments
from rarebit.zoo.pipeline import build_pipeline
from rarebit.zoo.registry import as_classifier_spec, as_treatment, compatible


def test_every_listed_name_can_be_looked_up():
    for name in list_classifiers(installed=True):
        assert get_classifier(name).name == name
    for name in list_treatments(installed=True):
        assert get_treatment(name).name == name


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(InputError, match=r"no classifier 'forest'.*random_forest"):
        get_classifier("forest")
    with pytest.raises(InputError, match=r"no treatment 'smot'.*smote"):
        get_treatment("smot")
    with pytest.raises(
        InputError, match=r"'xgb': did you mean 'xgboost'\? Available: logistic_regression, knn"
    ):
        get_classifier("xgb")


def test_a_library_that_is_not_installed(monkeypatch):
    def missing(module):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("rarebit.zoo.spec.is_installed", lambda module: False)
    monkeypatch.setattr("rarebit._common.optional.import_module", missing)
    assert "xgboost" in list_classifiers()
    assert "xgboost" not in list_classifiers(installed=True)
    with pytest.raises(MissingExtraError, match="boosting"):
        get_classifier("xgboost")


@pytest.mark.parametrize(
    ("classifier", "treatment", "has_categorical", "reason"),
    [
        ("random_forest", "untouched", False, None),
        ("random_forest", "class_weights", False, None),
        ("random_forest", "smotenc", True, None),
        ("random_forest", "smotenc", False, "SMOTENC needs categorical columns"),
        ("knn", "class_weights", False, "Nearest neighbours does not support weights"),
        ("easy_ensemble", "untouched", False, None),
        ("easy_ensemble", "tuned_threshold", False, None),
        ("easy_ensemble", "smote", False, "EasyEnsemble balances the classes by itself"),
        ("easy_ensemble", "class_weights", False, "EasyEnsemble balances the classes by itself"),
    ],
)
def test_what_goes_together(classifier, treatment, has_categorical, reason):
    pair = get_classifier(classifier), get_treatment(treatment)
    assert compatible(*pair, has_categorical) == reason


@pytest.mark.parametrize(
    ("estimator", "weighted_by"),
    [
        (LogisticRegression(), "sample_weight"),
        (KNeighborsClassifier(), None),
        (make_pipeline(LogisticRegression()), None),
    ],
)
def test_how_weights_reach_a_classifier_of_the_user(estimator, weighted_by):
    assert as_classifier_spec("mine", estimator).weighted_by == weighted_by


def test_a_classifier_of_the_user_keeps_its_values_and_takes_the_seed_where_it_has_none():
    given = BaggingClassifier(LinearSVC(C=3, random_state=1))
    made = as_classifier_spec("mine", given).factory(7)
    params = made.get_params()
    assert params["estimator__C"] == 3
    assert params["random_state"] == 7
    assert params["estimator__random_state"] == 1
    assert given.random_state is None


def test_a_sampler_of_the_user():
    treatment = as_treatment("mine", SMOTE(k_neighbors=2))
    assert (treatment.kind, treatment.name) == ("resampling", "mine")
    assert treatment.sampler(7).get_params()["random_state"] == 7


def test_smotenc_of_the_user_sees_the_categories():
    treatment = as_treatment("mine", SMOTENC(categorical_features=[5], k_neighbors=2))
    assert treatment.categorical == "required"
    pipeline = build_pipeline(
        get_classifier("knn"), treatment, {"a": Role.NUMERIC, "b": Role.CATEGORICAL}, 0
    )
    sampler = pipeline["sample"].sampler
    assert (sampler.categorical_features, sampler.k_neighbors) == ([0], 2)


def test_a_sampler_without_conventions_is_copied():
    class Twice:
        def fit_resample(self, X, y):
            return np.vstack([X, X]), np.hstack([y, y])

    sampler = Twice()
    copy = as_treatment("twice", sampler).sampler(0)
    assert type(copy) is Twice
    assert copy is not sampler


@pytest.mark.parametrize("wrong", [RidgeClassifier, object(), "ridge"])
def test_what_is_no_classifier(wrong):
    with pytest.raises(InputError, match=r"'mine'.*fit and predict"):
        as_classifier_spec("mine", wrong)


@pytest.mark.parametrize("wrong", [SMOTE, RidgeClassifier(), None])
def test_what_is_no_sampler(wrong):
    with pytest.raises(InputError, match=r"'mine'.*fit_resample"):
        as_treatment("mine", wrong)

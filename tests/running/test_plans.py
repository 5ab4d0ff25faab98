"""The plan: what is compared, what is left out, and that it is said."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.linear_model import RidgeClassifier

from rarebit._common import optional
from rarebit.datasets import Dataset, Role
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.running.plans import make_plan
from rarebit.zoo import PRESETS, list_classifiers, list_treatments


def make_dataset(role=Role.NUMERIC):
    return Dataset(
        "d", pd.DataFrame({"a": [1.0, 2.0]}), np.array([0, 1]), ("no", "yes"), 1, {"a": role}
    )


def test_a_preset_is_its_product_less_what_does_not_go_together():
    plan = make_plan(make_dataset(), PRESETS["quick"])
    assert len(plan.candidates) == 15
    assert ("knn", "class_weights") not in plan.candidates
    assert any("does not support weights" in line for line in plan.left_out)


def test_what_a_preset_leaves_out_is_said():
    said = " ".join(make_plan(make_dataset(), PRESETS["quick"]).left_out)
    for name in set(list_classifiers()) - set(PRESETS["quick"].classifiers):
        assert name in said
    for name in set(list_treatments()) - set(PRESETS["quick"].treatments):
        assert name in said
    assert "no search" in said


def test_thorough_is_everything():
    plan = make_plan(make_dataset(Role.CATEGORICAL), PRESETS["thorough"])
    assert set(plan.classifiers) == set(list_classifiers(installed=True))
    assert set(plan.treatments) == set(list_treatments(installed=True))


def test_names_choose_and_objects_join():
    chosen = make_plan(make_dataset(), PRESETS["quick"], models=["svm"], treatments=["smote"])
    assert chosen.candidates == [("svm", "smote")]
    joined = make_plan(make_dataset(), PRESETS["quick"], models={"mine": RidgeClassifier()})
    assert ("mine", "smote") in joined.candidates
    assert ("random_forest", "smote") in joined.candidates
    sampler = make_plan(make_dataset(), PRESETS["quick"], models=SMOTE(k_neighbors=2))
    assert ("random_forest", "SMOTE") in sampler.candidates


def test_a_name_of_the_zoo_cannot_be_taken():
    with pytest.raises(InputError, match="taken"):
        make_plan(make_dataset(), PRESETS["quick"], models={"knn": RidgeClassifier()})


def test_a_missing_library_is_an_error_where_chosen_and_said_where_not(monkeypatch):
    monkeypatch.setattr("rarebit.zoo.spec.is_installed", lambda module: False)

    def absent(module):
        raise MissingExtraError(f"{module} is not installed; it comes with the extra 'boosting'")

    monkeypatch.setattr("rarebit.zoo.registry.import_extra", absent)
    with pytest.raises(MissingExtraError, match="boosting"):
        make_plan(make_dataset(), PRESETS["quick"], models=["lightgbm"])
    assert "lightgbm" in optional.EXTRA_OF_MODULE


def test_a_pair_is_compared_alone():
    plan = make_plan(
        make_dataset(),
        PRESETS["quick"],
        models=["knn", "svm"],
        treatments=["untouched"],
        pairs=[("svm", "smote"), ("knn", "untouched"), ("knn", "class_weights")],
    )
    assert plan.candidates == [("knn", "untouched"), ("svm", "untouched"), ("svm", "smote")]
    assert any("does not support weights" in line for line in plan.left_out)
    assert {"svm", "smote", "untouched"} <= set(plan.labels())
    with pytest.raises(InputError, match="sorcery"):
        make_plan(make_dataset(), PRESETS["quick"], pairs=[("svm", "sorcery")])


def test_strong_and_quick_candidates_run_first_and_each_reference_before_its_treatments():
    plan = make_plan(
        make_dataset(),
        PRESETS["quick"],
        models=["svm", "random_forest", "logistic_regression", ("mine", RidgeClassifier())],
        treatments=["smote", "untouched", "class_weights", "tuned_threshold"],
    )
    assert [treatment for _, treatment in plan.candidates[:8]] == [
        "tuned_threshold", "tuned_threshold", "untouched", "untouched",
        "class_weights", "class_weights", "smote", "smote",
    ]  # fmt: skip
    order = list(dict.fromkeys(classifier for classifier, _ in plan.candidates))
    assert order == ["logistic_regression", "mine", "random_forest", "svm"]

"""QCLMixNetClassifier stored and opened again."""

import numpy as np
import pandas as pd
import pytest
from qcl_mixnet_cases import quick, table
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rarebit.persistence import load, save
from rarebit.tabular import (
    QCLMixNetClassifier,
)


def test_saved_and_loaded_it_predicts_the_same_to_the_last_bit(data, tmp_path):
    X, y = data
    names = np.array(["common", "rare", "rarer"])[y]
    model = quick().fit(pd.DataFrame(X).add_prefix("x"), names)
    opened = load(save(model, tmp_path / "model"))
    frame = pd.DataFrame(X).add_prefix("x")
    np.testing.assert_array_equal(opened.predict_proba(frame), model.predict_proba(frame))
    np.testing.assert_array_equal(opened.embed(frame), model.embed(frame))
    np.testing.assert_array_equal(opened.predict(frame), model.predict(frame))
    assert opened.history_ == model.history_
    assert not list((tmp_path / "model").rglob("*.pkl"))


@pytest.mark.parametrize(
    "parameters",
    [{"quantum": "circuit"}, {"attention": "features"}, {"hidden_width": 8, "quantum": "gate"}],
)
def test_every_variant_comes_back_from_its_folder(data, tmp_path, parameters):
    X, y = data
    model = quick(epochs=1, **parameters).fit(X, y)
    opened = QCLMixNetClassifier.from_folder(tmp_path, model.to_folder(tmp_path))
    np.testing.assert_array_equal(opened.predict_proba(X), model.predict_proba(X))


def test_saved_with_categories_and_in_a_pipeline(tmp_path):
    frame, y = table()
    model = quick(missing="impute").fit(frame, y)
    opened = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(opened.predict_proba(frame), model.predict_proba(frame))
    pipeline = make_pipeline(StandardScaler(), quick()).fit(frame[["age"]], y)
    opened = load(save(pipeline, tmp_path / "pipeline"))
    expected = pipeline.predict_proba(frame[["age"]])
    np.testing.assert_array_equal(opened.predict_proba(frame[["age"]]), expected)


def test_an_unfitted_model_can_be_saved(tmp_path):
    opened = load(save(quick(quantum="gate"), tmp_path / "model"))
    assert opened.get_params() == quick(quantum="gate").get_params()

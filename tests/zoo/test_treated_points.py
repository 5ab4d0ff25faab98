"""Operating points of a model: fitted inside, stored, and switched when new rows are decided."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError

from rarebit.decision import fit_points, parse_points
from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.recalibrating import recalibrated

AT = ["recall>=0.9", "alerts<=20", "p>=0.3"]


@pytest.fixture(scope="module")
def rare():
    """A table of 1000 rows, one in ten of class "ill"."""
    X, y = make_classification(1000, weights=[0.9], flip_y=0.05, random_state=0)
    return X, np.where(y == 1, "ill", "well")


@pytest.fixture(scope="module")
def model(rare):
    return TreatedClassifier("logistic_regression", at=AT).fit(*rare)


def test_points_are_those_fitted_on_the_rows_kept(model):
    kept = model.held_out_
    again = fit_points(parse_points(AT), kept.proba, kept.y, positive=0, out_of_fold=True)
    assert model.classes_[model.positive_] == "ill"
    assert [*model.points_] == AT
    for found, expected in zip(model.points_.values(), again, strict=True):
        np.testing.assert_equal(vars(found), vars(expected))


def test_the_first_point_decides_and_others_can_be_asked_for(rare, model):
    X, y = rare
    p = model.predict_proba(X)[:, 0]
    alerts = model.predict(X) == "ill"
    np.testing.assert_array_equal(alerts, p >= model.points_["recall>=0.9"].threshold)
    assert alerts[y == "ill"].mean() >= 0.9
    assert (model.predict(X, at="alerts <= 20") == "ill").sum() == 20
    np.testing.assert_array_equal(model.predict(X, at="p>=30%") == "ill", p >= 0.3)
    # The decision of the treatment, which ranks, stays as it is.
    np.testing.assert_array_equal(model.decide(X)[0] == 0, p >= model.threshold_)


def test_a_point_that_is_not_stored_is_fitted_on_the_rows_kept(rare, model):
    kept = model.held_out_
    [expected] = fit_points(
        parse_points("precision>=0.8"), kept.proba, kept.y, positive=0, out_of_fold=True
    )
    assert model.point("precision>=0.8") == expected
    assert model.point("precision>=0.8").confidence == 0.9
    assert not model.point("precision>=0.8").is_exact
    with pytest.raises(InputError, match="give one operating point of a model for two classes"):
        model.point("recall>=0.9,p>=0.5")


def test_points_are_stored_with_the_model(rare, model, tmp_path):
    opened = load(save(model, tmp_path / "model"))
    np.testing.assert_equal(
        {text: vars(point) for text, point in opened.points_.items()},
        {text: vars(point) for text, point in model.points_.items()},
    )
    np.testing.assert_array_equal(opened.predict(rare[0]), model.predict(rare[0]))


def test_recalibration_fits_them_again(rare, model):
    X, y = rare
    codes = np.searchsorted(model.classes_, y)
    rare_elsewhere = np.where(codes == 0, 5.0, 1.0)
    updated = recalibrated(model, model.predict_proba(X), codes, rare_elsewhere, "offset")
    kept = updated.held_out_
    expected = fit_points(
        parse_points(AT), kept.proba, kept.y, positive=0, sample_weight=kept.weight,
        out_of_fold=True,
    )  # fmt: skip
    for found, point in zip(updated.points_.values(), expected, strict=True):
        np.testing.assert_equal(vars(found), vars(point))
    before, after = (each.points_["recall>=0.9"].threshold for each in (model, updated))
    assert after > before
    assert (updated.predict(X)[y == "ill"] == "ill").mean() >= 0.9


def test_rows_that_cannot_be_split_replace_those_of_training(rare, model):
    X, _ = rare
    proba = model.predict_proba(X[:1])
    updated = recalibrated(model, proba, np.array([0]), np.ones(1), "offset")
    np.testing.assert_array_equal(updated.held_out_.y, [0])
    np.testing.assert_allclose(updated.held_out_.proba, updated.predict_proba(X[:1]))


def test_the_treatment_decides_without_a_point(rare):
    X, y = rare
    plain = TreatedClassifier("logistic_regression").fit(X, y)
    assert (plain.points_, plain.point()) == ({}, None)
    np.testing.assert_array_equal(plain.predict(X), plain.classes_[plain.decide(X)[0]])
    assert plain.point("recall>=0.9").confidence == 0.9


def test_points_need_out_of_fold_rows_where_nothing_else_does(rare):
    X, y = rare
    options = {"treatment": "untouched", "calibrate": False}
    asked = TreatedClassifier("gaussian_nb", at="recall>=0.9", **options).fit(X, y)
    assert len(asked.held_out_.y) == 1000
    plain = TreatedClassifier("gaussian_nb", **options).fit(X, y)
    assert (plain.predict(X, at="p>=0.3") == "ill").sum() > 0
    with pytest.raises(InputError, match="keeps no rows to fit it on: train it again"):
        plain.predict(X, at="recall>=0.9")


def test_what_cannot_be_used_is_refused(rare):
    X, y = rare
    with pytest.raises(InputError, match=r"at is 'recall=0.9': give recall>=0.9"):
        TreatedClassifier("gaussian_nb", at="recall=0.9").fit(X, y)
    with pytest.raises(InputError, match="confidence is 95: give a number above 0 and below 1"):
        TreatedClassifier("gaussian_nb", at="p>=0.5", confidence=95).fit(X, y)
    three = np.where(X[:, 0] > 1, "dead", y)
    with pytest.raises(InputError, match="needs two classes, and there are 3"):
        TreatedClassifier("gaussian_nb", at="recall>=0.9").fit(X, three)
    with pytest.raises(InputError, match="needs two classes, and there are 3"):
        TreatedClassifier("gaussian_nb").fit(X, three).predict(X, at="p>=0.5")


def test_a_model_that_is_not_fitted_says_so(rare):
    for ask in ("predict", "predict_proba", "predict_review"):
        with pytest.raises(NotFittedError):
            getattr(TreatedClassifier("logistic_regression"), ask)(rare[0])

"""Tables that QCLMixNetClassifier takes: categories, other libraries, missing values."""

import numpy as np
import pytest
from qcl_mixnet_cases import quick, table
from sklearn.utils import get_tags

from rarebit.exceptions import InputError
from rarebit.tabular import (
    NetworkClassifier,
    QCLMixNetClassifier,
)


def test_tables_with_categories():
    frame, y = table()
    model = quick(epochs=30).fit(frame, y)
    assert model.score(frame, y) == 1
    assert list(model.feature_names_in_) == ["age", "ward", "old"]
    with (
        pytest.raises(InputError, match="categorical columns ward: give a data frame"),
        pytest.warns(UserWarning, match="feature names"),
    ):
        model.predict(frame.to_numpy())
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"age": "years"}))
    died, new = (model.predict_proba(frame.assign(ward=ward))[:, 0] for ward in ("c", "new"))
    assert (died > new).all()


@pytest.mark.parametrize("estimator", [QCLMixNetClassifier(), NetworkClassifier()])
def test_the_tags_say_that_tables_may_hold_categories_but_arrays_no_strings(estimator):
    tags = get_tags(estimator).input_tags
    assert (tags.categorical, tags.string, tags.allow_nan) == (True, False, False)
    assert get_tags(estimator.set_params(missing="impute")).input_tags.allow_nan
    frame, y = table()
    with pytest.raises(ValueError, match="could not convert string to float"):
        estimator.fit(frame[["ward"]].to_numpy(dtype=object), y)


@pytest.mark.parametrize("columns", [["age", "ward", "old"], ["age", "old"]])
def test_polars_gives_the_same_as_pandas_without_pyarrow(monkeypatch, columns):
    polars = pytest.importorskip("polars")
    monkeypatch.delattr(polars.DataFrame, "to_pandas")  # which needs pyarrow
    monkeypatch.delattr(polars.DataFrame, "to_arrow")
    frame, y = table()
    frame = frame[columns]
    other = polars.DataFrame({name: frame[name].tolist() for name in columns})
    from_pandas = quick().fit(frame, y)
    from_polars = quick().fit(other, polars.Series(y.tolist()))
    assert from_polars.feature_names_in_.tolist() == columns
    np.testing.assert_array_equal(
        from_pandas.predict_proba(frame), from_polars.predict_proba(other)
    )


def test_lazy_and_arrow_tables_are_tables():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame, y = table()
    expected = quick().fit(frame, y).predict_proba(frame)
    columns = {name: frame[name].tolist() for name in frame}
    arrow = pyarrow.table(columns)
    for X, labels in ((polars.LazyFrame(columns), y), (arrow, pyarrow.chunked_array([y.tolist()]))):
        np.testing.assert_array_equal(quick().fit(X, labels).predict_proba(X), expected)


def test_missing_values_are_refused_or_imputed_with_a_mask():
    frame, _ = table()
    frame["age"] = frame["age"].where(np.arange(80) % 4 > 0)
    frame.loc[3, "ward"] = None
    y = frame["age"].isna().astype(int)  # to be learned from the mask alone
    with pytest.raises(InputError, match="missing='impute'"):
        quick().fit(frame, y)
    with pytest.raises(InputError, match="missing='impute'"):
        quick().fit(frame[["age"]], y)
    assert quick(epochs=30, missing="impute").fit(frame, y).score(frame, y) > 0.9
    age = frame[["age"]]
    assert quick(epochs=30, missing="impute").fit(age, y).score(age, y) > 0.9

"""ONNX files say what the models say that they were made of."""

import json

import numpy as np
import pandas as pd
import pytest
from extras import needs
from scipy.special import expit
from sklearn.ensemble import GradientBoostingClassifier

from rarebit import load, save
from rarebit.datasets import Role
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier, at_prevalence

pytest.importorskip("skl2onnx")
pytest.importorskip("onnxmltools")
onnxruntime = pytest.importorskip("onnxruntime")

from rarebit.export import to_onnx  # noqa: E402 - its libraries are optional


def table(n_rows, seed, classes=("no", "yes")):
    """Numbers, dates, yes/no and categories with gaps, and rare classes that depend on them."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(n_rows, 2)).sum(axis=1)
    kind = rng.choice(["a", "b", "c"], n_rows, p=[0.6, 0.3, 0.1])
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), unit="D")
    frame = pd.DataFrame(
        {
            "x": score + rng.normal(size=n_rows),
            "amount paid": np.exp(score + rng.normal(size=n_rows)).round(2),
            "kind": kind.astype(object),
            "of many": [f"v{i}" for i in rng.integers(0, 45, n_rows)],
            "day": day,
            "flag": rng.choice(["yes", "no"], n_rows),
        }
    )
    for name in frame.columns:
        frame.loc[rng.uniform(size=n_rows) < 0.05, name] = None
    score += (kind == "b") + rng.normal(size=n_rows)
    cuts = np.quantile(score, [0.85, 0.95][: len(classes) - 1])
    return frame, np.array(classes)[np.searchsorted(cuts, score)]


def run(model, rows):
    """Labels and probabilities of the exported model for rows as they were read."""
    session = onnxruntime.InferenceSession(
        to_onnx(model).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    texts = (Role.CATEGORICAL, Role.TEXT)
    values = {
        name: rows[name].fillna("") if model.roles_[name] in texts else rows[name]
        for name in model.roles_
    }
    return session.run(
        None, {name: cells.to_numpy().reshape(-1, 1) for name, cells in values.items()}
    )


def disagreements(model, frame):
    """Number of rows with another label or probability; each is at a split that float32 blurs."""
    values = model.read(frame)
    labels, proba = run(model, values)
    unlike = (np.abs(proba - model.predict_proba(frame)) > 1e-5).any(axis=1)
    unlike |= labels != model.predict(frame)
    assert not (unlike & ~near_a_split(model, values)).any()
    return int(unlike.sum())


def near_a_split(model, values):
    """Rows with a feature above a split that it equals when both are rounded to float32."""
    steps = model.pipeline_.pipeline
    if type(steps[-1]).__name__ not in ("LGBMClassifier", "HistGradientBoostingClassifier"):
        return np.zeros(len(values), dtype=bool)  # linear, or rounded by the classifier itself
    features = steps[:-1].transform(values)
    lowered = features - np.abs(features) * np.finfo(np.float32).eps
    own, other = (steps[-1].predict_proba(given) for given in (features, lowered))
    return (np.abs(own - other) > 1e-6).any(axis=1)


def test_a_logistic_regression_by_hand():
    frame = pd.DataFrame({"age": [40.0, 45.0, 50.0, 55.0, 60.0, 65.0]})
    model = TreatedClassifier("logistic_regression", "untouched", calibrate=False)
    model.fit(frame, [0, 0, 1, 0, 1, 1])
    classifier = model.pipeline_.pipeline[-1]
    new = pd.DataFrame({"age": [30.0, 52.5, 1e6, np.nan]})
    scaled = (new["age"].fillna(52.5) - frame["age"].mean()) / frame["age"].std(ddof=0)
    p = expit(classifier.coef_[0, 0] * scaled + classifier.intercept_[0])
    labels, proba = run(model, new)
    np.testing.assert_allclose(proba, np.column_stack([1 - p, p]), atol=1e-12)
    assert labels.tolist() == (p > 0.5).astype(int).tolist()
    assert labels.dtype == np.int64


@pytest.mark.slow
@pytest.mark.parametrize(
    ("treatment", "classes"),
    [
        ("tuned_threshold", ("no", "yes")),
        ("class_weights", ("no", "yes")),
        ("smotenc", ("no", "some", "much")),
    ],
    ids=["threshold", "weights", "smotenc"],
)
@pytest.mark.parametrize(
    "classifier",
    [
        "logistic_regression",
        "decision_tree",
        "random_forest",
        "extra_trees",
        "balanced_random_forest",
        "hist_gradient_boosting",
        GradientBoostingClassifier(random_state=0),
        pytest.param("lightgbm", marks=needs("lightgbm")),
        pytest.param("xgboost", marks=needs("xgboost")),
    ],
    ids=str,
)
def test_every_kind_of_model_agrees_on_10_000_rows(classifier, treatment, classes, tmp_path):
    frame, y = table(1000, 0, classes)
    save(TreatedClassifier(classifier, treatment).fit(frame, y), tmp_path / "model")
    new, _ = table(10_000, 1)
    new.loc[:20, "kind"] = "unseen"
    assert disagreements(load(tmp_path / "model"), new) < 10


@pytest.fixture(scope="module")
def fitted():
    """A model with operating points, and rows."""
    frame, y = table(400, 0)
    at = ["recall>=0.8", "alerts<=50", "p>=0.3"]
    return TreatedClassifier("logistic_regression", at=at).fit(frame, y), frame, y


def test_inputs_are_the_columns_and_metadata_hold_the_operating_points(fitted):
    model, *_ = fitted
    converted = to_onnx(model)
    meaning = {column.name: column.doc_string for column in converted.graph.input}
    assert list(meaning) == list(model.roles_)
    assert meaning["day"] == "date: days since 1970-01-01; nan where missing"
    facts = {item.key: json.loads(item.value) for item in converted.metadata_props}
    assert facts["classes"] == ["no", "yes"]
    assert facts["positive"] == "yes"
    points = facts["operating_points"]
    assert [points[at]["threshold"] for at in ("alerts<=50", "p>=0.3")] == [None, 0.3]
    assert {at: point["statement"] for at, point in points.items()} == {
        at: point.statement for at, point in model.points_.items()
    }


def test_the_first_operating_point_decides(fitted):
    model, frame, _ = fitted
    labels, proba = run(model, model.read(frame))
    threshold = model.points_["recall>=0.8"].threshold
    assert (labels == np.where(proba[:, 1] >= threshold, "yes", "no")).all()
    assert disagreements(model, frame) == 0


def test_another_prevalence_and_a_cut_of_the_rows_are_followed(fitted):
    model, frame, y = fitted
    assert disagreements(at_prevalence(model, 0.01), frame) == 0
    cut = TreatedClassifier("logistic_regression", "untouched", max_rows=150).fit(frame, y)
    assert cut.pipeline_.uncut_prior is not None
    assert disagreements(cut, frame) == 0


def test_costs_decide():
    frame, y = table(400, 0, ("no", "some", "much"))
    costs = [[0, 1, 9], [1, 0, 2], [5, 3, 0]]
    assert (
        disagreements(
            TreatedClassifier("logistic_regression", cost_matrix=costs).fit(frame, y), frame
        )
        == 0
    )


def test_text_by_its_target_shares_is_looked_up():
    rng = np.random.default_rng(0)
    words = np.array([f"word {i} of a note" for i in range(150)])
    places = rng.integers(0, 150, 900)
    y = (rng.uniform(size=900) < 0.05 + 0.9 * (places % 5 == 0)).astype(int)
    frame = pd.DataFrame({"note": words[places], "x": rng.normal(size=900)})
    model = TreatedClassifier("logistic_regression", roles={"note": "text"}).fit(frame, y)
    assert model.roles_["note"] == Role.TEXT
    assert (
        disagreements(model, pd.concat([frame, pd.DataFrame({"note": ["new", None], "x": 0.0})]))
        == 0
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"classifier": "svm"}, "SVC cannot be exported to ONNX: train one of LogisticRegression,"),
        ({"at": "alerts<=50"}, "alerts<=50 depends on all rows of a batch"),
        ({"cost_matrix": [[0, 5], ["x", 5]]}, "depends on the amount in column 'x'"),
    ],
)
def test_what_cannot_be_expressed_is_refused(options, says):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.uniform(size=60)})
    options = {"classifier": "logistic_regression"} | options
    model = TreatedClassifier(**options).fit(frame, np.arange(60) % 5 == 0)
    with pytest.raises(InputError, match=says):
        to_onnx(model)


def test_other_objects_and_single_classes_are_refused():
    with pytest.raises(InputError, match="a list: only models of `compare` and `train`"):
        to_onnx([])
    frame = pd.DataFrame({"label": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(InputError, match="one class only"):
        to_onnx(TreatedClassifier("logistic_regression").fit(frame, [1] * 4))
    with pytest.raises(InputError, match="Column 'label' has the name of an output"):
        to_onnx(TreatedClassifier("logistic_regression").fit(frame, [1, 1, 0, 0]))
    frame = frame.rename(columns={"label": "classifier/X"})
    with pytest.raises(InputError, match="Column 'classifier/X' may have the name of a node"):
        to_onnx(TreatedClassifier("logistic_regression").fit(frame, [1, 1, 0, 0]))

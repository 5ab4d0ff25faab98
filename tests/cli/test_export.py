"""`rarebit export` as its users call it; what it writes is tested with `to_onnx`."""

import json

import numpy as np
import pandas as pd
import pytest

from rarebit import save
from rarebit.zoo import TreatedClassifier

pytest.importorskip("skl2onnx")


@pytest.fixture
def frame(tmp_path):
    """A stored model in ./model, and one that cannot be exported in ./svm."""
    rng = np.random.default_rng(0)
    y = rng.uniform(size=100) < 0.2
    frame = pd.DataFrame({"x": rng.normal(size=100) + y, "kind": rng.choice(["a", "b"], 100)})
    for name, classifier in (("model", "logistic_regression"), ("nb", "gaussian_nb")):
        model = TreatedClassifier(classifier, "untouched", calibrate=False)
        save(model.fit(frame, np.where(y, "ill", "well")), tmp_path / name)


def test_the_file_is_written_and_its_inputs_named(rarebit, frame, tmp_path):
    onnx = pytest.importorskip("onnx")
    code, out, err = rarebit("export", "model", "model.onnx")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "model exported: model.onnx",
        "Inputs:",
        "  x: numeric: number; nan where missing",
        "  kind: categorical: text; empty where missing",
    ]
    onnx.checker.check_model(onnx.load(tmp_path / "model.onnx"))
    code, out, _ = rarebit("export", "model", "model.onnx", "--json")
    assert list(json.loads(out)["inputs"]) == ["x", "kind"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nb", "nb.onnx"), "GaussianNB cannot be exported"),
        (("none", "m.onnx"), "none is not a"),
        (("model", "m.pkl"), "m.pkl is no name of an ONNX file: end it in .onnx."),
    ],
)
def test_a_refusal_is_one_line_and_nothing_is_written(rarebit, frame, tmp_path, arguments, says):
    code, _, err = rarebit("export", *arguments)
    assert code == 2
    assert says in " ".join(err.split())
    assert err.count("\n") == 1
    assert not (tmp_path / arguments[1]).exists()

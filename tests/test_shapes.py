"""The shapes in signatures are enforced in the test run, and only there."""

import subprocess
import sys

import numpy as np
import pytest
import shapes
from shapes import ShapeError

MODULE = """
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    Square = Float[np.ndarray, "n n"]


class Curve(NamedTuple):
    x: Float[np.ndarray, " points"]
    y: Float[np.ndarray, " points"]


@dataclass
class Fit:
    curve: Float[np.ndarray, "2 points"]


def gather(proba: Float[np.ndarray, "rows classes"], y: Int[np.ndarray, " rows"] | None = None):
    if proba.ndim != 2:
        raise ValueError("its own check comes first")
    return proba


def widen(x: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " rows"]:
    return np.append(x, 0.0)


def curve(n: int, m: int, x: Float[np.ndarray, " points"]) -> Curve:
    return Curve(np.zeros(n), np.zeros(m))


def fit(x: Float[np.ndarray, " n"]) -> Fit:
    return Fit(np.zeros((len(x), 1)))


def transposed(square: Square) -> Square:
    return square.T


def both(pair: tuple[Float[np.ndarray, " n"], Int[np.ndarray, " n"]]):
    return pair


class Model:
    def decide(self, proba: Float[np.ndarray, "rows classes"]) -> Int[np.ndarray, " rows"]:
        return proba.argmax(axis=0)


def plain(x):
    return x
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    folder = tmp_path_factory.mktemp("annotated")
    (folder / "annotated_module.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(sys, "meta_path", sys.meta_path.copy())
        shapes.enforce("annotated_module")
        import annotated_module

        yield annotated_module
    del sys.modules["annotated_module"]


def test_right_shapes_pass(module):
    proba = np.zeros((3, 2))
    assert module.gather(proba, np.zeros(3, int)) is proba
    assert module.gather(proba) is proba
    assert module.gather(np.zeros((3, 2), np.float32), y=None).dtype == np.float32
    assert module.curve(2, 2, np.zeros(2)).x.shape == (2,)
    assert module.fit(np.zeros(2)).curve.shape == (2, 1)
    assert module.Model().decide(np.zeros((3, 3))).tolist() == [0, 0, 0]
    assert module.both((np.zeros(2), np.zeros(2, int)))[0].shape == (2,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.gather(np.zeros((3, 2)), np.zeros(2, int)), r"gather: y is int64\[2\]"),
        (lambda m: m.gather(np.zeros((3, 2), int)), r"gather: proba is int64\[3, 2\]"),
        (lambda m: m.gather(np.zeros((1, 2)), y=[0]), "gather: y is list"),
        (lambda m: m.widen(np.zeros(3)), r"widen: return is float64\[4\]"),
        (lambda m: m.curve(2, 3, np.zeros(2)), r"curve: return.y is float64\[3\]"),
        (lambda m: m.curve(3, 3, np.zeros(2)), r"curve: return.x is float64\[3\]"),
        (lambda m: m.fit(np.zeros(3)), r"fit: return.curve is float64\[3, 1\]"),
        (lambda m: m.transposed(np.zeros((2, 3))), r"transposed: square is float64\[2, 3\]"),
        (lambda m: m.both((np.zeros(2), np.zeros(3, int))), "both: pair is tuple"),
        (lambda m: m.Model().decide(np.zeros((3, 2))), r"Model\.decide: return is int64\[2\]"),
    ],
)
def test_wrong_shapes_fail(module, call, message):
    with pytest.raises(ShapeError, match=message):
        call(module)


def test_a_function_refuses_its_input_itself(module):
    with pytest.raises(ValueError, match="its own check comes first"):
        module.gather(np.zeros(3))


def test_a_function_without_arrays_is_left_alone(module):
    assert not hasattr(module.plain, "__wrapped__")


def test_rarebits_own_functions_are_checked():
    from rarebit import metrics

    with pytest.raises(ShapeError, match=r"brier: proba is int64\[2, 2\]"):
        metrics.brier(np.array([0, 1]), np.eye(2, dtype=np.int64), n_classes=2, positive=1)


def test_the_package_does_not_import_jaxtyping():
    code = (
        "import sys; sys.modules['jaxtyping'] = sys.modules['beartype'] = None; "
        "import rarebit.metrics, rarebit.decision, rarebit.statistics"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

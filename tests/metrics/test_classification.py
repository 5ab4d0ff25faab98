"""Label metrics against scikit-learn, imbalanced-learn and hand-worked counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score, specificity_score
from sklearn import metrics as sk

import rarebit.metrics as ours

REFERENCES = {
    "macro_f1": lambda y, p, w: sk.f1_score(
        y, p, average="macro", zero_division=0, sample_weight=w
    ),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, p, sample_weight=w),
    "g_mean": lambda y, p, w: geometric_mean_score(y, p, average="multiclass", sample_weight=w),
    "mcc": lambda y, p, w: sk.matthews_corrcoef(y, p, sample_weight=w),
    "accuracy": lambda y, p, w: sk.accuracy_score(y, p, sample_weight=w),
    "macro_precision": lambda y, p, w: sk.precision_score(
        y, p, average="macro", zero_division=0, sample_weight=w
    ),
    "macro_recall": lambda y, p, w: sk.recall_score(y, p, average="macro", sample_weight=w),
}
METRICS = [*REFERENCES, "sensitivity", "specificity"]


def score(name, y, labels, n_classes, positive=None, sample_weight=None):
    function = getattr(ours, name)
    return function(y, labels, n_classes=n_classes, positive=positive, sample_weight=sample_weight)


@st.composite
def predictions(draw, every_class=False):
    """Codes, labels and whole-number weights for two to four classes."""
    n_classes = draw(st.integers(2, 4))
    codes = st.integers(0, n_classes - 1)
    rows = draw(st.lists(st.tuples(codes, codes, st.integers(1, 3)), min_size=1, max_size=30))
    if every_class:
        rows += [(code, draw(codes), 1) for code in range(n_classes)]
    y, labels, weight = np.array(rows, dtype=np.int64).T
    return y, labels, weight, n_classes


@pytest.mark.parametrize("name", REFERENCES)
@given(predictions(every_class=True))
def test_equals_the_reference_where_every_class_occurs(name, drawn):
    y, labels, weight, n_classes = drawn
    for w in (None, weight.astype(float)):
        expected = REFERENCES[name](y, labels, w)
        assert score(name, y, labels, n_classes, sample_weight=w) == pytest.approx(expected)


@given(predictions(every_class=True), st.sampled_from([0, 1]))
def test_two_class_sensitivity_and_specificity_are_the_recalls(drawn, positive):
    # Not against imbalanced-learn, whose specificity mixes weights and row counts.
    y, labels, weight, _ = drawn
    y, labels = y % 2, labels % 2
    for name, code in (("sensitivity", positive), ("specificity", 1 - positive)):
        expected = sk.recall_score(y, labels, pos_label=code, sample_weight=weight)
        assert score(name, y, labels, 2, positive, weight) == pytest.approx(expected)


def test_many_class_specificity_equals_imbalanced_learn():
    rng = np.random.default_rng(0)
    y, labels = rng.integers(4, size=(2, 60))
    expected = specificity_score(y, labels, average="macro")
    assert score("specificity", y, labels, 4) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRICS)
@given(predictions(), st.randoms(use_true_random=False))
def test_range_order_of_rows_and_weights_as_repetition(name, drawn, random):
    y, labels, weight, n_classes = drawn
    value = score(name, y, labels, n_classes, sample_weight=weight.astype(float))
    assert np.isnan(value) or (-1 if name == "mcc" else 0) - 1e-12 <= value <= 1 + 1e-12
    order = np.array(random.sample(range(len(y)), len(y)))
    shuffled = score(
        name, y[order], labels[order], n_classes, sample_weight=weight[order].astype(float)
    )
    repeated = score(name, np.repeat(y, weight), np.repeat(labels, weight), n_classes)
    assert [shuffled, repeated] == pytest.approx([value, value], nan_ok=True)


def test_confusion_matrix_adds_weights_by_cell():
    y, labels = np.array([0, 2, 2, 0]), np.array([1, 2, 0, 1])
    expected = [[0, 1.5, 0], [0, 0, 0], [4, 0, 2]]
    weight = np.array([0.5, 2, 4, 1])
    assert ours.confusion_matrix(y, labels, 3, weight).tolist() == expected
    assert ours.confusion_matrix(y, labels, 3).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_small_integers_do_not_overflow(dtype):
    codes = np.array([15, 16], dtype=dtype)
    assert np.argwhere(ours.confusion_matrix(codes, codes, 20)).tolist() == [[15, 15], [16, 16]]


def test_a_class_absent_from_y_is_left_out_of_the_averages():
    # Class 2 is predicted once and never true: a false alarm for class 0 and no more.
    y, labels = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])
    assert score("macro_f1", y, labels, 3) == pytest.approx((2 / 3 + 1) / 2)
    assert sk.f1_score(y, labels, average="macro") == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert score("macro_precision", y, labels, 3) == 1
    assert score("macro_recall", y, labels, 3) == 0.75
    assert score("g_mean", y, labels, 3) == pytest.approx(np.sqrt(0.5))


def test_a_class_never_predicted_has_precision_0():
    y, labels = np.array([0, 0, 0, 1]), np.zeros(4, dtype=np.int64)
    assert score("macro_precision", y, labels, 2) == 0.375


def test_mcc_of_a_constant_guess_is_0_and_of_a_single_class_undefined():
    y = np.array([0, 0, 1])
    assert score("mcc", y, np.zeros(3, dtype=np.int64), 2) == 0
    assert np.isnan(score("mcc", np.zeros(3, dtype=np.int64), y, 2))


def test_two_class_scores_of_an_absent_class_are_undefined():
    y, labels = np.zeros(3, dtype=np.int64), np.array([0, 0, 1])
    assert np.isnan(score("sensitivity", y, labels, 2, positive=1))
    assert score("specificity", y, labels, 2, positive=1) == pytest.approx(2 / 3)
    assert np.isnan(score("specificity", y, labels, 2, positive=0))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.filterwarnings("error")
def test_no_rows_or_no_weight_score_nan(name):
    nothing = np.array([], dtype=np.int64)
    assert np.isnan(score(name, nothing, nothing, 3))
    one = np.array([0])
    assert np.isnan(score(name, one, one, 2, sample_weight=np.zeros(1)))

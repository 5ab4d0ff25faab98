"""Operating points as text, and the decisions of fitted ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.decision import FittedPoint, OperatingPoint, parse_points
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("recall>=0.95", "recall", 0.95),
        ("precision>=0.5", "precision", 0.5),
        ("fpr<=0.01", "fpr", 0.01),
        ("fpr<=1e-3", "fpr", 0.001),
        ("alerts<=50", "alerts", 50),
        ("alerts<=0.5%", "alert_rate", 0.005),
        ("p>=0.2", "p", 0.2),
        (" Recall  >= 95 % ", "recall", 0.95),
        ("sensitivity≥0.9", "recall", 0.9),
    ],
)
def test_a_point_is_read(text, kind, value):
    [point] = parse_points(text)
    assert (point.kind, point.value) == (kind, pytest.approx(value))
    assert parse_points(str(point)) == [point]


@given(st.sampled_from(["recall", "precision", "alert_rate", "p"]), st.integers(1, 9999))
def test_a_point_is_read_as_it_is_written(kind, ten_thousandths):
    point = OperatingPoint(kind, ten_thousandths / 10_000)
    [again] = parse_points(str(point))
    assert (again.kind, again.value) == (kind, pytest.approx(point.value))


def test_several_points():
    expected = ["recall>=0.95", "alerts<=50", "p>=0.2"]
    assert list(map(str, parse_points("recall>=0.95, alerts<=50;p>=0.2"))) == expected
    assert list(map(str, parse_points(["recall>=0.95", "alerts<=50,p>=0.2"]))) == expected
    assert parse_points(None) == parse_points([]) == []


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("recall>0.95", "'recall>0.95': give recall>=0.95, if that is meant."),
        ("recall=0.95", "'recall=0.95': give recall>=0.95, if that is meant."),
        ("recall<=0.95", "'recall<=0.95': give recall>=0.95, if that is meant."),
        ("recall >= 0,95", "'recall >= 0,95': give recall>=0.95, if that is meant."),
        ("alerts<50", "'alerts<50': give alerts<=50, if that is meant."),
        ("recall>=95", "'recall>=95': did you mean recall>=0.95 or recall>=95%?"),
        ("fpr<=5", "'fpr<=5': did you mean fpr<=0.05 or fpr<=5%?"),
        ("recall>=950", "'recall>=950': recall must be a number above 0 and at most 1."),
        ("recall>=-1", "'recall>=-1': recall must be a number above 0 and at most 1."),
        ("alerts<=100%", "'alerts<=100%': alerts must be above 0 % and below 100 %."),
        ("fpr<=1", "'fpr<=1': fpr must be a number of at least 0 and below 1."),
        ("p>=nan", "'p>=nan': p must be a number from 0 to 1."),
        ("alerts<=0.5", "'alerts<=0.5': give a whole number of rows, such as alerts<=50, or a "),
        ("alerts<=1e999", "'alerts<=1e999': give a whole number of rows"),
        ("precision>=half", "'precision>=half': 'half' is not a number; give recall>=0.95, "),
        ("f1>=0.5", "'f1>=0.5': give recall>=0.95, precision>=0.5, fpr<=0.01, alerts<=50, "),
        ("", "'': give recall>=0.95"),
        (0.95, "0.95: give text such as recall>=0.95"),
        (["recall>=0.9", None], "None: give text such as"),
    ],
)
def test_wrong_text_is_refused_in_one_line(at, says):
    with pytest.raises(InputError) as error:
        parse_points(at)
    assert str(error.value).startswith(f"at is {says}")
    assert "\n" not in str(error.value)


def test_a_point_given_twice_is_refused():
    with pytest.raises(InputError, match=r"at holds alerts<=50 twice: give each .* once\."):
        parse_points("alerts<=50,alerts<=50.0")


def fitted(text, threshold, positive=1):
    [point] = parse_points(text)
    return FittedPoint(point, positive, threshold, 0.9, False, "")


def test_a_threshold_decides_from_its_value_on():
    proba = np.array([[0.8, 0.2], [0.5, 0.5], [0.4, 0.6]])
    assert fitted("recall>=0.9", 0.5).decide(proba).tolist() == [0, 1, 1]
    assert fitted("recall>=0.9", 0.5, positive=0).decide(proba).tolist() == [0, 0, 1]
    assert fitted("precision>=0.9", np.inf).decide(proba).tolist() == [0, 0, 0]


def test_the_top_rows_are_taken_and_of_equal_ones_the_first():
    p = np.array([0.1, 0.7, 0.3, 0.3, 0.9, 0.3])
    found = [fitted(f"alerts<={k}", np.nan).alerts(p).nonzero()[0].tolist() for k in (1, 3, 4, 9)]
    assert found == [[4], [1, 2, 4], [1, 2, 3, 4], [0, 1, 2, 3, 4, 5]]
    assert fitted("alerts<=3", np.nan).decide(np.empty((0, 2))).tolist() == []

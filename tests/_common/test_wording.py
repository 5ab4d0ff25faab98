"""How numbers and lists are written."""

import math

import numpy as np
import pytest

from rarebit._common import wording

NAN = math.nan


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        ("a", "a"),
        ([1, 2], "1 and 2"),
        (iter("abc"), "a, b and c"),
        ("abcd", "a, b, c and d"),
    ],
)
def test_listed(items, text):
    assert wording.listed(items) == text


def test_first_few_counts_the_others():
    assert wording.first_few([]) == ""
    assert wording.first_few("abcde") == "a, b, c, d, e"
    assert wording.first_few("abcdef") == "a, b, c, d, e and 1 more"
    assert wording.first_few(["x", 2], most=1) == "x and 1 more"


def test_closest_suggests_up_to_three_names():
    assert wording.closest("sexx", ["sex", "age"]) == ": did you mean 'sex'?"
    names = ["aaaa", "aaab", "aaac", "aaad"]
    assert wording.closest("aaaa", names).count(" or ") == 2
    assert wording.closest("xyz", names) == ""


def test_closest_looks_at_neither_case_nor_what_is_left_out():
    assert wording.closest("DIED", ["sex", "Died"]) == ": did you mean 'Died'?"
    assert wording.closest("boosting", ["hist_gradient_boosting"]).endswith("_boosting'?")
    assert wording.closest("x", ["x_ray_of_the_chest"]) == ""


def test_listed_with_another_word():
    assert wording.listed(["l1", "l2"], "or") == "l1 or l2"


def test_shortened():
    assert wording.shortened("x" * 200) == "x" * 200
    assert wording.shortened("x" * 201) == "x" * 199 + "…"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (wording.number(0.12345), "0.123"),
        (wording.number(np.float32(2), 1), "2.0"),
        (wording.number(-0.5), "−0.500"),
        (wording.number(0.5, signed=True), "+0.500"),
        (wording.number(NAN), "–"),
        (wording.number(-math.inf), "–"),
        (wording.in_a_sentence("Macro F1"), "macro F1"),
        (wording.in_a_sentence("G-mean"), "G-mean"),
        (wording.in_a_sentence("SMOTE + ENN"), "SMOTE + ENN"),
        (wording.in_a_sentence("Borderline-SMOTE"), "Borderline-SMOTE"),
        (wording.in_a_sentence(""), ""),
        (wording.interval(0.25, 0.75), "0.250 to 0.750"),
        (wording.interval(-0.01, 0.02, signed=True), "−0.010 to +0.020"),
        (wording.interval(NAN, NAN), "not estimated"),
        (wording.interval(0.25, NAN), "not estimated"),
        (wording.p_value(0.001), "0.001"),
        (wording.p_value(0.000999), "< 0.001"),
        (wording.p_value(1), "1.000"),
        (wording.p_value(NAN), "–"),
        (wording.p_equals(0.0312), "p = 0.031"),
        (wording.p_equals(1e-9), "p < 0.001"),
        (wording.p_equals(NAN), "p = –"),
        (wording.count(0, "row"), "0 rows"),
        (wording.count(1, "class", "classes"), "1 class"),
        (wording.count(1200, "class", "classes"), "1,200 classes"),
        (wording.percent(0.1), "10\xa0%"),
        (wording.percent(0.0999), "10\xa0%"),
        (wording.percent(0.0123), "1.2\xa0%"),
        (wording.percent(1), "100\xa0%"),
        (wording.percent(NAN), "–"),
        (wording.seconds(0), "0 ms"),
        (wording.seconds(0.0123), "12 ms"),
        (wording.seconds(0.0999), "100 ms"),
        (wording.seconds(0.5), "500 ms"),
        (wording.seconds(1), "1 s"),
        (wording.seconds(119.9), "119.9 s"),
        (wording.seconds(120), "2 min"),
        (wording.seconds(NAN), "–"),
        (wording.about(0), "about 1 second"),
        (wording.about(9.6), "about 10 seconds"),
        (wording.about(57.4), "about 55 seconds"),
        (wording.about(57.5), "about 1 minute"),
        (wording.about(5399), "about 90 minutes"),
        (wording.about(5400), "about 1.5 hours"),
    ],
)
def test_numbers(text, expected):
    assert text == expected


@pytest.mark.parametrize(
    ("labels", "alike"),
    [
        (["ill", "ILL"], ["'ill' and 'ILL'"]),
        (["healthy ", "ill", "healthy"], ["'healthy ' and 'healthy'"]),
        (["pre-term", "Pre term", "pre_term", "preterm."], ["'pre-term', 'Pre term', 'pre_term'"]),
        (
            ["e\u0301t\xe9", "\xe9t\xe9"],
            ["'e\u0301t\xe9' and '\xe9t\xe9'"],
        ),  # accents in one sign or two
        (["a", "A", "b", "B"], ["'a' and 'A'", "'b' and 'B'"]),
        (["non-fatal", "non\u2010fatal"], ["'non-fatal' and 'non\u2010fatal'"]),
        (["don't", "don\u2019t"], ["\"don't\" and 'don\u2019t'"]),
        (["10\u201320", "10-20", "20-30"], ["'10\u201320' and '10-20'"]),
        (["0", "1", "01", "10"], ["'1' and '01'"]),
        (["0", "00", "10", "100", "1.05", "1.5"], ["'0' and '00'"]),
        (["HER2+", "HER2-", "HER2"], []),
        (["ER+PR+", "ER-PR+", "1.5", "15", "-1", "1", "<5", ">5", "stage 1", "stage 2"], []),
        ([0, 1, 1.0, True], []),
        (["-", "--", "", " "], []),
    ],
)
def test_classes_written_alike(labels, alike):
    told = wording.written_alike(labels)
    assert len(told) == len(alike)
    for sentence, names in zip(told, alike, strict=True):
        assert sentence.startswith(f"The classes {names}")

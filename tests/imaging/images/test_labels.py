"""Labels and groups: what is accepted, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.imaging.images.labels import NAMED, check_groups, check_label_counts, check_labels


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 1],
        ["a", "b", "a"],
        [[0], [1], [1]],
        [True, False, True],
        np.array([0.0, 1.0, 1.0]),
        np.array([2**62, 0, 0]),
        np.array([b"a", b"b", b"a"]),
        np.array(["a", "b", "a"], dtype=object),
        np.array(["2020-01-01", "2021-01-01", "2020-01-01"], dtype="datetime64[D]"),
        pd.Series(["a", "b", "a"], dtype="category"),
        torch.tensor([0, 1, 1]),
        [torch.tensor(0), torch.tensor(1), np.array(1)],
        [["a"], ["b"], ["b"]],
    ],
)
def test_every_type_of_label(labels):
    found = check_labels(labels, 3)
    assert found.shape == (3,)
    assert len(np.unique(found)) == 2


def test_variable_length_text_becomes_storable():
    assert check_labels(np.array(["a", "bc"], dtype=np.dtypes.StringDType()), 2).dtype.kind == "U"


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        ([0, 1], r"y has shape \(2,\): give one label for each of the 3 images"),
        (3, r"y has shape \(\)"),
        (np.eye(3), r"y has shape \(3, 3\)"),
        ([[1], [2, 3], [1]], "rows of different length"),
        ([1, "x", 1], "y mixes numbers and text, such as 1 and 'x'"),
        (np.array(["x", 1, 1], dtype=object), "mixes numbers and text, such as 1 and 'x'"),
        (["a", None, "b"], "1 of 3 values missing .*position 1: give them a label"),
        (["a", float("nan"), "b"], "1 of 3 values missing"),
        (np.array(["a", None, None], dtype=object), "2 of 3 values missing"),
        (pd.Series(["a", None, "b"], dtype="string"), "1 of 3 values missing"),
        (pd.Series(["a", None, "b"], dtype="category"), "1 of 3 values missing"),
        (np.array(["2020", "NaT", "2021"], dtype="datetime64[D]"), "1 of 3 values missing"),
        ([0.0, np.inf, 1.0], "1 of 3 values missing"),
        ([["a"], [None], ["b"]], "1 of 3 values missing"),
        ([0.0, 0.5, 1.0], r"numbers with fractions, such as 0\.5"),
        ([1j, 2j, 1j], "has type complex128"),
        ([object()] * 3, "has values of type object"),
        (torch.rand(3, requires_grad=True), "rows of different length"),
    ],
)
def test_invalid_labels(labels, what):
    with pytest.raises(InputError, match=what):
        check_labels(labels, 3)


@pytest.mark.parametrize("groups", [["a", None], [1.0, np.nan], [1, "x"], [(1, 2), (1, 2)], [1]])
def test_invalid_groups(groups):
    with pytest.raises(InputError, match="groups"):
        check_groups(groups, 2)


def test_many_classes_with_one_image_are_one_note():
    n = NAMED + 1
    [note] = check_label_counts(np.arange(n))
    assert f"{n} of {n} classes have one image each, such as 0, 1, 2, 3, 4" in note
    assert len(check_label_counts(np.arange(NAMED))) == NAMED

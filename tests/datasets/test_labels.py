"""Labels to classes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebit.datasets.labels import check_class_weights, encode_labels, find_label
from rarebit.exceptions import InputError


@pytest.mark.parametrize(
    ("missing", "other"), [("NA", "HN"), ("Null", "Alt"), ("?", "x"), ("nan", "ok"), ("n/a", "1")]
)
def test_a_class_spelt_as_missing_is_kept_where_one_class_would_be_left(missing, other):
    for cells in ([missing, other, f" {missing} "], pd.Categorical([missing, other, missing])):
        found = encode_labels(pd.Series(cells))
        assert set(found.classes) == {missing, other}
        assert found.labelled.all()
        assert [found.classes[code] for code in found.codes] == [missing, other, missing]
        [note] = found.notes
        assert f"{missing!r} (2 rows) is kept as a class" in note
        assert f"only {other!r} would be left" in note


def test_a_kept_class_is_none_of_the_empty_cells():
    found = encode_labels(pd.Series(["NA", "HN", "", None, np.nan, "NA"], dtype=object))
    assert found.classes == ("HN", "NA")
    assert found.labelled.tolist() == [True, True, False, False, False, True]
    assert found.codes.tolist() == [1, 0, 1]
    assert found.notes[1] == "Left out: 3 of 6 rows without a target."


def test_with_two_other_classes_it_is_missing_and_named():
    found = encode_labels(pd.Series(["NA", "yes", "no", "null", "NA", ""]))
    assert found.classes == ("no", "yes")
    assert found.notes == (
        (
            "Left out: 4 of 6 rows without a target: 'NA' (2 rows), 'null' (1 row) are read "
            "as missing."
        ),
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        # Which of the two words would be the class?
        (["NA", "null", "HN", "HN"], r"class, 'HN'; 'NA' \(1 row\), 'null' \(1 row\) are read as"),
        (["", "", "HN", "HN"], "class, 'HN'; at least two are needed, and 2 rows have no label"),
        ([np.nan, 1.0, 1.0], "class, 1; at least two are needed, and 1 row has no label"),
        (["NA", "NA", ""], "0 labelled rows"),
    ],
)
def test_one_class_is_refused_and_the_rest_explained(cells, message):
    with pytest.raises(InputError, match=message):
        encode_labels(pd.Series(cells))


@given(st.lists(st.sampled_from(["a", "b", " a", "NA", "", "B"]), min_size=2, max_size=12))
def test_every_label_is_the_cell_without_blanks(cells):
    try:
        found = encode_labels(pd.Series(cells))
    except InputError:
        return
    kept = [cell.strip() for cell, known in zip(cells, found.labelled, strict=True) if known]
    assert [found.classes[code] for code in found.codes] == kept
    assert not {cell.strip() for cell in cells if cell.strip() not in ("NA", "")} - set(kept)


@pytest.mark.parametrize(
    ("wanted", "classes", "found"),
    [
        (" yes", ("no", "yes"), "yes"),
        ("Yes", ("no", "yes"), "yes"),
        ("Yes", ("Yes", "yes"), "Yes"),
        ("YES", ("Yes", "yes"), None),  # either could be meant
        ("1", (0.5, 1.0), 1.0),
        ("1.0", (0, 1), 1),
        ("01", (0, 1), 1),
        (1.0, (0, 1), 1),
        ("1", ("01", "02"), "01"),
        ("1", ("1", "01"), "1"),
        ("true", (False, True), True),
        (True, (0, 1), None),
        (10**18 + 1, (10**18, 10**18 + 1), 10**18 + 1),
        ("2", (0, 1), None),
    ],
)
def test_a_class_is_found_in_another_spelling(wanted, classes, found):
    code = find_label(wanted, classes)
    assert (None if code is None else classes[code]) == found


@pytest.mark.parametrize(("first", "n_classes"), [(0, 26), (1, 26), (1, 100)])
def test_numbers_that_count_the_classes_are_kept_with_a_note(first, n_classes):
    found = encode_labels(pd.Series(list(range(first, first + n_classes)) * 4))
    assert found.classes == tuple(range(first, first + n_classes))
    [note] = found.notes
    last = first + n_classes - 1
    assert note.startswith(f"The target has {n_classes} integer values, {first} to {last}, each")


AGES = [*range(18, 60), *range(61, 85), -999]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (AGES, "67 values, -999 to 84"),
        (map(float, AGES), "67 values, -999 to 84"),
        (range(18, 85), "67 values, 18 to 84"),
        (range(101), "101 values, 0 to 100"),
        ([*range(30), 31], "31 values, 0 to 31"),
        (np.arange(30) / 2, "30 values, 0 to 14.5"),
    ],
)
def test_a_quantity_is_refused_however_many_rows_a_value_has(values, said):
    with pytest.raises(InputError, match=f"a number with {said}, a quantity .* as words if each"):
        encode_labels(pd.Series(list(values) * 45))


def test_a_class_without_weight_is_refused():
    codes = np.array([0, 1, 1, 2])
    check_class_weights(np.array([1.0, 0.0, 2.0, 1.0]), codes, ("a", "b", "c"))
    with pytest.raises(InputError, match="every row of class 'b' has weight 0"):
        check_class_weights(np.array([1.0, 0.0, 0.0, 1.0]), codes, ("a", "b", "c"))
    with pytest.raises(InputError, match="every row of classes 'b' and 'c' has weight 0"):
        check_class_weights(np.array([1.0, 0.0, 0.0, 0.0]), codes, ("a", "b", "c"))


def test_a_long_number_is_another_class_if_one_digit_differs():
    assert find_label("1234567890123456770", (1234567890123456781, 5)) is None
    assert find_label("1234567890123456781", (1234567890123456781, 5)) == 0

"""Labels to classes: which rows have one, what the classes are, and which of them matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit._common.wording import count, first_few, listed
from rarebit.datasets.columns.values import (
    EXACT,
    are_numbers,
    as_text,
    parse_numbers,
    text_of,
    words_for_missing,
)
from rarebit.exceptions import InputError

# A number with more values than this is a quantity and not a class, unless it counts classes ...
MOST_NUMERIC_CLASSES = 20
# ... from 0 or 1 to at most this many, each in some rows.
MOST_COUNTED_CLASSES = 100
FEWEST_ROWS_A_VALUE = 4


@dataclass(frozen=True)
class Labels:
    """The target of a table as codes."""

    # Which rows of the table have a label
    labelled: np.ndarray
    # Class labels as the user wrote them, sorted
    classes: tuple[object, ...]
    # Position in ``classes``, for the labelled rows only
    codes: np.ndarray
    notes: tuple[str, ...]


def encode_labels(column: pd.Series) -> Labels:
    """Find the classes of a target column; rows without a label are left out."""
    texts = as_text(column)
    words = words_for_missing(column)
    notes = []
    if len(words) == 1 and len(set(texts) - {None}) == 1:
        [(word, n_rows)] = words.items()
        [other] = set(texts) - {None}
        texts = np.where(np.array([str(cell).strip() for cell in column]) == word, word, texts)
        notes.append(
            f"The target {word!r} ({count(n_rows, 'row')}) is kept as a class, although it often "
            f"means missing: without it, only {other!r} would be left. If it means missing, leave "
            "those cells empty."
        )
        words.clear()
    labelled = pd.notna(texts)
    n_missing = int((~labelled).sum())
    if n_missing:
        notes.append(
            f"Left out: {n_missing} of {len(texts)} rows without a target"
            + (f": {_read_as_missing(words)}" if words else "")
            + "."
        )
    values = _values(column, texts, labelled)
    classes, codes = np.unique(values, return_inverse=True)
    if len(values) < 2:
        raise InputError(f"the target has {len(values)} labelled rows; at least two are needed")
    if len(classes) < 2:
        why = "at least two are needed"
        if words:
            why = f"{_read_as_missing(words)}: write out what is a class"
        elif n_missing:
            why += f", and {count(n_missing, 'row')} {'has' if n_missing == 1 else 'have'} no label"
        raise InputError(f"the target has only one class, {classes.tolist()[0]!r}; {why}")
    if len(classes) > len(values) / 2 and len(values) > MOST_NUMERIC_CLASSES:
        raise InputError(
            f"the target has {len(classes)} classes in {len(values)} rows; "
            "name a column whose values repeat"
        )
    if values.dtype.kind == "i" and len(classes) > MOST_NUMERIC_CLASSES:
        notes.append(
            f"The target has {len(classes)} integer values, {classes[0]} to {classes[-1]}, each "
            "read as a class. If it is a quantity, divide it into classes."
        )
    codes = codes.astype(np.int64).reshape(-1)
    return Labels(labelled, tuple(classes.tolist()), codes, tuple(notes))


def known_codes(column: pd.Series, classes: Sequence[object]) -> np.ndarray:
    """Return the code of each row's label among known classes; -1 where there is no label.

    Labels are compared as :func:`find_label` does; one that is not known is an error.
    """
    exact = {str(label): code for code, label in enumerate(classes)}
    words = np.array([str(cell).strip() for cell in column.to_numpy(dtype=object)], dtype=object)
    codes: dict[str, int] = {}
    unknown: Counter[str] = Counter()
    for word, n_rows in Counter(words).items():
        code = exact.get(word)
        # A word such as "none" means missing, unless it is a class.
        if code is None and text_of(word) is not None:
            code = find_label(word, classes) if len(unknown) < MOST_COUNTED_CLASSES else None
            if code is None:
                unknown[word] = n_rows
        codes[word] = -1 if code is None else code
    if unknown:
        labels = first_few(f"{label!r} ({count(n, 'row')})" for label, n in unknown.most_common())
        raise InputError(
            f"the target has labels that the model does not know: {labels}; it knows "
            f"{first_few(map(repr, classes), most=8)}. Correct them, or leave these rows out"
        )
    return np.array([codes[word] for word in words], dtype=np.int64)


def find_label(wanted: object, classes: Sequence[object]) -> int | None:
    """Return the code of the class that is meant, None if there is none.

    The spelling of the file comes first; then blanks, the way a number is written (1.0 for 1) and
    upper or lower case make no difference, if only one class is like that.
    """
    text = str(wanted).strip()
    numbers = parse_numbers(pd.Series([text, *map(str, classes)], dtype=object))
    ways = (
        [same == wanted and isinstance(same, bool) == isinstance(wanted, bool) for same in classes],
        [str(label) == text for label in classes],
        list((numbers[1:] == numbers[0]) & (np.abs(numbers[1:]) < EXACT)),
        [str(label).casefold() == text.casefold() for label in classes],
    )
    alike = next((np.flatnonzero(found).tolist() for found in ways if any(found)), [])
    return alike[0] if len(alike) == 1 else None


def positive_code(wanted: object, classes: tuple[object, ...], codes: np.ndarray) -> int | None:
    """Return the code of the class that matters; None with three classes or more."""
    if wanted is None:
        if len(classes) > 2:
            return None
        counts = np.bincount(codes, minlength=2)
        return 0 if counts[0] < counts[1] else 1
    found = find_label(wanted, classes)
    if found is None:
        known = first_few(map(repr, classes), most=8)
        raise InputError(f"positive is {wanted!r}: give a class of the target, {known}")
    if len(classes) > 2:
        raise InputError(
            f"positive is {wanted!r}, which needs a target with two classes; this one has "
            f"{len(classes)}"
        )
    return found


def check_class_weights(weight: np.ndarray, codes: np.ndarray, classes: Sequence[object]) -> None:
    """Refuse row weights that leave out a whole class."""
    totals = np.bincount(codes, weight, minlength=len(classes))
    empty = [repr(label) for label, total in zip(classes, totals, strict=True) if total == 0]
    if empty:
        raise InputError(
            f"every row of {'class' if len(empty) == 1 else 'classes'} {listed(empty)} has weight "
            "0; give some of them a weight above 0, or leave these rows out"
        )


def _read_as_missing(words: Counter[str]) -> str:
    """Say which words were read as missing."""
    found = (f"{word!r} ({count(n, 'row')})" for word, n in words.most_common())
    return f"{first_few(found)} {'is' if len(words) == 1 else 'are'} read as missing"


def _values(column: pd.Series, texts: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Return the labels there are, in a type that sorts."""
    if types.is_complex_dtype(column.dtype):
        raise InputError("the target holds complex numbers; name a column of classes")
    if types.is_bool_dtype(column.dtype):
        return column[labelled].to_numpy(dtype=bool)
    if not types.is_numeric_dtype(column.dtype) and not are_numbers(column[labelled]).all():
        return texts[labelled].astype(str)
    values = _numbers(column[labelled])
    distinct = np.unique(values)
    if len(distinct) > MOST_NUMERIC_CLASSES and not _count_classes(distinct, len(values)):
        raise InputError(
            f"the target is a number with {len(distinct)} values, {distinct[0]:g} to "
            f"{distinct[-1]:g}, a quantity and not a class: divide it into classes, or write its "
            "values as words if each is a class"
        )
    return values


def _count_classes(numbers: np.ndarray, n_rows: int) -> bool:
    """Tell whether distinct numbers are 0, 1, 2, ... or 1, 2, ..., each in some rows."""
    return (
        numbers.dtype.kind == "i"
        and numbers[0] in (0, 1)
        and numbers[-1] - numbers[0] + 1 == len(numbers) <= MOST_COUNTED_CLASSES
        and n_rows >= FEWEST_ROWS_A_VALUE * len(numbers)
    )


def _numbers(labels: pd.Series) -> np.ndarray:
    """Return whole numbers as integers: 1.0 and 0.0 are the classes 1 and 0."""
    if types.is_signed_integer_dtype(labels.dtype):
        # float64 would merge long numbers that differ in the last digits.
        return labels.to_numpy(dtype=np.int64)
    numbers = parse_numbers(labels)
    unclear = np.isnan(numbers) | (np.abs(numbers) >= EXACT)
    if unclear.any():
        row = labels.index[unclear.argmax()]
        raise InputError(
            f"the target of data row {row + 1}, {labels[row]}, is infinite or too large to be told "
            "apart from others; use words for the classes"
        )
    return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers

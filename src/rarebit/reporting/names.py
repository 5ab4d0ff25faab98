"""Names as people read them: labels, and text made safe to show."""

from __future__ import annotations

import re
import unicodedata

from rarebit._common.checks import coded
from rarebit._common.wording import NO_BREAK, shortened
from rarebit.datasets import Dataset
from rarebit.evaluation import Comparison
from rarebit.running.cells import Candidate

# The folders of an absolute path, perhaps the value of an option.
_FOLDERS = re.compile(r"^(--[\w-]+=)?(?:[/~]|[A-Za-z]:[\\/]).*[\\/]")
# Characters that change the direction of the text around them, and so can disguise a name.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")

# Blanks at which a line may end; a number and its unit stay together.
_BLANKS = re.compile(rf"[^\S{NO_BREAK}]+")


def clean(text: object, limit: int | None = None) -> str:
    r"""Return text on one line without control characters, cut to ``limit`` with an ellipsis.

    The finding of a check ends in its code.

    >>> clean("two\nlines"), clean("a long name", limit=6), clean("10\xa0%")
    ('two lines', 'a lon…', '10\xa0%')
    """
    shown = _BIDI.sub("", coded(text))
    shown = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in shown)
    shown = " ".join(_BLANKS.split(shown)).strip()
    return shown if limit is None else shortened(shown, limit)


def without_folders(text: str) -> str:
    """Leave out the folders of an absolute path, which name the user.

    >>> without_folders("/home/jane/data.csv"), without_folders("--out=/home/jane/a")
    ('data.csv', '--out=a')
    """
    return _FOLDERS.sub(r"\1", text)


def label(comparison: Comparison, name: str, limit: int | None = None) -> str:
    """Label for people of a classifier or treatment."""
    return clean(comparison.labels.get(name, name), limit)


def candidate_label(comparison: Comparison, candidate: Candidate, limit: int | None = None) -> str:
    """Label of a classifier under a treatment, such as ``"Random forest · SMOTE"``."""
    return " · ".join(label(comparison, name, limit) for name in candidate)


def class_label(dataset: Dataset, code: int, limit: int | None = None) -> str:
    """Class label as the user wrote it."""
    return clean(dataset.classes[code], limit)

"""Numbered checks: what Rarebit looks for in data, models and results, and what it found.

Each check has a section in docs/checks.md.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import wraps
from typing import Literal, NamedTuple, ParamSpec, Self, TypeVar

from rarebit._common.wording import closest
from rarebit.exceptions import InputError, RarebitWarning

P = ParamSpec("P")
Text = TypeVar("Text", bound=str)
# What a check is for: "issue" affects the validity of a result, "tip" is a suggestion.
Kind = Literal["issue", "tip"]
_CODED = re.compile(r"(.*) \[(RB\d{3})\]", re.DOTALL)


class Check(NamedTuple):
    """A numbered check.

    Attributes
    ----------
    code : str
        Such as ``"RB001"``.
    title : str
        What it finds.
    kind : {"issue", "tip"}
        Whether a finding affects the validity of a result, or is a suggestion.
    commands : tuple of str
        The commands that run it; empty if it belongs to a model or a reader.
    """

    code: str
    title: str
    kind: Kind
    commands: tuple[str, ...]

    @property
    def help(self) -> str:
        """Where the check is described."""
        return f"docs/checks.md#{self.code.lower()}"


class CheckResult(NamedTuple):
    """What one check found.

    Attributes
    ----------
    code, title : str
        The check.
    result : {"issue", "tip", "passed", "not applicable", "ignored"}
        The kind of the check where it found something.
    messages : tuple of str
        What it found, in sentences.
    """

    code: str
    title: str
    result: str
    messages: tuple[str, ...] = ()


_DATA = ("compare", "train")
_COMPARE = ("compare",)
_SCORES = ("compare", "evaluate")

CHECKS: dict[str, Check] = {
    check.code: check
    for check in (
        Check("RB001", "Column gives the target away", "issue", _DATA),
        Check("RB002", "Repeated rows", "issue", _DATA),
        Check("RB003", "Labels that differ only in spelling", "issue", _DATA),
        Check("RB004", "Class that may mean missing", "issue", _DATA),
        Check("RB005", "Tiny class", "issue", _DATA),
        Check("RB006", "Extreme imbalance", "tip", _DATA),
        Check("RB007", "Number that may mean missing", "issue", _DATA),
        Check("RB008", "Identifier with repeated values", "issue", _DATA),
        Check("RB009", "Row of totals", "issue", _DATA),
        Check("RB101", "Test set without the rare class", "issue", _COMPARE),
        Check("RB102", "Fewer rows or folds than asked for", "tip", _COMPARE),
        Check("RB103", "Model without a score", "issue", _COMPARE),
        Check("RB104", "Not enough time", "issue", _COMPARE),
        Check("RB105", "Optimistic protocol", "issue", _COMPARE),
        Check("RB106", "Treatment not applied as it is", "tip", _DATA),
        Check("RB107", "Useless decisions", "issue", _SCORES),
        Check("RB108", "No better than random guessing", "issue", _COMPARE),
        Check("RB109", "No error at all", "issue", _COMPARE),
        Check("RB110", "Resampling does not help", "tip", _COMPARE),
        Check("RB111", "Tuned threshold not compared", "tip", _COMPARE),
        Check("RB112", "Probabilities no better than the class shares", "issue", _COMPARE),
        Check("RB113", "Probabilities not calibrated", "issue", _SCORES),
        Check("RB114", "Unstable threshold", "issue", _COMPARE),
        Check("RB115", "Subgroup differs", "issue", _SCORES),
        Check("RB116", "Subgroup too small", "tip", _SCORES),
        Check("RB117", "Probabilities and decisions disagree", "tip", _COMPARE),
        Check("RB201", "Rows of training among the new rows", "issue", ("evaluate",)),
        Check("RB202", "Class without a row", "issue", ("evaluate",)),
        Check("RB203", "Column on another scale or with gaps", "issue", ("evaluate", "predict")),
        Check("RB204", "Column has drifted", "issue", ("evaluate", "monitor")),
        Check("RB205", "Class shares have changed", "issue", ("evaluate",)),
        Check("RB206", "Recalibration would help", "tip", ("evaluate",)),
        Check("RB207", "Cells that the model cannot use", "issue", ("predict",)),
        Check("RB208", "Probabilities have drifted", "issue", ("monitor",)),
        Check("RB209", "More or fewer alerts than expected", "issue", ("monitor",)),
        Check("RB301", "Model that cannot be stored or opened as it is", "issue", ()),
        Check("RB302", "Model of another version", "issue", ()),
        Check("RB303", "Doubtful synthetic rows", "issue", ()),
        Check("RB304", "Much memory needed", "tip", ()),
        Check("RB305", "Images left out or changed", "tip", ()),
        Check("RB306", "No validation split", "tip", ()),
    )
}


def list_checks() -> list[Check]:
    """Return all checks, in the order of their codes.

    Returns
    -------
    list of Check
        Each with ``code``, ``title``, ``kind`` ("issue" or "tip"), ``commands`` and ``help``.

    Examples
    --------
    >>> first = list_checks()[0]
    >>> first.code, first.title, first.kind
    ('RB001', 'Column gives the target away', 'issue')
    """
    return list(CHECKS.values())


class Remark(str):
    """A sentence in which a check says what it found; ``code`` names the check.

    >>> remark = Remark("RB002", "2 of 9 rows are repeated.")
    >>> remark, remark.coded, Remark.read(remark.coded).code
    ('2 of 9 rows are repeated.', '2 of 9 rows are repeated. [RB002]', 'RB002')
    """

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, sentence: str) -> Self:
        """Join a sentence with the code of its check."""
        remark = super().__new__(cls, sentence)
        remark.code = CHECKS[code].code
        return remark

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Pickle with the code."""
        return self.code, str(self)

    @property
    def coded(self) -> str:
        """The sentence with the code at its end."""
        return f"{self} [{self.code}]"

    @classmethod
    def read(cls, text: str) -> str:
        """Return the remark that a text with a code at its end holds; other texts as they are."""
        found = _CODED.fullmatch(text)
        return text if found is None else cls(found[2], found[1])


def coded(text: object) -> str:
    """Return a text as it is printed: with the code of its check at the end, if it has one."""
    return text.coded if isinstance(text, Remark) else str(text)


def reworded(sentence: str, text: str) -> str:
    """Return a text in place of a sentence, as a remark of the same check if that was one."""
    return Remark(sentence.code, text) if isinstance(sentence, Remark) else text


def finds(code: str) -> Callable[[Callable[P, list[str]]], Callable[P, list[str]]]:
    """Make remarks of one check from the sentences that a function returns."""

    def decorated(function: Callable[P, list[str]]) -> Callable[P, list[str]]:
        @wraps(function)
        def found(*args: P.args, **kwargs: P.kwargs) -> list[str]:
            return [Remark(code, sentence) for sentence in function(*args, **kwargs)]

        return found

    return decorated


def warn(code: str, sentence: str, *, stacklevel: int = 3) -> None:
    """Warn a user of Python of what a check found."""
    warnings.warn(Remark(code, sentence).coded, RarebitWarning, stacklevel=stacklevel)


def check_codes(codes: str | Iterable[str] | None, name: str = "ignore_checks") -> tuple[str, ...]:
    """Return the codes of known checks, or raise InputError.

    >>> check_codes("RB0003")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: ignore_checks: there is no check 'RB0003': did you mean ...?
    """
    given = [codes] if isinstance(codes, str) else [str(code) for code in codes or ()]
    for code in given:
        if code not in CHECKS:
            near = closest(str(code), CHECKS) or ", which has the form RB001: see docs/checks.md."
            raise InputError(f"{name}: there is no check {code!r}{near}")
    return tuple(dict.fromkeys(given))


def without(sentences: Iterable[Text], ignored: Collection[str]) -> list[Text]:
    """Leave out what ignored checks found."""
    return [text for text in sentences if getattr(text, "code", None) not in ignored]


def check_results(
    command: str,
    sentences: Sequence[str],
    *,
    ignored: Collection[str] = (),
    not_applicable: Collection[str] = (),
) -> list[CheckResult]:
    """Return the result of each check that a command runs, from all that was said."""
    found: dict[str, list[str]] = {}
    for text in dict.fromkeys(sentences):
        if isinstance(text, Remark):
            found.setdefault(text.code, []).append(str(text))
    results = []
    for check in CHECKS.values():
        messages = () if check.code in ignored else tuple(found.get(check.code, ()))
        if command not in check.commands and not messages:
            continue
        result = "not applicable" if check.code in not_applicable else "passed"
        result = check.kind if messages else "ignored" if check.code in ignored else result
        results.append(CheckResult(check.code, check.title, result, messages))
    return results

"""The registry of numbered checks, and sentences that know their check."""

import copy
import pickle
import re
import warnings
from pathlib import Path

import pytest

from rarebit._common.checks import (
    CHECKS,
    Remark,
    check_codes,
    check_results,
    coded,
    finds,
    list_checks,
    warn,
    without,
)
from rarebit.exceptions import InputError, RarebitWarning

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_every_check_has_a_section_and_every_section_a_check():
    sections = re.findall(
        r"^### (RB\d+)\n\n\*\*(.+?)\*\* \((issue|tip)\)", PAGE.read_text(), re.MULTILINE
    )
    assert sections == [(check.code, check.title, check.kind) for check in list_checks()]
    assert PAGE.read_text().count("\n### ") == len(CHECKS)
    assert CHECKS["RB002"].help == "docs/checks.md#rb002"


def test_a_remark_is_its_sentence_and_keeps_its_code():
    remark = Remark("RB002", "Two rows.")
    assert remark == "Two rows."
    assert (remark.code, coded(remark), coded("plain")) == ("RB002", "Two rows. [RB002]", "plain")
    for again in (pickle.loads(pickle.dumps(remark)), copy.deepcopy(remark)):
        assert (again, again.code) == ("Two rows.", "RB002")
    with pytest.raises(KeyError):
        Remark("RB000", "There is no such check.")


def test_a_printed_remark_is_read_again():
    read = Remark.read("Two\nrows. [RB002]")
    assert (read, read.code) == ("Two\nrows.", "RB002")
    assert type(Remark.read("Class [RB] is small.")) is str


def test_what_a_function_says_becomes_remarks():
    said = finds("RB005")(lambda n: ["Too few rows."] * n)(2)
    assert said == ["Too few rows."] * 2
    assert [remark.code for remark in said] == ["RB005", "RB005"]


def test_a_warning_ends_in_its_code():
    with pytest.warns(RarebitWarning, match=r"^Much\. \[RB304\]$"):
        warn("RB304", "Much.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn("RB304", "Much.", stacklevel=2)
    assert caught[0].filename == __file__


def test_codes_are_checked():
    assert check_codes(None) == ()
    assert check_codes("RB002") == ("RB002",)
    assert check_codes(["RB003", "RB002", "RB003"]) == ("RB003", "RB002")
    with pytest.raises(InputError, match="no check 'RB0022': did you mean 'RB002'"):
        check_codes(["RB0022"])
    with pytest.raises(InputError, match=r"no check 'x', which has the form RB001: see docs"):
        check_codes("x")


def test_ignored_checks_say_nothing():
    sentences = [Remark("RB002", "a"), "b", Remark("RB003", "c")]
    assert without(sentences, ("RB002",)) == ["b", "c"]


def test_results_of_a_command():
    said = [
        Remark("RB204", "Drift."),
        "A note.",
        Remark("RB204", "Drift."),
        Remark("RB302", "Old."),
    ]
    found = check_results("monitor", said, ignored=("RB209",), not_applicable=("RB208", "RB204"))
    assert [tuple(result) for result in found] == [
        ("RB204", "Column has drifted", "issue", ("Drift.",)),
        ("RB208", "Probabilities have drifted", "not applicable", ()),
        ("RB209", "More or fewer alerts than expected", "ignored", ()),
        ("RB302", "Model of another version", "issue", ("Old.",)),
    ]

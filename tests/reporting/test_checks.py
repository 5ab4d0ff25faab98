"""The section on checks of a report."""

from dataclasses import replace

from rarebit._common.checks import CheckResult, Remark
from rarebit.reporting.checks import checks_context
from rarebit.reporting.names import clean
from rarebit.reporting.report import render_report

CHECKS = [
    CheckResult("RB001", "Column gives the target away", "passed"),
    CheckResult("RB002", "Repeated rows", "issue", ("2 rows\nof <b>.",)),
    CheckResult("RB003", "Labels that differ only in spelling", "passed"),
    CheckResult("RB006", "Extreme imbalance", "tip", ("Ratio 200.",)),
    CheckResult("RB101", "Test set without the rare class", "not applicable"),
]


def test_results_are_counted_and_findings_come_first():
    found = checks_context(CHECKS)
    assert found["summary"] == "1 issue, 1 tip, 2 passed, 1 not applicable"
    assert [row["code"] for row in found["rows"]] == ["RB002", "RB006", "RB001", "RB003", "RB101"]
    assert checks_context([]) is None


def test_the_section_lists_every_check_and_escapes_what_was_found(two_classes):
    page = render_report(replace(two_classes, checks=CHECKS))
    assert all(check.code in page and check.title in page for check in CHECKS)
    assert "All 5 checks" in page
    assert "2 rows of &lt;b&gt;." in page


def test_a_remark_is_shown_with_its_code():
    assert clean(Remark("RB002", "2 rows\nare repeated.")) == "2 rows are repeated. [RB002]"

"""The table of checks for a report, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rarebit._common.checks import CheckResult
from rarebit._common.wording import count
from rarebit.reporting import names

# What to look at comes first.
_ORDER = ("issue", "tip", "passed", "not applicable", "ignored")


def checks_context(checks: Sequence[CheckResult]) -> dict[str, Any] | None:
    """Texts of the section on checks; None if there are none."""
    if not checks:
        return None
    numbers = Counter(check.result for check in checks)
    counted = {"issue": count(numbers["issue"], "issue"), "tip": count(numbers["tip"], "tip")}
    rows = sorted(checks, key=lambda check: _ORDER.index(check.result))
    return {
        "summary": ", ".join(
            counted.get(result, f"{numbers[result]} {result}")
            for result in _ORDER
            if numbers[result]
        ),
        "rows": [
            check._asdict() | {"messages": list(map(names.clean, check.messages))} for check in rows
        ],
    }

"""Tables and figures of the cells that `study` and `fidelity` have finished; runs nothing."""

from __future__ import annotations

from rarebit.exceptions import InputError
from rarebit_papers.request import Outcome, Request
from rarebit_papers.sda_qec import fidelity, study


def reproduce(request: Request) -> Outcome:
    """Report on both studies, as far as they were run."""
    parts = (study.STUDY, fidelity.STUDY)
    found = [part.report(request) for part in parts if not part.read(request).empty]
    if not found:
        raise InputError(
            f"{request.out} holds no cells: run `rarebit reproduce sda-qec study` first."
        )
    return Outcome(
        [finding for outcome in found for finding in outcome.findings],
        {title: table for outcome in found for title, table in outcome.tables.items()},
        files=[file for outcome in found for file in outcome.files],
    )

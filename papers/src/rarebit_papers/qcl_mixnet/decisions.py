"""What the publication leaves open, tried on splits other than the published one.

The configuration is run on small and medium data sets, the alternatives on two of them, and the one
that led there on all.
"""

from __future__ import annotations

import pandas as pd

from rarebit_papers.qcl_mixnet import protocol
from rarebit_papers.qcl_mixnet.protocol import FULL, OPEN_DECISIONS, SLACK, plan_arms
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell

DEVELOPMENT_SPLITS = (0, 1)
SMALL = (
    "glass", "vehicle", "ecoli", "lymph", "balance_scale", "arrhythmia", "wine_quality_red",
    "one_hundred_plants_texture",
)  # fmt: skip
MEDIUM = ("wine_quality_white", "letter")
TRIED = SMALL[:2]


def plan(request: Request) -> list[Cell]:
    """All alternatives on two data sets, the configuration and the revised one on the others."""
    names = request.chosen(protocol.DATASETS, (*SMALL, *MEDIUM))
    both = {arm: OPEN_DECISIONS[arm] for arm in (FULL, protocol.REVISED)}
    return [
        *plan_arms(
            request, sorted({*TRIED} & {*names}), OPEN_DECISIONS, ["paper"], DEVELOPMENT_SPLITS
        ),
        *plan_arms(
            request, [n for n in names if n not in TRIED], both, ["paper"], DEVELOPMENT_SPLITS
        ),
    ]


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Compare every alternative with the decision, by medians over splits and seeds."""
    by_arm = lines.groupby(["dataset", "arm"], sort=False)["macro_f1"]
    table = by_arm.median().unstack("arm", sort=False)
    published = table.index.map(protocol.published_f1()).to_numpy()
    short = table.index[table[FULL] < published - SLACK]
    change = table.sub(table[FULL], axis=0).drop(columns=FULL)
    findings = [
        protocol.TEST_SELECTED,
        f"Medians over splits {DEVELOPMENT_SPLITS} and seeds. The configuration is below the "
        f"published figure on {len(short)} of {len(table)} data sets"
        + (f": {', '.join(short)}." if len(short) else "."),
        *(
            f"{arm}: {difference.mean():+.3f} vs. the configuration, mean of {difference.count()} "
            f"data sets, higher on {int((difference > 0).sum())}."
            for arm, difference in change.items()
        ),
    ]
    tables = {"Macro-F1, test-selected": table.assign(published=published)}
    return Outcome(findings, tables, settings=protocol.settings_of(request))


TITLE = "QCL-MixNet: choices the paper leaves open, on development splits (test-selected)"
STUDY = protocol.study_of("decisions", TITLE, plan, summarise)
reproduce = STUDY.reproduce

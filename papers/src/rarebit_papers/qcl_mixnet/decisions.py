"""What the publication leaves open, tried on splits other than the published one.

The configuration is run on small and middling data sets, the alternatives on two of them, and the
one that led there on all.
"""

from __future__ import annotations

from rarebit_papers.qcl_mixnet.protocol import DATASETS, SLACK, TEST_SELECTED, published_f1
from rarebit_papers.qcl_mixnet.study import (
    FULL,
    OPEN_DECISIONS,
    REVISED,
    make_cells,
    run_study,
    settings,
)
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

DEVELOPMENT_SPLITS = (0, 1)
SMALL = (
    "glass", "vehicle", "ecoli", "lymph", "balance_scale", "arrhythmia", "wine_quality_red",
    "one_hundred_plants_texture",
)  # fmt: skip
MIDDLING = ("wine_quality_white", "letter")
TRIED = SMALL[:2]


def reproduce_decisions(request: Request) -> Outcome:
    """`rarebit reproduce qcl-mixnet decisions`: each open decision, on development splits.

    Parameters
    ----------
    request : Request
        ``datasets`` may name any of the study's.

    Returns
    -------
    Outcome
    """
    names = request.chosen(DATASETS) if request.datasets else [*SMALL, *MIDDLING]
    settled = [name for name in names if name not in TRIED]
    both = {arm: OPEN_DECISIONS[arm] for arm in (FULL, REVISED)}
    cells = [
        *make_cells(
            request, sorted({*TRIED} & {*names}), OPEN_DECISIONS, ["paper"], DEVELOPMENT_SPLITS
        ),
        *make_cells(request, settled, both, ["paper"], DEVELOPMENT_SPLITS),
    ]
    lines = run_study(request, cells, "Development splits")
    by_arm = lines.groupby(["dataset", "arm"], sort=False)["macro_f1"]
    table = by_arm.median().unstack("arm", sort=False)
    published = table.index.map(published_f1()).to_numpy()
    short = table.index[table[FULL] < published - SLACK]
    change = table.sub(table[FULL], axis=0).drop(columns=FULL)
    findings = [
        TEST_SELECTED,
        f"Medians over splits {DEVELOPMENT_SPLITS} and seeds. The configuration is below the "
        f"published figure on {len(short)} of {len(table)} data sets"
        + (f": {', '.join(short)}." if len(short) else "."),
        *(
            f"{arm}: {difference.mean():+.3f} against the decision, mean of {difference.count()} "
            f"data sets, higher on {int((difference > 0).sum())}."
            for arm, difference in change.items()
        ),
    ]
    outcome = Outcome(findings, {"Macro-F1, test-selected": table.assign(published=published)})
    return write_outcome(
        request.out / "decisions",
        "QCL-MixNet: what the publication leaves open, on development splits (test-selected)",
        outcome,
        settings=settings(request),
    )

"""What the publication leaves open, tried on splits other than the published one.

Run before anything was fitted on the published split, to settle the configuration: it on small and
middling data sets, the alternatives on two of them.
"""

from __future__ import annotations

from rarebit.reproduce.qcl_mixnet.protocol import DATASETS, TEST_SELECTED, published_f1
from rarebit.reproduce.qcl_mixnet.study import FULL, OPEN_DECISIONS, make_cells, run_study, settings
from rarebit.reproduce.request import Outcome, Request
from rarebit.reproduce.writing import write_outcome

DEVELOPMENT_SPLITS = (0, 1)
SMALL = (
    "glass", "vehicle", "ecoli", "lymph", "balance_scale", "arrhythmia", "wine_quality_red",
    "one_hundred_plants_texture",
)  # fmt: skip
TRIED = SMALL[:2]
SLACK = 0.005  # of published figures, printed with two decimals


def reproduce_decisions(request: Request) -> Outcome:
    """`rarebit reproduce qcl-mixnet decisions`: each open decision, on development splits.

    Parameters
    ----------
    request : Request
        ``datasets`` may name any of the study's, for the configuration alone.

    Returns
    -------
    Outcome
    """
    names = request.chosen(DATASETS) if request.datasets else list(SMALL)
    settled, tried = [name for name in names if name not in TRIED], set(names) & set(TRIED)
    cells = [
        *make_cells(request, sorted(tried), OPEN_DECISIONS, ["paper"], DEVELOPMENT_SPLITS),
        *make_cells(request, settled, {FULL: {}}, ["paper"], DEVELOPMENT_SPLITS),
    ]
    lines = run_study(request, cells, "Development splits")
    by_arm = lines.groupby(["dataset", "arm"], sort=False)["macro_f1"]
    table = by_arm.median().unstack("arm", sort=False)
    published = table.index.map(published_f1()).to_numpy()
    short = table.index[table[FULL] < published - SLACK]
    change = table.sub(table[FULL], axis=0).loc[sorted(tried)].mean()
    findings = [
        TEST_SELECTED,
        f"Medians over splits {DEVELOPMENT_SPLITS} and seeds. The configuration is below the "
        f"published figure on {len(short)} of {len(table)} data sets"
        + (f": {', '.join(short)}." if len(short) else "."),
        *(
            f"{arm}: {change.loc[arm]:+.3f} against the decision, mean of {len(tried)} data sets."
            for arm in OPEN_DECISIONS
            if arm != FULL and tried
        ),
    ]
    outcome = Outcome(findings, {"Macro-F1, test-selected": table.assign(published=published)})
    return write_outcome(
        request.out / "decisions",
        "QCL-MixNet: what the publication leaves open, on development splits (test-selected)",
        outcome,
        settings=settings(request),
    )

"""Tables 4 and 5: what each part of QCL-MixNet is worth, and what its control is.

Every arm is trained from the same seeds on the same rows as the whole network, under ``paper`` and
under ``strict``; what is compared is the mean over folds and seeds of a data set.
"""

from __future__ import annotations

import pandas as pd

from rarebit.exceptions import InputError
from rarebit.statistics import pairwise
from rarebit_papers.published import published_table
from rarebit_papers.qcl_mixnet.protocol import (
    DATASETS,
    FOLDS,
    PAPER_SEED,
    TEST_SELECTED,
    Protocol,
)
from rarebit_papers.qcl_mixnet.study import (
    ARMS,
    FULL,
    make_cells,
    run_study,
    settings,
    what_holm_allows,
)
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

# Those of at most 5,000 rows and 300 features: more features are too many tokens. A variational
# circuit and attention between features take the time.
SMALL = (
    "lymph", "glass", "ecoli", "arrhythmia", "balance_scale", "vehicle", "wine_quality_red",
    "one_hundred_plants_texture", "abalone", "wine_quality_white",
)  # fmt: skip
PUBLISHED_ARMS = {
    "NO QUANTUM": "no quantum",
    "NO MIXUP": "no mixup",
    "NO ATTENTION": "no attention",
}
ENOUGH = 6  # data sets for an interval
PROTOCOLS: tuple[Protocol, ...] = ("paper", "strict")
PLAINLY = {"paper": "test-selected", "strict": "strict"}
HOW = {
    "paper": f"paper protocol, split {PAPER_SEED}, test-selected",
    "strict": f"strict, {FOLDS} folds, checkpoint selected on training rows",
}


def reproduce_ablations(request: Request) -> Outcome:
    """`rarebit reproduce qcl-mixnet ablations`: every part off, and every control.

    Parameters
    ----------
    request : Request
        ``datasets`` may name any of the study's; the small ones are run otherwise.

    Returns
    -------
    Outcome
    """
    names = request.chosen(DATASETS) if request.datasets else list(SMALL)
    cells = make_cells(request, names, ARMS, PROTOCOLS)
    lines = run_study(request, cells, "Ablations")
    return ablation_outcome(lines, request)


def ablation_outcome(lines: pd.DataFrame, request: Request) -> Outcome:
    """Compare every arm with the whole network, over the data sets that have all arms."""
    findings, tables, details = [TEST_SELECTED], {}, {}
    for protocol, how in HOW.items():
        scores = arm_scores(lines, protocol)
        if len(scores) < 2:
            findings.append(f"{how}: fewer than two data sets have all arms so far.")
            continue
        table = compare_arms(scores)
        findings += [f"{how}; {len(scores)} data sets: {', '.join(scores.index)}."]
        findings += _sentences(table, len(scores))
        tables[f"Less the whole network, {PLAINLY[protocol]}"] = table
        details[f"scores_{protocol}"] = scores
    if not tables:
        raise InputError("An ablation needs two data sets or more; name more with --datasets.")
    tables["As published"] = published_differences(arm_scores(lines, "paper").index)
    return write_outcome(
        request.out / "ablations",
        "QCL-MixNet, Tables 4 and 5: every part off, and every control",
        Outcome(findings, tables),
        details=details,
        settings=settings(request),
    )


def arm_scores(lines: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Average macro-F1 over folds and seeds.

    Returns
    -------
    DataFrame of shape (n_datasets, n_arms)
        The data sets that have all arms.
    """
    chosen = lines[lines["protocol"] == protocol]
    table = chosen.pivot_table(index="dataset", columns="arm", values="macro_f1", sort=False)
    return table.reindex(columns=list(ARMS)).dropna()


def compare_arms(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare every arm with the whole network over data sets.

    Returns
    -------
    DataFrame
        One line an arm: ``difference`` (mean, below 0 where the part helps) with its bootstrap
        interval ``low, high``; ``wins, ties, losses`` of the arm; Wilcoxon's ``p`` and ``p_holm``.
    """
    table = pairwise(scores, reference=FULL, random_state=0).set_index("model")
    shown = ["difference", "low", "high", "wins", "ties", "losses", "p", "p_holm"]
    return table[shown].rename_axis("arm").round(4)


def published_differences(datasets: pd.Index) -> pd.DataFrame:
    """Return what Tables 4 and 5 print, less the whole network, on the same data sets."""
    printed = published_table("qcl_mixnet_ablation").assign(
        dataset=lambda table: table["dataset"].str.lower().replace("mineral", "minerals")
    )
    macro = printed.pivot_table(index="dataset", columns="variant", values="maF1")
    macro = macro.loc[[DATASETS[name] for name in datasets]]
    change = macro.sub(macro["FULL"], axis=0).rename(columns=PUBLISHED_ARMS)
    return change[list(PUBLISHED_ARMS.values())].mean().to_frame("difference").round(4)


def _sentences(table: pd.DataFrame, n_datasets: int) -> list[str]:
    """Say which arms are worse or better than the whole network, and which cannot be told."""
    if n_datasets < ENOUGH:
        each = (
            f"{arm} {row['difference']:+.3f} (higher on {row['wins']:.0f})"
            for arm, row in table.sort_values("difference", ascending=False).iterrows()
        )
        return [
            f"Mean difference to the whole network: {', '.join(each)}. "
            f"{n_datasets} data sets are too few for an interval to mean anything."
        ]
    below, above = table["high"] < 0, table["low"] > 0
    sentences = []
    for words, arms in (
        ("Worse than the whole network (95 % interval over data sets below 0)", table[below]),
        ("Better than the whole network (interval above 0)", table[above]),
        ("Not to be told from it", table[~below & ~above]),
    ):
        each = (f"{arm} ({row['difference']:+.3f})" for arm, row in arms.iterrows())
        sentences.append(f"{words}: {', '.join(each) or 'none'}.")
    return sentences + what_holm_allows(n_datasets, len(table))

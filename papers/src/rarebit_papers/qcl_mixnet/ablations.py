"""Tables 4 and 5: what each part of QCL-MixNet is worth, and what its control is worth.

Every arm is trained from the same seeds on the same rows as the whole network, under ``paper`` and
under ``strict``; compared are the means over folds and seeds of a data set.
"""

from __future__ import annotations

import pandas as pd

from rarebit.exceptions import InputError
from rarebit.statistics import pairwise
from rarebit_papers.published import published_table
from rarebit_papers.qcl_mixnet import protocol
from rarebit_papers.qcl_mixnet.protocol import ARMS, DATASETS, FULL, PAPER_SEED, Protocol
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell
from rarebit_papers.summary import what_holm_allows

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
LABELS: dict[Protocol, str] = {"paper": "test-selected", "strict": "strict"}
HOW = {
    "paper": f"paper protocol, split {PAPER_SEED}, test-selected",
    "strict": f"strict, {protocol.FOLDS} folds, checkpoint selected on training rows",
}


def plan(request: Request) -> list[Cell]:
    """Every part removed and every control, on the small data sets unless others are named."""
    return protocol.plan_arms(request, request.chosen(DATASETS, SMALL), ARMS, LABELS)


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Compare every arm with the whole network, over the data sets that have all arms."""
    findings, tables, details = [protocol.TEST_SELECTED], {}, {}
    for name, label in LABELS.items():
        scores = arm_scores(lines, name)
        if len(scores) < 2:
            findings.append(f"{HOW[name]}: fewer than two data sets have all arms so far.")
            continue
        table = compare_arms(scores)
        findings += [f"{HOW[name]}; {len(scores)} data sets: {', '.join(scores.index)}."]
        findings += _sentences(table, len(scores))
        tables[f"Difference from the whole network, {label}"] = table
        details[f"scores_{name}"] = scores
    if not tables:
        raise InputError("An ablation needs two data sets or more: name more with --datasets.")
    tables["As published"] = published_differences(arm_scores(lines, "paper").index)
    return Outcome(findings, tables, details, settings=protocol.settings_of(request))


def arm_scores(lines: pd.DataFrame, name: str) -> pd.DataFrame:
    """Average macro-F1 over folds and seeds: (n_datasets, n_arms), data sets with all arms."""
    chosen = lines[lines["protocol"] == name]
    table = chosen.pivot_table(index="dataset", columns="arm", values="macro_f1", sort=False)
    return table.reindex(columns=list(ARMS)).dropna()


def compare_arms(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare every arm with the whole network over data sets.

    One line per arm: ``difference`` (mean, below 0 where the part helps) with its bootstrap
    interval ``low, high``; ``wins, ties, losses`` of the arm; Wilcoxon's ``p`` and ``p_holm``.
    """
    table = pairwise(scores, reference=FULL, random_state=0).set_index("model")
    shown = ["difference", "low", "high", "wins", "ties", "losses", "p", "p_holm"]
    return table[shown].rename_axis("arm").round(4)


def published_differences(datasets: pd.Index) -> pd.DataFrame:
    """Return Tables 4 and 5 as differences from the whole network, on the same data sets."""
    printed = published_table("qcl_mixnet_ablation").assign(
        dataset=lambda table: table["dataset"].str.lower().replace("mineral", "minerals")
    )
    macro = printed.pivot_table(index="dataset", columns="variant", values="maF1")
    macro = macro.loc[[DATASETS[name] for name in datasets]]
    change = macro.sub(macro["FULL"], axis=0).rename(columns=PUBLISHED_ARMS)
    return change[list(PUBLISHED_ARMS.values())].mean().to_frame("difference").round(4)


def _sentences(table: pd.DataFrame, n_datasets: int) -> list[str]:
    """Say which arms are worse or better than the whole network, and which do not differ."""
    if n_datasets < ENOUGH:
        each = (
            f"{arm} {row['difference']:+.3f} (higher on {row['wins']:.0f})"
            for arm, row in table.sort_values("difference", ascending=False).iterrows()
        )
        return [
            f"Mean difference from the whole network: {', '.join(each)}. "
            f"{n_datasets} data sets are too few for an interval."
        ]
    below, above = table["high"] < 0, table["low"] > 0
    sentences = []
    for words, arms in (
        ("Worse than the whole network (95 % interval over data sets below 0)", table[below]),
        ("Better than the whole network (interval above 0)", table[above]),
        ("No clear difference", table[~below & ~above]),
    ):
        each = (f"{arm} ({row['difference']:+.3f})" for arm, row in arms.iterrows())
        sentences.append(f"{words}: {', '.join(each) or 'none'}.")
    return sentences + what_holm_allows(n_datasets, len(table))


TITLE = "QCL-MixNet, Tables 4 and 5: ablations and controls"
STUDY = protocol.study_of("ablations", TITLE, plan, summarise)
reproduce = STUDY.reproduce

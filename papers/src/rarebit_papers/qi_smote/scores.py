"""The comparison: seven classifiers, every over-sampler, plain and tuned decisions."""

from __future__ import annotations

from functools import partial

import pandas as pd

from rarebit.statistics import power_statement
from rarebit_papers.qi_smote import comparisons
from rarebit_papers.qi_smote.arms import (
    CLASSIFIERS,
    CONTROL,
    FILTERED,
    KEPT,
    NONE,
    OURS,
    PRODUCTS,
    SAMPLERS,
    SMOTE,
)
from rarebit_papers.qi_smote.comparisons import mean_table
from rarebit_papers.qi_smote.data import SETS
from rarebit_papers.qi_smote.scoring import LEVELS, plan_arms, score_arm, settings_of
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell, Study
from rarebit_papers.summary import ALPHA

TUNED = (NONE, SMOTE, OURS)
NONE_TUNED, OURS_TUNED = f"{NONE}, tuned", f"{OURS}, tuned"
EARLY_STOPPER = "mlp"
# Published gain in F1 over the original data, in percent.
PUBLISHED = {"MIMIC-III": 12.11, "MIMIC-IV": 24.30}


def plan(request: Request) -> list[Cell]:
    """Every over-sampler on every fold of the fifteen sets."""
    arms = {
        arm: partial(score_arm, sampler, tuned=arm in TUNED, classifiers=CLASSIFIERS)
        for arm, sampler in SAMPLERS.items()
    }
    return plan_arms(request, [SETS[name] for name in request.chosen(SETS)], arms)


def named_arms(lines: pd.DataFrame) -> pd.DataFrame:
    """Name arms by how they decide: "none, tuned" is "none" with a tuned threshold."""
    arms = lines["arm"].where(lines["decision"] != "tuned", lines["arm"] + ", tuned")
    return lines.assign(arm=arms)


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Compare QI-SMOTE with other over-samplers and its control."""
    cells = named_arms(lines)
    means = mean_table(cells, (NONE, NONE_TUNED, CONTROL))
    calm = cells[cells["classifier"] != EARLY_STOPPER]
    without = mean_table(calm, (NONE, NONE_TUNED)) if len(calm) else means
    own = [arm for arm in SAMPLERS if arm.startswith(OURS)]
    others = [arm for arm in means.index if arm != NONE_TUNED]
    tests = comparisons.across(cells, {CONTROL: own, NONE_TUNED: others, PRODUCTS: [KEPT]})
    pairs = [
        *((arm, CONTROL) for arm in own), (KEPT, PRODUCTS), (OURS, SMOTE), (OURS, NONE),
        (OURS, NONE_TUNED), (OURS_TUNED, NONE_TUNED),
    ]  # fmt: skip
    each = comparisons.within(cells, pairs)
    counts = comparisons.count_within(each)
    f1 = comparisons.by_source(cells, "f1")
    return Outcome(
        [
            *_on_means(means, without),
            *_on_tests(counts, tests, own),
            f"{OURS} minus its control, F1: {power_statement(f1[OURS] - f1[CONTROL])}",
        ],
        {
            "Means over sources": means,
            f"Means over sources without the {EARLY_STOPPER}": without,
            "F1 on each data set": comparisons.gain_table(
                cells, (NONE_TUNED, SMOTE, CONTROL, OURS, OURS_TUNED, KEPT, PRODUCTS), NONE
            ),
            "Tests within data sets": counts,
            "Tests across sources, F1": tests[tests["metric"] == "f1"].drop(columns="metric"),
        },
        {
            **{
                f"by_classifier_{metric}": cells.pivot_table(
                    index="classifier", columns="arm", values=metric, sort=False
                )
                for metric in ("f1", "pr_auc")
            },
            "within": each,
            "across": tests,
        },
        settings=settings_of(request),
    )


def _on_means(means: pd.DataFrame, without: pd.DataFrame) -> list[str]:
    over_none, over_tuned, over_control = (
        means[f"f1_gain_over_{name.replace(', ', '_')}_%"] for name in (NONE, NONE_TUNED, CONTROL)
    )
    published = " and ".join(f"{gain:+.2f} % on {name}" for name, gain in PUBLISHED.items())
    calm, f1 = without[f"f1_gain_over_{NONE}_%"], means["f1"]
    return [
        f"F1 of {OURS} vs. the original data: {over_none[OURS]:+.1f} % (published: "
        f"{published}). SMOTE gains {over_none[SMOTE]:+.1f} %, the control "
        f"{over_none[CONTROL]:+.1f} %, and a tuned threshold without over-sampling "
        f"{over_none[NONE_TUNED]:+.1f} %.",
        f"Compared with the original data and a tuned threshold, {OURS} gains "
        f"{over_tuned[OURS]:+.1f} %, and {over_tuned[OURS_TUNED]:+.1f} % if its threshold is "
        "also tuned.",
        f"Compared with its control (same scaling and choice of parents, Euclidean neighbours) "
        f"{OURS} gains {over_control[OURS]:+.1f} %; with the energy filter, "
        f"{over_control[FILTERED]:+.1f} %.",
        f"Without the {EARLY_STOPPER}, which uses early stopping on a small held-out tenth of the "
        f"rows and gains most from any over-sampling, {OURS} gains {calm[OURS]:+.1f} % over the "
        f"original data, and a tuned threshold alone {calm[NONE_TUNED]:+.1f} %.",
        f"Kept columns gain {f1[KEPT] - f1[CONTROL]:+.3f} in F1 over the control, products of "
        f"features {f1[PRODUCTS] - f1[CONTROL]:+.3f}.",
    ]


def _on_tests(counts: pd.DataFrame, tests: pd.DataFrame, own: list[str]) -> list[str]:
    of_f1 = tests[(tests["metric"] == "f1") & (tests["other"] == CONTROL)].set_index("arm").loc[own]
    clear = of_f1[of_f1["p_holm"] < ALPHA]
    better, worse = (
        ", ".join(clear.index[side]) or "none"
        for side in (clear["difference"] > 0, clear["difference"] < 0)
    )
    joint = counts.query("arm == @OURS and other == @CONTROL").iloc[0]
    return [
        f"Within data sets, {OURS} is better than its control in "
        f"{joint[f'better, p_holm < {ALPHA}']} of {joint['tests']} corrected tests and worse in "
        f"{joint[f'worse, p_holm < {ALPHA}']}, after Holm's correction.",
        f"Across sources, by F1 and after Holm's correction, better than the control: {better}; "
        f"worse: {worse}.",
    ]


STUDY = Study("scores", "QI-SMOTE, other over-samplers and its control", plan, summarise, LEVELS)
reproduce = STUDY.reproduce

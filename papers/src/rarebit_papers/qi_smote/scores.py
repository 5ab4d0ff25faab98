"""The comparison: seven classifiers, every over-sampler, plain and tuned decisions."""

from __future__ import annotations

from functools import partial

import pandas as pd

from rarebit.statistics import power_statement
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
from rarebit_papers.qi_smote.data import SETS
from rarebit_papers.qi_smote.scoring import score_arm
from rarebit_papers.qi_smote.study import run_arms, settings_of
from rarebit_papers.qi_smote.summary import (
    ALPHA,
    across,
    by_source,
    count_within,
    gain_table,
    mean_table,
    named_arms,
    within,
)
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

TUNED = (NONE, SMOTE, OURS)
NONE_TUNED = f"{NONE}, tuned"
EARLY_STOPPER = "mlp"
# Published gain in F1 over the data as they are, in percent.
PUBLISHED = {"MIMIC-III": 12.11, "MIMIC-IV": 24.30}


def reproduce_scores(request: Request) -> Outcome:
    """Compare QI-SMOTE with its rivals and its control.

    Parameters
    ----------
    request : Request
        ``seeds`` is the number of repeats of the cross-validation.

    Returns
    -------
    Outcome
        Written into the folder ``scores`` of ``request.out``.
    """
    folder = request.out / "scores"
    data = {name: SETS[name].load(request.data_dir) for name in request.chosen(SETS)}
    arms = {
        arm: partial(score_arm, sampler, tuned=arm in TUNED, classifiers=CLASSIFIERS)
        for arm, sampler in SAMPLERS.items()
    }
    outcome, details = summarise(run_arms(request, folder, data, arms))
    return write_outcome(
        folder,
        "QI-SMOTE beside its rivals and its control",
        outcome,
        details=details,
        settings=settings_of(request),
    )


def summarise(cells: pd.DataFrame) -> tuple[Outcome, dict[str, pd.DataFrame]]:
    """Draw conclusions from finished cells.

    Returns
    -------
    outcome : Outcome
        Findings and the tables for people.
    details : dict of str to DataFrame
        Larger tables, for programs.
    """
    cells = named_arms(cells)
    sources = {name: study_set.source for name, study_set in SETS.items()}
    means = mean_table(cells, sources, (NONE, NONE_TUNED, CONTROL))
    calm = cells[cells["classifier"] != EARLY_STOPPER]
    without = mean_table(calm, sources, (NONE, NONE_TUNED)) if len(calm) else means
    gains = gain_table(
        cells, (NONE_TUNED, SMOTE, CONTROL, OURS, f"{OURS}, tuned", KEPT, PRODUCTS), NONE
    )
    own = [arm for arm in SAMPLERS if arm.startswith(OURS)]
    others = [arm for arm in means.index if arm != NONE_TUNED]
    tests = across(cells, sources, {CONTROL: own, NONE_TUNED: others, PRODUCTS: [KEPT]})
    pairs = [(arm, CONTROL) for arm in own]
    pairs += [
        (KEPT, PRODUCTS),
        (OURS, SMOTE),
        (OURS, NONE),
        (OURS, NONE_TUNED),
        (f"{OURS}, tuned", NONE_TUNED),
    ]
    each = within(cells, pairs, "f1")
    counts = count_within(each)
    tables = {
        "Means over sources": means,
        f"Means over sources without the {EARLY_STOPPER}": without,
        "F1 on each data set": gains,
        "Tests within data sets, counted": counts,
        "Tests across sources, F1": tests[tests["metric"] == "f1"].drop(columns="metric"),
    }
    details = {
        **{
            f"by_classifier_{metric}": cells.pivot_table(
                index="classifier", columns="arm", values=metric, sort=False
            )
            for metric in ("f1", "pr_auc")
        },
        "within": each,
        "across": tests,
    }
    f1 = by_source(cells, sources, "f1")
    findings = [
        *_findings(means, counts, tests, own),
        f"Without the {EARLY_STOPPER}, which stops early on a held-out tenth of few rows and gains "
        "most from any over-sampling, "
        f"{OURS} gains {without[f'f1_gain_over_{NONE}_%'][OURS]:+.1f} % "
        "over the data as they are, and a tuned threshold alone "
        f"{without[f'f1_gain_over_{NONE}_%'][NONE_TUNED]:+.1f} %.",
        f"Columns of states gain {means['f1'][KEPT] - means['f1'][CONTROL]:+.3f} in F1 over the "
        f"control, products of features {means['f1'][PRODUCTS] - means['f1'][CONTROL]:+.3f}.",
        f"{OURS} less its control, F1: {power_statement(f1[OURS] - f1[CONTROL])}",
    ]
    return Outcome(findings, tables), details


def _findings(
    means: pd.DataFrame, counts: pd.DataFrame, tests: pd.DataFrame, own: list[str]
) -> list[str]:
    """Sentences, every figure from the tables."""
    over_none, over_tuned, over_control = (
        f"f1_gain_over_{name}_%"
        for name in (NONE, NONE_TUNED.replace(", ", "_"), CONTROL.replace(", ", "_"))
    )
    published = " and ".join(f"{gain:+.2f} % on {name}" for name, gain in PUBLISHED.items())
    f1_tests = tests[(tests["metric"] == "f1") & (tests["other"] == CONTROL)].set_index("arm")
    better = [
        arm for arm in own if f1_tests["p_holm"][arm] < ALPHA and f1_tests["difference"][arm] > 0
    ]
    worse = [
        arm for arm in own if f1_tests["p_holm"][arm] < ALPHA and f1_tests["difference"][arm] < 0
    ]
    joint = counts.query("arm == @OURS and other == @CONTROL").iloc[0]
    return [
        f"F1 of {OURS} over the data as they are: {means[over_none][OURS]:+.1f} % (published: "
        f"{published}). SMOTE gains {means[over_none][SMOTE]:+.1f} %, the control "
        f"{means[over_none][CONTROL]:+.1f} %, and a tuned threshold without any over-sampling "
        f"{means[over_none][NONE_TUNED]:+.1f} %.",
        f"Against the data as they are with a tuned threshold, {OURS} gains "
        f"{means[over_tuned][OURS]:+.1f} %, and with a tuned threshold of its own "
        f"{means[over_tuned][f'{OURS}, tuned']:+.1f} %.",
        f"Against its control (equal scaling, parents used evenly, Euclidean neighbours) {OURS} "
        f"gains {means[over_control][OURS]:+.1f} %; of {joint['tests']} corrected tests, "
        f"{joint[f'better, p_holm < {ALPHA}']} say better and {joint[f'worse, p_holm < {ALPHA}']} "
        "worse after Holm's correction.",
        f"Over sources, by F1, better than the control after Holm's correction: "
        f"{', '.join(better) or 'no kind of QI-SMOTE'}; worse: {', '.join(worse) or 'none'}.",
        f"The energy filter changes F1 by {means[over_control][FILTERED]:+.1f} % against the "
        "control.",
    ]

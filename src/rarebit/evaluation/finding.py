"""The finding in plain sentences: does resampling help on this table?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rarebit.evaluation.ranking_metric import in_a_sentence
from rarebit.running.plans import Plan
from rarebit.statistics import Interval

ALPHA = 0.05
# What an effect is measured against where the yardstick is missing.
NO_YARDSTICK = (
    "The untouched model with a tuned threshold was not compared: beside it, what looks like a "
    "gain here may be none. Add the treatment tuned_threshold."
)
# Area under the ROC curve of a guess that looks at no row.
GUESS = 0.5


def plain_finding(
    ranking: pd.DataFrame,
    effects: pd.DataFrame,
    plan: Plan,
    metric: str,
    sign: int,
    corrected: tuple[float, float, float],
    roc_auc: Interval,
    giveaways: list[str],
) -> list[str]:
    """Say in plain sentences what the figures show, and what they cannot show.

    Parameters
    ----------
    ranking, effects : DataFrame
        As in :class:`rarebit.evaluation.Comparison`.
    plan : Plan
        For kinds and labels.
    metric : str
        The metric that ranks.
    sign : {1, -1}
        1 where greater is better.
    corrected : tuple of float
        The winner's score and interval after correction for having been picked.
    roc_auc : Interval
        Of the winner, over the folds.
    giveaways : list of str
        Columns that tell the target: no score is worth anything before they are looked at.

    Returns
    -------
    list of str
        Two sentences and more.
    """
    name = in_a_sentence(metric)
    return [
        *(f"First of all: {giveaway}" for giveaway in giveaways),
        *_resampling(effects, plan, name, sign),
        *_weights(effects, plan, name, sign),
        _winner(ranking, plan, name, corrected),
        *_guess(roc_auc),
        *_ties(ranking),
    ]


def _resampling(effects: pd.DataFrame, plan: Plan, name: str, sign: int) -> list[str]:
    kinds = {key: treatment.kind for key, treatment in plan.treatments.items()}
    resampled = effects[[kinds[key] == "resampling" for key in effects.treatment]]
    if resampled.empty:
        alone = any(kind in ("resampling", "weights") for kind in kinds.values()) and effects.empty
        nothing = "No resampling was compared with the untouched model, so nothing is said of it."
        return [nothing, NO_YARDSTICK] if alone else [nothing]
    reference = reference_name(resampled.reference.iloc[0])
    missing = [] if "tuned_threshold" in plan.treatments else [NO_YARDSTICK]
    return [_on_resampling(resampled, plan, name, sign, reference), *missing]


def reference_name(treatment: str) -> str:
    """Name for people of what effects are measured against."""
    tuned = " with a tuned threshold" if treatment == "tuned_threshold" else ""
    return f"the untouched model{tuned}"


def _on_resampling(
    resampled: pd.DataFrame, plan: Plan, name: str, sign: int, reference: str
) -> str:
    helps = resampled[(resampled.p < ALPHA) & (sign * resampled.difference > 0)]
    harms = resampled[(resampled.p < ALPHA) & (sign * resampled.difference < 0)]
    best = resampled.iloc[0]
    label = plan.treatments[best.treatment].label
    less = "" if sign > 0 else ", of which less is better,"
    amount = f"{label} changes {name}{less} by {_signed(best)} on average over the classifiers"
    if not helps.empty:
        names = ", ".join(plan.treatments[key].label for key in helps.treatment)
        return f"Resampling helps on this table: against {reference}, {amount}. Better: {names}."
    if len(harms) == len(resampled):
        return (
            f"Resampling does harm on this table: against {reference}, even the best of it "
            f"is worse: {amount}."
        )
    shown = (
        f"; they would show a change of {best.detectable:.3f} or more."
        if np.isfinite(best.detectable)
        else "."
    )
    return (
        f"Resampling does not show a gain on this table: against {reference}, {amount}. "
        f"{reference[0].upper()}{reference[1:]} is as good as far as these folds can tell{shown}"
    )


def _weights(effects: pd.DataFrame, plan: Plan, name: str, sign: int) -> list[str]:
    rows = effects[effects.treatment == "class_weights"]
    if rows.empty or not rows.p.iloc[0] < ALPHA:
        return []
    better = sign * rows.difference.iloc[0] > 0
    how = "better" if better else "worse"
    return [f"Class weights are {how} than that: {_signed(rows.iloc[0])} {name}."]


def _winner(
    ranking: pd.DataFrame, plan: Plan, name: str, corrected: tuple[float, float, float]
) -> str:
    top = ranking.iloc[0]
    labels = plan.labels()
    sentence = (
        f"Recommended: {labels[top.classifier]}, {_in_a_sentence(labels[top.treatment])}, "
        f"with a mean {name} of {top.score:.3f} over the folds"
    )
    if np.isfinite(corrected[0]):
        picked = f" and corrected for having been picked as the best of {len(ranking)}"
        sentence += (
            f"; counted over all their rows together{picked if len(ranking) > 1 else ''}, expect "
            f"{corrected[0]:.3f}{_interval(corrected[1], corrected[2])}"
        )
    return sentence + "."


def _in_a_sentence(label: str) -> str:
    """Take the capital off a label, but for a name such as SMOTE or QI-SMOTE."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _guess(roc_auc: Interval) -> list[str]:
    """Say so where the winner orders the rows no better than chance would."""
    if not roc_auc.low <= GUESS:
        return []
    return [
        "These folds do not show that the recommended model knows more than a guess: its ROC-AUC "
        f"is {roc_auc.estimate:.3f}{_interval(roc_auc.low, roc_auc.high)}, and a guess has {GUESS}."
    ]


def _ties(ranking: pd.DataFrame) -> list[str]:
    others = ranking.iloc[1:]
    if others.empty:
        return []
    if others.p_best.isna().all():
        return ["Too few folds to tell the models apart."]
    level = int((~(others.p_best < ALPHA)).sum())
    if level == 0:
        return [
            "The recommended model is better than every other model compared (Holm-adjusted p < "
            "0.05)."
        ]
    if level < len(others):
        which = f"{level} of the other {len(others)} models cannot"
    else:
        which = "The other model cannot" if level == 1 else f"None of the other {level} models can"
    return [
        f"{which} be told from the recommended one with these folds (Holm-adjusted p of 0.05 or "
        "more): choose among them by what else matters to you."
    ]


def _signed(row: pd.Series) -> str:
    adjusted = f"; Holm-adjusted p {p_value(row.p)}" if np.isfinite(row.p) else ""
    interval = _interval(row.low, row.high, signed=True, more=adjusted)
    return f"{row.difference:+.3f}{interval}"


def p_value(p: float) -> str:
    """Give a p-value with its sign of relation."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _interval(low: float, high: float, *, signed: bool = False, more: str = "") -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return ""
    form = "+.3f" if signed else ".3f"
    return f" (95 % interval {low:{form}} to {high:{form}}{more})"

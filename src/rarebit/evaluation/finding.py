"""The finding in plain sentences: whether resampling helps on this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark
from rarebit._common.wording import in_a_sentence, interval, number, p_equals, percent
from rarebit.evaluation.cautions import no_better_than_chance
from rarebit.evaluation.comparison import Answer
from rarebit.evaluation.coverage import Coverage
from rarebit.evaluation.ranking import line_of
from rarebit.metrics import Metric
from rarebit.running.cells import Candidate
from rarebit.running.plans import Plan
from rarebit.statistics import Interval

ALPHA = 0.05
# Added where the reference is not the untouched model with a tuned threshold.
NO_TUNED_THRESHOLD = Remark(
    "RB111",
    "The untouched model with a tuned threshold was not compared, so a gain shown here may come "
    "from the threshold alone. Add the treatment tuned_threshold.",
)

# What the tests of resampling show, and how it is said.
Verdict = Literal["untested", "helps", "hurts", "no gain", "open"]
ON_DECISIONS: dict[Verdict, str] = {
    "untested": "There are too few folds to tell whether resampling helps on this table",
    "helps": "Resampling helps on this table",
    "hurts": "Resampling hurts on this table, even at its best",
    "no gain": "Resampling shows no gain on this table",
    "open": "These folds cannot tell whether resampling helps on this table",
}
ON_PROBABILITIES: dict[Verdict, str] = {
    "untested": "There are too few folds to tell whether resampling improves the probabilities",
    "helps": "Resampling improves the probabilities",
    "hurts": "Resampling makes the probabilities worse, even at its best",
    "no gain": "Resampling shows no gain for the probabilities",
    "open": "These folds cannot tell whether resampling improves the probabilities",
}


@dataclass(frozen=True)
class Chosen:
    """The recommended model, and between which ones it was chosen; empty if one score ruled."""

    best: Candidate
    # Within one standard error of the best probabilities
    sound: set[Candidate] = field(default_factory=set)
    # Of these, within one standard error of the best decisions
    close: set[Candidate] = field(default_factory=set)


def plain_finding(
    ranking: pd.DataFrame,
    decisions: Answer,
    probabilities: Answer | None,
    plan: Plan,
    chosen: Chosen,
    recommended: str,
    roc_auc: Interval,
    coverage: Coverage,
) -> list[str]:
    """Say in plain sentences what the figures show, and what they cannot show.

    ``ranking`` is that of :class:`rarebit.evaluation.Comparison`, ``recommended`` is the sentence
    of :func:`recommendation`, ``roc_auc`` is that of the recommended model over the folds. Where
    ``coverage`` is not complete, a missing difference is no finding.
    """
    metric = decisions.objective
    return [
        *_resampling(decisions.effects, plan, metric, coverage),
        *([] if probabilities is None else _resampled_probabilities(probabilities, plan, coverage)),
        *_weights(decisions.effects, metric),
        recommended,
        *([] if probabilities is None else _probabilities(ranking, probabilities, chosen)),
        *([] if probabilities is None else _disagreement(ranking, decisions, plan, chosen)),
        *no_better_than_chance(
            "The recommended model", roc_auc.estimate, roc_auc.low, roc_auc.high
        ),
        *_ties(ranking, decisions, probabilities, chosen.best, coverage),
        *_no_interval(ranking, metric),
    ]


def reference_name(treatment: str) -> str:
    """Name for people of the model that effects are measured against.

    >>> reference_name("untouched"), reference_name("tuned_threshold")
    ('the untouched model', 'the untouched model with a tuned threshold')
    """
    tuned = " with a tuned threshold" if treatment == "tuned_threshold" else ""
    return f"the untouched model{tuned}"


def change(row: pd.Series | Mapping[str, float]) -> str:
    """Write a difference with its interval and p-value, as far as they are defined.

    >>> change({"difference": -0.02, "low": -0.03, "high": -0.01, "p": 0.0312})
    '−0.020 (95 % interval −0.030 to −0.010; Holm-adjusted p = 0.031)'
    """
    details = []
    if np.isfinite([row["low"], row["high"]]).all():
        details.append(f"95 % interval {interval(row['low'], row['high'], signed=True)}")
    if np.isfinite(row["p"]):
        details.append(f"Holm-adjusted {p_equals(row['p'])}")
    brackets = f" ({'; '.join(details)})" if details else ""
    return number(row["difference"], signed=True) + brackets


def _resampling(effects: pd.DataFrame, plan: Plan, metric: Metric, coverage: Coverage) -> list[str]:
    resampled = _of_resampling(effects, plan)
    if resampled.empty:
        kinds = {treatment.kind for treatment in plan.treatments.values()}
        alone = effects.empty and not kinds.isdisjoint(("resampling", "weights"))
        nothing = "No resampling was compared with the untouched model."
        return [nothing, NO_TUNED_THRESHOLD] if alone else [nothing]
    missing = [] if "tuned_threshold" in plan.treatments else [NO_TUNED_THRESHOLD]
    return [_on_resampling(resampled, plan.labels(), metric, coverage), *missing]


def _of_resampling(effects: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    kinds = {key: treatment.kind for key, treatment in plan.treatments.items()}
    return effects[[kinds[key] == "resampling" for key in effects.treatment]]


def verdict(resampled: pd.DataFrame, *, greater_is_better: bool, is_complete: bool) -> Verdict:
    """Say what the tests of all resampling show; "open" is no gain with folds missing."""
    if resampled["p"].isna().all():
        return "untested"
    is_gain = (resampled["difference"] > 0) == greater_is_better
    is_significant = resampled["p"] < ALPHA
    if (is_significant & is_gain).any():
        return "helps"
    if (is_significant & ~is_gain).all():
        return "hurts"
    return "no gain" if is_complete else "open"


def _resampled_probabilities(answer: Answer, plan: Plan, coverage: Coverage) -> list[str]:
    """Whether resampling helps the probabilities: a threshold cannot mend those it spoils."""
    resampled = _of_resampling(answer.effects, plan)
    if resampled.empty:
        return []
    found = verdict(resampled, greater_is_better=False, is_complete=coverage.is_complete)
    best, name = resampled.iloc[0], in_a_sentence(answer.objective.label)
    return [
        f"{ON_PROBABILITIES[found]}: {plan.labels()[best.treatment]} changes {name} (lower is "
        f"better) by {change(best)}."
    ]


def _probabilities(ranking: pd.DataFrame, answer: Answer, chosen: Chosen) -> list[str]:
    """How good the recommended model's probabilities are."""
    best, name = line_of(ranking, chosen.best), in_a_sentence(answer.objective.label)
    sentence = (
        f"The recommended model's probabilities have a mean {name} of {number(best[answer.metric])}"
    )
    skill = best["log_loss_skill"]
    is_useless = skill <= 0
    if np.isfinite(skill):
        against = "that of giving every row the class shares"
        sentence += (
            f", no better than {against}" if is_useless else f", {percent(skill)} below {against}"
        )
    corrected, low, high = answer.best_corrected
    if np.isfinite(corrected):
        bounds = f"95 % interval {interval(low, high)}"
        sentence += f". Expect {number(corrected)} on new rows ({bounds})"
    return [Remark("RB112", f"{sentence}.") if is_useless else f"{sentence}."]


def _disagreement(
    ranking: pd.DataFrame, decisions: Answer, plan: Plan, chosen: Chosen
) -> list[str]:
    """Say why the model with the best decisions is not the recommended one."""
    first, best = ranking.iloc[0], line_of(ranking, chosen.best)
    pair = (first.classifier, first.treatment)
    labels, name = plan.labels(), in_a_sentence(decisions.objective.label)
    if pair == chosen.best:
        return []
    if pair in chosen.sound:
        return [
            f"The recommended model is the simplest of {len(chosen.close)} models within one "
            f"standard error of the best log loss and {name}."
        ]
    said = (
        f"Probabilities and decisions disagree: {labels[first.classifier]}, "
        f"{in_a_sentence(labels[first.treatment])} has the best mean {name} "
        f"({number(first.score)}), but its log loss ({number(first.log_loss)}) is more than one "
        f"standard error above the best; that of the recommended model ({number(best.log_loss)}) "
        "is not."
    )
    return [Remark("RB117", said)]


def _on_resampling(
    resampled: pd.DataFrame, labels: dict[str, str], metric: Metric, coverage: Coverage
) -> str:
    """Whether resampling helps, from its rows of the effects, the best first."""
    is_up = metric.greater_is_better
    found = verdict(resampled, greater_is_better=is_up, is_complete=coverage.is_complete)
    best = resampled.iloc[0]
    name, direction = in_a_sentence(metric.label), "" if is_up else " (lower is better)"
    n_classifiers = best.wins + best.ties + best.losses
    how = "averaged over the classifiers" if n_classifiers > 1 else "with a single classifier"
    said = (
        f"{ON_DECISIONS[found]}: compared with {reference_name(best.reference)} and {how}, "
        f"{labels[best.treatment]} changes {name}{direction} by {change(best)}."
    )
    if found == "helps":
        is_better = (resampled.p < ALPHA) & ((resampled.difference > 0) == is_up)
        better = ", ".join(labels[key] for key in resampled.treatment[is_better])
        return f"{said} Significantly better: {better}."
    if found in ("no gain", "open") and np.isfinite(best.detectable):
        power = f"These folds would detect a change of {number(best.detectable)} or more"
        said = f"{said} {power} (power 80 %)."
    return Remark("RB110", said) if found in ("hurts", "no gain") else said


def _weights(effects: pd.DataFrame, metric: Metric) -> list[str]:
    """One sentence on class weights where they make a significant difference."""
    rows = effects[effects.treatment == "class_weights"]
    if rows.empty or not rows.p.iloc[0] < ALPHA:
        return []
    row, name = rows.iloc[0], in_a_sentence(metric.label)
    better = "better" if (row.difference > 0) == metric.greater_is_better else "worse"
    return [
        f"Class weights are significantly {better} than {reference_name(row.reference)}: "
        f"{name} changes by {change(row)}."
    ]


def recommendation(
    ranking: pd.DataFrame,
    labels: dict[str, str],
    answer: Answer,
    chosen: Chosen,
    coverage: Coverage,
) -> str:
    """Name the recommended model, with its score corrected for selection."""
    metric, corrected = answer.objective, answer.best_corrected
    best, name = line_of(ranking, chosen.best), in_a_sentence(metric.label)
    heading = "Recommended" if coverage.is_complete else "Best so far"
    score = f"{metric.label} on one fold" if coverage.folds == 1 else f"Mean {name} over the folds"
    sentence = (
        f"{heading}: {labels[best.classifier]}, {in_a_sentence(labels[best.treatment])}. "
        f"{score}: {number(best.score)}."
    )
    if not np.isfinite(corrected[0]):
        return sentence
    picked = f", corrected for selection from {len(ranking)} models" if len(ranking) > 1 else ""
    bounds = f"95 % interval {interval(*corrected[1:])}"
    return (
        f"{sentence} Expect {number(corrected[0])} on new rows "
        f"({bounds}; from all test rows pooled{picked})."
    )


def _no_interval(ranking: pd.DataFrame, metric: Metric) -> list[str]:
    """Say why some models with scores on several folds have no interval."""
    if not (ranking.low.isna() & (ranking.n_done > 1)).any():
        return []
    return [
        "No interval is given where all folds score the same, or where there are so few "
        f"that it would cover every possible {in_a_sentence(metric.label)}."
    ]


def _ties(
    ranking: pd.DataFrame,
    decisions: Answer,
    probabilities: Answer | None,
    best: Candidate,
    coverage: Coverage,
) -> list[str]:
    """How many models do not differ significantly from the recommended one."""
    own = line_of(ranking, best)
    others = ranking[(ranking["rank"] != own["rank"]) & (ranking.n_done > 0)]
    if others.empty:
        return []
    if others.p_best.isna().all():
        return ["There are too few folds to tell whether the models differ."]
    alike = int((~(others.p_best < ALPHA)).sum())
    sign = 1 if decisions.objective.greater_is_better else -1
    if alike == 0 and (sign * others.score < sign * own.score).all():
        return [
            "The recommended model is significantly better than every other model "
            f"(Holm-adjusted p < {ALPHA})."
        ]
    if alike == 0:
        return []
    if alike < len(others):
        verb = "does" if alike == 1 else "do"
        which = f"{alike} of the other {len(others)} models {verb}"
    else:
        which = "The other model does" if alike == 1 else f"The other {alike} models do"
    advice = "choose between them by other criteria, such as speed or simplicity"
    if not coverage.is_complete:
        advice = "more folds may tell them apart"
    by = "" if probabilities is None else f" in {in_a_sentence(decisions.objective.label)}"
    return [
        f"{which} not differ significantly from the recommended one{by} "
        f"(Holm-adjusted p ≥ {ALPHA}): {advice}."
    ]

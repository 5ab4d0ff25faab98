"""Checks of the recommended model, and the results of all checks of an outcome."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rarebit._common.checks import Remark, check_results, finds, without
from rarebit._common.wording import number
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Comparison, Predictions
from rarebit.evaluation.evaluate_finding import calibration_sentences
from rarebit.evaluation.outcome import treatment_kind
from rarebit.evaluation.scores import calibration_table

if TYPE_CHECKING:  # they take what is defined here
    from rarebit.evaluation.evaluate import Evaluation
    from rarebit.evaluation.monitor import Monitoring
    from rarebit.evaluation.subgroups import Subgroups

Outcome = TypeVar("Outcome", "Comparison", "Evaluation", "Monitoring")
# The lowest threshold of a fold raises this many times as many alarms as the highest.
UNSTABLE = 2
# Bootstrap samples for the calibration.
N_RESAMPLES = 200


def model_checks(dataset: Dataset, found: Predictions | None, seed: int) -> list[str]:
    """Check calibration and threshold of the recommended model, on test rows."""
    if found is None:
        return []
    once = found.first_repeat()
    table = calibration_table(dataset, once, n_resamples=N_RESAMPLES, seed=seed)
    said = [text for text in calibration_sentences(table) if isinstance(text, Remark)]
    return [*said, *unstable_threshold(dataset, found)]


@finds("RB114")
def unstable_threshold(dataset: Dataset, found: Predictions) -> list[str]:
    """Say so if thresholds of different folds would raise very different numbers of alarms."""
    ends = threshold_ends(dataset, found)
    if ends is None:
        return []
    low, high = ends
    proba = found.first_repeat().proba[:, dataset.positive]
    many, few = int((proba >= low).sum()), int((proba > high).sum())
    if many < UNSTABLE * max(few, 1):
        return []
    return [
        "The threshold of the recommended model depends on the rows that it is fitted on: in one "
        f"fold it is {number(low)} or lower, which would raise at least {many:,} alarms on the "
        f"{len(proba):,} test rows of all folds; in another it is above {number(high)}, which "
        f"would raise at most {few:,}."
    ]


def threshold_ends(dataset: Dataset, found: Predictions) -> tuple[float, float] | None:
    """Bounds of the lowest and of the highest threshold of a fold: one is at most, one above them.

    The threshold of a fold lies above the probabilities without an alarm, and not above those with
    one. None if that is no threshold, or the same for all.
    """
    folds = list(found.folds())
    if dataset.positive is None or len(folds) < 2:
        return None
    lows, highs = [], []
    for fold in folds:
        proba, alarm = fold.proba[:, dataset.positive], fold.labels == dataset.positive
        lows.append(proba[~alarm].max(initial=0.0))
        highs.append(proba[alarm].min(initial=1.0))
    if np.greater(lows, highs).any():
        return None
    return float(min(highs)), float(max(lows))


def compared(comparison: Comparison, ignored: Collection[str]) -> Comparison:
    """Add the result of each check to a comparison, and leave out what ignored checks found."""
    effects, found = comparison.effects, comparison.predictions.get(comparison.best)
    resampled = [treatment_kind(name) == "resampling" for name in effects["treatment"]]
    applies = {
        "RB101": comparison.dataset.positive is not None,
        **dict.fromkeys(("RB107", "RB109", "RB113"), found is not None),
        "RB108": comparison.coverage.folds > 1,
        "RB110": bool(effects["p"][resampled].notna().any()),
        "RB112": comparison.probabilities is not None,
        "RB114": found is not None and threshold_ends(comparison.dataset, found) is not None,
        "RB117": comparison.probabilities is not None,
    }
    return with_checks("compare", comparison, applies, ignored)


def with_checks(
    command: str, outcome: Outcome, applies: Mapping[str, bool], ignored: Collection[str]
) -> Outcome:
    """Add the result of each check, and leave out what ignored checks found.

    ``applies`` tells which checks could be made, where that is not sure.
    """
    subgroups: Subgroups | None = getattr(outcome, "subgroups", None)
    applies = {"RB115": subgroups is not None, "RB116": subgroups is not None, **applies}
    said: dict[str, list[str]] = {
        name: getattr(outcome, name) for name in ("finding", "warnings") if hasattr(outcome, name)
    }
    notes: list[str] = [] if subgroups is None else subgroups.notes
    checks = check_results(
        command,
        [*chain.from_iterable(said.values()), *notes],
        ignored=ignored,
        not_applicable=[code for code, does in applies.items() if not does],
    )
    changes: dict[str, Any] = {name: without(texts, ignored) for name, texts in said.items()}
    if subgroups is not None:
        changes["subgroups"] = replace(subgroups, notes=without(notes, ignored))
    return replace(outcome, checks=checks, **changes)

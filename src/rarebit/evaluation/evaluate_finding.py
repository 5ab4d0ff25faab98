"""The finding of an evaluation in plain sentences: how good a model is here, and what differs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark
from rarebit._common.wording import interval, number, p_equals, percent
from rarebit.datasets import Dataset
from rarebit.datasets.columns.drift import ALPHA
from rarebit.decision.prior import shares_in_words
from rarebit.evaluation.outcome import rare_classes
from rarebit.zoo import TreatedClassifier

# The score that is named besides the one that the model was made for.
SEPARATION = "roc_auc"
# Difference of a share that is not worth a sentence.
SAME_SHARE = 0.001


def score_sentences(metrics: pd.DataFrame, own: str) -> list[str]:
    """The score that the model was made for, and how well it separates the classes."""
    table = metrics.set_index("metric")
    sentences = []
    for name in dict.fromkeys((own, SEPARATION)):
        row = table.loc[name].to_dict()
        if not np.isfinite(row["score"]):
            sentences.append(f"{row['label']} is not defined on these rows.")
            continue
        before = (
            f"; {number(row['training'])} on held-out rows of training"
            if np.isfinite(row["training"])
            else ""
        )
        sentences.append(
            f"{row['label']}: {number(row['score'])} (95 % interval "
            f"{interval(row['low'], row['high'])}{before})."
        )
    return sentences


def prevalence_sentence(dataset: Dataset, classes: pd.DataFrame, p: float) -> str:
    """Whether the classes are as frequent as in training."""
    named = [
        f"{percent(row['share'])} of the rows are of class {row['label']!r} (95 % interval "
        f"{percent(row['low'])} to {percent(row['high'])}), compared with "
        f"{percent(row['training_share'])} in training"
        for row in classes.iloc[rare_classes(dataset)].to_dict("records")
    ]
    said = f"{'; '.join(named)} ({p_equals(p)} for equal class shares)."
    return Remark("RB205", said) if p < ALPHA else said


def in_use_sentences(model: TreatedClassifier) -> list[str]:
    """Say which class shares the model is for, if they are not those of its training rows."""
    counts = model.class_counts_
    if np.allclose(model.prior_, counts / counts.sum(), atol=SAME_SHARE):
        return []
    return [f"The model is for {shares_in_words(model.classes_, model.prior_)}."]


def calibration_sentences(calibration: pd.DataFrame) -> list[str]:
    """Whether probabilities are too high or too low on average."""
    sentences = []
    for row in calibration.to_dict("records"):
        named = f"Probabilities of class {row['label']!r}"
        shares = f"{percent(row['predicted'])} predicted, {percent(row['observed'])} observed"
        if not np.isfinite(row["low"]):
            sentences.append(f"{named}: {shares}.")
            continue
        is_wrong = row["low"] > 0 or row["high"] < 0
        wrong = "right on average, as far as these rows show"
        if is_wrong:
            wrong = "too high" if row["difference"] > 0 else "too low"
        said = (
            f"{named} are {wrong}: {shares} (95 % interval of the difference "
            f"{interval(row['low'], row['high'], signed=True)})."
        )
        sentences.append(Remark("RB113", said) if is_wrong else said)
    return sentences

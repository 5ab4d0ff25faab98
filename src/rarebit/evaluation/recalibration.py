"""Whether new rows need another calibration: what each update gains in log loss, cross-fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark
from rarebit._common.wording import interval, number
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.metrics.calibration import row_log_loss
from rarebit.zoo.recalibrating import Update, cross_fitted

LABELS: dict[Update, str] = {
    "offset": "for another prevalence (offset)",
    "sigmoid": "for prevalence and spread (offset and slope)",
}


@dataclass(frozen=True)
class Recalibration:
    """What updates of the calibration would change.

    Attributes
    ----------
    table : DataFrame
        One row an update: ``update`` (``"offset"``, ``"sigmoid"``), ``log_loss`` of these rows with
        it, each updated by a calibrator fitted on other rows, and ``gain`` over the model as it is,
        with its 95 % interval ``low, high``. No rows if the rows cannot be split.
    best : {"offset", "sigmoid"} or None
        The update with the largest gain, if its interval lies above 0.
    """

    table: pd.DataFrame
    best: Update | None

    def sentence(self) -> str:
        """Say whether recalibration would help."""
        if self.table.empty:
            return "There are too few rows to tell whether recalibration would help."
        row = max(self.table.to_dict("records"), key=lambda row: row["gain"])
        gain = (
            f"log loss changes by {number(-row['gain'], signed=True)} (95 % interval "
            f"{interval(-row['high'], -row['low'], signed=True)})"
        )
        what = LABELS[row["update"]]
        if self.best is None:
            return f"Recalibration on these rows shows no gain: {what}, {gain}."
        said = f"Recalibration on these rows helps: {what}, {gain} on rows not used for it."
        return Remark("RB206", said)


def measure_recalibration(
    dataset: Dataset, predictions: Predictions, *, n_resamples: int, seed: int
) -> Recalibration:
    """Cross-fit every update on rows that a model was evaluated on."""
    y, proba, weight = predictions.y, predictions.proba, predictions.weight
    updated = {
        update: cross_fitted(proba, y, weight, update, groups=dataset.groups, seed=seed)
        for update in get_args(Update)
    }
    losses = {
        update: row_log_loss(y, found) for update, found in updated.items() if found is not None
    }
    if not losses:
        columns = ["update", "log_loss", "gain", "low", "high"]
        return Recalibration(pd.DataFrame(columns=columns), None)
    before = row_log_loss(y, proba)
    gains = np.array([before - loss for loss in losses.values()])
    found = predictions.mean_intervals(gains, dataset, n_resamples=n_resamples, seed=seed)
    table = pd.DataFrame(
        [
            (update, float(np.average(losses[update], weights=weight)), one[0], one.low, one.high)
            for update, one in zip(losses, found, strict=True)
        ],
        columns=["update", "log_loss", "gain", "low", "high"],
    )
    best = max(table.to_dict("records"), key=lambda row: row["gain"])
    return Recalibration(table, best["update"] if best["low"] > 0 else None)

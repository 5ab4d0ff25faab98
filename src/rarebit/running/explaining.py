"""Cells that explain a model: the importance of its columns on a test set, and its errors there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from rarebit._common.threads import one_thread
from rarebit.datasets import Dataset
from rarebit.explain import nearest_cases, permutation_importance, shapley_values
from rarebit.metrics.calibration import EPS
from rarebit.running.cells import SEARCH_CUT_SHORT, CellKey, CellResult
from rarebit.running.provenance import config_hash
from rarebit.running.tasks import CellTask, fit_on, library_of
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.cuts import keep_rare
from rarebit.zoo.fitting import spread

# Part of every key: raised when the same cell gives other figures than before.
VERSION = 1
# Folds that are explained: this share of all cells, but one at least and so many at most.
SHARE_OF_CELLS, MOST_FOLDS = 0.05, 3
# Predictions of rows in a cell; test rows used, and permutations of each group, within that.
MOST_PREDICTIONS, LEAST_ROWS, MOST_ROWS, MOST_REPEATS = 30_000, 200, 1000, 3
# Errors of each kind that are explained, and rows that they are compared with.
N_ERRORS, N_BACKGROUND = 2, 25
# Rare rows of training among which the most similar one is looked for.
MOST_KNOWN = 2000

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ExplainTask:
    """Fit the model of a cell again, and measure on its test set what the model depends on.

    The scores of the result are ``increase/K`` and ``error/K``, the importance of group K and its
    standard error, the ``weight`` of the rows used, and for each of the most confident errors J
    ``case/J/...``: ``row`` (position in the data set), ``proba``, ``base`` (mean prediction of the
    rows that it is compared with), ``near`` (row of the most similar known case), ``distance``, and
    ``reason/K``, the contribution of group K.
    """

    cell: CellTask
    # Columns that are permuted together
    groups: Groups
    # Code of the class whose probability is explained
    code: int
    seconds: float | None = None

    @property
    def key(self) -> CellKey:
        """The cell."""
        depends_on = {
            "cell": self.cell.key.config_hash,
            "groups": self.groups,
            "version": VERSION,
        }
        return replace(self.cell.key, protocol="explained", config_hash=config_hash(depends_on))

    def run(self) -> CellResult:
        """Fit on the training set, explain on the test set."""
        model, started = clone(self.cell.model), time.perf_counter()
        train, test = (
            self.cell.dataset.take(rows) for rows in (self.cell.split.train, self.cell.split.test)
        )
        with one_thread(library_of(model)):
            fit_on(model, train, self.cell.split.design_weight)
            fitted = time.perf_counter()
            scores = self._importances(model, train, test)
            if model.search_cut_short_:
                scores[SEARCH_CUT_SHORT] = 1.0
            if self.code in train.target:
                scores |= self._errors(model, train, test, scores)
        return CellResult(
            self.key,
            "done",
            scores=scores,
            fit_seconds=fitted - started,
            predict_seconds=time.perf_counter() - fitted,
            n_train=len(train.target),
            n_test=len(test.target),
        )

    def _importances(
        self, model: TreatedClassifier, train: Dataset, test: Dataset
    ) -> dict[str, float]:
        """Permutation importance by log loss, on test rows with rare ones first."""
        used = self._used(model)
        n_rows = int(np.clip(MOST_PREDICTIONS // max(len(used), 1), LEAST_ROWS, MOST_ROWS))
        seed = model.random_state_
        kept, weight = keep_rare(test.target, n_rows, seed=seed)
        rows = test.take(kept)
        if rows.full_weight is not None:
            weight = weight * rows.full_weight
        is_plain = bool((weight == weight[0]).all())
        n_repeats = MOST_PREDICTIONS // (len(kept) * max(len(used), 1))
        present = np.unique(train.target)
        places = np.arange(len(kept)), rows.target

        def loss(proba: np.ndarray) -> np.ndarray:
            whole = spread(proba, present, len(test.classes))
            return np.asarray(-np.log(np.clip(whole[places], EPS, 1 - EPS)))

        found = permutation_importance(
            lambda values: model.decide_values(values)[1],
            model.read(rows.table),
            loss,
            groups=list(used.values()),
            sample_weight=None if is_plain else weight,
            n_repeats=int(np.clip(n_repeats, 1, MOST_REPEATS)),
            random_state=seed,
        )
        # A column that this model left out has no influence on it.
        scores = {
            f"{name}/{k}": 0.0 for k in range(len(self.groups)) for name in ("increase", "error")
        }
        for k, importance in zip(used, found, strict=True):
            scores |= {
                f"increase/{k}": importance.increase,
                f"error/{k}": importance.standard_error,
            }
        total = len(test.target) if test.full_weight is None else test.full_weight.sum()
        return scores | {"weight": float(total)}

    def _used(self, model: TreatedClassifier) -> dict[int, list[str]]:
        """Columns of each group that the model uses, by the position of the group."""
        used = {
            k: [name for name in group if name in model.roles_]
            for k, group in enumerate(self.groups)
        }
        return {k: names for k, names in used.items() if names}

    def _errors(
        self,
        model: TreatedClassifier,
        train: Dataset,
        test: Dataset,
        importance: dict[str, float],
    ) -> dict[str, float]:
        """The most confident errors, their reasons, and the most similar case of the class."""
        used, values, split = self._used(model), model.read(test.table), self.cell.split
        code = int(np.searchsorted(np.unique(train.target), self.code))
        decided, proba, _ = model.decide_values(values)
        wrong = list(_most_confident(test.target == self.code, decided == code, proba[:, code]))
        if not wrong or not used:
            return {}
        reasons = shapley_values(
            lambda frame: model.decide_values(frame)[1][:, code],
            values.iloc[wrong],
            model.read(train.table.iloc[self._background(len(train.target))]),
            groups=list(used.values()),
            random_state=self.cell.model.random_state,
        )
        known = np.flatnonzero(train.target == self.code)[:MOST_KNOWN]
        column_weight = {
            name: max(importance[f"increase/{k}"], 0.0) / len(names)
            for k, names in used.items()
            for name in names
        }
        near, distance = nearest_cases(
            values.iloc[wrong],
            model.read(train.table.iloc[known]),
            n_cases=1,
            column_weight=column_weight if any(column_weight.values()) else None,
        )
        rows = (
            np.arange(len(self.cell.dataset.target)) if self.cell.rows is None else self.cell.rows
        )
        scores: dict[str, float] = {}
        for j, row in enumerate(wrong):
            parts = zip(used, reasons.contributions[j], strict=True)
            found = {f"reason/{k}": part for k, part in parts} | {
                "row": rows[split.test[row]],
                "proba": proba[row, code],
                "base": reasons.base,
                "near": rows[split.train[known[near[j, 0]]]],
                "distance": distance[j, 0],
            }
            scores |= {f"case/{j}/{name}": float(value) for name, value in found.items()}
        return scores

    def _background(self, n_rows: int) -> np.ndarray:
        """Training rows that others are compared with, as if there had been no cut of rows."""
        design = self.cell.split.design_weight
        return np.random.default_rng(self.cell.key.seed).choice(
            n_rows,
            min(N_BACKGROUND, n_rows),
            replace=False,
            p=None if design is None else design / design.sum(),
        )


def _most_confident(is_class: np.ndarray, is_alarm: np.ndarray, proba: np.ndarray) -> Iterator[int]:
    """Rows of the class with the lowest probability, then false alarms with the highest."""
    for rows, order in ((is_class & ~is_alarm, proba), (~is_class & is_alarm, -proba)):
        wrong = np.flatnonzero(rows)
        yield from wrong[np.argsort(order[wrong], kind="stable")[:N_ERRORS]].tolist()


def explain_tasks(
    cells: Sequence[CellTask], groups: Groups, code: int, n_cells: int
) -> list[ExplainTask]:
    """Explain some cells of one candidate: few of ``n_cells``, so that it takes little time."""
    n_folds = int(np.clip(n_cells * SHARE_OF_CELLS, 1, MOST_FOLDS))
    return [ExplainTask(cell, groups, code) for cell in cells[:n_folds]]

"""Protocols: what is fitted on which rows.

``strict`` is the honest one. ``paper`` does what the QCL-MixNet paper did; every table made with it
states its optimism.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rarebit._common.checks import Remark
from rarebit._common.parameters import (
    COUNT,
    OPEN_FRACTION,
    Bounds,
    Rule,
    check_parameters,
    check_value,
)
from rarebit._common.random_state import check_seed
from rarebit._common.wording import count
from rarebit.datasets import Dataset
from rarebit.exceptions import InputError
from rarebit.zoo import Preset
from rarebit.zoo.intake import SEARCH_RULES
from rarebit.zoo.splits import Split, holdout_split, make_splits

PAPER_OPTIMISM = (
    "Paper protocol (arXiv 2506.13987, section 4.2): one 80/20 split with seed 42. The scores "
    "depend on one random test set, and the best of them is optimistic. The published networks "
    "were test-selected (checkpoint by the score on that test set); those fitted here select on "
    "training rows. Base decisions on the strict protocol."
)

PROTOCOLS = ("strict", "paper")
_RULES: dict[str, Rule] = SEARCH_RULES | {
    "name": PROTOCOLS,
    "n_repeats": COUNT,
    "test_size": OPEN_FRACTION,
    "max_test_rows": (None, Bounds(int, 2)),
}


@dataclass(frozen=True)
class Protocol:
    """How models are compared: the splits, and the budget that each model gets.

    Attributes
    ----------
    name : {"strict", "paper"}
        Repeated stratified cross-validation, or the published 80/20 split.
    n_folds, n_repeats : int
        Outer folds and their repetitions (``strict``).
    test_size : float
        Share of rows in the test set (``paper``).
    search : {"random", "grid"}
        Hyper-parameter search inside the training rows.
    n_configs : int
        Configurations that each random search tries at most; 1: the defaults only.
    inner_folds : int
        Folds inside the training rows, for the search, the calibration and the threshold.
    search_rows : int or None
        Most training rows that the search sees, rare ones first; None: all.
    max_rows : int or None
        Most training rows of a fit: all rows of the rare classes, up to half of it, and a sample
        of the largest class, with a note; None: all rows.
    max_test_rows : int or None
        Most test rows of a split: a random sample, whatever their classes; None: all rows.
    calibrate : bool
        Whether probabilities are calibrated on inner out-of-fold predictions.
    seed : int
        Seed of everything.

    Examples
    --------
    >>> Protocol.paper().test_size
    0.2
    >>> Protocol.strict(n_folds=3).n_folds
    3
    """

    name: Literal["strict", "paper"] = "strict"
    n_folds: int = 5
    n_repeats: int = 1
    test_size: float = 0.2
    search: Literal["random", "grid"] = "random"
    n_configs: int = 8
    inner_folds: int = 3
    search_rows: int | None = 2000
    max_rows: int | None = 50_000
    max_test_rows: int | None = 50_000
    calibrate: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what would otherwise fail in a worker."""
        check_parameters(self, _RULES)
        check_value("n_folds", self.n_folds, Bounds(int, 2 if self.name == "strict" else 1))
        check_seed(self.seed)

    @classmethod
    def strict(cls, **changes: Any) -> Protocol:
        """Return a protocol that fits on training rows only, with one budget for all models.

        Parameters
        ----------
        **changes
            Attributes that differ from their defaults.

        Returns
        -------
        Protocol
        """
        return cls(**changes)

    @classmethod
    def from_preset(cls, preset: Preset, n_rows: int, *, seed: int = 0) -> Protocol:
        """Return the strict protocol with the folds and the budget of a preset.

        Parameters
        ----------
        preset : Preset
            Size of the comparison.
        n_rows : int
            Rows of the table: small ones get more repeats.
        seed : int, default=0
            Seed of everything.

        Returns
        -------
        Protocol
        """
        return cls(
            n_folds=preset.n_folds,
            n_repeats=preset.repeats(n_rows),
            n_configs=preset.n_configs,
            search_rows=preset.search_rows,
            max_rows=preset.max_rows,
            max_test_rows=preset.max_test_rows,
            seed=seed,
        )

    @classmethod
    def paper(cls, **changes: Any) -> Protocol:
        """Return the protocol of the QCL-MixNet paper: 80/20, seed 42, grid search with 3 folds.

        Parameters
        ----------
        **changes
            Attributes that differ from the paper's.

        Returns
        -------
        Protocol
        """
        return replace(
            cls(
                name="paper",
                n_folds=1,
                search="grid",
                search_rows=None,
                max_rows=None,
                max_test_rows=None,
                calibrate=False,
                seed=42,
            ),
            **changes,
        )

    @property
    def optimism(self) -> list[str]:
        """What flatters the figures under this protocol; nothing for ``strict``."""
        return [Remark("RB105", PAPER_OPTIMISM)] if self.name == "paper" else []

    def splits(self, dataset: Dataset) -> tuple[list[Split], list[str]]:
        """Return the outer splits, and notes on what was changed, such as fewer folds."""
        if self.name == "paper":
            if dataset.groups is not None or dataset.time is not None:
                raise InputError(
                    "The paper protocol supports neither groups nor time: use the strict protocol."
                )
            return holdout_split(dataset.target, test_size=self.test_size, seed=self.seed), []
        splits, notes = make_splits(
            dataset.target,
            n_folds=self.n_folds,
            n_repeats=self.n_repeats,
            groups=dataset.groups,
            time=dataset.time,
            seed=self.seed,
        )
        if not splits:
            n_groups = 0 if dataset.groups is None else len(set(dataset.groups))
            raise InputError(
                f"'{dataset.name}' cannot be split into training and test sets: it has "
                + count(len(dataset.target), "row")
                + ("" if dataset.groups is None else f" in {count(n_groups, 'group')}")
                + "; it needs at least two rows of one class (and two groups or times)."
            )
        return splits, notes

    def settings(self) -> dict[str, Any]:
        """Return every setting as plain values, for the report and the configuration hash.

        Returns
        -------
        dict
        """
        return asdict(self)

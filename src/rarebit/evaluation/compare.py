"""The main job: compare treatments of the class imbalance on one table."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from rarebit._common.checks import Remark, check_codes, coded, without
from rarebit._common.parameters import OPEN_FRACTION, POSITIVE, Bounds, check_value
from rarebit._common.wording import about
from rarebit.decision import parse_points
from rarebit.decision.constraints import CONFIDENCE
from rarebit.decision.costs import cost_columns
from rarebit.evaluation.arguments import (
    as_dataset,
    check_choices,
    chosen_metric,
    chosen_preset,
    chosen_protocol,
)
from rarebit.evaluation.checks import compared
from rarebit.evaluation.comparison import Comparison
from rarebit.evaluation.costs import read_costs
from rarebit.evaluation.explanation import explained
from rarebit.evaluation.other_rows import other_rows
from rarebit.evaluation.progress import Progress
from rarebit.evaluation.ranking import line_of
from rarebit.evaluation.stability import with_stability
from rarebit.evaluation.summary import summarise
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.running import limits
from rarebit.running.budget import Budget
from rarebit.running.cells import CellResult
from rarebit.running.job import Job, missing_classes
from rarebit.running.plans import make_plan
from rarebit.running.protocols import Protocol
from rarebit.running.provenance import versions
from rarebit.running.runner import run_cells, worker_count
from rarebit.running.store import Store
from rarebit.running.tasks import CellTask
from rarebit.zoo import Preset
from rarebit.zoo.deciding import check_points
from rarebit.zoo.reviewing import check_review
from rarebit.zoo.text import check_text_encoders

# Share of the time budget kept for summary and report, or so many seconds if that is more, up to
# another share.
RESERVED, RESERVED_SECONDS, MOST_RESERVED = 0.1, 5.0, 0.2
# Seconds that the refit may take beyond the budget.
OVERRUN = 2.5
# Rows of a refit that time allows, at least: this share of those that the scores are based on.
LEAST_REFIT = 0.5
# Share of a fit's time for its search; inner folds, calibration and the fit need the rest.
FOR_SEARCH = 0.5
MOST_REFITS = 1000


def compare(
    X: Any,
    y: Any = None,
    *,
    models: Any = None,
    treatments: Iterable[Any] | None = None,
    protocol: str | Protocol = "strict",
    preset: str | Preset = "default",
    max_rows: int | None = None,
    metric: str | None = None,
    cost: str | ArrayLike | None = None,
    at: str | Sequence[str] | None = None,
    prevalence: float | str | Mapping[str, float] | None = None,
    confidence: float = CONFIDENCE,
    review: str | int | None = None,
    positive: Any = None,
    groups: Any = None,
    time: Any = None,
    sample_weight: Any = None,
    roles: Mapping[str, str] | None = None,
    by: str | Sequence[str] | None = None,
    seed: int | None = None,
    jobs: int = 1,
    device: str = "cpu",
    text: str = "target",
    time_budget: float | None = None,
    store: str | Path | Store | Callable[[], Store] | None = None,
    refit: bool = True,
    explain: bool = True,
    stability: int = 0,
    test: Any = None,
    ignore_checks: str | Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare treatments of the class imbalance on a table.

    Parameters
    ----------
    X : Dataset, DataFrame or array of shape (n_rows, n_features)
        The table. Text, dates and missing values are allowed.
    y : array of shape (n_rows,) or str, optional
        Class labels, or the name of their column in ``X``. Not allowed with a ``Dataset``.
    models : list or dict, optional
        Names of classifiers, instead of those of the preset; your own estimators and samplers are
        added.
    treatments : list, optional
        Names of treatments, instead of those of the preset; your own samplers are added.
    protocol : {"strict", "paper"} or Protocol, default="strict"
        What is fitted on which rows. A ``Protocol`` overrides the folds and budget of the preset.
    preset : {"quick", "default", "thorough"} or Preset, default="default"
        How much is compared.
    max_rows : int, optional
        Most training rows of a fit: rare rows first, and a sample of the largest class. The default
        is that of the preset or the protocol.
    metric : str, optional
        The one metric that ranks and chooses, and that searches and thresholds optimise. By
        default there are two: ``"log_loss"`` judges probabilities and directs searches;
        ``"expected_cost"`` if there is ``cost``, else ``"macro_f1"``, judges decisions.
    cost : str, array or nested list of shape (n_classes, n_classes), optional
        Cost of decisions: ``"fn=10,fp=1"``, or ``cost[true, predicted]`` in the order of the
        classes. Instead of a number, a cost may be the name of a column that holds the amount of
        each row: ``"fn=amount,fp=5"``. Then the tuned threshold gives way to the decision of least
        expected cost for each row.
    at : str or list of str, optional
        Operating points of a two-class problem, such as ``"recall>=0.95"``, ``"precision>=0.5"``,
        ``"fpr<=0.01"``, ``"alerts<=50"``, ``"alerts<=0.5%"`` or ``"p>=0.2"``. They rank nothing:
        the outcome says what the best model does at each, and its model decides at the first.
    prevalence : float, str or mapping, optional
        Share of the rare class, or of each class (``"a=0.1,b=0.2"``), where the model is used, if
        it is not that of the rows, as in case-control data. Scores, searches, calibration and
        decisions are those at this prevalence.
    confidence : float, default=0.9
        With which all operating points together are to hold on new rows.
    review : str or int, optional
        Rows of a two-class problem that go to a person: a share such as ``"5%"``, or a number of
        rows of each batch. It ranks nothing: the outcome says what the best model's decisions are
        worth if a person decides the rows whose decisions are expected to cost most.
    positive : label, optional
        The rare class of a two-class problem. The default is the class with fewer rows.
    groups, time, sample_weight : array of shape (n_rows,) or str, optional
        Rows of one group stay in one fold; training rows always precede test rows in time; weights
        are used in fitting and scoring. Arrays, or names of columns of ``X``.
    roles : dict of str to str, optional
        How some columns are used: ``"numeric"``, ``"categorical"``, ``"boolean"``, ``"date"``,
        ``"text"`` or ``"drop"``. The others are inferred.
    by : str or list of str, optional
        Columns of ``X``: the best model is also scored on the rows of each of their values.
    seed : int, optional
        Seed of everything. The default is that of the protocol (0, and 42 for ``"paper"``).
    jobs : int, default=1
        Worker processes; -1 for one per core. The figures do not depend on it.
    device : str, default="cpu"
        Device of the classifiers that support one, such as ``"cuda"``.
    text : {"target", "string", "auto"}, default="target"
        Encoders of text with many values that are tried, as for
        :class:`rarebit.zoo.TreatedClassifier`.
    time_budget : float, optional
        Seconds for the whole comparison. Every model runs on one fold before any model runs on a
        second, strong and quick models first, and the finding says what it was enough for. A later
        run with the same store and without a budget runs the remaining fits, and repeats the cells
        whose search was cut short.
    store : str, Path, Store or callable () -> Store, optional
        Where finished fits are kept; fits found there are not run again. A function is called once
        everything given is checked.
    refit : bool, default=True
        Refit the best model on all rows, cut to ``max_rows``.
    explain : bool, default=True
        Measure which columns the best model depends on, on the test rows of a few folds.
    stability : int, default=0
        Bootstrap refits of the best model, which show how far the probability of one row moves.
        Not with a time budget.
    test : Dataset, table, or tuple of (X, y), optional
        Rows of another time or place on which the refitted model is evaluated, as by
        :func:`rarebit.evaluate`; no model is chosen or fitted with them. In a table, target, groups
        and weights have the names that they have in ``X``.
    ignore_checks : list of str, optional
        Codes of checks, such as ``"RB002"``, whose findings are left out.
    progress : Progress, optional
        Callbacks.

    Returns
    -------
    Comparison
        The ranking, the effects of the treatments, the finding and the best model.

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> outcome = compare(
    ...     load_dataset("breast_cancer_rare"),
    ...     models=["gaussian_nb"],
    ...     treatments=["untouched", "tuned_threshold"],
    ...     preset="quick",
    ... )
    >>> outcome.best
    ('gaussian_nb', 'tuned_threshold')
    """
    check_value("time_budget", time_budget, None, *POSITIVE)
    budget = None if time_budget is None else _budget(time_budget)
    progress = progress or Progress()
    check_value("stability", stability, Bounds(int, 0, MOST_REFITS))
    if stability and (time_budget is not None or not refit):
        raise InputError(
            "stability needs the final model and no time budget: leave out `time_budget`, or "
            "`stability`."
        )
    jobs = worker_count(jobs)
    check_choices(models, treatments, seed, device)
    check_text_encoders(text)
    check_value("confidence", confidence, *OPEN_FRACTION)
    parse_points(at)
    ignored = check_codes(ignore_checks)
    dataset = as_dataset(
        X, y,
        positive=positive, groups=groups, time=time, weights=sample_weight, roles=roles,
        by=by, amounts=cost_columns(cost),
    )  # fmt: skip
    if prevalence is not None:
        dataset = dataset.at_prevalence(prevalence)
    others = other_rows(test, dataset, refit=refit)
    preset = chosen_preset(preset)
    costs = None if cost is None else read_costs(cost, dataset)
    points = check_points(at, len(dataset.classes))
    budget_of_review = check_review(review, len(dataset.classes), points)
    job = Job(
        dataset,
        make_plan(dataset, preset, models=models, treatments=treatments),
        chosen_protocol(protocol, preset, len(dataset.target), seed=seed, max_rows=max_rows),
        chosen_metric(metric, costs),
        costs,
        device,
        text,
        tuple(map(str, points)),
        confidence,
        None if budget_of_review is None else str(budget_of_review),
        probability_metric="log_loss" if metric is None else None,
    )
    planned = job.cells()
    if budget is not None and refit:
        # For the refit, as long as the longest fit takes with the rows of a refit.
        rows = job.n_refit / min(len(split.train) for split in planned.splits)
        budget = replace(budget, reserved_fits=rows)
    if callable(store):
        store = store()
    kept = store if isinstance(store, Store) else Store(store or ":memory:")
    notes = [*planned.notes, *missing_classes(dataset, planned.splits)]
    for note in without(notes, ignored):
        warnings.warn(coded(note), RarebitWarning, stacklevel=2)
    comparison = summarise(
        job,
        _results(planned.tasks, kept, jobs, budget, progress),
        n_planned=len(planned.tasks),
        test_ratio=planned.test_ratio,
        warnings=[*dataset.notes, *notes, *job.protocol.optimism],
        settings={
            **planned.settings,
            **({} if prevalence is None else {"prevalence": prevalence}),
            "preset": preset.name,
            "seed": job.protocol.seed,
            "jobs": jobs,
            "device": device,
            "time_budget": time_budget,
            "folds": len(planned.splits),
        },
        versions=versions(),
    )
    if refit:
        progress.on_refit(comparison.best)
        comparison = _refitted(job, comparison, None if budget is None else budget.left())
    if stability:
        comparison = with_stability(job, comparison, kept, jobs, stability)
    if others is not None:
        comparison = others.added_to(comparison, ignored)
    comparison = compared(comparison, ignored)
    if not explain:
        return comparison
    progress.on_explain(comparison.best)
    left = None if budget is None else budget.left()
    return explained(comparison, planned.tasks, kept, jobs, left)


def _budget(seconds: float) -> Budget:
    """The budget of a comparison, which begins now."""
    return Budget(seconds, max(RESERVED, min(RESERVED_SECONDS / seconds, MOST_RESERVED)))


def _with_search_limit(tasks: list[CellTask], budget: Budget, jobs: int) -> list[CellTask]:
    """End each search after its part of an equal share of the time: more folds before more search.

    How long a whole cell may take is decided when it starts: :mod:`rarebit.running.budget`.
    """
    limit = budget.seconds * (1 - budget.reserve) * jobs / len(tasks) * FOR_SEARCH
    return [replace(task, model=task.model.set_params(time_limit=limit)) for task in tasks]


def _refitted(job: Job, comparison: Comparison, left: float | None) -> Comparison:
    """Refit the best model on the rows that there is time for; else say that there is no model."""
    if left is None:
        return replace(comparison, model=job.refit(comparison.best))
    best, most = line_of(comparison.ranking, comparison.best), left + OVERRUN
    n_train = int(comparison.cells["n_train"].max())
    needed = best.fit_seconds * job.n_refit / n_train
    n_rows = job.n_refit if needed <= most else int(job.n_refit * most / needed)
    no_time = f"There was no time to fit the best model on all rows ({about(needed)})"
    notes = [f"{no_time}, so there is no model: run the same comparison without a time budget."]
    if n_rows >= min(job.n_refit, LEAST_REFIT * n_train):
        with suppress(limits.TimeLimitExceeded), limits.time_limit(most):
            limit = left * FOR_SEARCH
            model = job.refit(comparison.best, time_limit=limit, max_rows=n_rows)
            comparison = replace(comparison, model=model)
            fewer = f"{no_time}: the model is fitted on {n_rows:,} rows, rare ones first."
            notes = [fewer] if n_rows < job.n_refit else []
    said = (Remark("RB104", note) for note in notes)
    return replace(comparison, warnings=[*comparison.warnings, *said])


def _results(
    tasks: list[CellTask],
    store: Store,
    jobs: int,
    budget: Budget | None,
    progress: Progress,
) -> list[CellResult]:
    """Run the cells that the store lacks; return the results of all, also of those cut off."""
    if budget is None:
        store.forget_cut_searches(task.key for task in tasks)
    else:
        tasks = _with_search_limit(tasks, budget, jobs)
    cut: list[CellResult] = []

    def on_result(result: CellResult) -> None:
        if result.status == "cut":
            cut.append(result)
        progress.on_result(result)

    run_cells(
        tasks,
        store,
        jobs=jobs,
        budget=budget,
        on_start=progress.on_start,
        on_result=on_result,
    )
    return [*filter(None, (store.get(task.key) for task in tasks)), *cut]

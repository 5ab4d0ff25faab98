"""`rarebit train`: one classifier with one treatment, fitted on a whole table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import rarebit
from rarebit.cli import options
from rarebit.cli.options import check_device_is_used
from rarebit.cli.output import (
    announce_kept_text,
    announce_replacement,
    check_model_folder,
    command_line,
    make_console,
    print_json,
    print_remarks,
    print_written,
    working,
)
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rarebit.datasets import Dataset
    from rarebit.zoo import TreatedClassifier


Model = Annotated[str, typer.Option(help="Classifier, such as random_forest or lightgbm.")]
Treatment = Annotated[str, typer.Option(help="Treatment, such as class_weights or smote.")]
Metric = Annotated[
    str | None,
    typer.Option(help="Metric optimised by search and threshold tuning; macro_f1 by default."),
]
Configs = Annotated[
    int, typer.Option(help="Number of hyper-parameter settings to try; 1: the defaults only.")
]
Out = Annotated[Path, typer.Option(help="Folder for the model.")]


def train_command(
    table: options.Table,
    target: options.Target = None,
    positive: options.Positive = None,
    groups: options.TrainGroups = None,
    time: options.TrainTime = None,
    weights: options.Weights = None,
    ignore: options.Ignore = None,
    role: options.Roles = None,
    model: Model = "hist_gradient_boosting",
    treatment: Treatment = "tuned_threshold",
    metric: Metric = None,
    cost: options.Cost = None,
    at: options.At = None,
    confidence: options.Confidence = None,
    prevalence: options.Prevalence = None,
    review: options.Review = None,
    configs: Configs = 1,
    max_rows: options.MaxRows = None,
    text: options.Text = "target",
    device: options.Device = "cpu",
    seed: options.Seed = 0,
    ignore_check: options.IgnoreCheck = None,
    data_dir: options.DataDir = None,
    out: Out = Path("model"),
    as_json: options.AsJson = False,
) -> None:
    """Fit one classifier.

    To choose a classifier and a treatment, and to estimate the performance on new rows, use
    `rarebit compare`.
    """
    from rarebit.reporting.card import write_training_card
    from rarebit.zoo.deciding import check_points
    from rarebit.zoo.reviewing import check_review

    check_model_folder(out)
    points = options.operating_points(at, confidence)
    dataset = options.open_table(
        table, ignore, role, cost, target=target, positive=positive, groups=groups, time=time,
        weights=weights, data_dir=data_dir,
    )  # fmt: skip
    _check_pair(model, treatment, dataset)
    _check_options(model, metric, cost, configs, device)
    n_classes = len(dataset.classes)
    check_review(review, n_classes, check_points(points.get("at"), n_classes))
    console = make_console(stderr=as_json)
    announce_replacement(out, dataset.name, console)
    announce_kept_text(out, console)
    settings = {
        **points,
        "n_configs": configs, "max_rows": max_rows, "device": device, "random_state": seed,
        "text": text, "prevalence": prevalence, "review": review,
    }  # fmt: skip
    task = {"classifier": model, "treatment": treatment, "metric": metric}
    with working(make_console(stderr=True), f"Fitting {model} + {treatment} on all rows"):
        fitted = _fit(dataset, cost, **task, **settings)
    facts = {"dataset": dataset.name, "classifier": model, "treatment": treatment}
    optimised = {"metric": None if cost else fitted.metric, "cost": cost, "seed": seed}
    rarebit.save(fitted, out, metadata=facts | optimised)
    outcome = _outcome(fitted, dataset, ignore_check or []) | facts | {"model": str(out)}
    card = write_training_card(fitted, dataset, out, notes=outcome["notes"], command=command_line())
    outcome["card"] = str(card)
    if as_json:
        print_json(outcome)
    else:
        _print(outcome, console)


def _fit(
    dataset: Dataset, cost: str | None, *, metric: str | None, **settings: Any
) -> TreatedClassifier:
    """Fit on all rows."""
    from rarebit.decision.costs import Costs
    from rarebit.running.tasks import fit_on

    positive, classes = dataset.positive, dataset.classes
    costs = None if cost is None else Costs.from_text(cost, classes, positive)
    model = rarebit.TreatedClassifier(
        metric=metric or "macro_f1",
        positive=None if positive is None else classes[positive],
        cost_matrix=None if costs is None else costs.as_lists(),
        roles=dataset.table_roles,
        spellings=dataset.spellings,
        **settings,
    )
    return fit_on(model, dataset)


def _check_pair(model: str, treatment: str, dataset: Dataset) -> None:
    """Refuse a classifier and a treatment that do not go together."""
    from rarebit.datasets import Role
    from rarebit.zoo import get_classifier, get_treatment
    from rarebit.zoo.registry import compatible

    categorical = Role.CATEGORICAL in dataset.roles.values()
    reason = compatible(get_classifier(model), get_treatment(treatment), categorical)
    if reason is not None:
        raise InputError(f"{model} with {treatment}: {reason}. Name another --treatment.")


def _check_options(
    model: str, metric: str | None, cost: str | None, configs: int, device: str
) -> None:
    """Refuse a model that cannot be stored, and options that would do nothing."""
    from rarebit.zoo import get_classifier

    if "unsaved" in get_classifier(model).tags:
        raise InputError(
            f"model is {model}, which cannot be saved, as its library supports pickle only: name "
            "another one, or measure it with `rarebit compare`."
        )
    check_device_is_used(device, [model])
    if metric and cost:
        raise InputError(
            f"--metric {metric} has no effect beside --cost, which is optimised instead: leave out "
            "one of them."
        )
    if configs > 1 and not get_classifier(model).search_space:
        raise InputError(
            f"--configs {configs} has no effect: {model} has no hyper-parameters to search. Leave "
            "it out."
        )


def _outcome(fitted: TreatedClassifier, dataset: Dataset, ignored: list[str]) -> dict[str, Any]:
    """What was fitted, as plain values."""
    from rarebit._common.checks import check_results, without
    from rarebit.datasets.columns.reading import left_out

    said = left_out(fitted.left_out_)  # in the columns left out
    notes = [*dataset.notes, *(note for note in fitted.notes_ if note != said)]
    checks = check_results("train", notes, ignored=ignored)
    rule = fitted.review_rule()
    return {
        "rows": len(dataset.target),
        "rows_fitted": fitted.n_rows_,
        "classes": {
            str(label): int(n_rows)
            for label, n_rows in zip(fitted.classes_, fitted.class_counts_, strict=True)
        },
        "threshold": fitted.threshold_,
        "prevalence": None
        if fitted.prevalence is None
        else dict(zip(map(str, fitted.classes_), fitted.prior_.tolist(), strict=True)),
        "operating_points": [
            {
                "at": at,
                "threshold": point.finite_threshold,
                "promise": point.statement,
            }
            for at, point in fitted.points_.items()
        ],
        "review": None if rule is None else rule.statement,
        "params": fitted.params_,
        "columns_left_out": dataset.dropped | fitted.left_out_,
        "notes": without(notes, ignored),
        "checks": [check._asdict() for check in checks],
    }


def _print(outcome: dict[str, Any], console: Any) -> None:
    """Print what was fitted, and what remains unknown."""
    from rarebit._common.wording import count, number
    from rarebit.datasets.columns.reading import left_out
    from rarebit.decision.prior import shares_in_words
    from rarebit.zoo import get_classifier, get_treatment

    labels = (
        get_classifier(outcome["classifier"]).label,
        get_treatment(outcome["treatment"]).label,
    )
    threshold = outcome["threshold"]
    rule = "" if threshold is None else f"; threshold of the rare class: {number(threshold)}"
    console.print(f"{', '.join(labels)}, fitted on {count(outcome['rows_fitted'], 'row')}{rule}.")
    for point in outcome["operating_points"]:
        threshold = point["threshold"]
        found = "" if threshold is None else f" Threshold: {number(threshold)}."
        console.print(f"{point['promise']}{found}")
    if (shares := outcome["prevalence"]) is not None:
        named = shares_in_words(shares, shares.values())
        console.print(f"Probabilities and decisions are for {named}.")
    if outcome["review"] is not None:
        console.print(outcome["review"])
    console.print("Performance on new rows was not measured; use `rarebit compare` to measure it.")
    if dropped := outcome["columns_left_out"]:
        console.print(left_out(dropped, most=len(dropped)))
    print_remarks(console, "warning", outcome["notes"])
    print_written(console, {"model": outcome["model"], "model card": outcome["card"]})

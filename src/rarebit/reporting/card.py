"""The model card: what a model is, what is known of it, and what people must add."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from markupsafe import Markup

from rarebit._common import wording
from rarebit.datasets import Dataset
from rarebit.decision import TunedThreshold
from rarebit.decision.prior import shares_in_words
from rarebit.evaluation import Comparison
from rarebit.evaluation.ranking import line_of
from rarebit.exceptions import InputError
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names, rows
from rarebit.reporting.card_text import CARD, OPEN, read_card, renewed, write_page
from rarebit.reporting.explanation import importance_rows
from rarebit.reporting.pages import render_template
from rarebit.reporting.report import report_facts
from rarebit.running.provenance import versions
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.objective import get_objective
from rarebit.zoo.registry import classifier_of, treatment_of

# Scores of probabilities that the section on calibration repeats.
CALIBRATION = ("calibration_error", "brier")
# Characters of the values of hyper-parameters, and of a note.
LINE = 600


def write_card(comparison: Comparison, folder: str | os.PathLike[str]) -> Path:
    """Write the model card of a comparison's model as ``card.md`` and ``card.html``.

    The card holds data, protocol, performance, limits, versions and the items of the TRIPOD+AI
    checklist (Collins et al., BMJ 2024;385:e078378): filled in, or as questions that begin with
    ``(open)``. People may edit ``card.md``. If it is written again, what they wrote is kept under
    its heading.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned, with its model.
    folder : path
        The folder that the model was saved in.

    Returns
    -------
    pathlib.Path
        The file ``card.md``.

    Raises
    ------
    InputError
        If the comparison has no model, or ``card.md`` cannot be read or written.

    Examples
    --------
    >>> from rarebit import compare, load_dataset, save
    >>> outcome = compare(load_dataset("digits_8"), preset="quick")  # doctest: +SKIP
    >>> write_card(outcome, save(outcome.model, "model"))  # doctest: +SKIP
    """
    if comparison.model is None:
        raise InputError("The comparison has no model, so there is no card: compare with a refit.")
    facts = comparison_facts(comparison)
    return _write(facts, comparison.model, comparison.dataset, Path(folder))


def write_training_card(
    model: TreatedClassifier,
    dataset: Dataset,
    folder: str | os.PathLike[str],
    *,
    notes: Sequence[str],
    command: str,
) -> Path:
    """Write the card of a model that was fitted without a comparison."""
    facts = {
        "compared": False,
        "dataset": rows.dataset_facts(dataset),
        "classes": rows.class_rows(dataset),
        "columns": rows.column_rows(dataset),
        "warnings": [names.clean(note) for note in notes],
        "seed": model.random_state_,
        "classifier": names.clean(classifier_of(model.classifier).label, rows.NAME),
        "treatment": names.clean(treatment_of(model.treatment).label, rows.NAME),
        "versions": rows.setting_rows(versions()),
        "command": names.clean(command),
        "test": None,
        "subgroups": None,
    }
    return _write(facts, model, dataset, Path(folder))


def comparison_facts(comparison: Comparison) -> dict[str, Any]:
    """What the card says of a comparison: the facts of its report, and some of its tables."""
    facts = report_facts(comparison)
    ranking = [*facts["ranking"], *facts["ranking_rest"]]
    line = line_of(comparison.ranking, comparison.best)
    scores = {
        name: (get_objective(name).label, wording.number(line[name]))
        for name in dict.fromkeys((*rows.other_metrics(comparison), *CALIBRATION))
        if name in line
    }
    protocol = comparison.settings.get("protocol")
    probabilities, stability = facts["probabilities"], comparison.stability
    return facts | {
        "compared": True,
        "classifier": facts["best"]["classifier"],
        "treatment": facts["best"]["treatment"],
        "answers": [
            {**facts["best"], "metric": facts["metric"], "of": "decisions"},
            *([{**probabilities, "of": "probabilities"}] if probabilities else []),
        ],
        "scores": scores,
        "calibration": [scores[name] for name in CALIBRATION if name in scores],
        "folds": protocol if isinstance(protocol, dict) else {},
        "n_candidates": len(ranking),
        "importances": importance_rows(comparison.explanation) if comparison.explanation else [],
        "stability": None if stability is None else names.clean(stability.sentence),
        "seed": comparison.settings.get("seed"),
        "command": facts["rerun"],
    }


def _write(
    facts: Mapping[str, Any],
    model: TreatedClassifier,
    dataset: Dataset,
    folder: Path,
) -> Path:
    """Write the card, with what people wrote into the one before it."""
    old = read_card(folder)
    target = [column.name for column in dataset.columns if column.used_as == "target"]
    new = render_template("card.md", {
        **facts,
        "OPEN": Markup(OPEN),  # noqa: S704 - a constant
        "version": versions()["rarebit"],
        "model": _model_facts(model),
        "target": f"“{names.clean(target[0], rows.NAME)}”" if target else "the class",
        "unused": {names.clean(a): names.clean(b, LINE) for a, b in model.left_out_.items()},
    })  # fmt: skip
    atomic_write_text(folder / CARD, renewed(new, old or ""))
    write_page(folder)
    return folder / CARD


def _model_facts(model: TreatedClassifier) -> dict[str, Any]:
    """What the model is, as texts."""
    params = ", ".join(f"{name} = {value}" for name, value in model.params_.items())
    calibrated = "calibrated on inner out-of-fold predictions"
    return {
        "n_rows": model.n_rows_,
        "n_features": len(model.roles_),
        "params": names.clean(params, LINE),
        "probabilities": calibrated if model.calibrator_ is not None else "not calibrated",
        "prevalence": names.clean(shares_in_words(model.classes_, model.prior_)),
        "decision": names.clean(_decision(model), LINE),
        "promises": [names.clean(point.statement) for point in model.points_.values()],
    }


def _decision(model: TreatedClassifier) -> str:
    """How labels are decided."""
    if model.points_:
        at, point = next(iter(model.points_.items()))
        threshold = point.threshold
        from_here = f" (threshold {wording.number(threshold)})" if isfinite(threshold) else ""
        return f"decided at the operating point {at}{from_here}"
    rule = model.decision_
    if rule is None:
        return "the class that the classifier finds most probable"
    if not isinstance(rule, TunedThreshold):
        return "the class of least expected cost"
    if model.threshold_ is None or model.positive_ is None:
        return "the most probable class, with a tuned weight for each class"
    label = model.classes_[model.positive_]
    return f"class “{label}” from a probability of {wording.number(model.threshold_)}"

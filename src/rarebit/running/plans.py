"""What a comparison compares: its classifiers and treatments, and what is left out and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from rarebit.datasets import Dataset, Role
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.zoo import Preset, get_classifier, get_treatment, list_classifiers, list_treatments
from rarebit.zoo.registry import as_classifier_spec, as_treatment, compatible
from rarebit.zoo.spec import ClassifierSpec, Treatment

# The order in which a classifier's treatments run, and which wins a tie.
_KINDS = ("threshold", "none", "weights", "resampling")


@dataclass
class Plan:
    """What is compared."""

    classifiers: dict[str, ClassifierSpec] = field(default_factory=dict)
    treatments: dict[str, Treatment] = field(default_factory=dict)
    # The user's own objects among them, by name
    own: dict[str, Any] = field(default_factory=dict)
    # Pairs of classifier and treatment, in the order in which they run
    candidates: list[tuple[str, str]] = field(default_factory=list)
    # What is not compared, and why
    left_out: list[str] = field(default_factory=list)

    def only(self, candidates: Collection[tuple[str, str]]) -> Plan:
        """Return the plan of some of the candidates, with their classifiers and treatments."""
        kept = [pair for pair in self.candidates if pair in candidates]
        classifiers, treatments = ({pair[place] for pair in kept} for place in (0, 1))
        return replace(
            self,
            classifiers={key: v for key, v in self.classifiers.items() if key in classifiers},
            treatments={key: v for key, v in self.treatments.items() if key in treatments},
            candidates=kept,
        )

    def simplicity(self, candidate: tuple[str, str]) -> tuple[int, int]:
        """Order candidates from simple to complex: by treatment, then by classifier."""
        tags = self.classifiers[candidate[0]].tags
        kind = self.treatments[candidate[1]].kind
        return _KINDS.index(kind), 0 if "fast" in tags else 2 if "slow" in tags else 1

    def labels(self) -> dict[str, str]:
        """Label for people of each name."""
        return {name: entry.label for name, entry in (self.classifiers | self.treatments).items()}


def make_plan(
    dataset: Dataset,
    preset: Preset,
    *,
    models: Any = None,
    treatments: Iterable[Any] | None = None,
    pairs: Iterable[tuple[str, str]] = (),
) -> Plan:
    """Decide what to compare on a data set.

    Names in ``models`` and ``treatments`` replace those of the preset; objects are added to them:
    an estimator as a classifier, an object with ``fit_resample`` as a treatment. A dict names its
    objects. ``pairs`` of the zoo's classifiers and treatments are compared as these pairs only.
    """
    plan = Plan()
    reasons: dict[str, list[str]] = {}  # why something is left out -> what
    objects = _named(models)
    model_names = [value for value in objects.values() if isinstance(value, str)]
    own_models = {name: value for name, value in objects.items() if not isinstance(value, str)}
    given = _named(treatments)
    treatment_names = [value for value in given.values() if isinstance(value, str)]
    own_models |= {name: value for name, value in given.items() if not isinstance(value, str)}

    for name in model_names or preset.classifiers:
        _add(plan.classifiers, name, get_classifier, None if model_names else reasons)
    for name in treatment_names or preset.treatments:
        _add(plan.treatments, name, get_treatment, None if treatment_names else reasons)
    for name, value in own_models.items():
        if name in plan.classifiers or name in plan.treatments:
            raise InputError(f"The name '{name}' in models= is taken by the zoo; choose another.")
        plan.own[name] = value
        if hasattr(value, "fit_resample"):
            plan.treatments[name] = as_treatment(name, value)
        else:
            plan.classifiers[name] = as_classifier_spec(name, value)

    has_categorical = Role.CATEGORICAL in dataset.roles.values()
    crossed = list(product(plan.classifiers, plan.treatments))
    alone = [pair for pair in pairs if pair not in crossed]
    for classifier_name, treatment_name in alone:
        _add(plan.classifiers, classifier_name, get_classifier)
        _add(plan.treatments, treatment_name, get_treatment)
    for pair in (*crossed, *alone):
        classifier, treatment = plan.classifiers[pair[0]], plan.treatments[pair[1]]
        reason = compatible(classifier, treatment, has_categorical)
        if reason is None:
            plan.candidates.append(pair)
        else:
            reasons.setdefault(reason, []).append(f"{classifier.label} with {treatment.label}")
    left_out = [f"{', '.join(what)}: {reason}." for reason, what in reasons.items()]
    if not plan.candidates:
        raise InputError(
            f"Nothing is left to compare: {' '.join(left_out)} Give other models or treatments."
        )
    plan.candidates.sort(key=lambda pair: _turn(plan, pair))
    plan.left_out = [*_not_in_preset(plan, preset), *left_out]
    return plan


def _turn(plan: Plan, candidate: tuple[str, str]) -> tuple[int, int]:
    """When a candidate runs on a fold, so that the first cells are worth the most.

    Classifiers that are strong for their time and the user's own come first, slow ones last. Among
    each of these, the reference of all effects comes first: a tuned threshold, then untouched.
    """
    tags = plan.classifiers[candidate[0]].tags
    is_first = "first" in tags or candidate[0] in plan.own
    kind = plan.treatments[candidate[1]].kind
    return 0 if is_first else 2 if "slow" in tags else 1, _KINDS.index(kind)


def _named(values: Any) -> dict[str, Any]:
    """Return a dict: names of the zoo by themselves, objects by the name of their class."""
    if values is None:
        return {}
    if isinstance(values, str) or hasattr(values, "get_params"):
        values = [values]
    if isinstance(values, Mapping):
        return dict(values)
    named: dict[str, Any] = {}
    for value in values:
        name, value = value if isinstance(value, tuple) else (None, value)
        name = name or (value if isinstance(value, str) else type(value).__name__)
        if name in named:
            raise InputError(f"'{name}' is given twice; name the objects: models={{'name': ...}}.")
        named[name] = value
    return named


def _add(
    entries: dict[str, Any], name: str, get: Any, reasons: dict[str, list[str]] | None = None
) -> None:
    """Add an entry of the zoo; if its library is missing, give that as a reason, or raise it."""
    try:
        entries[name] = get(name)
    except MissingExtraError as error:
        if reasons is None:
            raise
        reasons.setdefault(str(error), []).append(name)


def _not_in_preset(plan: Plan, preset: Preset) -> list[str]:
    """What else the zoo has, one line for each kind."""
    lines = []
    for kind, option, names, there in (
        ("classifiers", "models", list_classifiers(), plan.classifiers),
        ("treatments", "treatments", list_treatments(), plan.treatments),
    ):
        rest = [name for name in names if name not in there]
        if rest:
            lines.append(f"Other {kind} available (choose with --{option}): {', '.join(rest)}.")
    if preset.n_configs == 1:
        lines.append(f"Preset '{preset.name}': no search over hyperparameters.")
    return lines

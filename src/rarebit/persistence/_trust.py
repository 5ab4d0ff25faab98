"""Which types may be built from a stored model.

A stored model names types, and skops calls them or sets their attributes, so a name on this list
must be harmless whatever it is called with. Names are therefore listed one by one; only the
estimators of this package and of imbalanced-learn are recognised by a rule: a class that is an
estimator, an enum or a dataclass, defined in the module of its name (not imported into it).
A whole module is never trusted: a file could call any function in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module

from sklearn.base import BaseEstimator

from rarebit._common.optional import EXTRA_OF_MODULE, import_extra
from rarebit.exceptions import InputError, MissingExtraError

# Besides what skops itself trusts: what fitted estimators hold in their attributes.
KNOWN_TYPES = frozenset(
    {
        "collections.OrderedDict",
        "numpy.dtype",
        "numpy.random._pcg64.PCG64",
        "lightgbm.sklearn.LGBMClassifier",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRFClassifier",
        "rarebit.persistence._parts.StoredPart",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.compose._column_transformer._RemainderColsList",
        # skops leaves the two trees to the caller: their arrays are not checked for range, so a
        # file made with ill will can crash the process (not run code). Forests need them.
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
        "sklearn.metrics._dist_metrics.EuclideanDistance",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
        "sklearn.metrics._dist_metrics.MinkowskiDistance64",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.utils._bunch.Bunch",
        "skrub._string_encoder.StringEncoder",
        "skrub._to_str.ToStr",
    }
)
_PACKAGES_BY_RULE = ("rarebit", "imblearn")
# Classes that have moved since models were stored with them: old full name to new full name.
MOVED: dict[str, str] = {}


def type_name(cls: type) -> str:
    """Return the full name of a type as skops writes it."""
    return f"{cls.__module__}.{cls.__qualname__}"


def resolve_by_rule(name: str) -> type | None:
    """Return the class of a full name if the rule recognises it, else None."""
    found = _look_up(name)
    if not isinstance(found, type) or type_name(found) != name:
        return None
    return found if issubclass(found, BaseEstimator | Enum) or is_dataclass(found) else None


def _look_up(name: str) -> object:
    """Return what a full name stands for in the packages of the rule, None if nothing."""
    module_name, _, class_name = name.rpartition(".")
    parts = module_name.split(".")
    # Importing a module such as rarebit.__main__ would run it.
    if parts[0] not in _PACKAGES_BY_RULE or any(part.startswith("__") for part in parts):
        return None
    try:
        return getattr(import_module(module_name), class_name, None)
    except MissingExtraError:
        raise  # the class may be known: the library is missing, not trust
    except ImportError:
        return None


def refuse_unknown_types(names: Iterable[str], trusted: Iterable[str], where: str) -> None:
    """Raise InputError for the first type that is neither on the list nor trusted by the user."""
    trusted = frozenset(trusted)
    for name in sorted(names):
        if name in trusted or name in KNOWN_TYPES or resolve_by_rule(name) is not None:
            continue
        remedy = (
            "this version has no such class. Fit the model again, or open it with the Rarebit "
            "that stored it."
            if name.startswith("rarebit.") and _look_up(name) is None
            else "if you know this model and where it comes from, allow it: "
            f"load(..., trusted=[{name!r}])."
        )
        raise InputError(
            f"{where} contains {name}, which is not among the types that Rarebit opens: {remedy}"
        )


def require_extras(names: Iterable[str]) -> None:
    """Name the missing extra if a type comes from an optional library that is not installed."""
    for root in sorted({name.partition(".")[0] for name in names}):
        if root in EXTRA_OF_MODULE:
            import_extra(root)

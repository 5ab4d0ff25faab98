"""Rarebit: find out honestly which treatment of class imbalance works on your table."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rarebit.datasets import load_dataset
    from rarebit.evaluation import compare, evaluate
    from rarebit.imaging import SDAQECClassifier
    from rarebit.over_sampling import QISMOTE
    from rarebit.persistence import load, save
    from rarebit.reporting import write_report
    from rarebit.tabular import QCLMixNetClassifier
    from rarebit.zoo import TreatedClassifier

    __version__: str

__all__ = [
    "QISMOTE",
    "QCLMixNetClassifier",
    "SDAQECClassifier",
    "TreatedClassifier",
    "__version__",
    "compare",
    "evaluate",
    "load",
    "load_dataset",
    "save",
    "write_report",
]

# Where each public name comes from. A package is imported when one of its names is first used:
# `import rarebit` is quick, and a missing extra matters only to those who use a name that needs it.
_PACKAGES = {
    "QISMOTE": "over_sampling",
    "QCLMixNetClassifier": "tabular",
    "SDAQECClassifier": "imaging",
    "TreatedClassifier": "zoo",
    "compare": "evaluation",
    "evaluate": "evaluation",
    "load": "persistence",
    "load_dataset": "datasets",
    "save": "persistence",
    "write_report": "reporting",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("rarebit")
    elif name in _PACKAGES:
        value = getattr(import_module(f"rarebit.{_PACKAGES[name]}"), name)
    else:
        raise AttributeError(f"module 'rarebit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Rarebit: which treatment of class imbalance works on your table, honestly measured."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rarebit.persistence import load, save

__all__ = ["__version__", "load", "save"]
__version__ = version("rarebit")


def __getattr__(name: str) -> Any:
    """Import ``save`` and ``load`` when they are used: what stores models takes long to import."""
    if name in ("load", "save"):
        from rarebit import persistence

        return getattr(persistence, name)
    raise AttributeError(f"module 'rarebit' has no attribute {name!r}")

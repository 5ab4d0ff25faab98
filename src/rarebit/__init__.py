"""Rarebit: which treatment of class imbalance works on your table, honestly measured."""

from importlib.metadata import version

from rarebit.persistence import load, save

__all__ = ["__version__", "load", "save"]
__version__ = version("rarebit")

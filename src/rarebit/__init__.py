"""Rarebit: which treatment of class imbalance works on your table, honestly measured."""

from importlib.metadata import version

__version__ = version("rarebit")

"""Exact nearest neighbours by features and states together; :func:`nearest` is the one door."""

from rarebit.over_sampling._search.distances import Encoded
from rarebit.over_sampling._search.neighbors import nearest

__all__ = ["Encoded", "nearest"]

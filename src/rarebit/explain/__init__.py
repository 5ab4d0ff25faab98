"""What a model's predictions depend on: pure functions of a predict function and a table."""

from rarebit.explain.cases import nearest_cases
from rarebit.explain.dependence import grid_values, partial_dependence
from rarebit.explain.grouping import association, correlated_groups
from rarebit.explain.importance import Importance, permutation_importance
from rarebit.explain.reasons import Reasons, shapley_values

__all__ = [
    "Importance",
    "Reasons",
    "association",
    "correlated_groups",
    "grid_values",
    "nearest_cases",
    "partial_dependence",
    "permutation_importance",
    "shapley_values",
]

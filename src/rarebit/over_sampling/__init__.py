"""QI-SMOTE and its quantum feature map.

- ``QISMOTE`` over-samples (imbalanced-learn's conventions).
- ``QuantumFeatureMap`` encodes training and test rows alike (a scikit-learn transformer).
- ``plot_energy_trace`` shows whether evolving states converge.
- ``filter_by_energy`` keeps the candidates whose energy is typical of real rows.
"""

from rarebit.over_sampling.energy_filter import filter_by_energy
from rarebit.over_sampling.feature_map import QuantumFeatureMap
from rarebit.over_sampling.plotting import plot_energy_trace
from rarebit.over_sampling.qi_smote import QISMOTE

__all__ = ["QISMOTE", "QuantumFeatureMap", "filter_by_energy", "plot_energy_trace"]

"""QCL-MixNet and the baseline networks beside it. Needs the extra ``torch``.

Classifiers
    ``QCLMixNetClassifier``, ``NetworkClassifier(network=...)``, ``RealMLPClassifier``,
    ``fit_seeds(estimator, X, y, seeds)``; ``SelectionRows(X, y)`` for a protocol that selects the
    checkpoint on rows from outside the training rows
The network and its parts
    ``QCLMixNet``; ``QuantumEntanglement`` and its controls ``EqualParameterGate`` and
    ``CircuitGate``; ``SampleAttention``, its control ``AffineResidual``, and
    ``FeatureTokenAttention``
Mixup
    ``mix_batch(x, labels, draws, settings)``, ``draw_mixup(n_rows, settings, rng)``,
    ``MixupSettings``
Losses
    ``HybridLoss``, ``HybridSettings``; the parts in :mod:`rarebit.tabular.losses`
"""

from rarebit.tabular import _requirements as _requirements
from rarebit.tabular.attention import AffineResidual, FeatureTokenAttention, SampleAttention
from rarebit.tabular.baselines import NetworkClassifier, RealMLPClassifier
from rarebit.tabular.classifier import QCLMixNetClassifier
from rarebit.tabular.entanglement import CircuitGate, EqualParameterGate, QuantumEntanglement
from rarebit.tabular.losses import HybridLoss, HybridSettings
from rarebit.tabular.mixup import MixupSettings, draw_mixup, mix_batch
from rarebit.tabular.network import QCLMixNet
from rarebit.tabular.training.members import SelectionRows
from rarebit.tabular.training.seeds import fit_seeds

__all__ = [
    "AffineResidual",
    "CircuitGate",
    "EqualParameterGate",
    "FeatureTokenAttention",
    "HybridLoss",
    "HybridSettings",
    "MixupSettings",
    "NetworkClassifier",
    "QCLMixNet",
    "QCLMixNetClassifier",
    "QuantumEntanglement",
    "RealMLPClassifier",
    "SampleAttention",
    "SelectionRows",
    "draw_mixup",
    "fit_seeds",
    "mix_batch",
]

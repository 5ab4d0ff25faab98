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

from rarebit._common.optional import import_extra

import_extra("torch")

from rarebit.tabular._estimator import SelectionRows  # noqa: E402
from rarebit.tabular.baselines import NetworkClassifier, RealMLPClassifier  # noqa: E402
from rarebit.tabular.classifier import QCLMixNetClassifier  # noqa: E402
from rarebit.tabular.losses import HybridLoss, HybridSettings  # noqa: E402
from rarebit.tabular.mixup import MixupSettings, draw_mixup, mix_batch  # noqa: E402
from rarebit.tabular.network import (  # noqa: E402
    AffineResidual,
    CircuitGate,
    EqualParameterGate,
    FeatureTokenAttention,
    QCLMixNet,
    QuantumEntanglement,
    SampleAttention,
)
from rarebit.tabular.seeds import fit_seeds  # noqa: E402

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

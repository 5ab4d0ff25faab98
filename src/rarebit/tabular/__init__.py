"""QCL-MixNet and the baseline networks beside it. Needs the extra ``torch``."""

from rarebit._optional import import_extra

import_extra("torch")

from rarebit.tabular.attention import (  # noqa: E402
    AffineResidual,
    FeatureTokenAttention,
    SampleAttention,
)
from rarebit.tabular.baselines import NetworkClassifier, RealMLPClassifier  # noqa: E402
from rarebit.tabular.classifier import QCLMixNetClassifier  # noqa: E402
from rarebit.tabular.entanglement import (  # noqa: E402
    CircuitGate,
    EqualParameterGate,
    QuantumEntanglement,
)
from rarebit.tabular.losses import HybridLoss, HybridSettings  # noqa: E402
from rarebit.tabular.mixup import MixupSettings, mix_batch  # noqa: E402
from rarebit.tabular.network import QCLMixNet  # noqa: E402
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
    "fit_seeds",
    "mix_batch",
]

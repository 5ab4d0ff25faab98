"""The QCL-MixNet network: its layers, their controls, and members trained side by side."""

from rarebit.tabular.network.attention import (
    AffineResidual,
    Attention,
    FeatureTokenAttention,
    SampleAttention,
)
from rarebit.tabular.network.entanglement import (
    CircuitGate,
    EqualParameterGate,
    Quantum,
    QuantumEntanglement,
)
from rarebit.tabular.network.qcl_mixnet import QCLMixNet

__all__ = [
    "AffineResidual",
    "Attention",
    "CircuitGate",
    "EqualParameterGate",
    "FeatureTokenAttention",
    "QCLMixNet",
    "Quantum",
    "QuantumEntanglement",
    "SampleAttention",
]

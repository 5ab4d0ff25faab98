"""The baseline networks that QCL-MixNet is compared with, in the same training loop."""

from rarebit.tabular.baselines.classifier import ARCHITECTURES, NetworkClassifier
from rarebit.tabular.baselines.peers import RealMLPClassifier

__all__ = ["ARCHITECTURES", "NetworkClassifier", "RealMLPClassifier"]

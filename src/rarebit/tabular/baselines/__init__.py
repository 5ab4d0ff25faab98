"""The baseline networks that QCL-MixNet is compared with, all through its training loop."""

from rarebit.tabular.baselines.classifier import NETWORKS, NetworkClassifier
from rarebit.tabular.baselines.peers import RealMLPClassifier

__all__ = ["NETWORKS", "NetworkClassifier", "RealMLPClassifier"]

"""QCL-MixNet and the baseline networks beside it. Needs the extra ``torch``."""

from rarebit._common.optional import import_extra

import_extra("torch")

from rarebit.tabular._estimator import SelectionRows  # noqa: E402
from rarebit.tabular.baselines import NetworkClassifier, RealMLPClassifier  # noqa: E402
from rarebit.tabular.classifier import QCLMixNetClassifier  # noqa: E402
from rarebit.tabular.seeds import fit_seeds  # noqa: E402

__all__ = [
    "NetworkClassifier",
    "QCLMixNetClassifier",
    "RealMLPClassifier",
    "SelectionRows",
    "fit_seeds",
]

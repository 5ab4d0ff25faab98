"""What each part of QI-SMOTE does to the choice of neighbours, on embedded data.

For each data set: the share of a row's neighbours that are the Euclidean ones too, per metric and
evolution; how far the variational circuit gets from the start to the ground state; and how alike
it makes the states.

    python benchmarks/qi_smote_parts.py --out results/benchmarks/qi_smote
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from rarebit.over_sampling._encoder import add_class, fit_encoder
from rarebit.over_sampling._parameters import encoder_settings
from rarebit.over_sampling._resampling import _neighbors
from rarebit.over_sampling.feature_map import QuantumFeatureMap

K = 5


def data_sets() -> dict[str, np.ndarray]:
    """Rows of one class of each embedded set, some with every other column made binary."""
    cancer, labels = load_breast_cancer(return_X_y=True)
    wine, kinds = load_wine(return_X_y=True)
    digits, digit = load_digits(return_X_y=True)
    sets = {
        "breast cancer, 6 features": cancer[labels == 0][:, :6],
        "breast cancer, 9 features": cancer[labels == 0][:, :9],
        "breast cancer, 30 features": cancer[labels == 0],
        "wine, 9 features": wine[kinds == 2][:, :9],
        "digits 8, 20 features": digits[digit == 8][:, 18:38],
    }
    half = cancer[labels == 0][:, :9].copy()
    half[:, ::2] = half[:, ::2] > np.median(half[:, ::2], axis=0)
    return sets | {"breast cancer, 9 features, 5 binary": half}


def look(X: np.ndarray, options: dict[str, object], metric: str) -> dict[str, float]:
    """Neighbours and energies of the rows of one class."""
    settings = encoder_settings(QuantumFeatureMap(**options), X.shape[1], kept=False)
    encoder = fit_encoder(X, settings, 0)
    scaled = encoder.scale(X)
    columns = add_class(encoder, 1, scaled)
    none = np.empty((len(X), 0), dtype=np.int64)
    found = _neighbors(encoder, scaled, none, columns, K, metric)
    plain = _neighbors(encoder, scaled, none, columns, K, "euclidean")
    shared = [len(set(a) & set(b)) / K for a, b in zip(found, plain, strict=True)]
    figures = {"euclidean_share": float(np.mean(shared))}
    if encoder.traces:
        trace = encoder.traces[1]
        ground = sum(h.eigenvalues.min() for h in encoder.classes[1].hamiltonians)
        start, end = trace[:, 0].mean(), trace[:, -1].mean()
        figures |= {"start": start, "end": end, "ground": float(ground)}
        figures |= {"way_to_ground": float((start - end) / (start - ground))}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for name, X in data_sets().items():
        for evolution in (None, "per_sample"):
            if evolution and X.shape[1] > 9:
                continue  # the paper's sizes: one register
            chosen = {"evolution": evolution, "optimizer": "bfgs", "random_state": 0}
            for metric in ("joint", "state"):
                rows.append({"data": name, "rows": len(X), "metric": metric})
                rows[-1] |= {"evolution": evolution or "none"} | look(X, chosen, metric)
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        table["command"] = " ".join([Path(sys.executable).name, *sys.argv])
        table.to_csv(options.out / "parts.csv", index=False, float_format="%.5g")


if __name__ == "__main__":
    main()

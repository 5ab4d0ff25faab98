"""What selecting the checkpoint on the test rows is worth, and what the parts of QCL-MixNet are.

``RAREBIT_DATA=folder python benchmarks/tabular_selection.py ecoli glass`` fits the publication's
configuration on its 80/20 split (seed 42) and prints macro-F1 on the test part, with the
checkpoint selected on the test part (as published) and on a fifth of the training part.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from rarebit.tabular import QCLMixNetClassifier, SelectionRows, fit_seeds

VARIANTS = {
    "full": {},
    "no quantum": {"quantum": "none"},
    "equal gate": {"quantum": "gate"},
    "no mixup": {"mixup": "none"},
    "random mixup": {"mixup": "random"},
    "no attention": {"attention": "none"},
    "affine": {"attention": "affine"},
    "feature tokens": {"attention": "features"},
    "no contrast": {"loss_balance": 1.0},
    "cross-entropy only": {
        "intra_weight": 0,
        "inter_weight": 0,
        "focal_gamma": 0,
        "loss_balance": 1.0,
    },
}


def macro_f1(model: QCLMixNetClassifier, X: np.ndarray, y: np.ndarray) -> float:
    return float(f1_score(y, model.predict(X), average="macro", zero_division=0))


def measure(X: np.ndarray, y: np.ndarray, seeds: list[int], options: dict[str, object]) -> None:
    train, test = train_test_split(np.arange(len(y)), test_size=0.2, random_state=42, stratify=y)
    scores = []
    for seed in seeds:
        model = QCLMixNetClassifier(random_state=seed, **options)
        test_rows = SelectionRows(X[test], y[test])
        (on_test,) = fit_seeds(model, X[train], y[train], [seed], selection=test_rows)
        published = macro_f1(on_test, X[test], y[test])
        held_out = macro_f1(model.fit(X[train], y[train]), X[test], y[test])
        last = QCLMixNetClassifier(random_state=seed, validation_fraction=0, **options)
        scores.append(
            (published, held_out, macro_f1(last.fit(X[train], y[train]), X[test], y[test]))
        )
    median = np.median(scores, axis=0)
    print("  ".join(f"{score:8.3f}" for score in median))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", help="names of tabular/NAME.csv.gz")
    parser.add_argument("--seeds", type=int, nargs="+", default=[42])
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=["full"])
    arguments = parser.parse_args()
    folder = Path(os.environ.get("RAREBIT_DATA", "")) / "tabular"
    if not os.environ.get("RAREBIT_DATA") or not folder.is_dir():
        raise SystemExit("RAREBIT_DATA must name the folder of data sets, with tabular/ in it.")
    print(f"macro-F1 on the test part, median of seeds {arguments.seeds}")
    print(f"{'set':28s} {'variant':20s}  on test  held out  last epoch")
    for name in arguments.sets:
        frame = pd.read_csv(folder / f"{name}.csv.gz")
        X, y = frame.drop(columns="target").to_numpy(dtype=float), frame["target"].to_numpy()
        for variant in arguments.variants:
            print(f"{name:28s} {variant:20s}", end="  ", flush=True)
            measure(X, y, arguments.seeds, VARIANTS[variant])


if __name__ == "__main__":
    main()

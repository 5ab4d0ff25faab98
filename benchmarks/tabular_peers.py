"""QCL-MixNet against what a user would pick instead, on the same rows: macro-F1 and CPU seconds.

``python benchmarks/tabular_peers.py`` takes scikit-learn's digits (eight against the rest) and its
breast cancer table, both with the rare class thinned out; one stratified split for each seed, one
thread. It is about time; what ranks how is for ``rarebit compare`` on many sets.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier, RealMLPClassifier

MODELS: dict[str, Callable[[int], Any]] = {
    "QCL-MixNet": lambda seed: QCLMixNetClassifier(random_state=seed),
    "MLP": lambda seed: NetworkClassifier(random_state=seed),
    "TabM": lambda seed: NetworkClassifier(
        network="tabm",
        epochs=50,
        batch_size=256,
        learning_rate=2e-3,
        weight_decay=3e-4,
        early_stopping=10,
        random_state=seed,
    ),
    "RealMLP": lambda seed: RealMLPClassifier(random_state=seed),
    "CatBoost": lambda seed: CatBoostClassifier(
        random_seed=seed, thread_count=1, verbose=False, allow_writing_files=False
    ),
}


def load_tables() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    digits, labels = load_digits(return_X_y=True)
    cancer, benign = load_breast_cancer(return_X_y=True)
    kept = np.flatnonzero((benign == 1) | (np.arange(len(benign)) % 5 == 0))
    return {
        "digits 8": (digits, (labels == 8).astype(int)),
        "cancer": (cancer[kept], 1 - benign[kept]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    n_seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore")
    print(f"{'table':10s} {'rows':>6s} {'features':>8s} {'model':12s} macro-F1  fit CPU s")
    for name, (X, y) in load_tables().items():
        for label, make in MODELS.items():
            scores, seconds = [], []
            for seed in range(n_seeds):
                split = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
                X_train, X_test, y_train, y_test = split
                start = time.process_time()
                model = make(seed).fit(X_train, y_train)
                seconds.append(time.process_time() - start)
                scores.append(f1_score(y_test, model.predict(X_test), average="macro"))
            print(
                f"{name:10s} {len(X):6d} {X.shape[1]:8d} {label:12s} {np.mean(scores):8.3f} "
                f"{np.median(seconds):10.2f}"
            )


if __name__ == "__main__":
    main()

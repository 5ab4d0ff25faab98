"""QCL-MixNet against what a user would pick instead, on the same rows: macro-F1 and CPU seconds.

    python benchmarks/tabular_peers.py --out results/benchmarks/tabular

takes scikit-learn's digits (eight against the rest) and its breast cancer table, both with the rare
class thinned out; one stratified split for each seed, one thread. It is about time; what ranks how
is for ``rarebit compare`` on many sets.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from quantum_report import write_report
from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier, RealMLPClassifier
from rarebit.zoo import get_classifier

MODELS: dict[str, Callable[[int], Any]] = {
    "QCL-MixNet": lambda seed: QCLMixNetClassifier(random_state=seed),
    "MLP": lambda seed: NetworkClassifier(random_state=seed),
    "TabM": get_classifier("tabm").factory,
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
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/tabular"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for name, (X, y) in load_tables().items():
        for label, make in MODELS.items():
            scores, seconds = [], []
            for seed in range(arguments.seeds):
                split = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
                X_train, X_test, y_train, y_test = split
                start = time.process_time()
                model = make(seed).fit(X_train, y_train)
                seconds.append(time.process_time() - start)
                scores.append(f1_score(y_test, model.predict(X_test), average="macro"))
            lines.append(
                {
                    "table": name,
                    "rows": len(X),
                    "features": X.shape[1],
                    "model": label,
                    "macro_f1": round(float(np.mean(scores)), 3),
                    "fit_cpu_s": round(float(np.median(seconds)), 2),
                }
            )
            print(lines[-1], flush=True)
    remarks = [
        f"Mean macro-F1 on the test sets of {arguments.seeds} stratified splits (seeds from 0), "
        "and median CPU time of a fit on one thread.",
        "Two tables are too few to rank the models: this benchmark compares time.",
        *(f"{library} {version(library)}" for library in ("catboost", "pytabkit", "tabm")),
    ]
    title = "QCL-MixNet and current alternatives"
    write_report(arguments.out, "peers", title, pd.DataFrame(lines), 0, remarks)


if __name__ == "__main__":
    main()

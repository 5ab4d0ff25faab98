"""Data sets that need no network and no files: generated, or those of scikit-learn thinned."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from imblearn.datasets import make_imbalance
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from rarebit.datasets.sources.generated import fraud_amounts

# Chooses the rows of the rare class that are kept: part of the data sets, never to be changed.
SEED = 0


def embedded_frame(name: str) -> pd.DataFrame:
    """Return the table of an embedded data set; its last column, ``target``, is the label."""
    return FRAMES[name]()


def _digits_8() -> pd.DataFrame:
    """Handwritten digits, 8 by 8 pixels: the digit 8 against the other nine."""
    frame = load_digits(as_frame=True).frame
    return frame.assign(target=(frame["target"] == 8).astype(int))


def _breast_cancer_rare() -> pd.DataFrame:
    """Breast cancer (Wisconsin, diagnostic) with about one malignant row in 15 benign ones."""
    return _thinned(load_breast_cancer(as_frame=True), {"malignant": 24})


def _wine_rare() -> pd.DataFrame:
    """Wines of three growers, one of them made rare."""
    return _thinned(load_wine(as_frame=True), {"class_2": 8})


def _thinned(bunch: object, keep: dict[str, int]) -> pd.DataFrame:
    """Name the classes and keep only some rows of one, in their original order."""
    frame = bunch.frame  # type: ignore[attr-defined]
    names = dict(enumerate(map(str, bunch.target_names)))  # type: ignore[attr-defined]
    labels = frame["target"].map(names)
    frame, labels = make_imbalance(
        frame.drop(columns="target"), labels, sampling_strategy=keep, random_state=SEED
    )
    return frame.assign(target=labels).sort_index().reset_index(drop=True)


FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "digits_8": _digits_8,
    "breast_cancer_rare": _breast_cancer_rare,
    "wine_rare": _wine_rare,
    "fraud_amounts": fraud_amounts,
}

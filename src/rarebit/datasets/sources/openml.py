"""Data sets from OpenML, turned into the table the registry describes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from http.client import HTTPException

import pandas as pd
from sklearn.datasets import fetch_openml

from rarebit.datasets.columns.values import parse_categories
from rarebit.datasets.sources.registry import DatasetInfo
from rarebit.exceptions import InputError

# A column with a larger share of missing cells is dropped (of arrhythmia: J, 83 % missing).
SPARSE = 0.5


def download(info: DatasetInfo) -> pd.DataFrame:
    """Download a data set from OpenML and check it; the last column, ``target``, is the label."""
    if info.openml_id is None:
        raise InputError(f"{info.name!r} cannot be downloaded: {_by_hand(info)}")
    try:
        with warnings.catch_warnings():
            # It warns of each retry; the last one gives a table or an error.
            warnings.simplefilter("ignore")
            # The faster parser "pandas" fails on classes that are written as numbers.
            bunch = fetch_openml(
                data_id=info.openml_id, as_frame=True, cache=False, parser="liac-arff"
            )
    except (OSError, HTTPException, ValueError) as error:
        raise InputError(
            f"{info.name!r} cannot be downloaded from openml.org/d/{info.openml_id} ({error}); "
            f"without a network, {_by_hand(info)}"
        ) from None
    frame = ready_frame(info, bunch.data, bunch.target)
    _check_size(info, frame)
    return frame


def ready_frame(info: DatasetInfo, features: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Prepare a table of OpenML: the features, then ``target``, 1 for the rare class of two."""
    target = pd.Series(parse_categories(labels), name="target")
    if info.rare_labels:
        # Some tables write 6 as 06.
        padded = (label.zfill(2) for label in info.rare_labels)
        target = target.isin([*info.rare_labels, *padded]).astype(int)
    prepared = PREPARATIONS[info.prepare](features) if info.prepare else features
    return prepared.reset_index(drop=True).assign(target=target)


def _by_hand(info: DatasetInfo) -> str:
    """Explain how to get a data set without a network."""
    label = f" (1 for {info.rare_class})" if info.classes == 2 else ""
    return (
        f"get {info.source}, save it as {info.home}/{info.name}.csv.gz with the label{label} in a "
        "last column named target, and name the folder above in RAREBIT_DATA or data_dir"
    )


def _check_size(info: DatasetInfo, frame: pd.DataFrame) -> None:
    """Require that a download has the size in the registry."""
    found = (len(frame), frame.shape[1] - 1, frame["target"].nunique())
    known = (info.openml_rows or info.rows, info.features, info.classes)
    if found != known:
        raise InputError(
            f"openml.org/d/{info.openml_id} gave (rows, features, classes) = {found} for "
            f"{info.name!r}, not the {known} of the registry; it may have changed there"
        )


def _one_hot(features: pd.DataFrame) -> pd.DataFrame:
    """Replace each category by a column of 0 and 1 (abalone: F, I, M)."""
    nominal = list(features.select_dtypes("category").columns)
    return pd.get_dummies(features, columns=nominal, dtype=int)


def _drop_sparse(features: pd.DataFrame) -> pd.DataFrame:
    """Drop the columns that are mostly missing (arrhythmia: J)."""
    return features.loc[:, features.isna().mean() <= SPARSE]


def _fill(features: pd.DataFrame) -> pd.DataFrame:
    """Fill missing cells with the median of the column, as in the collection of the paper."""
    kept = _drop_sparse(features)
    return kept.fillna(kept.median(numeric_only=True))


PREPARATIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "one_hot": _one_hot,
    "drop_sparse": _drop_sparse,
    "fill": _fill,
}

"""Provenance of figures: fingerprints of data and settings, versions, the machine."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import joblib
import numpy as np
import pandas as pd

from rarebit.datasets import Dataset

PACKAGES = (
    "rarebit", "numpy", "scipy", "pandas", "scikit-learn", "imbalanced-learn", "xgboost-cpu",
    "xgboost", "lightgbm", "catboost", "torch",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of Python, of the libraries that make the figures, and the kind of machine."""
    found = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def fingerprint(dataset: Dataset) -> str:
    """Short digest of everything that a comparison sees of a data set."""
    digest = hashlib.sha256()
    digest.update(repr((list(dataset.roles.items()), dataset.classes, dataset.positive)).encode())
    digest.update(pd.util.hash_pandas_object(dataset.frame, index=False).to_numpy().tobytes())
    for values in (dataset.target, dataset.groups, dataset.time, dataset.sample_weight):
        if values is not None:
            digest.update(pd.util.hash_array(np.asarray(values)).tobytes())
        digest.update(b"|")
    if dataset.design_weight is not None:
        digest.update(b"design" + pd.util.hash_array(dataset.design_weight).tobytes())
    if dataset.amounts is not None:
        amounts = pd.util.hash_pandas_object(dataset.amounts, index=False)
        digest.update(repr(list(dataset.amounts)).encode() + amounts.to_numpy().tobytes())
    return digest.hexdigest()[:16]


def object_hash(thing: Any) -> str:
    """Digest of a user's own estimator with all its parts.

    Its ``repr`` will not do: scikit-learn shortens long ones, and by default it is an address.
    """
    try:
        return str(joblib.hash(thing))
    except (pickle.PicklingError, AttributeError, TypeError):
        return repr(thing)  # has lambdas, say: recognised in this process only


def config_hash(settings: dict[str, Any]) -> str:
    """Short digest of settings, for the keys of cells.

    Parameters
    ----------
    settings : dict
        Plain values; anything else counts by its ``repr``.

    Returns
    -------
    str
        16 hexadecimal digits; the order of the settings does not matter.

    Examples
    --------
    >>> config_hash({"a": 1, "b": 2}) == config_hash({"b": 2, "a": 1})
    True
    """
    text = json.dumps(settings, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

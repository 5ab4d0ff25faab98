"""A fitted model as a folder, and back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from rarebit._common.checks import warn
from rarebit.exceptions import InputError, MissingExtraError
from rarebit.persistence._parts import put_back, take_out, versions_used, walk
from rarebit.persistence._trust import MOVED, refuse_unknown_types, require_extras, type_name
from rarebit.persistence.atomic import CONFIG_NAME, FORMAT_KEY, atomic_folder, stored_config

FORMAT_VERSION = 1
_MODEL_NAME = "model.skops"
_PARTS_NAME = "parts"
# What commands write beside a model, and write again when they replace it.
BESIDE_A_MODEL = ("report.html", "card.md", "card.html")
# Of these, what people write in: it is kept when another model is stored in the folder.
_EDITED = "card.md"
_Path = str | os.PathLike[str]


def save(model: object, folder: _Path, *, metadata: Mapping[str, Any] | None = None) -> Path:
    """Store a fitted model in a folder, without pickle.

    Scikit-learn parts are stored by skops, boosters in their own formats, networks as safetensors.
    A folder written by Rarebit before is replaced in one step, except for a model card, whose text
    people may have edited; any other folder is refused.

    Parameters
    ----------
    model : object
        A fitted estimator: Rarebit's, scikit-learn's, imbalanced-learn's, a booster, or a pipeline
        of them.
    folder : path
        Where to put it.
    metadata : mapping, optional
        Notes that JSON can hold, kept in ``config.json``; see :func:`read_config`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        If the model holds something that cannot be stored, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 0, 1])
    >>> folder = save(model, Path(tempfile.mkdtemp()) / "model")
    >>> load(folder).predict([[4.0]])
    array([1])
    """
    with atomic_folder(folder, BESIDE_A_MODEL) as temporary:
        try:
            rest = take_out(model, temporary / _PARTS_NAME)
            _check_keys(rest, type(model).__name__)
            content = _skops().dumps(rest)
        except (TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{type(model).__name__} cannot be stored: {error}") from error
        _warn_of_foreign_types(content)
        (temporary / _MODEL_NAME).write_bytes(content)
        config = {
            FORMAT_KEY: FORMAT_VERSION,
            "rarebit": version("rarebit"),
            "class": type_name(type(model)),
            "versions": {"python": platform.python_version(), **versions_used(model)},
            "metadata": dict(metadata or {}),
            "files": _checksums(temporary),
        }
        try:
            text = json.dumps(config, indent=2, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            raise InputError(f"metadata must be what JSON can hold: {error}") from error
        (temporary / CONFIG_NAME).write_text(text + "\n", encoding="utf-8")
        if (card := Path(folder) / _EDITED).exists():
            shutil.copy2(card, temporary)
    return Path(folder)


def load(folder: _Path, *, trusted: Sequence[str] = ()) -> Any:
    """Open a model stored by :func:`save`. Nothing in the folder is executed.

    Only types on a fixed list are built: those that skops trusts, those that fitted estimators of
    scikit-learn, imbalanced-learn, XGBoost, LightGBM and CatBoost consist of, and Rarebit's own.
    (No list can rule out a malicious model that crashes the process, or that predicts what its
    author wants. Open only models whose source you know.)

    Parameters
    ----------
    folder : path
        A folder written by :func:`save`.
    trusted : sequence of str, default=()
        Full names of further types to build, such as ``"mypackage.encoders.MyEncoder"``. Their
        code runs: name only types that you know.

    Returns
    -------
    object
        The fitted model; its predictions are those of the stored one to the last bit, given the
        same versions of the libraries.

    Raises
    ------
    InputError
        If the folder is not a stored model, is damaged, was written by a newer Rarebit, or holds
        a type that is not on the list.
    MissingExtraError
        If the model needs an optional library that is not installed.

    Examples
    --------
    >>> load("no_such_folder")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: no_such_folder is not a folder with a stored model ...
    """
    place = Path(folder)
    config = read_config(place)
    _check_files(place, config["files"])
    _warn_of_other_version(config)
    try:
        content = _with_new_names((place / _MODEL_NAME).read_bytes())
        types = _skops().get_untrusted_types(data=content)
        refuse_unknown_types(types, trusted, f"The model in {place}")
        require_extras(types)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)  # warned once above
            model = put_back(_skops().loads(content, trusted=types), place / _PARTS_NAME)
    except (InputError, MissingExtraError):
        raise
    except Exception as error:  # a damaged file can fail anywhere in the libraries that read it
        raise InputError(f"The model in {place} is damaged: {error}. Store it again.") from error
    if type_name(type(model)) != MOVED.get(config["class"], config["class"]):
        raise InputError(f"The model in {place} is not the {config['class']} it claims to be.")
    return model


def _skops() -> ModuleType:
    """Import skops when it is used: it imports all of scikit-learn, and with it torch."""
    return import_module("skops.io")


def read_config(folder: _Path) -> dict[str, Any]:
    """Read what a stored model says about itself, without opening the model.

    Parameters
    ----------
    folder : path
        A folder written by :func:`save`.

    Returns
    -------
    dict
        ``rarebit_format``, ``rarebit`` (the version that wrote it), ``class``, ``versions``,
        ``metadata`` and ``files`` (SHA-256 by name).

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.dummy import DummyClassifier
    >>> model = DummyClassifier().fit([[0], [1]], [0, 1])
    >>> folder = save(model, Path(tempfile.mkdtemp()) / "model", metadata={"target": "died"})
    >>> read_config(folder)["metadata"]
    {'target': 'died'}
    """
    place = Path(folder)
    config = stored_config(place)
    if config is None:
        raise InputError(
            f"{place} is not a folder with a stored model (no {CONFIG_NAME} of Rarebit's in it); "
            "name a folder that Rarebit wrote."
        )
    found = config[FORMAT_KEY]
    if type(found) is int and found > FORMAT_VERSION:
        raise InputError(
            f"{place} was written by Rarebit {config.get('rarebit')} in a newer format ({found}) "
            f"than this version reads ({FORMAT_VERSION}); upgrade Rarebit to open it."
        )
    shapes = {"class": str, "versions": dict, "metadata": dict, "files": dict}
    if found != FORMAT_VERSION or not all(
        isinstance(config.get(key), kind) for key, kind in shapes.items()
    ):
        raise InputError(f"{place / CONFIG_NAME} was not written by Rarebit, or is damaged.")
    return config


def _with_new_names(content: bytes) -> bytes:
    """Rename, in a model stored by skops, the classes that have moved since."""
    if not MOVED.keys() & set(_skops().get_untrusted_types(data=content)):
        return content

    def rename(node: dict[str, Any]) -> dict[str, Any]:
        old = f"{node.get('__module__')}.{node.get('__class__')}"
        if old in MOVED:
            node["__module__"], _, node["__class__"] = MOVED[old].rpartition(".")
        return node

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as stored, zipfile.ZipFile(buffer, "w") as renamed:
        for name in stored.namelist():
            data = stored.read(name)
            if name == "schema.json":
                data = json.dumps(json.loads(data, object_hook=rename)).encode()
            renamed.writestr(name, data)
    return buffer.getvalue()


def _checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _check_files(folder: Path, checksums: dict[str, Any]) -> None:
    """Require the files that were written, unchanged, and no name that leads out of the folder."""
    root = folder.resolve()
    for name in {_MODEL_NAME, *checksums}:
        file = (root / name).resolve()
        if not file.is_relative_to(root) or not file.is_file() or name not in checksums:
            raise InputError(f"The model in {folder} is damaged: {name} is missing or misplaced.")
        if hashlib.sha256(file.read_bytes()).hexdigest() != checksums[name]:
            raise InputError(
                f"The model in {folder} is damaged: {name} is not the file that was written; "
                "copy the folder again, or store the model again."
            )
    parts = root / _PARTS_NAME
    for file in parts.rglob("*") if parts.is_dir() else ():
        if not file.is_dir() and file.relative_to(root).as_posix() not in checksums:
            raise InputError(
                f"The model in {folder} holds {file.name}, which Rarebit did not write; remove it."
            )


def _check_keys(model: object, name: str) -> None:
    """Refuse dictionary keys that skops would write as text and read back as another value."""
    faithful = str, int, float, np.integer, np.floating
    for item in walk(model):
        if not isinstance(item, dict):
            continue
        for key in item:
            if isinstance(key, bool) or not isinstance(key, faithful):
                raise InputError(
                    f"{name} holds a dictionary with the key {key!r}; only "
                    "text and numbers can be stored as keys: use class codes instead."
                )
        if len({str(key) for key in item}) < len(item):
            raise InputError(
                f"{name} holds a dictionary with keys that read alike, such as "
                "1 and '1'; keys are stored as text: rename one of them."
            )


def _warn_of_foreign_types(content: bytes) -> None:
    """Warn of types that :func:`load` will refuse unless the user trusts them."""
    try:
        refuse_unknown_types(_skops().get_untrusted_types(data=content), (), "This model")
    except InputError as refusal:
        warn("RB301", str(refusal), stacklevel=4)


def _warn_of_other_version(config: dict[str, Any]) -> None:
    """Warn if the model was stored with another minor version of scikit-learn."""
    stored, here = str(config["versions"].get("sklearn")), sklearn.__version__
    if stored.split(".")[:2] != here.split(".")[:2]:
        warn(
            "RB302",
            f"This model was stored with scikit-learn {stored} and is opened with {here}: "
            "its predictions may differ. Fit it again, or install that version.",
            stacklevel=4,
        )

"""What a sweep runs, as a TOML file: read, checked, written."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rarebit._common.devices import check_device
from rarebit._common.random_state import check_seed
from rarebit.exceptions import InputError
from rarebit.metrics import get_metric
from rarebit.persistence import atomic_write_text
from rarebit.running.protocols import Protocol
from rarebit.zoo import PRESETS


@dataclass(frozen=True)
class SweepConfig:
    """What a sweep runs.

    Attributes
    ----------
    name : str
        Name for people.
    datasets : tuple of str
        Names from :func:`rarebit.datasets.list_datasets`.
    tables : tuple of dict
        Files of the user's own: ``path``, ``target`` and further arguments of
        :func:`rarebit.datasets.make_dataset`. Paths are relative to the configuration.
    models, treatments : tuple of str
        Names of the zoo, each with each; empty for the preset's.
    pairs : tuple of str
        Further pairs of classifier and treatment, such as ``"svm + smote"``.
    preset : str
        Size of the comparison.
    metric : str
        What ranks.
    seed : int
        Seed of everything.
    cell_seconds : float or None
        A cell is given up after so much processor time, and ranked last.
    device : str
        Where the classifiers that know devices compute.
    keep_predictions : bool
        Whether the store keeps the test predictions.
    protocol : dict
        Changes to the preset's protocol, such as ``{"n_folds": 3}``.
    """

    name: str
    datasets: tuple[str, ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    models: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    preset: str = "default"
    metric: str = "macro_f1"
    seed: int = 0
    cell_seconds: float | None = None
    device: str = "cpu"
    keep_predictions: bool = False
    protocol: dict[str, Any] = field(default_factory=dict)

    def make_protocol(self, n_rows: int) -> Protocol:
        """Return the protocol of a data set with ``n_rows`` rows."""
        protocol = Protocol.from_preset(PRESETS[self.preset], n_rows, seed=self.seed)
        return replace(protocol, **self.protocol)

    def split_pairs(self) -> list[tuple[str, str]]:
        """Return the further pairs, classifier first.

        Examples
        --------
        >>> SweepConfig("one", pairs=("svm + smote",)).split_pairs()
        [('svm', 'smote')]
        """
        parts = (pair.partition("+") for pair in self.pairs)
        return [(classifier.strip(), treatment.strip()) for classifier, _, treatment in parts]


# What each setting must be, and in words.
_LIST = "a list of names"
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "name": (str, "a text"),
    "datasets": (list, _LIST),
    "tables": (list, "a list of tables"),
    "models": (list, _LIST),
    "treatments": (list, _LIST),
    "pairs": (list, _LIST),
    "preset": (str, "a text"),
    "metric": (str, "a text"),
    "seed": (int, "a whole number"),
    "cell_seconds": ((int, float), "a number of seconds"),
    "device": (str, "a text"),
    "keep_predictions": (bool, "true or false"),
    "protocol": (dict, "a table of settings"),
}
# Settings of the protocol that a sweep may change.
_PROTOCOL = [f.name for f in fields(Protocol) if f.name not in ("name", "seed")]


def read_config(path: str | Path) -> SweepConfig:
    """Read a sweep from a TOML file.

    Parameters
    ----------
    path : str or Path
        The file. Paths of tables in it are taken from its folder.

    Returns
    -------
    SweepConfig
        With absolute paths.

    Raises
    ------
    InputError
        If the file cannot be read, or has settings that there are not.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "sweep.toml"
    >>> _ = file.write_text('datasets = ["digits_8"]\\npreset = "quick"')
    >>> read_config(file).name
    'sweep'
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); name a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None
    if problem := _problem(values):
        raise InputError(f"{path}: {problem}.")
    get_metric(values.get("metric", "macro_f1"))
    tables = [
        {**table, "path": str((path.parent / table["path"]).resolve())}
        for table in values.pop("tables", [])
    ]
    settings: dict[str, Any] = {"name": path.stem, **values, "tables": tables}
    settings = {key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()}
    return SweepConfig(**settings)


def _problem(values: dict[str, Any]) -> str | None:
    """Say what is wrong with the settings, if anything."""
    if unknown := sorted(set(values) - set(_TYPES)):
        return f"there is no setting {', '.join(unknown)}; choose from {', '.join(_TYPES)}"
    for key, value in values.items():
        kind, words = _TYPES[key]
        items = value if words == _LIST and isinstance(value, list) else []
        if not _is(value, kind) or not all(isinstance(item, str) for item in items):
            return f"'{key}' is {value!r}; give {words}"
    if not (values.get("datasets") or values.get("tables")):
        return "it names no data; set datasets = [...] or [[tables]]"
    for table in values.get("tables", []):
        given = set(table) if isinstance(table, dict) else set()
        if missing := {"path", "target"} - given:
            return f"a table lacks {' and '.join(sorted(missing))}"
        if unknown := sorted(given - set(_TABLE)):
            return f"a table has no {', '.join(unknown)}; choose from {', '.join(sorted(_TABLE))}"
        for key, value in table.items():
            items = value if key == "ignore" and isinstance(value, list) else [value]
            if not all(isinstance(item, _TABLE[key]) for item in items):
                return f"the {key} of a table is {value!r}; give {_TABLE_WORDS[key == 'ignore']}"
    for pair in values.get("pairs", []):
        if pair.count("+") != 1:
            return f"'pairs' holds {pair!r}; write a classifier and a treatment: 'svm + smote'"
    if values.get("preset", "default") not in PRESETS:
        return f"there is no preset '{values['preset']}'; choose one of {', '.join(PRESETS)}"
    if not 0 < values.get("cell_seconds", 1) < float("inf"):
        return f"'cell_seconds' is {values['cell_seconds']}; give more than 0"
    for key in values.get("protocol", {}):
        if key not in _PROTOCOL:
            return f"the protocol has no {key}; choose from {', '.join(_PROTOCOL)}"
    try:
        Protocol(**values.get("protocol", {}))
        check_seed(values.get("seed", 0))
        check_device(values.get("device", "cpu"))
    except InputError as error:
        return str(error).rstrip(".")
    return None


_TABLE: dict[str, Any] = dict.fromkeys(
    ("path", "target", "name", "groups", "time", "weights", "ignore", "source"), str
) | {"positive": (str, int, float, bool)}
_TABLE_WORDS = ("a text", "a text, or a list of texts")


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    """As isinstance, but true and false are no numbers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def write_config(config: SweepConfig, path: str | Path) -> None:
    """Write a sweep as a TOML file that :func:`read_config` reads; defaults are left out.

    Parameters
    ----------
    config : SweepConfig
        The sweep; relative paths of tables would be taken from the new file's folder.
    path : str or Path
        File to write.
    """
    defaults = SweepConfig(name="")
    lines = [
        f"{f.name} = {_toml(getattr(config, f.name))}\n"
        for f in fields(config)
        if getattr(config, f.name) != getattr(defaults, f.name)
    ]
    atomic_write_text(path, "".join(lines))


def _toml(value: Any) -> str:
    if isinstance(value, str):
        # TOML's strings are JSON's, but for the one sign that it wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        inner = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower()

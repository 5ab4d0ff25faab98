"""The configuration of a sweep: a TOML file, read, checked and written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rarebit._common.devices import check_device
from rarebit._common.parameters import POSITIVE, TRUTH, Bounds, Kind, Rule, check_values
from rarebit._common.random_state import LARGEST_SEED
from rarebit._common.wording import listed
from rarebit.exceptions import InputError
from rarebit.metrics import ranking_metric
from rarebit.persistence.atomic import atomic_write_text
from rarebit.running.protocols import Protocol
from rarebit.zoo import PRESETS


@dataclass(frozen=True)
class SweepConfig:
    """What a sweep runs."""

    name: str
    # Names from :func:`rarebit.datasets.list_datasets`
    datasets: tuple[str, ...] = ()
    # The user's own files: ``path``, ``target`` and further arguments of
    # :func:`rarebit.datasets.make_dataset`. Paths are relative to the configuration
    tables: tuple[dict[str, Any], ...] = ()
    # Names of the zoo, in all combinations; empty for those of the preset
    models: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    # Additional pairs of classifier and treatment, such as ``"svm + smote"``
    pairs: tuple[str, ...] = ()
    preset: str = "default"
    metric: str = "macro_f1"
    seed: int = 0
    # Processor time after which a cell is stopped, and its model ranked last
    cell_seconds: float | None = None
    device: str = "cpu"
    # Whether the store keeps the test predictions
    keep_predictions: bool = False
    # Changes to the preset's protocol, such as ``{"n_folds": 3}``
    protocol: dict[str, Any] = field(default_factory=dict)

    def make_protocol(self, n_rows: int) -> Protocol:
        """Return the protocol of a data set with ``n_rows`` rows."""
        protocol = Protocol.from_preset(PRESETS[self.preset], n_rows, seed=self.seed)
        return replace(protocol, **self.protocol)

    def split_pairs(self) -> list[tuple[str, str]]:
        """Return the additional pairs, classifier first.

        >>> SweepConfig("one", pairs=("svm + smote",)).split_pairs()
        [('svm', 'smote')]
        """
        parts = (pair.partition("+") for pair in self.pairs)
        return [(classifier.strip(), treatment.strip()) for classifier, _, treatment in parts]


@dataclass(frozen=True)
class _ListOf:
    """Lists of a type; see :class:`rarebit._common.parameters.Option`."""

    item: type
    what: str

    def admit(self, value: Any) -> bool:
        """Say whether the value is a list of items of the type."""
        return isinstance(value, list) and all(isinstance(item, self.item) for item in value)

    def __str__(self) -> str:
        return self.what


_TEXT: Rule = (Kind(str, "a text"),)
_NAMES: Rule = (_ListOf(str, "a list of names"),)
_RULES: dict[str, Rule] = {
    "name": _TEXT,
    "datasets": _NAMES,
    "tables": (_ListOf(dict, "[[tables]]"),),
    "models": _NAMES,
    "treatments": _NAMES,
    "pairs": _NAMES,
    "preset": tuple(PRESETS),
    "metric": _TEXT,
    "seed": (Bounds(int, 0, LARGEST_SEED),),
    "cell_seconds": POSITIVE,
    "device": _TEXT,
    "keep_predictions": TRUTH,
    "protocol": (Kind(dict, "a table of settings"),),
}
_TABLE_RULES: dict[str, Rule] = {
    **dict.fromkeys(("path", "target", "name", "groups", "time", "weights", "source"), _TEXT),
    "positive": (Kind((str, int, float), "a text, a number, true or false"),),
    "ignore": (*_TEXT, *_NAMES),
    "roles": (Kind(dict, "a table of columns and their roles"),),
}
# Settings of the protocol that a sweep may change.
_PROTOCOL = [f.name for f in fields(Protocol) if f.name not in ("name", "seed")]


def read_config(path: str | Path) -> SweepConfig:
    r"""Read a sweep from a TOML file; paths of tables in it are relative to its folder.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "sweep.toml"
    >>> _ = file.write_text('datasets = ["digits_8"]\npreset = "quick"')
    >>> read_config(file).name
    'sweep'
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): give a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None
    try:
        _check(values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    tables = [
        {**table, "path": str((path.parent / table["path"]).resolve())}
        for table in values.pop("tables", [])
    ]
    settings: dict[str, Any] = {"name": path.stem, **values, "tables": tables}
    settings = {key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()}
    return SweepConfig(**settings)


def _check(values: dict[str, Any]) -> None:
    """Raise InputError for the first setting that is wrong."""
    _check_names("A sweep", values, _RULES)
    check_values(values, {key: _RULES[key] for key in values})
    if not (values.get("datasets") or values.get("tables")):
        raise InputError("There is no data: set datasets = [...] or [[tables]].")
    for table in values.get("tables", []):
        if missing := {"path", "target"} - set(table):
            raise InputError(f"A table has no {listed(sorted(missing))}: set both.")
        _check_names("A table", table, _TABLE_RULES)
        named = {f"{key} of a table": value for key, value in table.items()}
        check_values(named, {f"{key} of a table": _TABLE_RULES[key] for key in table})
    for pair in values.get("pairs", []):
        if pair.count("+") != 1:
            raise InputError(
                f"pairs has {pair!r}: give a classifier and a treatment, such as 'svm + smote'."
            )
    check_device(values.get("device", "cpu"))
    ranking_metric(values.get("metric", SweepConfig.metric))
    _check_names("The protocol", values.get("protocol", {}), _PROTOCOL)
    Protocol(**values.get("protocol", {}))


def _check_names(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse unknown settings."""
    if unknown := sorted(set(given) - set(known)):
        raise InputError(f"{owner} has no setting {listed(unknown)}: choose from {listed(known)}.")


def write_config(config: SweepConfig, path: str | Path) -> None:
    """Write a sweep as a TOML file that :func:`read_config` reads, without the defaults."""
    defaults = SweepConfig(name="")
    lines = [
        f"{f.name} = {_toml(getattr(config, f.name))}\n"
        for f in fields(config)
        if getattr(config, f.name) != getattr(defaults, f.name)
    ]
    atomic_write_text(path, "".join(lines))


def _toml(value: Any) -> str:
    if isinstance(value, str):
        # TOML strings are JSON strings, except that TOML also escapes the character DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        inner = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower()

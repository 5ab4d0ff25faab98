"""The parts of a model that skops does not store: boosters and networks.

Each is taken out of the model and written in its library's own format; a :class:`StoredPart`
takes its place. A new estimator with weights of its own offers the two methods of
:class:`SavesItself`.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from rarebit._common.optional import import_extra
from rarebit.exceptions import InputError
from rarebit.persistence._trust import MOVED, resolve_by_rule, type_name

State = dict[str, Any]


@runtime_checkable
class SavesItself(Protocol):
    """An estimator of this package that writes its own weights (as safetensors).

    Only classes of this package are asked; a stored model cannot name any other.
    """

    def to_folder(self, folder: Path) -> State:
        """Write the weights into ``folder``; return the other attributes, plain values by name."""
        ...

    @classmethod
    def from_folder(cls, folder: Path, state: State) -> Self:
        """Build the estimator again from what :meth:`to_folder` wrote and returned."""
        ...


@dataclass
class StoredPart:
    """Stands in the stored model for a part in ``parts/<number>``.

    ``kind`` is a key of the formats below, or the full name of a class that saves itself.
    """

    number: int
    kind: str
    state: State


@dataclass(frozen=True)
class _Format:
    """How one kind of part is written, to bytes and a state, and read from them."""

    type_name: str
    suffix: str
    write: Callable[[Any], tuple[bytes, State]]
    read: Callable[..., Any]


def _write_xgboost(booster: Any) -> tuple[bytes, State]:
    return bytes(booster.save_raw(raw_format="ubj")), {}


def _read_xgboost(content: bytes, /) -> Any:
    booster = import_extra("xgboost").Booster()
    booster.load_model(bytearray(content))
    return booster


def _write_lightgbm(booster: Any) -> tuple[bytes, State]:
    # All rounds, not only those up to the best one, which is stored beside the trees.
    text = booster.model_to_string(num_iteration=-1)
    return text.encode(), {"best_iteration": booster.best_iteration}


def _read_lightgbm(content: bytes, /, best_iteration: int) -> Any:
    booster = import_extra("lightgbm").Booster(model_str=content.decode())
    booster.best_iteration = int(best_iteration)
    return booster


def _write_catboost(classifier: Any) -> tuple[bytes, State]:
    # CatBoost's own state: the parameters as given, and the model in its cbm format.
    state = classifier.__getstate__()
    return state.pop("__model", b""), state


def _read_catboost(content: bytes, /, **state: Any) -> Any:
    classifier = import_extra("catboost").CatBoostClassifier()
    classifier.__setstate__({**state, "__model": content} if content else state)
    return classifier


_FORMATS = {
    "xgboost": _Format("xgboost.core.Booster", ".ubj", _write_xgboost, _read_xgboost),
    "lightgbm": _Format("lightgbm.basic.Booster", ".txt", _write_lightgbm, _read_lightgbm),
    "catboost": _Format(
        "catboost.core.CatBoostClassifier", ".cbm", _write_catboost, _read_catboost
    ),
}
_KIND_OF_TYPE = {form.type_name: kind for kind, form in _FORMATS.items()}

_LEAVES = (str, bytes, int, float, complex, type(None), type, ModuleType, FunctionType)


def walk(root: object) -> Iterator[object]:
    """Yield every object that can be reached from ``root``, each one once."""
    seen: dict[int, object] = {}
    stack = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, _LEAVES) or id(item) in seen:
            continue
        seen[id(item)] = item
        yield item
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            stack.extend(item)
        elif isinstance(item, np.ndarray):
            if item.dtype == object:
                stack.extend(item.ravel())
        elif hasattr(item, "__dict__"):
            stack.extend(vars(item).values())


def _saves_itself(item: object) -> bool:
    return isinstance(item, SavesItself) and resolve_by_rule(type_name(type(item))) is not None


def take_out(model: object, folder: Path) -> object:
    """Write the parts of ``model`` into ``folder``; return a copy with stand-ins in their place."""
    stand_ins: dict[int, Any] = {}
    inside: set[int] = set()
    for item in walk(model):
        kind = _KIND_OF_TYPE.get(type_name(type(item)))
        if id(item) in inside or (kind is None and not _saves_itself(item)):
            continue
        number = len(stand_ins)
        folder.mkdir(exist_ok=True)
        if kind is not None:
            content, state = _FORMATS[kind].write(item)
            (folder / f"{number}{_FORMATS[kind].suffix}").write_bytes(content)
        else:
            kind = type_name(type(item))
            own = folder / str(number)
            own.mkdir()
            state = item.to_folder(own)  # type: ignore[attr-defined]
            inside.update(id(part) for part in walk(item))
        stand_ins[id(item)] = StoredPart(number, kind, state)
    # deepcopy looks an object up in the memo before copying it: this replaces each part
    # wherever the model refers to it, and leaves the user's model unchanged.
    return copy.deepcopy(model, stand_ins)


def put_back(model: object, folder: Path) -> object:
    """Return the model with every stand-in replaced by the part that it stands for."""
    parts = [item for item in walk(model) if isinstance(item, StoredPart)]
    memo: dict[int, Any] = {id(part): _read(part, folder) for part in parts}
    return copy.deepcopy(model, memo) if memo else model


def _read(part: StoredPart, folder: Path) -> object:
    number = int(part.number)
    if part.kind in _FORMATS:
        form = _FORMATS[part.kind]
        return form.read((folder / f"{number}{form.suffix}").read_bytes(), **part.state)
    cls = resolve_by_rule(MOVED.get(part.kind, part.kind))
    if cls is None or not issubclass(cls, SavesItself):
        raise InputError(
            f"{folder} names an unknown kind of part, {part.kind!r}: fit the model again."
        )
    return cls.from_folder(folder / str(number), part.state)


def versions_used(model: object) -> dict[str, str]:
    """Return the version of each library that the model is made of."""
    roots = {type(item).__module__.partition(".")[0] for item in walk(model)}
    roots |= {"numpy", "scipy", "sklearn", "skops"}
    found = {root: getattr(sys.modules.get(root), "__version__", None) for root in sorted(roots)}
    return {root: version for root, version in found.items() if isinstance(version, str)}

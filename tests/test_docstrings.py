"""Every public name has a complete numpydoc docstring."""

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import re

import pytest
from numpydoc.validate import validate

import rarebit

# Checks of numpydoc that are not asked for, with the reason.
IGNORED = {
    "GL01": "the summary begins on the line of the quotes",
    "GL02": "the closing quotes of a short docstring stand on its line",
    "GL08": "ruff checks that a docstring exists, where one is wanted",
    "SS05": "an imperative is asked for; numpydoc's check of it takes any word that ends in s",
    "ES01": "an extended summary is not needed everywhere",
    "SA01": "See Also is not needed everywhere",
    "EX01": "an example is not needed everywhere",
    "RT03": "where the summary says what is returned, its type is enough",
}


def public_names():
    """Names in the `__all__` of a package, by the module that defines them."""
    found = {}
    for package in [rarebit, *(m for m in packages())]:
        for name in getattr(package, "__all__", []):
            thing = getattr(package, name)
            if getattr(thing, "__module__", "").startswith("rarebit") and callable(thing):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return found


def packages():
    for info in pkgutil.walk_packages(rarebit.__path__, "rarebit."):
        if info.ispkg and "._" not in info.name:
            yield importlib.import_module(info.name)


NAMES = public_names()


def fields_of(thing):
    """The fields of a record: a dataclass or a NamedTuple."""
    if dataclasses.is_dataclass(thing):
        return [field.name for field in dataclasses.fields(thing)]
    return list(getattr(thing, "_fields", ()))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_docstring_is_complete(name):
    thing, ignored = NAMES[name], set(IGNORED)
    is_interface = getattr(thing, "_is_protocol", False) or isinstance(thing, enum.EnumMeta)
    if fields_of(thing) or is_interface:
        ignored.add("PR01")  # a record documents its fields under Attributes
        documented = re.findall(r"\b\w+\b", inspect.getdoc(thing))
        assert set(fields_of(thing)) <= set(documented)
    errors = [f"{code}: {text}" for code, text in validate(name)["errors"] if code not in ignored]
    assert errors == []

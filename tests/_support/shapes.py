"""Enforce the array shapes in signatures (jaxtyping) in the test run.

The modules import jaxtyping for type checkers only, so the installed package does not need it.
:func:`enforce` installs an import hook that runs these ``if TYPE_CHECKING`` blocks too and checks
every call of a function with array annotations: a wrong shape or dtype raises ShapeError.

Arguments are checked after the call: functions that validate their input raise their own error
first, and whatever they accept must match the annotation.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import Any

from beartype.door import is_bearable
from jaxtyping import AbstractArray, jaxtyped

MARK = "__checked_shapes__"


class ShapeError(TypeError):
    """An array does not have the shape or dtype of its annotation."""


def enforce(*packages: str) -> None:
    """Enforce the annotations in these packages; call it before they are imported."""
    sys.meta_path.insert(0, _Finder(packages))


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Check the arguments and the result of every call against the array annotations."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        values = {**signature.bind(*args, **kwargs).arguments, "return": result}
        # All dimensions of one name must agree within the context.
        with jaxtyped("context"):
            for name, value, hint in _annotated(function, values):
                if not is_bearable(value, hint):
                    arrays = {key: _describe(each) for key, each in values.items()}
                    raise ShapeError(
                        f"{function.__module__}.{function.__qualname__}: {name} is "
                        f"{_describe(value)}, annotated {hint}; all values: {arrays}"
                    )
        return result

    return wrapper


def _annotated(
    function: Callable[..., Any], values: dict[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield each array with its name and annotation, also those in a record that is returned."""
    for name, hint in _array_hints(function).items():
        if name in values:
            yield name, values[name], hint
    record = type(values["return"])
    if hasattr(sys.modules.get(record.__module__), MARK):
        for name, hint in _array_hints(record).items():
            yield f"return.{name}", getattr(values["return"], name), hint


@functools.cache
def _array_hints(annotated: Any) -> dict[str, Any]:
    """Return the annotations of a function or class that contain an array type."""
    hints = typing.get_type_hints(annotated)
    return {name: hint for name, hint in hints.items() if _holds_array(hint)}


def _holds_array(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return True
    return any(map(_holds_array, typing.get_args(hint)))


def _describe(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype}{list(value.shape)}"
    return type(value).__name__


class _Finder(MetaPathFinder):
    """Find the modules of some packages as usual, and give them another loader."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if not any(f"{fullname}.".startswith(f"{package}.") for package in self.packages):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Compile a module with checked functions; bytecode is neither read nor written."""

    def get_code(self, fullname: str) -> Any:
        path = self.get_filename(fullname)
        tree = _Rewrite().visit(ast.parse(self.get_data(path)))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)

    def exec_module(self, module: Any) -> None:
        setattr(module, MARK, checked)
        super().exec_module(module)


class _Rewrite(ast.NodeTransformer):
    """Run ``if TYPE_CHECKING`` blocks with array types; decorate functions annotated with them.

    Array annotations use what is imported from jaxtyping, or an alias from the same block.
    """

    def __init__(self) -> None:
        self.array_types: set[str] = set()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        if node.module == "jaxtyping":
            self.array_types |= {alias.name for alias in node.names}
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        known = len(self.array_types)
        self.generic_visit(node)
        # Other such blocks may import an optional library that is not installed.
        if ast.unparse(node.test) == "TYPE_CHECKING" and len(self.array_types) > known:
            node.test = ast.Constant(True)
            aliases = [each.targets[0] for each in node.body if isinstance(each, ast.Assign)]
            self.array_types |= {each.id for each in aliases if isinstance(each, ast.Name)}
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        names = {each.id for each in _annotation_nodes(node) if isinstance(each, ast.Name)}
        if names & self.array_types:
            node.decorator_list.append(ast.Name(MARK, ast.Load()))
        return node


def _annotation_nodes(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """Walk over the annotations of the arguments and the result."""
    for each in ast.walk(node.args):
        if isinstance(each, ast.arg) and each.annotation is not None:
            yield from ast.walk(each.annotation)
    if node.returns is not None:
        yield from ast.walk(node.returns)

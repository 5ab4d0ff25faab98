"""The papers use public names of Rarebit only, and Rarebit does not use the papers."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imports(path):
    """Modules that a file imports from, and the names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "papers" / "src").rglob("*.py")), ids=lambda path: path.stem
)
def test_no_private_name_of_rarebit_is_imported(path):
    for module, name in imports(path):
        if module.split(".")[0] == "rarebit":
            parts = [*module.split("."), name]
            private = [p for p in parts if p.startswith("_") and not p.startswith("__")]
            assert not private, f"{module} import {name}"


def test_rarebit_does_not_import_the_papers():
    for path in (ROOT / "src").rglob("*.py"):
        assert not [m for m, _ in imports(path) if m.split(".")[0] == "rarebit_papers"], path

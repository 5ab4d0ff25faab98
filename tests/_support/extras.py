"""Marks for cases of a parametrised test; elsewhere, `pytest.importorskip` does it."""

import pytest

from rarebit._common.optional import is_installed


def needs(module: str) -> pytest.MarkDecorator:
    """Skip the case where the module of an extra is not installed."""
    return pytest.mark.skipif(not is_installed(module), reason=f"needs {module}")

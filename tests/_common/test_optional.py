"""Optional libraries: imported, or missing with the extra named."""

import json
import sys

import pytest

from rarebit._common.optional import import_extra, is_installed
from rarebit.exceptions import MissingExtraError


def test_an_installed_library_is_returned():
    assert import_extra("json") is json
    assert is_installed("json")
    assert not is_installed("no_such_module")


def test_a_library_that_an_import_hook_hides_is_not_installed(monkeypatch):
    class Hide:
        def find_spec(self, name, *_):
            if name == "polars":
                raise ModuleNotFoundError(name)

    monkeypatch.delitem(sys.modules, "polars", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Hide(), *sys.meta_path])
    assert not is_installed("polars")


@pytest.mark.parametrize(
    ("module", "extra"), [("xgboost", "boosting"), ("torch.nn", "torch"), ("no_such_module", "all")]
)
def test_a_missing_library_names_its_extra_and_how_to_install_it(monkeypatch, module, extra):
    root = module.partition(".")[0]

    def missing(name):
        raise ModuleNotFoundError(f"No module named {root!r}", name=root)

    monkeypatch.setattr("rarebit._common.optional.import_module", missing)
    with pytest.raises(MissingExtraError) as caught:
        import_extra(module)
    assert str(caught.value) == (
        f"{root} is not installed; it comes with the extra '{extra}': "
        f'pip install -e ".[{extra}]" in a clone of the repository'
    )


def test_an_error_inside_a_library_is_not_reported_as_missing(monkeypatch, tmp_path):
    (tmp_path / "broken_library.py").write_text("import no_such_module_either")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_either"):
        import_extra("broken_library")


def test_a_room_that_needs_more_than_the_module_names_its_own_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"torch is not installed.*the extra 'imaging'"):
        import_extra("torch", extra="imaging")

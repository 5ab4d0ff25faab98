"""`rarebit datasets` as its users call it."""

import pytest

from rarebit.datasets import list_datasets


@pytest.mark.parametrize(("columns", "whole"), [(40, False), (80, False), (100, True)])
def test_names_are_whole_on_terminals_of_any_width(rarebit, monkeypatch, columns, whole):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, err = rarebit("datasets", "list")
    assert code == 0, err
    infos = list_datasets()
    begins = [line.split()[0] for line in out.splitlines() if line and not line.startswith(" ")]
    assert {info.name for info in infos} <= set(begins)
    assert max(map(len, out.splitlines())) <= columns
    assert ("rare class" in out.splitlines()[0]) == whole
    assert ("--json" in out) != whole

"""Free memory, and the error before an allocation that would not fit."""

import pytest

from rarebit._common import memory
from rarebit._common.memory import SMALL, available_memory, refuse_beyond_memory
from rarebit.exceptions import InputError

PAGES = {"SC_AVPHYS_PAGES": 5, "SC_PAGE_SIZE": 4096}


@pytest.fixture
def meminfo(monkeypatch, tmp_path):
    """A file in the place of /proc/meminfo; it does not exist until written."""
    file = tmp_path / "meminfo"
    monkeypatch.setattr(memory, "Path", {"/proc/meminfo": file}.__getitem__)
    monkeypatch.setattr(memory.os, "sysconf", PAGES.__getitem__)
    return file


def test_the_system_says_what_is_available(meminfo):
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:   3000 kB\nSwapFree: 7 kB\n")
    assert available_memory() == 3000 * 1024


@pytest.mark.parametrize("text", [None, "MemTotal: 9000 kB\n"])
def test_free_pages_are_counted_where_it_does_not(meminfo, text):
    if text is not None:
        meminfo.write_text(text)
    assert available_memory() == 5 * 4096


def test_an_unknown_system(meminfo, monkeypatch):
    def unknown(name):
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(memory.os, "sysconf", unknown)
    assert available_memory() is None


@pytest.mark.parametrize(("n_bytes", "free"), [(2**40, 2**40), (2**40, None), (SMALL, 0), (0, 0)])
def test_what_fits_or_is_small_or_unknown_passes(monkeypatch, n_bytes, free):
    monkeypatch.setattr(memory, "available_memory", lambda: free)
    refuse_beyond_memory(n_bytes, "A table", "take fewer rows")


@pytest.mark.parametrize(
    ("n_bytes", "needed"), [(3 * 2**30 + 1, "3.0"), (2**50, "1,048,576.0"), (2**2000, "2^1970")]
)
def test_what_does_not_fit(monkeypatch, n_bytes, needed):
    monkeypatch.setattr(memory, "available_memory", lambda: 3 * 2**30)
    with pytest.raises(InputError) as caught:
        refuse_beyond_memory(n_bytes, "A table", "take fewer rows")
    assert str(caught.value) == (
        f"A table needs at least {needed} GiB of memory, and 3.0 GiB are free: take fewer rows."
    )


def test_the_limit_of_what_is_small(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 0)
    with pytest.raises(InputError, match=r"at least 0\.3 GiB of memory, and 0\.0 GiB are free"):
        refuse_beyond_memory(SMALL + 1, "A table", "take fewer rows")

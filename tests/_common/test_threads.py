"""One thread within the block, and the previous number afterwards."""

import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from rarebit._common.threads import FEW, one_thread, threads
from rarebit.exceptions import MissingExtraError


def pools(api=None):
    np.ones((4, 4)) @ np.ones((4, 4))
    return [p["num_threads"] for p in threadpool_info() if api in (None, p["user_api"])]


def test_every_pool_has_one_thread_and_gets_its_own_back():
    before = pools()
    with one_thread():
        assert set(pools()) == {1}
    assert pools() == before


def test_torch_has_one_thread_and_gets_its_own_back_after_a_failure():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(RuntimeError):
            fail_with_one_thread(torch)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@one_thread()
def fail_with_one_thread(torch):
    assert torch.get_num_threads() == 1
    raise RuntimeError


def test_one_kind_of_library_can_be_pinned_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "rarebit._common.threads.threadpool_limits",
        lambda limits, user_api: asked.append((limits, user_api)) or _Nothing(),
    )
    with one_thread(user_api="blas"):
        pass
    assert asked == [(1, "blas")]


class _Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def test_a_library_is_loaded_before_threads_are_counted(monkeypatch):
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    with one_thread("wave"):
        assert "wave" in sys.modules
    with pytest.raises(MissingExtraError, match="no_such_library"), one_thread("no_such_library"):
        pass


@pytest.mark.parametrize(
    ("n_threads", "n_parts", "pooled"), [(2, FEW + 1, True), (2, FEW, False), (1, FEW + 1, False)]
)
def test_many_parts_are_mapped_in_order_by_several_threads(monkeypatch, n_threads, n_parts, pooled):
    monkeypatch.setattr("rarebit._common.threads._blas", lambda: _Blas(n_threads))
    workers = set()

    def work(part):
        workers.add(threading.current_thread())
        return part**2

    with threads() as parallel_map:
        assert parallel_map(work, range(n_parts)) == [part**2 for part in range(n_parts)]
    assert (threading.current_thread() not in workers) is pooled


class _Blas:
    def __init__(self, n_threads):
        self.n_threads = n_threads

    def info(self):
        return [{"num_threads": self.n_threads}]

    def limit(self, limits):
        assert limits == 1
        return _Nothing()

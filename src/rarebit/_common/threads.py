"""One thread for every fit, so that results do not depend on the number of jobs; a threaded map."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal

from threadpoolctl import ThreadpoolController, threadpool_limits

from rarebit._common.optional import import_extra

FEW = 16  # so few parts are mapped without threads; a part should take about a millisecond

Map = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@contextmanager
def one_thread(
    module: str | None = None, *, user_api: Literal["blas", "openmp"] | None = None
) -> Iterator[None]:
    """Pin BLAS, OpenMP and torch to one thread in a block; with ``user_api``, one of the first two.

    ``module`` is imported first: a library loaded inside the block would not be pinned.
    """
    if module is not None:
        import_extra(module)
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    if torch:
        torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api):
            yield
    finally:
        if torch:
            torch.set_num_threads(before)


@contextmanager
def threads() -> Iterator[Map]:
    """Yield a ``map`` that uses as many threads as BLAS does, unless there are few parts."""
    number = max((library["num_threads"] for library in _blas().info()), default=1)
    with _blas().limit(limits=1), ThreadPoolExecutor(number) as pool:
        yield lambda work, parts: list(
            pool.map(work, parts) if number > 1 and len(parts) > FEW else map(work, parts)
        )


@lru_cache
def _blas() -> ThreadpoolController:
    """Return the BLAS libraries in use; cached, since looking them up is slow."""
    return ThreadpoolController().select(user_api="blas")

"""Work in threads, each with single-threaded linear algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

Map = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@contextmanager
def threads() -> Iterator[Map]:
    """Give a ``map`` that uses as many threads as linear algebra may, one for each part of work."""
    number = max((library["num_threads"] for library in _blas().info()), default=1)
    with _blas().limit(limits=1), ThreadPoolExecutor(number) as pool:
        yield lambda work, parts: list(
            pool.map(work, parts) if min(number, len(parts)) > 1 else map(work, parts)
        )


@lru_cache
def _blas() -> ThreadpoolController:
    """Linear algebra libraries in use; to look for them costs more than a small search."""
    return ThreadpoolController().select(user_api="blas")

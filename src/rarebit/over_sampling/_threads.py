"""Work in threads, each with single-threaded linear algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

FEW = 16  # parts that are not worth handing over; make parts of about a millisecond or less

Map = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@contextmanager
def threads() -> Iterator[Map]:
    """Give a ``map`` that uses as many threads as linear algebra may, unless the parts are few."""
    number = max((library["num_threads"] for library in _blas().info()), default=1)
    with _blas().limit(limits=1), ThreadPoolExecutor(number) as pool:
        yield lambda work, parts: list(
            pool.map(work, parts) if number > 1 and len(parts) > FEW else map(work, parts)
        )


@lru_cache
def _blas() -> ThreadpoolController:
    """Linear algebra libraries in use; to look for them costs more than a small search."""
    return ThreadpoolController().select(user_api="blas")

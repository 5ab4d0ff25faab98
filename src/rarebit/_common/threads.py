"""Threads: one for what is computed, so that figures do not depend on jobs; a map over many."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal

from threadpoolctl import ThreadpoolController, threadpool_limits

from rarebit._common.optional import import_extra

FEW = 16  # parts that are not worth handing over; make parts of about a millisecond or less

Map = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@contextmanager
def one_thread(
    module: str | None = None, *, user_api: Literal["blas", "openmp"] | None = None
) -> Iterator[None]:
    """Pin linear algebra, OpenMP and torch to one thread in a block.

    Parameters
    ----------
    module : str, optional
        A library that the block will use. It is imported first: what is loaded inside the block
        would escape.
    user_api : {"blas", "openmp"}, optional
        The one kind of library to pin, besides torch; None pins both.

    Raises
    ------
    MissingExtraError
        If the library is not installed.

    Examples
    --------
    >>> from threadpoolctl import threadpool_info
    >>> with one_thread():
    ...     {library["num_threads"] for library in threadpool_info()} <= {1}
    True
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

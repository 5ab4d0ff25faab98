"""One thread for what is computed: the same figures with any number of jobs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from threadpoolctl import threadpool_limits

from rarebit._optional import import_extra


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

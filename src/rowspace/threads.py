"""One thread budget for the package.

Inside a kernel that is parallel over rows, BLAS runs on one thread (`blas_threads(1)`); products
between phases are cut into fixed blocks, so that no result depends on the number of threads. The
budget is `ROWSPACE_THREADS` if set, else the processors that this process may run on.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from rowspace.errors import InputError

__all__ = ["budget", "kernel_threads"]

# The number of threads of BLAS and of numba belongs to the process, and numba's plain thread pool
# takes one caller at a time: kernels called from several threads run one after the other.
_one_at_a_time = threading.RLock()

WORKER = "rowspace"
"""How the names of the threads of `rowspace.workers` begin."""


def budget() -> int:
    """Return the number of threads that rowspace may use, at least 1.

    >>> budget() >= 1
    True
    """
    wish = os.environ.get("ROWSPACE_THREADS", "").strip()
    if wish:
        if not wish.isdigit() or int(wish) < 1:
            raise InputError(
                f"ROWSPACE_THREADS is {wish!r}, but a whole number of at least 1 was expected"
            )
        return int(wish)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_worker() -> bool:
    """Return whether the caller runs on one of the threads of `rowspace.workers`."""
    return threading.current_thread().name.startswith(WORKER)


@cache
def _blas() -> Any:
    """Return what limits the threads of NumPy's and SciPy's BLAS; finding them takes a while."""
    import scipy.linalg.cython_blas  # noqa: F401  (only a BLAS that is loaded can be found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def kernel_threads() -> Iterator[int]:
    """Run numba kernels on the thread budget, with BLAS on one thread, inside the block.

    Yields the number of threads that the kernels use.
    """
    import numba

    n = min(budget(), numba.config.NUMBA_NUM_THREADS)
    if in_worker():  # whoever waits for this worker holds the lock and has set the limits
        yield n
        return
    with _one_at_a_time:
        before = numba.get_num_threads()
        numba.set_num_threads(n)
        try:
            with _blas().limit(limits=1):
                yield n
        finally:
            numba.set_num_threads(before)

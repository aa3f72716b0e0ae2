"""The threads that the kernels run on.

Kernels and BLAS release Python's lock, so plain Python threads share out the work: a thread that
is done takes the next piece, whatever else the machine is doing. (numba's own threads would cost
seconds of compilation, divide the work beforehand, and may not be entered by two threads at once,
as a server would.) No result may depend on how many threads there are: what is summed over pieces
is cut into the same pieces always. Work that multiplies matrices is to be called inside
`rowspace.threads.kernel_threads()`, which keeps BLAS to one thread per piece.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from rowspace.threads import WORKER, budget, in_worker

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_ROWS_WORTH_A_THREAD = 256


def each(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """Yield `work(piece)` for every piece, in their order; at most `threads.budget()` at a time.

    >>> list(each(lambda x: x * x, [1, 2, 3]))
    [1, 4, 9]
    """
    if len(pieces) <= 1 or budget() == 1 or in_worker():  # a worker must not wait for workers
        return map(work, pieces)
    return _pool(budget(), os.getpid()).map(work, pieces)


def run(work: Callable[[Piece], None], pieces: Sequence[Piece]) -> None:
    """Do `work(piece)` for every piece and return when all is done."""
    for _ in each(work, pieces):
        pass


def in_parts(n: int, work: Callable[[int, int], Result]) -> list[Result]:
    """Call `work(begin, stop)` on parts that cover 0 .. n-1, one per thread of the budget.

    For work whose results do not depend on how the rows are cut.

    Args:
        n: how many rows there are.
        work: does the rows begin .. stop - 1.

    Returns:
        What the calls returned, in the order of the parts (none when n is 0).

    Example:
        >>> sum(in_parts(1000, lambda begin, stop: stop - begin))
        1000
    """
    parts = min(budget(), max(n // _ROWS_WORTH_A_THREAD, min(n, 1)))
    ends = [n * i // parts for i in range(parts + 1)] if parts else []
    return list(each(lambda part: work(*part), list(pairwise(ends))))


@lru_cache(maxsize=1)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Return the threads of this process (a forked one does not inherit them)."""
    return ThreadPoolExecutor(threads, thread_name_prefix=WORKER)

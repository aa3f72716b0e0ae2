"""The threads that the kernels run on.

Kernels and BLAS release Python's lock, so plain Python threads share out the work: a thread that
is done takes the next piece, whatever else the machine is doing. (numba's own threads would cost
seconds of compilation, divide the work beforehand, and may not be entered by two threads at once,
as a server would.) Which pieces there are never depends on how many threads there are. To be
called inside `rowspace.threads.kernel_threads()`, which keeps BLAS to one thread per piece.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from rowspace.threads import budget

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def each(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """Yield `work(piece)` for every piece, in their order; at most `threads.budget()` at a time.

    >>> list(each(lambda x: x * x, [1, 2, 3]))
    [1, 4, 9]
    """
    if len(pieces) <= 1 or budget() == 1:
        return map(work, pieces)
    return _pool(budget(), os.getpid()).map(work, pieces)


def run(work: Callable[[Piece], None], pieces: Sequence[Piece]) -> None:
    """Do `work(piece)` for every piece and return when all is done."""
    for _ in each(work, pieces):
        pass


@lru_cache(maxsize=1)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Return the threads of this process (a forked one does not inherit them)."""
    return ThreadPoolExecutor(threads, thread_name_prefix="rowspace")

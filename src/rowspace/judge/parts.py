"""Work in parts, one thread each, on the package's thread budget.

For kernels that run without the interpreter's lock and give the same numbers however the rows are
cut. Called by the measures whose loops are of that kind.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rowspace.threads import budget

T = TypeVar("T")
_WORTH_A_THREAD = 256


def in_parts(n: int, work: Callable[[int, int], T]) -> list[T]:
    """Call `work(begin, stop)` on parts that cover 0 .. n-1, one per thread of the budget.

    Args:
        n: how many rows there are.
        work: does the rows begin .. stop - 1.

    Returns:
        What the calls returned, in the order of the parts (none when n is 0).

    Example:
        >>> sum(in_parts(1000, lambda begin, stop: stop - begin))
        1000
    """
    parts = min(budget(), max(n // _WORTH_A_THREAD, min(n, 1)))
    ends = [n * i // parts for i in range(parts + 1)] if parts else []
    if parts <= 1:
        return [work(0, n)] if parts else []
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(work, ends[:-1], ends[1:]))

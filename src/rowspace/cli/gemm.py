"""How fast this process multiplies matrices, and with which kernels.

`measure` returns what `rowspace doctor` compares; `python -m rowspace.cli.gemm` prints the same as
JSON, so that a child process can try other kernels (OpenBLAS chooses them once, when it loads).
"""

from __future__ import annotations

import json
import time
from typing import Any

SIZE = 2048
_REPEATS = 5
_ENOUGH_SECONDS = 1.5


def measure() -> dict[str, Any]:
    """Time a float32 product of two 2048 x 2048 matrices.

    Returns:
        `architecture`, the name that NumPy's BLAS gives its kernels (None where it has none), and
        `gflops`, the best of a few repeats in 1e9 floating point operations per second.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    a = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    b = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    out = np.empty_like(a)
    np.matmul(a, b, out=out)  # starts the threads and touches the memory
    best, spent = float("inf"), 0.0
    for _ in range(_REPEATS):
        start = time.perf_counter()
        np.matmul(a, b, out=out)
        elapsed = time.perf_counter() - start
        best, spent = min(best, elapsed), spent + elapsed
        if spent > _ENOUGH_SECONDS:
            break
    return {"architecture": _architecture(), "gflops": 2 * SIZE**3 / best / 1e9}


def _architecture() -> str | None:
    """Return the kernels of the BLAS library that NumPy brought or found."""
    from threadpoolctl import threadpool_info

    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    own = [pool for pool in blas if "numpy" in pool["filepath"].lower()] or blas
    return own[0].get("architecture") if own else None


if __name__ == "__main__":
    print(json.dumps(measure()))

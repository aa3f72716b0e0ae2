"""Rows that are solved one by one, each from its own Gram matrix: the batches that they come in.

In: the problem that `gram.py` states, and a function that improves a batch of rows from their G
(b, k, k) and c (b, k). Out: the rows. Batches are small enough for the processor's cache, shared
out to the worker threads, long rows first. `pulls` gives all c where the Gram matrices are alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.factor.gram import RowProblem
from rowspace.factor.rows import SolvedRows
from rowspace.linalg.csr import Csr
from rowspace.linalg.kernels import blocked
from rowspace.workers import run

Floats = NDArray[np.float64]
Improve = Callable[[Floats, Floats, Floats], None]

_BATCH = 1 << 17  # numbers of Gram matrices in a batch: 1 MiB
_WORK_PER_PIECE = 1 << 24  # multiplications: some milliseconds
_MOST_PIECES = 128


def row_by_row(problem: RowProblem, start: NDArray[np.float32], improve: Improve) -> SolvedRows:
    """Return the rows that `improve` makes of `start`, with 1/2 x'G_i x - c_i'x in sum.

    Args:
        problem: what to solve.
        start: (n, k) float32.
        improve: takes G (b, k, k), c (b, k), x (b, k), all float64, and changes x. The rows of a
            batch must not know of each other.
    """
    systems = _systems(problem)
    n, k = start.shape
    out, least = np.empty((n, k), np.float32), np.empty(n)
    batch = max(1, _BATCH // (k * k))

    def some(rows: NDArray[np.int64]) -> None:
        room = np.empty((min(batch, len(rows)), k, k)), np.empty((min(batch, len(rows)), k))
        for begin in range(0, len(rows), batch):
            these = rows[begin : begin + batch]
            g, c = room[0][: len(these)], room[1][: len(these)]
            systems(these, g, c)
            x = start[these].astype(np.float64)
            improve(g, c, x)
            out[these] = x
            x = out[these].astype(np.float64)
            half = 0.5 * np.matmul(g, x[:, :, None])[:, :, 0] - c
            least[these] = np.einsum("ij,ij->i", half, x)

    # Every piece gets its share of the long rows, and begins with them.
    order = np.argsort(-problem.cells.observed, kind="stable")
    work = (int(problem.cells.observed.sum()) + n * k) * k * k
    pieces = int(np.clip(work // _WORK_PER_PIECE, 1, min(n, _MOST_PIECES) or 1))
    run(some, [np.ascontiguousarray(order[p::pieces]) for p in range(pieces)])
    return SolvedRows(out, float(least.sum()))


def pulls(problem: RowProblem) -> NDArray[Any]:
    """Return every c_i, (n, k) float32, or float64 where the problem has a linear part."""
    pull, partner = problem.cells.pull, problem.partner
    c = pull.times(partner) if isinstance(pull, Csr) else blocked.product(pull, partner)
    return c if problem.linear is None else c + problem.linear


def _systems(problem: RowProblem) -> Callable[[NDArray[np.int64], Floats, Floats], None]:
    """Return what writes G and c of some rows."""
    pull, extra = problem.cells.pull, problem.cells.extra
    k = problem.partner.shape[1]
    if extra is None:
        every, diagonal = pulls(problem), np.arange(k)

        def alike(rows: NDArray[np.int64], g: Floats, c: Floats) -> None:
            np.multiply(problem.scale[rows][:, None, None], problem.shared, out=g)
            g[:, diagonal, diagonal] += problem.ridge[rows][:, None]
            c[:] = every[rows]

        return alike
    from rowspace.factor.kernels.lapack import addresses
    from rowspace.factor.kernels.row_systems import build

    assert isinstance(pull, Csr)
    cells, routine = pull, addresses().ssyrk
    linear = np.empty((0, k)) if problem.linear is None else problem.linear

    def own(rows: NDArray[np.int64], g: Floats, c: Floats) -> None:
        build(
            rows, cells.indptr, cells.indices, extra, cells.data, problem.partner, problem.shared,
            problem.scale, problem.ridge, linear, routine, g, c,
        )  # fmt: skip

    return own


def value_of(problem: RowProblem, c: NDArray[Any], x: NDArray[np.float32]) -> float:
    """Return the sum of 1/2 x'G_i x - c_i'x where the Gram matrices are alike, given all c_i."""
    wide = x.astype(np.float64)
    gx = problem.scale[:, None] * blocked.product(wide, problem.shared)
    gx += problem.ridge[:, None] * wide
    return float(np.einsum("ij,ij->", wide, 0.5 * gx - c))

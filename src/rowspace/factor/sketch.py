"""The solver `Sketch`: a very sparse random projection, which fits nothing.

For a matrix M (n x m) the columns get random vectors, the rows of R (m x dim), and the rows get
what they hold of them, the rows of M R. The cells of R are +-1 / sqrt(density dim) with probability
density / 2 each, else 0, so that E[R R'] = I: rows . cols is M in expectation, and the
products of two rows are those of M's rows, with a relative error of about sqrt(2 / dim) (Johnson,
Lindenstrauss 1984; Achlioptas 2003 with density 1/3; Li, Hastie, Church 2006 with 1 / sqrt(m);
FastRP of Chen et al. 2019 on never-formed matrices). Chosen by name only (`solvers.py`); M is
multiplied once and never densified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rowspace.errors import UnsupportedError
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Factorization, Sketch
from rowspace.linalg.csr import Csr
from rowspace.linalg.products import times_sparse
from rowspace.progress import stage
from rowspace.threads import kernel_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rowspace.observe.observations import Observations


def solve(factorization: Factorization, obs: Observations, seed: int = 0) -> Factors:
    """Return M R and R.

    Args:
        factorization: with `Sketch()` as its solver, all cells weighing the same.
        obs: M, sparse, dense or an operator.
        seed: of R; the same seed gives the same bits, whatever the number of threads.

    Returns:
        `Factors` whose facts say that nothing was fitted ("fitted": False), the "density" of R and
        how many rows are zero ("zero_rows"), such as nodes without edges.
    """
    solver = factorization.solver
    assert isinstance(solver, Sketch)
    m = obs.shape[1]
    density = float(solver.density or 1 / np.sqrt(max(m, 1)))
    projection = very_sparse(m, factorization.dim, density, seed)
    with stage("projection"), kernel_threads():
        rows = times_sparse(obs.cells, projection)
    zero = int(np.count_nonzero(~rows.any(axis=1)))
    return Factors(
        rows,
        projection.dense(),
        facts={"fitted": False, "density": density, "zero_rows": zero},
    )


def very_sparse(m: int, dim: int, density: float, seed: int) -> Csr:
    """Return R (m, dim) with E[R R'] = I; each cell is there with probability `density`."""
    rng = np.random.default_rng(seed)
    cells = m * dim
    at = _present(cells, density, rng)
    indptr = np.searchsorted(at, np.arange(m + 1, dtype=np.int64) * dim)
    level = np.float32(1 / np.sqrt(density * dim))
    signs = np.where(rng.integers(0, 2, len(at), np.int8), level, -level)
    return Csr(indptr.astype(np.int64), (at % dim).astype(np.int32), signs, (m, dim))


def _present(cells: int, density: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the ascending positions below `cells` of independent events of that probability.

    The gaps between them are geometric, so that only the events cost time.
    """
    if density >= 1:
        return np.arange(cells, dtype=np.int64)
    parts: list[NDArray[np.int64]] = []
    last = -1
    while last < cells:
        expected = (cells - last) * density
        gaps = rng.geometric(density, int(expected + 4 * np.sqrt(expected) + 16))
        parts.append(last + np.cumsum(gaps))
        last = int(parts[-1][-1])
    at = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    return at[at < cells]


def projected(
    side: str, partner: NDArray[np.float32], cells: Csr | NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the vectors of new rows, cells (r, m) times R; called by fold-in.

    Raises:
        UnsupportedError: the new ones are columns, whose vectors are drawn and not computed.
    """
    if side != "rows":
        raise UnsupportedError(
            "a new column of a random projection has no vector that follows from its cells, "
            "because those of the columns are drawn at random; fit again with it"
        )
    assert isinstance(cells, Csr)
    with kernel_threads():
        return cells.times(np.ascontiguousarray(partner, np.float32))

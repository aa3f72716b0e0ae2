"""k-cores: how deep in the graph a node is, and matrices of a core whose outside is averaged.

`core_numbers` peels the graph; `Walks(paced=True)` begins fewer walks at its fringe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["core_numbers"]


def core_numbers(cells: csr_array) -> NDArray[np.int64]:
    """Return for each node the largest k such that it is in a part where all have k neighbours.

    Args:
        cells: n x n; direction, weights and self loops do not count.

    Returns:
        (n,) int64.

    Example:
        >>> from scipy.sparse import csr_array
        >>> triangle_with_tail = np.array([[0, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]])
        >>> core_numbers(csr_array(triangle_with_tail)).tolist()
        [2, 2, 2, 1]
    """
    from rowspace.linalg.csr import Csr
    from rowspace.observe.kernels import cores

    plain = Csr.of(simple(cells))
    return np.asarray(cores.core_numbers(plain.indptr, plain.indices))


def simple(cells: csr_array) -> Any:
    """Return the undirected graph of ones without self loops, (n, n) float32 CSR."""
    from scipy.sparse import csr_array, diags_array

    ones = csr_array((np.ones(cells.nnz, np.float32), cells.indices, cells.indptr), cells.shape)
    both = csr_array(ones + ones.T)
    both = csr_array(both - diags_array(both.diagonal(), dtype=np.float32))
    both.eliminate_zeros()
    both.data[:] = 1
    both.sort_indices()
    return both

"""Products: a matrix as a solver sees it that never looks at single cells, A X and A'X.

Sparse, dense and never-formed matrices look alike to it; every product is parallel and gives the
same bits whatever the number of threads. Read by `krylov.py` and by random projections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.linalg.csr import Csr

Product = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Products:
    """A matrix seen through its products with blocks of vectors.

    Attributes:
        shape: (n, m).
        times: X (m, b) -> A X (n, b), in the type of X.
        transposed_times: X (n, b) -> A'X (m, b), in the type of X.
    """

    shape: tuple[int, int]
    times: Product
    transposed_times: Product

    @classmethod
    def of(cls, cells: Any) -> Products:
        """Return the products of sparse, dense or operator cells; nothing is densified.

        A sparse matrix is stored a second time by columns.
        """
        from rowspace.linalg.kernels import blocked

        shape = (int(cells.shape[0]), int(cells.shape[1]))
        if hasattr(cells, "tocsr"):
            csr = Csr.of(cells)
            return cls(shape, csr.times, csr.T.times)
        if isinstance(cells, np.ndarray):
            return cls(
                shape,
                lambda x: blocked.product(cells, x).astype(x.dtype, copy=False),
                lambda x: blocked.cross(cells, x).astype(x.dtype, copy=False),
            )
        return cls(
            shape,
            lambda x: np.asarray(cells.matmat(x), x.dtype),
            lambda x: np.asarray(cells.rmatmat(x), x.dtype),
        )

    @property
    def T(self) -> Products:
        """The products of the transpose."""
        return Products(self.shape[::-1], self.transposed_times, self.times)


def times_sparse(cells: Any, block: Csr) -> NDArray[np.float32]:
    """Return a matrix times a sparse block (m, b), dense (n, b) float32.

    Args:
        cells: sparse, dense or an operator; one that has `times_sparse` itself is asked for it.
        block: what it is multiplied by; made dense where a dense product is all there is.
    """
    if hasattr(cells, "times_sparse"):
        return np.asarray(cells.times_sparse(block), np.float32)
    if hasattr(cells, "tocsr"):
        return Csr.of(cells).times_sparse(block)
    return Products.of(cells).times(block.dense())

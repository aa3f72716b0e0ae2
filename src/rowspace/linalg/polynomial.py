"""Polynomials of a sparse matrix that are never formed: sum_k c_k S^k D.

A product with a block costs as many sparse products as the polynomial has powers. Made by the
matrix steps that walk on a graph (`observe/propagate.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.linalg.csr import Csr
from rowspace.linalg.operators import BlockOperator
from rowspace.threads import kernel_threads


class PolynomialOperator(BlockOperator):
    """The matrix sum_k c_k S^k D for steps S that alternate between two sides, or stay on one.

    On one side (square S, `back` None) the powers are 0, 1, 2, ... Between two sides (S is n x m
    and `back` m x n) they are S, S back S, S back S back S, ...: c_k belongs to k steps and is zero
    for even k.

    Args:
        step: S.
        coefficients: c_0, c_1, ...
        scale: the diagonal of D, (m,).
        back: the step from columns to rows; None where they are the same.

    Example:
        >>> from scipy.sparse import csr_array
        >>> ring = Csr.of(csr_array(np.roll(np.eye(3), 1, axis=1)))
        >>> twice = PolynomialOperator(ring, (0.0, 0.0, 1.0), np.ones(3))
        >>> (twice @ np.array([[1.0], [2.0], [3.0]])).ravel().tolist()
        [3.0, 1.0, 2.0]
    """

    def __init__(
        self,
        step: Csr,
        coefficients: Sequence[float],
        scale: NDArray[np.float64],
        back: Csr | None = None,
    ) -> None:
        super().__init__(np.dtype(np.float32), step.shape)
        self.step, self.back = step, back
        self.coefficients = tuple(float(c) for c in coefficients)
        self.scale = np.asarray(scale, np.float32)

    def times_sparse(self, block: Csr) -> NDArray[np.float32]:
        """Return the product with a sparse block (m, b), dense (n, b) float32."""
        scaled = block.with_data(block.data * self.scale[block.row_of])
        with kernel_threads():
            out: NDArray[np.float32] = _horner(self.step, self.back, self.coefficients, scaled)
        return out

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        scaled = self.scale[:, None].astype(block.dtype) * block
        with kernel_threads():
            out: NDArray[Any] = _horner(self.step, self.back, self.coefficients, scaled)
        return out

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        back = None if self.back is None else self.back.T
        with kernel_threads():
            out: NDArray[Any]
            out = _horner(self.step.T, back, self.coefficients, np.ascontiguousarray(block))
            out *= self.scale[:, None].astype(block.dtype)
        return out


def _horner(step: Csr, back: Csr | None, coefficients: Sequence[float], block: Any) -> Any:
    """Return sum_k c_k S^k block by Horner's rule, from the highest power down.

    Args:
        step, back, coefficients: as for `PolynomialOperator`, or their transposes.
        block: (m, b) dense, or a `Csr`, whose first product is cheaper.
    """
    powers = [k for k, c in enumerate(coefficients) if c]
    if not powers:
        return np.zeros((step.shape[0], block.shape[1]), getattr(block, "dtype", np.float32))
    top = powers[-1]
    out: Any = coefficients[top] * block if isinstance(block, np.ndarray) else None
    for k in range(top, 0, -1):
        # Of k steps the last one taken leads to the rows; so do the odd ones before it.
        matrix = step if back is None or k % 2 else back
        if out is None:
            out = matrix.times_sparse(block.with_data(np.float32(coefficients[top]) * block.data))
        else:
            out = matrix.times(out)
        if coefficients[k - 1]:
            _add(out, coefficients[k - 1], block)
    if out is None:
        out = coefficients[0] * block.dense()
    return out


def _add(out: NDArray[Any], factor: float, block: Any) -> None:
    """Add a multiple of a dense or sparse block, in place."""
    if isinstance(block, Csr):
        out[block.row_of, block.indices] += np.float32(factor) * block.data
    else:
        out += out.dtype.type(factor) * block

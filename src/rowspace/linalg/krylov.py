"""Truncated singular value decomposition by block Krylov iteration with thick restarts.

In goes a matrix seen through its products, out come the leading singular triplets and how good they
are. The method is block Lanczos on A A' with full orthogonalisation: a basis Q of the shorter side
grows by one block per pass, T = Q' A A' Q is diagonalised, and the residual of every Ritz triplet
follows from the block that would come next. When the basis is full it shrinks to its best Ritz
vectors and grows again. Blocks instead of single vectors, because a sparse product with a block
costs little more than with a vector. Called by the solver `Spectral` and by matrix steps.

Sources: Golub, Underwood 1977 (block Lanczos); Wu, Simon 2000 (thick restart); Musco, Musco 2015
(few passes of a random block do); Stathopoulos, Wu 2002 (orthogonalising by a Gram matrix).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.linalg.kernels.blocked import cross, gram, product
from rowspace.linalg.products import Products

MAX_PASSES = 300
_GRAM_NOISE = 1e-7  # a float64 Gram matrix knows directions down to the root of its own rounding
_SINGLE_PRECISION = 1e-3  # the tightest tolerance that A A' in float32 can tell from rounding


@dataclass(frozen=True, eq=False)
class Triplets:
    """The k leading singular triplets of an (n, m) matrix.

    Attributes:
        left, values, right: (n, k) float32, (k,) float64 descending, (m, k) float32; the triplets
            beyond the rank are exactly zero.
        residual: the worst |A v - s u|_2 / s_1 or |A'u - s v|_2 / s_1 of all triplets, measured
            (one of the two is zero by construction).
        passes: how often a block was multiplied by A A'.
        converged: whether the residual reached the tolerance.
        following: an estimate, from below, of the singular value after the last one, which says
            how clear the cut is; 0 where there is none.
    """

    left: NDArray[np.float32]
    values: NDArray[np.float64]
    right: NDArray[np.float32]
    residual: float
    passes: int
    converged: bool
    following: float = 0.0


def truncated_svd(
    matrix: Products,
    k: int,
    tolerance: float,
    seed: int = 0,
    max_passes: int = MAX_PASSES,
    on_pass: Callable[[float], None] = lambda residual: None,
) -> Triplets:
    """Return the k leading singular triplets; call inside `threads.kernel_threads()`.

    An equal singular value that occurs more often than `block_size(k)` may be found fewer
    times than it occurs; every triplet returned is one all the same.

    Args:
        matrix: n x m, through its products.
        k: how many, at least 1; those beyond min(n, m) are zero.
        tolerance: stop when `residual` is at most that. At 1e-3 and above the
            basis is float32, below it float64.
        seed: of the first block.
        max_passes: stop there at the latest.
        on_pass: called after every pass with the worst estimated residual over s_1.
    """
    if matrix.shape[0] > matrix.shape[1]:
        flipped = truncated_svd(matrix.T, k, tolerance, seed, max_passes, on_pass)
        return Triplets(
            flipped.right, flipped.values, flipped.left,
            flipped.residual, flipped.passes, flipped.converged, flipped.following,
        )  # fmt: skip
    n = matrix.shape[0]
    if n == 0:
        nothing = np.zeros((matrix.shape[1], k), np.float32)
        return Triplets(np.zeros((0, k), np.float32), np.zeros(k), nothing, 0.0, 0, True)
    dtype = np.float32 if tolerance >= _SINGLE_PRECISION else np.float64
    wanted = min(k, n)
    basis = _Basis(matrix, wanted, dtype, seed)
    passes, aim = 0, 0.95 * tolerance
    while True:
        estimate = basis.grow()
        passes += 1
        on_pass(estimate)
        last = basis.size == n or (passes >= max_passes and basis.size >= wanted)
        if estimate > aim and not last:
            continue
        left, values, right = basis.triplets()
        residual = _residual(matrix, left, values, right)
        if residual <= tolerance or last:
            break
        aim *= 0.3  # the estimate was too rosy: some value is too small for A A' to tell
    surplus = k - wanted
    return Triplets(
        np.pad(left, ((0, 0), (0, surplus))).astype(np.float32),
        np.pad(values, (0, surplus)),
        np.pad(right, ((0, 0), (0, surplus))).astype(np.float32),
        residual,
        passes,
        residual <= tolerance,
        basis.following,
    )


def truncated_eigh(
    matrix: Products, k: int, tolerance: float, seed: int = 0, max_passes: int = MAX_PASSES
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return the k eigenvalues of largest magnitude of a symmetric matrix, and their vectors.

    Args:
        matrix: n x n and symmetric, through its products.
        k, tolerance, seed, max_passes: as for `truncated_svd`; call inside `kernel_threads()`.

    Returns:
        (k,) by falling magnitude, and (n, k) orthonormal; those beyond n are zero.
    """
    found = truncated_svd(matrix, k, tolerance, seed, max_passes)
    u = found.left
    # Equal singular values mix eigenvectors of both signs; within their span A tells them apart.
    inside = cross(u, matrix.times(u))
    values, turn = np.linalg.eigh((inside + inside.T) / 2)
    order = np.argsort(-np.abs(values), kind="stable")
    values = np.where(found.values > 0, values[order], 0.0)
    return values, product(u, turn[:, order].astype(np.float32))


class _Basis:
    """The growing orthonormal basis Q (n, size) and T = Q' A A' Q.

    Args:
        matrix: n x m with n <= m.
        wanted: how many triplets, at most n.
        dtype: of the basis and the products.
        seed: of the random vectors.
    """

    def __init__(self, matrix: Products, wanted: int, dtype: Any, seed: int) -> None:
        n, m = matrix.shape
        self.matrix, self.wanted, self.dtype = matrix, wanted, dtype
        self.noise = 10 * float(np.finfo(dtype).eps)
        self.block = min(n, block_size(wanted))
        self.kept = min(n, wanted + self.block)
        self.capacity = min(n, basis_size(wanted))
        self.rng = np.random.default_rng(seed)
        self.q = np.zeros((n, self.capacity), dtype)
        self.t = np.zeros((self.capacity, self.capacity))
        self.size = 0
        self.diagonalised = 0  # the size of T when it was last diagonalised
        self.estimate = float("inf")
        self.largest = 0.0  # a lower bound of the largest eigenvalue of A A'
        start = self.rng.standard_normal((m, self.block)).astype(dtype)
        self.next = _orthonormal(matrix.times(start), self.noise)

    def grow(self) -> float:
        """Add the next block and return the worst estimated residual over s_1 (inf: too few)."""
        if self.next.shape[1] == 0:
            self.next = self._random()
        new = self.next[:, : len(self.q) - self.size]
        if self.size + new.shape[1] > self.capacity:
            self._restart(new.shape[1])
        old, self.size = self.size, self.size + new.shape[1]
        self.q[:, old : self.size] = new
        q = self.q[:, : self.size]
        w = self.matrix.times(self.matrix.transposed_times(new))
        inside = cross(q, w)
        w -= product(q, inside.astype(self.dtype))
        self.t[: self.size, old : self.size] = inside
        self.t[old : self.size, : self.size] = inside.T
        last = self.t[old : self.size, old : self.size]
        last[:] = (last + last.T) / 2
        self.largest = max(self.largest, float(np.linalg.norm(inside, axis=0).max()))
        outside = gram(w)
        self.next = self._outside(_orthonormal(w, self.noise, self.largest))
        if self.size < self.wanted:
            return 0.0 if self.largest == 0 else float("inf")
        full = self.size + self.next.shape[1] > self.capacity or self.next.shape[1] == 0
        # Diagonalising T costs more than a pass where many triplets are wanted.
        if not full and self.size - self.diagonalised < self.wanted // 4:
            return self.estimate
        self._diagonalise()
        self.estimate = self._estimate(outside, old)
        return self.estimate

    def triplets(self) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[Any]]:
        """Return U (n, wanted), s (wanted,) and V (m, wanted) of the matrix within the basis.

        T only knows the squares of the singular values; one more product with the Ritz vectors
        gives small ones to full precision.
        """
        if self.diagonalised != self.size:
            self._diagonalise()
        u = product(self.q[:, : self.size], self.ritz[:, : self.wanted].astype(self.dtype))
        av = self.matrix.transposed_times(u)
        squares, turn = _descending(gram(av))
        s = np.sqrt(np.maximum(squares, 0))
        s[s <= max(10 * self.noise, _GRAM_NOISE) * s[:1]] = 0
        u = product(u, turn.astype(self.dtype))
        v = product(av, (turn / np.where(s > 0, s, 1)).astype(self.dtype))
        u[:, s == 0] = 0
        v[:, s == 0] = 0
        missing = self.wanted - len(s)
        pad = ((0, 0), (0, missing))
        return np.pad(u, pad), np.pad(s, (0, missing)), np.pad(v, pad)

    @property
    def following(self) -> float:
        """The Ritz value after the wanted ones."""
        beyond = self.theta[self.wanted : self.wanted + 1]
        return float(np.sqrt(max(beyond[0], 0.0))) if len(beyond) else 0.0

    def _estimate(self, outside: NDArray[np.float64], old: int) -> float:
        """Return the worst |A v - s u| / s_1 = |A A'u - s^2 u| / (s s_1) of the wanted triplets."""
        if self.largest == 0:
            return 0.0
        last = self.ritz[old:, : self.wanted]
        misses = np.sqrt(np.maximum(np.einsum("ai,ab,bi->i", last, outside, last), 0))
        floor = self.noise * self.largest  # smaller squares are rounding error
        s = np.sqrt(np.maximum(self.theta[: self.wanted], floor))
        return float(np.max(misses / s)) / float(np.sqrt(self.largest))

    def _diagonalise(self) -> None:
        self.theta, self.ritz = _descending(self.t[: self.size, : self.size])
        self.largest = max(self.largest, float(self.theta[0]))
        self.diagonalised = self.size

    def _restart(self, coming: int) -> None:
        """Shrink the basis to its best Ritz vectors, with room for `coming` more."""
        keep = min(self.kept, self.size, self.capacity - coming)
        q = self.q[:, : self.size]
        self.q[:, :keep] = product(q, self.ritz[:, :keep].astype(self.dtype))
        self.t[:] = 0
        self.t[np.arange(keep), np.arange(keep)] = self.theta[:keep]
        self.size = self.diagonalised = keep

    def _random(self) -> NDArray[Any]:
        """Return a random block orthogonal to the basis, for when the basis is invariant."""
        width = min(self.block, len(self.q) - self.size)
        w = self.rng.standard_normal((len(self.q), width)).astype(self.dtype)
        return self._outside(self._outside(_orthonormal(w, self.noise)))

    def _outside(self, w: NDArray[Any]) -> NDArray[Any]:
        """Return an orthonormal basis of what of orthonormal w is outside of Q.

        Subtracting once and then normalising leaves small directions badly orthogonal to Q, so it
        is done again after normalising (Giraud, Langou, Rozloznik 2005); what shrinks by much
        then was only rounding error.
        """
        if w.shape[1] == 0:
            return w
        q = self.q[:, : self.size]
        return _orthonormal(w - product(q, cross(q, w).astype(self.dtype)), 0.1, scale=1.0)


def block_size(k: int) -> int:
    """Return how many vectors join the basis per pass."""
    return max(16, min(k // 2, 48))


def basis_size(k: int) -> int:
    """Return how many vectors the basis holds at most."""
    return 2 * (k + block_size(k))


def _orthonormal(w: NDArray[Any], noise: float, scale: float = 0.0) -> NDArray[Any]:
    """Return an orthonormal basis of the columns of w, without those that are only noise.

    Args:
        w: (n, b), overwritten.
        noise: relative size below which a direction is rounding error.
        scale: what `noise` is relative to, where larger than the largest direction in w.
    """
    for _ in range(2):  # the second time from a well-conditioned block, to full precision
        size, turn = _descending(gram(w))
        size = np.sqrt(np.maximum(size, 0))
        largest = float(size[0]) if len(size) else 0.0
        keep = size > max(noise * max(scale, largest), _GRAM_NOISE * largest)
        w = product(w, (turn[:, keep] / size[keep]).astype(w.dtype))
        scale = 0.0
    return w


def _descending(symmetric: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return eigenvalues, largest first, and eigenvectors."""
    values, vectors = np.linalg.eigh(symmetric)
    return values[::-1].copy(), vectors[:, ::-1].copy()


def _residual(
    matrix: Products, left: NDArray[Any], values: NDArray[np.float64], right: NDArray[Any]
) -> float:
    """Return the worst |A v - s u|_2 / s_1."""
    if values[0] == 0:
        return 0.0
    misses = matrix.times(right) - left * values.astype(left.dtype)
    return float(np.sqrt(np.einsum("ij,ij->j", misses, misses, dtype=np.float64).max()) / values[0])

"""The eigenbasis: what all rows share, diagonal, and the partner turned to match.

V'DV = Q L Q' is taken apart once, and the partner becomes V Q, so that the system of every row is
diag(a_i L + l_i) plus one outer product per observed cell, whatever its a_i and l_i. `rows.py`
makes one per half sweep; `fold_in.partner_gram` keeps one for new rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rowspace.linalg.kernels import blocked

RANK = 1e-12  # relative eigenvalue of a Gram matrix below which a direction is not there


@dataclass(frozen=True, eq=False)
class Basis:
    """What all rows share of a row problem.

    Attributes:
        shared: V'DV = Q L Q', (k, k) float64.
        values: L, (k,) float64, at least 0, ascending.
        turn: Q, (k, k) float64; None for the identity.
        narrow: Q, (k, k) float32; None for the identity.
        turned: V Q, (m, k) float32, C order.
    """

    shared: NDArray[np.float64]
    values: NDArray[np.float64]
    turn: NDArray[np.float64] | None
    narrow: NDArray[np.float32] | None
    turned: NDArray[np.float32]

    @classmethod
    def of(cls, shared: NDArray[np.float64], partner: NDArray[np.float32]) -> Basis:
        """Return the basis for the partner V (m, k) float32 and V'DV (k, k).

        >>> v = np.array([[1, 1]], np.float32)
        >>> basis = Basis.of(np.ones((2, 2)), v)
        >>> np.round(basis.values, 6).tolist(), np.round(abs(basis.turned @ [0, 1]), 3).tolist()
        ([0.0, 2.0], [1.414])
        """
        if not shared.any():  # any basis will do
            return cls(shared, np.zeros(len(shared)), None, None, partner)
        values, turn = diagonal(shared)
        narrow = turn.astype(np.float32)
        return cls(shared, values, turn, narrow, blocked.product(partner, narrow))

    def into(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the rows x (n, k) as this basis sees them."""
        return x if self.narrow is None else blocked.product(x, self.narrow)

    def back(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return rows x (n, k) of this basis as everybody sees them."""
        return x if self.narrow is None else blocked.product(x, self.narrow.T)


def diagonal(shared: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return L (k,) and Q (k, k) with shared = Q L Q'; what is only rounding error becomes 0."""
    values, turn = np.linalg.eigh(shared)
    values[values <= RANK * max(float(values[-1]), 0.0)] = 0.0
    return values, turn

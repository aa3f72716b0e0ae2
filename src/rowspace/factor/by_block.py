"""Blocks of columns that are factored each on its own: `Spectral(by_block=True)`.

The row vectors are the concatenations of those of the blocks, and a column has zeros in the
numbers of all blocks but its own, so that a score is what its block alone gives. Multi-scale
methods do that: each scale keeps its own share of the dimensions, however strong the others are.
Called by `spectral.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Factorization, Spectral

if TYPE_CHECKING:
    from collections.abc import Callable

    from rowspace.observe.observations import Observations

Blocks = list[tuple[str, NDArray[np.int64]]]


def solve_blocks(
    factorization: Factorization,
    obs: Observations,
    seed: int,
    solve: Callable[[Factorization, Observations, int], Factors],
) -> Factors:
    """Return concatenated rows and block-diagonal columns.

    Args:
        factorization: with `Spectral(by_block=True)`; the first blocks get one dimension more where
            `dim` cannot be shared out evenly.
        obs: with a column "block" in the table of its columns (`beside`, `WalkPMI`).
        seed: of every block's random start.
        solve: factors one block.

    Raises:
        InputError: the columns have no blocks, or there are more blocks than dimensions.
    """
    solver, dim = factorization.solver, factorization.dim
    assert isinstance(solver, Spectral)
    blocks = blocks_of(obs)
    if len(blocks) > dim:
        raise InputError(f"dim is {dim}, but there are {len(blocks)} blocks, one dimension each")
    shares = [dim // len(blocks) + (b < dim % len(blocks)) for b in range(len(blocks))]
    n, m = obs.shape
    rows, cols = np.zeros((n, dim), np.float32), np.zeros((m, dim), np.float32)
    told: dict[str, Any] = {}
    start = 0
    for (name, at), share in zip(blocks, shares):
        alone = replace(factorization, dim=share, solver=replace(solver, by_block=False))
        found = solve(alone, _columns(obs, at), seed)
        part = slice(start, start + share)
        rows[:, part] = found.rows
        cols[at, part] = found.cols
        told[name] = {"dim": share, **found.facts}
        start += share
    facts = {
        "converged": all(fact["converged"] for fact in told.values()),
        "residual": max(fact["residual"] for fact in told.values()),
        "blocks": told,
    }
    return Factors(rows, cols, facts=facts)


def blocks_of(obs: Observations) -> Blocks:
    """Return the names of the blocks in the order of the columns, and where each one's are."""
    table = obs.cols.table
    if table is None or "block" not in table.column_names:
        raise InputError(
            f"Spectral(by_block=True) factors blocks of columns, but the {obs.cols.name} side has "
            "no column 'block' that names them; put blocks together with beside()"
        )
    named = np.array(table.column("block").to_pylist(), object).astype(str)
    names, first = np.unique(named, return_index=True)
    order = np.argsort(first)
    return [(str(names[b]), np.flatnonzero(named == names[b])) for b in order]


def _columns(obs: Observations, at: NDArray[np.int64]) -> Observations:
    """Return the observations of some columns."""
    from rowspace.observe.observations import Observations

    if not (obs.is_sparse or obs.is_dense):
        raise InputError("Spectral(by_block=True) needs cells that are sparse or dense")
    return Observations(obs.rows, obs.cols.select(at), obs.cells[:, at], None, obs.source)

"""Reasons: the share of every observation in a score, exactly.

With the other side fixed, a row's vector is x_i = G_i^-1 c_i, and c_i is a sum over what was
observed of the row. So the score of column j is a sum over the same observations p,

    s_ij = v_j . x_i = sum_p pull_p v_j'G_i^-1 v_p

where pull_p is the weight of the observation times its target, and v_j'G_i^-1 v_p is how alike the
row takes j and p for (Hu, Koren, Volinsky 2008, section 5); Tsai et al. 2023 (literature 22)
call such points representers. What a score has besides gets a name: "mean", the "bias" of
the other side, the "offset" of margins, the "background" of unobserved cells whose target is not
0, the "penalty" of what holds a constrained row (L1, Simplex, UnitNorm, ...), and the "rest", by
which the stored vector differs from the exact solution (rounding, for the side that was solved
last; more for a side that was not, for closed forms and for losses that are reweighted). A
constrained row has reasons on its support. In a linear model from items to items
(`ease`, `slim`) an observation's share is what its item says for the other.

Called by `rowspace explain` and `rowspace recommend --why`. In: a `Space`. Out: `Reasons`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.explain.fitted import Line, line
from rowspace.factor.grammar import Free, History
from rowspace.factor.support import slope, support
from rowspace.observe.ids import Id
from rowspace.recipes.registry import Paper, published
from rowspace.space.side import Side
from rowspace.space.space import Space

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Reasons", "reasons"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Reasons:
    """The shares of a score, the largest first, whatever their sign.

    Attributes:
        side: the side that the observations are on.
        ids: (p,) what was observed.
        values: (p,) float32, with which value, as it was factored (after the matrix steps).
        shares: (p,) float64, what each adds to the score.
        named: what else does, by name (see the module); "others" are observations beyond the k
            that were asked for.
        total: the score: the sum of all shares.

    Example:
        >>> Reasons("film", ["Heat"], np.ones(1, np.float32), np.ones(1), {"rest": -0.25}, 0.75)
        film    value    share
        Heat        1  +1.0000
        (rest)         -0.2500
        score          +0.7500
    """

    side: str
    ids: list[Id]
    values: NDArray[np.float32]
    shares: Floats
    named: dict[str, float]
    total: float

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[tuple[Id, float]]:
        return zip(self.ids, self.shares.tolist())

    def __repr__(self) -> str:
        rows = [(self.side, "value", "share")]
        for name, value, share in zip(self.ids, self.values, self.shares):
            rows.append((str(name), f"{value:g}", f"{share:+.4f}"))
        rows += [(f"({name})", "", f"{share:+.4f}") for name, share in self.named.items()]
        rows.append(("score", "", f"{self.total:+.4f}"))
        wide = [max(len(row[i]) for row in rows) for i in range(3)]
        return "\n".join(f"{a:<{wide[0]}}  {b:>{wide[1]}}  {c:>{wide[2]}}" for a, b, c in rows)

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table with the columns "id", "value" and "share"."""
        import pyarrow as pa

        return pa.table({"id": pa.array(self.ids), "value": self.values, "share": self.shares})


@published(
    kind="explanation",
    claim="Says which observations make a score, and by how much; the shares sum up to it.",
    papers=(
        Paper(
            "Hu, Koren, Volinsky",
            2008,
            "Collaborative filtering for implicit feedback datasets",
            "ICDM",
        ),
        Paper(
            "Tsai, Zhang, Chien, Yu, Hsieh, Ravikumar",
            2023,
            "Representer point selection for explaining regularized high-dimensional models",
            "ICML",
            literature=22,
        ),
    ),
    test="tests/explain/test_reasons.py",
    benchmark="benchmarks/reasons.py",
)
def reasons(
    space: Space, row: Any, col: Any, k: int | None = None, side: str | None = None
) -> Reasons:
    """Return what the score of a row and a column is made of.

    Args:
        space: fitted, with its cells kept (unless the explained row is a new one).
        row: an id on the first side, or {id on the second: value}, a new row.
        col: an id on the second side, or {id on the first: value}, a new column.
        k: how many observations to name; None for all.
        side: whose observations are the reasons. The first side (None): those of the row, with the
            columns as they are: what the row had that speaks for the column. The second: those of
            the column, with the rows as they are: which rows made the column what it is.

    Returns:
        `Reasons`, whose shares sum up to `space.score(row, col)`.

    Raises:
        UnknownIdError: there is no such id or side.
        InputError: the cells were not kept.
        UnsupportedError: the space was imported, or its loss has no Gram matrices.

    Example:
        >>> import rowspace as rs
        >>> plays = {"user": ["ann", "ann", "bob"], "song": ["x", "y", "x"], "n": [3, 1, 2]}
        >>> obs = rs.read(plays, rows="user", cols="song", values="n")
        >>> space = rs.fit(obs, "ials", dim=2)
        >>> reasons(space, "bob", "x").ids
        ['x']
    """
    here = space.sides[0] if side is None else space[side]
    _, there = space.pair(here.name)
    if space.factorization is not None and isinstance(space.factorization.rows, History):
        return _of_history(space, row, col, k, here)
    mine, theirs = (row, col) if here is space.sides[0] else (col, row)
    explained = line(space, here, mine)
    toward, bias = _facing(space, explained, there, theirs)
    shares, named = _shares(explained, toward)
    named = {
        "mean": explained.mean,
        "bias" if explained.own.learned else "offset": bias,
        **named,
    }
    total = space.score(row, col) if here is space.sides[0] else space.score(theirs, mine)
    named["rest"] = total - float(shares.sum()) - sum(named.values())
    pull: Any = explained.problem.cells.pull
    values = _values(explained)
    order = np.argsort(-np.abs(shares), kind="stable")
    if k is not None and k < len(order):
        named["others"] = float(shares[order[k:]].sum())
        order = order[:k]
    return Reasons(
        there.name,
        there.ids.take(pull.indices[order].astype(np.int64)),
        values[order],
        shares[order],
        {name: share for name, share in named.items() if share or name == "rest"},
        total,
    )


def _of_history(space: Space, row: Any, col: Any, k: int | None, here: Side) -> Reasons:
    """Return the reasons of a linear model from columns to columns: what each column speaks for."""
    first, there = space.pair(None)
    if here is not first:
        raise UnsupportedError(
            f"{there.name} vectors are regressions on all {first.name} rows at once, which have no "
            f"shares row by row; ask for the reasons of a {first.name}"
        )
    own, _ = space.placed(first, row)
    toward, _ = space.placed(there, col)
    at = np.flatnonzero(own)
    shares = own[at].astype(np.float64) * toward[at]
    total = space.score(row, col)
    named = {"rest": total - float(shares.sum())}
    order = np.argsort(-np.abs(shares), kind="stable")
    if k is not None and k < len(order):
        named["others"] = float(shares[order[k:]].sum())
        order = order[:k]
    return Reasons(
        there.name, there.ids.take(at[order]), own[at[order]], shares[order], named, total
    )


def _shares(explained: Line, toward: Floats) -> tuple[Floats, dict[str, float]]:
    """Return the share of every stored cell of the row in its product with `toward` (k,)."""
    problem = explained.problem
    pull: Any = problem.cells.pull
    v = problem.partner[pull.indices].astype(np.float64)
    g = problem.scale[0] * problem.shared + problem.ridge[0] * np.eye(len(toward))
    if problem.cells.extra is not None:
        g += (v.T * problem.cells.extra.astype(np.float64)) @ v
    free = support(explained.own.constraint, explained.own.vectors)
    f = np.flatnonzero(np.ones(len(toward), bool) if free is None else free[0])
    y = np.zeros(len(toward))
    y[f] = _solve(g[np.ix_(f, f)], toward[f])
    named: dict[str, float] = {}
    if problem.linear is not None:
        named["background"] = float(problem.linear[0] @ y)
    pulled = pull.data.astype(np.float64)
    constraint, x = explained.own.constraint, explained.x
    if not isinstance(constraint, Free):
        linear = 0.0 if problem.linear is None else problem.linear[0]
        named["penalty"] = -float(slope(constraint, x, pulled @ v + linear - g @ x) @ y)
    return pulled * (v @ y), named


def _solve(g: Floats, b: Floats) -> Floats:
    """Return G^-1 b; the shortest solution where G is singular."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    try:
        factor = cho_factor(g, lower=True)
        pivots = np.diag(factor[0]) ** 2
        if not len(g) or pivots.min() > _SINGULAR * np.diag(g).mean():
            return np.asarray(cho_solve(factor, b))
    except LinAlgError:
        pass
    return np.asarray(np.linalg.lstsq(g, b, rcond=_SINGULAR)[0])


_SINGULAR = 1e-10  # of the mean diagonal: a squared pivot that is rounding error


def _facing(space: Space, explained: Line, there: Side, given: Any) -> tuple[Floats, float]:
    """Return what the row's coordinates are multiplied by in the score, and the fixed offsets."""
    vector, bias = space.placed(there, given)
    toward = np.asarray(vector, np.float64)
    if explained.own.learned:
        return np.append(toward, 1.0), bias
    own = 0.0 if explained.own.offset is None else float(explained.own.offset[0])
    return toward, bias + own


def _values(explained: Line) -> NDArray[np.float32]:
    """Return the values of the stored cells as they were factored."""
    cells: Any = explained.statement.cells
    return np.asarray(cells.data, np.float32)

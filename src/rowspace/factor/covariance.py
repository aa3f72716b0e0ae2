"""Error bars: the covariance of every vector of a side, with the other side as it is.

With the partner's vectors v_j fixed, row i is a weighted least-squares problem with the Gram matrix
G_i of `gram.py`. If the target of every cell that weighs anything is its score plus noise of
variance sigma^2 / w_ij (weights are inverse variances up to one factor), then

    Cov(u_i) = sigma^2 G_i^-1

is, without a charge l_i |u_i|^2, the sampling covariance of u_i. With a charge, which is a prior
u_i ~ N(0, sigma^2 / l_i I), it is the posterior covariance: it holds the pull towards 0 as
well as the noise, so that it covers on average over rows drawn from the prior. (The sampling
covariance alone would be sigma^2 G_i^-1 (G_i - l_i I) G_i^-1, which is smaller and says nothing of
the pull.) All is conditional on the partner.

A score is estimated from both sides, and to first order has the variance of both (as in matrix
completion: Chen, Fan, Ma, Yan 2019), a + b with a = v'Cov(u) v and b = u'Cov(v) u. For a cell that
the fit saw this is right on average: the shares of all cells in their own scores sum up to the
number of parameters, which a + b shares out. A cell that it did not see is as sure as a seen one
whose own observation is taken away, h / (1 - h) for h = A / (1 + A) + B / (1 + B), where A and B
are a and b over sigma^2 / w, and w is the weight of a typical cell; this is
(A + B + 2 A B) / (1 - A B), of which `score_variance` leaves out the denominator, which has no
meaning for rows with few cells.

`error_bars` adds the covariances of both sides to factors; `explain/uncertainty.py` makes intervals
of them. GloVe-V (literature 285) does this for the vectors of words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.alternating import cells_of
from rowspace.factor.factors import Factors
from rowspace.factor.gram import RowProblem, constraint_of
from rowspace.factor.grammar import (
    L1,
    Biases,
    Box,
    Correntropy,
    Factorization,
    Free,
    Huber,
    NonNegative,
    Sketch,
    SoftHinge,
    Squared,
    TopK,
)
from rowspace.factor.halves import Side, problem_of
from rowspace.factor.policies import Background
from rowspace.factor.statement import Statement, state
from rowspace.factor.support import support
from rowspace.linalg.csr import Csr
from rowspace.threads import kernel_threads
from rowspace.workers import each

if TYPE_CHECKING:
    from rowspace.observe.observations import Observations

Kind = Literal["full", "diagonal", "low-rank"]
Floats = NDArray[np.float64]
Reduce = Callable[[NDArray[np.int64], Floats], NDArray[Any]]

_NUMBERS_PER_PIECE = 1 << 20
_LOW_RANK = 4  # a low-rank covariance keeps a fourth of its directions


def error_bars(
    factorization: Factorization, obs: Observations, factors: Factors, kind: str = "full"
) -> Factors:
    """Return the factors with the covariance of every vector among their extras.

    Args:
        factorization: what was solved.
        obs: its matrix, after the steps of `factorization.matrix`; sparse or dense.
        factors: the solution.
        kind: "full" stores n x k x k numbers a side ("covariance"); "diagonal" n x k ("variance"),
            which leaves out how the numbers of a vector vary together; "low-rank" the largest
            fourth of the directions and the variance beside them ("covariance_factor" F and
            "covariance_rest" d: F'F + diag(d)). k is dim, or dim + 1 where the bias was learned
            with the vector, as its last number. float32; infinite where the cells do not determine
            a row.

    Returns:
        Factors with new extras, and the facts "noise" (sigma^2), "degrees_of_freedom" and
        "cell_weight" (see `Fitted.noise`) and "error_bars" (the kind).

    Raises:
        UnsupportedError: the vectors have no covariance (see `refuse`).
        InputError: there are not more cells than parameters.

    Example:
        >>> from rowspace.factor.solvers import solve
        >>> from rowspace.observe.observations import Observations
        >>> cells = np.array([[1, 2, 3, 4], [2, 4, 6, 9], [1, 2, 3, 3]], np.float32)
        >>> obs = Observations.from_matrix(cells, rows="user", cols="item")
        >>> f = Factorization(dim=1)
        >>> found = error_bars(f, obs, solve(f, obs))
        >>> found.extras["rows"]["covariance"].shape, found.facts["degrees_of_freedom"]
        ((3, 1, 1), 6.0)
    """
    if kind not in get_args(Kind):
        raise InputError(f"error_bars is {kind!r}, but one of {get_args(Kind)} was expected")
    reducers: dict[str, Reduce] = {
        "full": lambda rows, c: c.astype(np.float32),
        "diagonal": lambda rows, c: np.einsum("paa->pa", c),
        "low-rank": _factored,
    }
    fitted = Fitted.of(factorization, obs, factors)
    with kernel_threads():
        found = {role: fitted.inverses(role, reducers[kind]) for role in ("rows", "cols")}
        told = fitted.noise({role: float(used.sum()) for role, (_, used) in found.items()})
    noise = told["noise"]
    extras = {role: dict(arrays) for role, arrays in factors.extras.items()}
    for role, (inverse, _) in found.items():
        arrays = extras.setdefault(role, {})
        if kind == "low-rank":
            arrays["covariance_factor"] = (np.sqrt(noise) * inverse[:, :-1]).astype(np.float32)
            arrays["covariance_rest"] = (noise * inverse[:, -1]).astype(np.float32)
        else:
            name = "covariance" if kind == "full" else "variance"
            arrays[name] = (noise * inverse).astype(np.float32, copy=False)
    facts = {**factors.facts, **told, "error_bars": kind}
    return dataclasses.replace(factors, extras=extras, facts=facts)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A solution beside the problem that it solves.

    Attributes:
        statement: seen by rows.
        rows, cols: the sides.
        mean: what every score has besides.
    """

    statement: Statement
    rows: Side
    cols: Side
    mean: float

    @classmethod
    def of(cls, factorization: Factorization, obs: Observations, factors: Factors) -> Fitted:
        """Return factors beside the problem of a factorization; refuses what has no covariance."""
        refuse(factorization)
        if not (obs.is_sparse or obs.is_dense):
            raise UnsupportedError(
                "error bars need the cells one by one, which an operator does not show; give the "
                "matrix itself"
            )
        known = factors.extras.get("cols", {})
        background = None
        if "background" in known:  # some policies move it between sweeps
            other = np.asarray(known["background"], np.float64)
            ones = np.ones(obs.shape[0])
            background = Background(ones, other, ones, np.ones(len(other)))
        statement = state(factorization, cells_of(obs), obs.weights, background)
        learned = isinstance(factorization.offset, Biases)
        sides = []
        for role in ("rows", "cols"):
            bias = factors.extras.get(role, {}).get("bias")
            offset = None if bias is None else np.asarray(bias, np.float64)
            vectors = np.ascontiguousarray(getattr(factors, role), np.float32)
            sides.append(Side(constraint_of(factorization, role), vectors, offset, learned))
        return cls(statement, sides[0], sides[1], float(factors.facts.get("mean", 0.0)))

    def problem(self, role: str) -> tuple[RowProblem, NDArray[np.bool_] | None]:
        """Return the row problems of a side, and which coordinates of its rows are free."""
        turned = role == "cols"
        own, partner = (self.cols, self.rows) if turned else (self.rows, self.cols)
        statement = self.statement.T if turned else self.statement
        problem, x = problem_of(statement, own, partner, self.mean)
        return problem, support(own.constraint, x)

    def inverses(
        self, role: str, reduce: Reduce, rows: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[Any], Floats]:
        """Return what `reduce` makes of G_i^-1 for every row of a side: see `inverses`."""
        problem, free = self.problem(role)
        return inverses(problem, reduce, free, rows)

    def noise(self, used: dict[str, float]) -> dict[str, float]:
        """Return "noise" (sigma^2), "degrees_of_freedom" (N - P) and "cell_weight".

        sigma^2 = sum_ij w_ij (t_ij - s_ij)^2 / (N - P), over the N cells that weigh anything (all
        n m of them beside a background). P is what the fit used up: the traces of the hat matrices
        of all rows (each with the columns fixed) and of all columns (with the rows fixed), which
        are k per row less what a charge holds back; less k^2, the directions in which both sides
        change alike (u A, v A^-T), which the two traces count twice. For a loss that is
        reweighted, weights and targets are those of the last reweighting. "cell_weight" is the mean
        weight of the observed cells where the others weigh nothing, else 0.

        Args:
            used: the sum of the traces of the rows, and of the columns.

        Raises:
            InputError: N is not above P.
        """
        k = self.rows.vectors.shape[1] + int(self.rows.learned)
        parameters = max(sum(used.values()) - k * k, max(used.values()))
        loss, n, weight = self._residuals()
        freedom = n - parameters
        if freedom <= 0:
            raise InputError(
                f"{n} cells leave nothing to estimate the noise from beside {parameters:.0f} "
                "parameters; lower dim, or raise l2"
            )
        return {
            "noise": loss / freedom,
            "degrees_of_freedom": float(freedom),
            "cell_weight": 0.0 if self.statement.has_background else weight / n,
        }

    def _residuals(self) -> tuple[float, int, float]:
        """Return sum of w (t - s)^2 over all cells, how many weigh anything, and the sum of w."""
        problem, _ = self.problem("rows")
        cells, a, d = problem.cells, problem.cells.own, problem.cells.other
        u, v = (side.vectors.astype(np.float64) for side in (self.rows, self.cols))
        if self.rows.offset is not None and self.cols.offset is not None:
            one_u, one_v = np.ones((len(u), 1)), np.ones((len(v), 1))
            u = np.concatenate([u, self.rows.offset[:, None] + self.mean, one_u], axis=1)
            v = np.concatenate([v, one_v, self.cols.offset[:, None]], axis=1)
        everywhere = float(((u * a[:, None]).T @ u * ((v * d[:, None]).T @ v)).sum())
        if not isinstance(cells.pull, Csr):
            cross = float(((np.asarray(cells.pull, np.float64) @ v) * u).sum())
            loss = max(everywhere - 2 * cross + 2 * cells.constant, 0.0)
            return loss, cells.pull.size, float(a.sum() * d.sum())
        at, row_of = cells.pull.indices, cells.pull.row_of
        w0 = a[row_of] * d[at]
        w = w0 + (0.0 if cells.extra is None else cells.extra.astype(np.float64))
        s = np.empty(len(at))
        for top in range(0, len(at), 1 << 20):
            part = slice(top, top + (1 << 20))
            s[part] = np.vecdot(u[row_of[part]], v[at[part]])
        o = np.zeros(len(at))
        if self.rows.offset is not None and self.cols.offset is not None:
            fixed = 0.0 if self.rows.learned else self.rows.offset[row_of]
            o = self.mean + fixed + self.cols.offset[at]
        pull = cells.pull.data.astype(np.float64)
        # pull = w (t - o) + w0 o, from which the target follows where the cell weighs anything.
        off = np.divide(pull - w0 * o, w, out=np.zeros_like(w), where=w > 0) + o - s
        seen = float((w * off**2).sum()) - float((w0 * s**2).sum())
        everyone = np.count_nonzero(a) * np.count_nonzero(d)
        n = int(everyone + np.count_nonzero(w[w0 == 0]))
        return max(everywhere + seen, 0.0), n, float(w.sum())


def score_variance(a: Any, b: Any, facts: Mapping[str, float], unseen: Any = True) -> Any:
    """Return the variance of scores from those of their two sides (see the module).

    Args:
        a, b: v'Cov(u) v and u'Cov(v) u, numbers or arrays.
        facts: what `Fitted.noise` returned.
        unseen: whether the fit did not see the cell, or which cells.

    >>> float(score_variance(0.5, 0.5, {"noise": 1.0, "cell_weight": 1.0}))
    1.5
    """
    with np.errstate(invalid="ignore"):  # infinite where a row is not determined
        both = 2 * facts["cell_weight"] / facts["noise"] * a * b
    return a + b + np.where(np.isfinite(a + b) & unseen, both, 0.0)


def inverses(
    problem: RowProblem,
    reduce: Reduce,
    free: NDArray[np.bool_] | None = None,
    rows: NDArray[np.int64] | None = None,
) -> tuple[NDArray[Any], Floats]:
    """Return what is wanted of G_i^-1 of the rows of a problem, piece by piece.

    Args:
        problem: n rows.
        reduce: (p,) positions and (p, k, k) float64 inverses (0 off the support, infinite diagonal
            where singular) -> an array with p entries; the result is float64 beyond that.
        free: (n, k), which coordinates may move; None for all.
        rows: positions; None for all.

    Returns:
        The entries of all rows, and the parameters that each uses, (r,).
    """
    from rowspace.factor.kernels.covariance_rows import invert
    from rowspace.factor.kernels.lapack import addresses

    routines = addresses()
    cells = problem.cells
    n, k = len(problem.scale), problem.partner.shape[1]
    rows = np.arange(n) if rows is None else np.asarray(rows, np.int64)
    none = np.zeros(0, np.int32), np.zeros(0, np.float32)
    indptr, (indices, extra) = np.zeros(n + 1, np.int64), none
    if cells.extra is not None:
        assert isinstance(cells.pull, Csr)
        indptr, indices, extra = cells.pull.indptr, cells.pull.indices, cells.extra
    may = np.empty((0, k), np.bool_) if free is None else free

    def some(piece: NDArray[np.int64]) -> tuple[NDArray[Any], Floats]:
        out, used = np.empty((len(piece), k, k)), np.empty(len(piece))
        invert(
            piece, indptr, indices, extra, problem.partner, problem.shared, problem.scale,
            problem.ridge, may, routines.dsyrk, routines.dpotrf, routines.dpotri, out, used,
        )  # fmt: skip
        return reduce(piece, out), used

    size = max(1, _NUMBERS_PER_PIECE // (k * k))
    pieces = [rows[top : top + size] for top in range(0, max(len(rows), 1), size)]
    found = list(each(some, pieces))
    return np.concatenate([x for x, _ in found]), np.concatenate([x for _, x in found])


def refuse(factorization: Factorization) -> None:
    """Refuse a factorization whose vectors have no covariance of this kind, in one sentence.

    Squared loss has one, and Huber and Correntropy at their last reweighting; the vectors may be
    Free, or NonNegative, L1, Box or TopK, whose covariance is that on their support as it stands.
    """
    f = factorization
    if isinstance(f.solver, Sketch):
        raise UnsupportedError(
            "a random projection fits nothing, so its vectors have no error bars; fit with "
            "solver=Spectral()"
        )
    if not isinstance(f.loss, Squared | Huber | Correntropy) or isinstance(f.unobserved, SoftHinge):
        what = f.loss if not isinstance(f.unobserved, SoftHinge) else f.unobserved
        raise UnsupportedError(
            f"error bars of {what} are not those of least squares; use Squared() or Huber()"
        )
    for role in ("rows", "cols"):
        constraint = constraint_of(f, role)
        if not isinstance(constraint, Free | NonNegative | L1 | Box | TopK):
            raise UnsupportedError(
                f"{role} that are {constraint} have no covariance row by row; use Free(), "
                "NonNegative(), L1(), Box() or TopK()"
            )


def _factored(rows: NDArray[np.int64], c: Floats) -> Floats:
    """Return F (p, r, k) with the diagonal that F'F leaves (p, 1, k) below it."""
    p, k = c.shape[:2]
    r = max(1, k // _LOW_RANK)
    whole = np.isfinite(c).all(axis=(1, 2))
    out = np.zeros((p, r + 1, k))
    values, vectors = np.linalg.eigh(c[whole])
    top = np.swapaxes(vectors[:, :, -r:] * np.sqrt(np.maximum(values[:, None, -r:], 0)), 1, 2)
    left = np.einsum("paa->pa", c[whole]) - np.einsum("pra,pra->pa", top, top)
    out[whole] = np.concatenate([top, np.maximum(left, 0)[:, None]], axis=1)
    out[~whole, -1] = np.einsum("paa->pa", c[~whole])
    return out

"""The choices of the solver axis: who solves the problem, and with what settings.

Part of the grammar (`grammar.py` exports the names); which of them can do what is said in
`abilities.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rowspace.factor.axis import Axis, above, at_least, between, counting
from rowspace.factor.sampling import AdaGrad, Update


class Solver(Axis):
    """Who solves the problem."""


@dataclass(frozen=True)
class Auto(Solver):
    """The first solver of the table in `factor/abilities.py` that can."""


@dataclass(frozen=True)
class Spectral(Solver):
    """Truncated singular value decomposition; exact for weights that are a row's times a column's.

    Attributes:
        power: the rows are U S^power.
        tolerance: iterate until the residual of every kept triplet, |A v - s u| / s_1, is below it.
        col_power: the columns are V S^col_power; 1 - power where None, so that the product of both
            does not depend on `power`. Any other one lets scores stress the leading directions
            (power + col_power above 1) or flattens them, which no longer minimises anything.
        by_block: factor every block of columns by itself, each with its share of `dim`
            (`factor/by_block.py`).
    """

    power: float = 0.5
    tolerance: float = 1e-3
    col_power: float | None = None
    by_block: bool = False

    @property
    def powers(self) -> tuple[float, float]:
        """The exponents of the singular values in the rows and in the columns."""
        return self.power, 1 - self.power if self.col_power is None else self.col_power

    def __post_init__(self) -> None:
        between(self, -1, 2, power=self.power, col_power=self.powers[1])
        above(self, tolerance=self.tolerance)


@dataclass(frozen=True)
class Sketch(Solver):
    """Very sparse random projection, which fits nothing: rows M R and columns R, E[R R'] = I.

    The product of the vectors is the matrix in expectation only; one product with the matrix is
    all that it costs. `density` is the share of the cells of R that are not zero, 1 / sqrt(m) for m
    columns where None.
    """

    density: float | None = None

    def __post_init__(self) -> None:
        if self.density is not None:
            above(self, density=self.density)
            between(self, 0, 1, density=self.density)


@dataclass(frozen=True)
class Alternating(Solver):
    """Alternating least squares: all columns with the rows fixed, then all rows, and again.

    Attributes:
        sweeps: how often both sides are solved, at most.
        tolerance: stop when a sweep lowers the objective by less than this share of it.
        exact: solve every row exactly in every sweep. Otherwise long rows go a few steps of
            conjugate gradient from where they stand, and only the last half sweep is exact.
    """

    sweeps: int = 15
    tolerance: float = 0.0
    exact: bool = False

    def __post_init__(self) -> None:
        counting(self, sweeps=self.sweeps)
        at_least(self, tolerance=self.tolerance)


@dataclass(frozen=True)
class Inverse(Solver):
    """Every column regressed on all others at once, beside `History` rows: one dense inverse.

    With G = X'X, P = (G + l2 I)^-1 and v_jj = 0, the best v_ji is -P_ij / P_jj (Steck 2019). Exact,
    in float32, in place.

    Attributes:
        most: columns; more are refused, as the inverse takes 4 bytes for every pair of them.
    """

    most: int = 30_000

    def __post_init__(self) -> None:
        counting(self, most=self.most)


@dataclass(frozen=True)
class Neighbourhood(Solver):
    """Every column regressed on those most like it, beside `History` rows: sparse vectors.

    Column j takes the `neighbours` others i that would explain most of it alone,
    G_ij^2 / (G_ii + l2) with G = X'X, and is regressed on these exactly: by a linear solve, or by
    coordinate descent where the constraint asks for it.

    Attributes:
        neighbours: numbers in a vector, at most.
        passes: of coordinate descent, at most.
        tolerance: a column is done when a pass moves it by less than this share of its square.
    """

    neighbours: int = 200
    passes: int = 100
    tolerance: float = 1e-8

    def __post_init__(self) -> None:
        counting(self, neighbours=self.neighbours, passes=self.passes)
        above(self, tolerance=self.tolerance)


@dataclass(frozen=True)
class GraphFilter(Solver):
    """Columns filtered on the graph of columns, beside `History` rows; nothing is minimised.

    With N = D_u^-1/2 X D_j^-1/2 and its leading right singular vectors V, vectors are the columns
    of N'N + weight D_j^-1/2 V V' D_j^1/2 (Shen et al. 2021, equation 13).

    Attributes:
        rank: the number of singular vectors.
        weight: of the ideal low-pass part.
        neighbours: how many numbers of a vector are kept, the largest; all of them where None.
        most: columns where all numbers are kept, which takes 4 bytes for every pair of them.
    """

    rank: int = 256
    weight: float = 0.3
    neighbours: int | None = None
    most: int = 30_000

    def __post_init__(self) -> None:
        counting(self, rank=self.rank, neighbours=self.neighbours or 1, most=self.most)
        at_least(self, weight=self.weight)


@dataclass(frozen=True)
class Sampled(Solver):
    """Stochastic gradient steps on observed cells and sampled negatives.

    Attributes:
        epochs: how often every observed cell is seen, at most.
        rate: the size of a step; a gradient is the sum over a batch.
        batch: observed cells in a step.
        update: what a step does with a gradient.
        decay: the rate falls in a straight line to this share of itself.
        spread: standard deviation of the vectors before the first step, times sqrt(dim).
    """

    epochs: int = 20
    rate: float = 0.05
    batch: int = 1024
    update: Update = field(default_factory=AdaGrad)
    decay: float = 1.0
    spread: float = 0.1

    def __post_init__(self) -> None:
        counting(self, epochs=self.epochs, batch=self.batch)
        above(self, rate=self.rate)
        at_least(self, spread=self.spread)
        between(self, 0, 1, decay=self.decay)

    def rate_at(self, done: float) -> float:
        """Return the size of a step when a share `done` of all steps, 0 to 1, was taken."""
        return self.rate * (1 - min(done, 1.0) * (1 - self.decay))

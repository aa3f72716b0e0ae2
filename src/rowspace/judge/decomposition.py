"""What two sources say about a target: the same thing, each its own, or only together.

Partial information decomposition of two columns of categories by the definition of Bertschinger
et al. (2014): unique information is what remains under the joint distribution that leaves both
source-target margins as they are and shares the most. That is a convex program over transport
tables, solved here to a stated gap. In come three columns or a table of probabilities, out come
four atoms in nats. Called by the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.information import codes
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """The information of two sources on a target, in nats, split into four atoms.

    Attributes:
        redundancy: either source alone gives it.
        unique_first, unique_second: only that source gives it.
        synergy: only both together give it.
        total: of both sources on the target: the sum of the four.
    """

    redundancy: Measure
    unique_first: Measure
    unique_second: Measure
    synergy: Measure
    total: Measure


@published(
    kind="measure",
    claim="Says whether two columns (a group and a source, two features, two views) tell a target "
    "the same thing, different things, or something only together.",
    papers=(
        Paper(
            "Hamman, Dutta",
            2024,
            "Demystifying local and global fairness trade-offs in federated learning using partial "
            "information decomposition",
            "ICLR",
            literature=408,
        ),
        Paper(
            "Bertschinger, Rauh, Olbrich, Jost, Ay",
            2014,
            "Quantifying unique information",
            "Entropy 16",
        ),
    ),
    test="tests/judge/test_decomposition.py",
)
def decompose_information(
    first: Any,
    second: Any,
    target: Any,
    *,
    resamples: int = 50,
    permutations: int = 20,
    seed: int = 0,
) -> Decomposition:
    """Split the information of two columns of categories on a third into four atoms.

    With Q over all tables that keep the margins (first, target) and (second, target) of the
    observed P: unique to the first = min_Q I_Q(T; A | B), redundancy = I(T; A) - that, unique to
    the second = I(T; B) - redundancy, synergy = I_P(T; A, B) - the other three. All four are at
    least 0 (Bertschinger et al. 2014, definition 4).

    Args:
        first, second, target: (n,) columns of categories of any dtype; bin numeric ones first.
        resamples: of the rows, for the intervals.
        permutations: of the target, for the references: with few rows and many categories chance
            alone makes synergy.
        seed: of both.

    Returns:
        The `Decomposition`. Values are those of the observed table; the interval runs from the
        2.5 % to the 97.5 % point of the resampled values.

    Raises:
        InputError: different lengths, no rows, or a table of more than 10,000 cells.

    Example:
        >>> a, b = [0, 0, 1, 1] * 25, [0, 1, 0, 1] * 25
        >>> xor = decompose_information(a, b, [i ^ j for i, j in zip(a, b)])
        >>> bool(abs(xor.synergy.value - np.log(2)) < 1e-6)
        True
    """
    columns = [codes(first, "first"), codes(second, "second"), codes(target, "target")]
    n = len(columns[2])
    for name, column in zip(("first", "second"), columns, strict=False):
        if len(column) != n:
            raise InputError(f"column {name!r} has {len(column)} rows, but the target has {n}")
    if n == 0:
        raise InputError("the columns have no rows; there is nothing to decompose")
    shape = tuple(int(c.max()) + 1 for c in columns)
    check_size(shape)
    rng = np.random.default_rng(seed)
    table = np.zeros(shape)
    np.add.at(table, tuple(columns), 1.0)
    tables = [table]
    for _ in range(resamples):
        tables.append(rng.multinomial(n, table.ravel() / n).reshape(shape).astype(np.float64))
    for _ in range(permutations):
        tables.append(np.zeros(shape))
        np.add.at(tables[-1], (columns[0], columns[1], rng.permutation(columns[2])), 1.0)
    with kernel_threads():  # many small systems: threads of BLAS would only wait for each other
        values, *others = [atoms(t / n) for t in tables]
    drawn, null = others[:resamples], others[resamples:]

    def measure(name: str, at: int) -> Measure:
        low, high = np.quantile([d[at] for d in drawn], [0.025, 0.975]) if drawn else (None, None)
        return Measure(
            name,
            float(values[at]),
            n=n,
            low=None if low is None else float(low),
            high=None if high is None else float(high),
            seed=seed,
            reference={"permuted": float(np.mean([d[at] for d in null]))} if null else {},
            note="nats",
        )

    return Decomposition(
        redundancy=measure("redundancy", 0),
        unique_first=measure("unique information of the first", 1),
        unique_second=measure("unique information of the second", 2),
        synergy=measure("synergy", 3),
        total=measure("information of both", 4),
    )


def atoms(table: ArrayLike) -> Array:
    """Return redundancy, unique to the first, to the second, synergy and total of a distribution.

    Args:
        table: (first, second, target) probabilities that sum to 1.

    Returns:
        (5,) float64 in nats, exact up to 1e-7.

    Example:
        >>> both_bits = np.zeros((2, 2, 4))   # the target is the pair of two independent bits
        >>> both_bits[[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 2, 3]] = 0.25
        >>> (atoms(both_bits) / np.log(2)).round(6) + 0.0
        array([0., 1., 1., 0., 2.])
    """
    p = np.asarray(table, np.float64)
    if p.ndim != 3 or (p < 0).any() or not np.isclose(p.sum(), 1.0, atol=1e-9):
        raise InputError(
            f"a table of shape {p.shape} with sum {p.sum():.6g} is not a distribution of two "
            "sources and a target; give probabilities (first, second, target) that sum to 1"
        )
    check_size(p.shape)
    of_first = information(p.sum(axis=1))
    of_second = information(p.sum(axis=0))
    total = information(p.reshape(-1, p.shape[2]))
    least = information(most_shared(p).reshape(-1, p.shape[2]))
    # I_Q(T; A | B) = I_Q(T; A, B) - I(T; B), and Q keeps I(T; A) and I(T; B) as they are.
    redundancy = of_first + of_second - least
    found = [redundancy, of_first - redundancy, of_second - redundancy, total - least, total]
    return np.maximum(found, 0.0)


def check_size(shape: tuple[int, ...]) -> None:
    """Refuse a table that is too large to decompose."""
    cells = int(np.prod(shape))
    if cells > 10_000:
        raise InputError(
            f"the table has {' x '.join(map(str, shape))} = {cells} cells, but at most 10000 can "
            "be decomposed; bin or group the columns first"
        )


def information(joint: Array) -> float:
    """Return the mutual information in nats of a (rows, columns) table of probabilities."""
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    some = joint > 0
    return float((joint[some] * np.log(joint[some] / product[some])).sum())


def most_shared(p: Array, gap: float = 1e-8) -> Array:
    """Return the table with p's two source-target margins whose information on the target is least.

    Minimises f(q) = sum q log(q / q(a, b)) over q >= 0 with A q = A p by Newton steps on
    f(q) - mu sum log q for falling mu (a barrier method: the optimum is within mu x cells). The
    Hessian is diagonal less a matrix of rank one in each cell (a, b), so a step costs one solve in
    the number of margins.

    Args:
        p: (first, second, target) probabilities.
        gap: bound on the difference from the minimum, in nats.

    Returns:
        (first, second, target) float64.
    """
    from scipy.sparse import coo_array

    with_first, with_second, target = p.sum(axis=1), p.sum(axis=0), p.sum(axis=(0, 1))
    # Given the target, independent sources: a point inside the face of all feasible tables.
    start = with_first[:, None, :] * with_second[None, :, :] / np.where(target > 0, target, 1.0)
    a, b, c = np.nonzero(start)
    q = start[a, b, c]
    m, n_pairs = len(q), p.shape[0] * p.shape[1]
    pairs = a * p.shape[1] + b
    in_pair = coo_array((np.ones(m), (np.arange(m), pairs)), shape=(m, n_pairs)).tocsr()
    # For every value of the target one margin follows from the others: leave its first b out.
    first_b = np.argmax(with_second > 0, axis=0)[c]
    keep = np.flatnonzero(b != first_b)
    row = np.concatenate([a * p.shape[2] + c, ((p.shape[0] + b) * p.shape[2] + c)[keep]])
    different, row = np.unique(row, return_inverse=True)
    column = np.concatenate([np.arange(m), keep])
    margins = coo_array((np.ones(len(row)), (row, column)), shape=(len(different), m)).tocsr()
    wanted = margins @ q

    def objective(q: Array, mu: float) -> float:
        of_pair = np.bincount(pairs, q, n_pairs)[pairs]
        return float((q * np.log(q / of_pair)).sum() - mu * np.log(q).sum())

    mu = 1.0 / m
    while True:
        for _ in range(40):
            gradient = np.log(q / np.bincount(pairs, q, n_pairs)[pairs]) - mu / q
            # The Hessian of a pair is D - 11'/s with D = 1/q + mu/q^2 and s the sum of its q. By
            # Sherman and Morrison its inverse is 1/D + (1/D)(1/D)' / room, room = s - sum 1/D.
            inverse = q**2 / (q + mu)
            room = np.bincount(pairs, mu * q / (q + mu), n_pairs)
            weight = np.divide(1.0, room, out=np.zeros(n_pairs), where=room > 0)

            def solve(v: Array, inverse: Array = inverse, weight: Array = weight) -> Array:
                w = inverse * v
                out: Array = w + inverse * (np.bincount(pairs, w, n_pairs) * weight)[pairs]
                return out

            scaled = margins * inverse
            of_pairs = (scaled @ in_pair).toarray()
            normal = (scaled @ margins.T).toarray() + (of_pairs * weight) @ of_pairs.T
            scale = 1.0 / np.sqrt(np.diagonal(normal))
            right = wanted - margins @ q + margins @ solve(gradient)
            dual = scale * symmetric_solve(normal * scale * scale[:, None], right * scale)
            step = solve(margins.T @ dual - gradient)
            slope = float(gradient @ step)
            length = min(1.0, 0.99 / max(1e-300, float((-step / q).max())))
            value = objective(q, mu)
            while (
                length > 1e-9
                and objective(q + length * step, mu) > value + 0.1 * length * slope + 1e-14
            ):
                length /= 2
            if length > 1e-9:
                q = q + length * step
            if -slope < 0.1 * mu or length <= 1e-9:
                break
        if mu * m < gap:
            break
        mu /= 20.0
    out = np.zeros_like(p)
    out[a, b, c] = q
    for _ in range(20):  # rounding has moved the margins a little: set them right
        out *= np.divide(with_first, out.sum(axis=1), where=with_first > 0, out=0 * with_first)[
            :, None, :
        ]
        out *= np.divide(with_second, out.sum(axis=0), where=with_second > 0, out=0 * with_second)
    return out


def symmetric_solve(matrix: Array, right: Array) -> Array:
    """Solve a positive definite system, by least squares where rounding has made it singular."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    try:
        return np.asarray(cho_solve(cho_factor(matrix), right), np.float64)
    except LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right)[0], np.float64)

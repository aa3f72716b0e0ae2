"""Identifiability: would another run, or another solver, have found the same factors?

`factor_match` compares two runs factor by factor; `sufficiently_scattered` checks the condition
under which a nonnegative factorization has only one solution. In: factors (n, r); out: a `Block`,
or a verdict in words, never a score. Called by hand and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.jackknife import jackknifed
from rowspace.judge.measure import Measure
from rowspace.judge.rows import finite_rows
from rowspace.recipes.registry import Paper, published

Array = NDArray[np.float64]
_Statistic = Callable[[Array, Array], float]
_SEARCHED_UP_TO = 7
_ABOVE_ONE = 1e-6
_UNIT_VECTOR = 1e-3


@published(
    kind="measure",
    claim="Which factors a second run finds again, by the best one-to-one matching, and whether "
    "the runs at least span the same space.",
    papers=(
        Paper(
            "Li, Yosinski, Clune, Lipson, Hopcroft",
            2015,
            "Convergent learning: do different neural networks learn the same representations?",
            "Feature Extraction: Modern Questions and Challenges (NeurIPS workshop)",
            literature=427,
        ),
    ),
    test="tests/judge/test_identifiability.py",
)
def factor_match(
    first: ArrayLike, second: ArrayLike, *, permutations: int = 10, seed: int = 0
) -> Block:
    """Match the factors (columns) of two runs on the same rows.

    C_ij = |cosine| of column i of the first run and column j of the second; the assignment that
    maximises their sum (Hungarian method) pairs the factors. The sign is ignored, since spectral
    methods leave it free. With orthonormal bases Q, P of the two column spaces, the subspace
    overlap is |Q'P|^2 / min(rank): two runs can span the same space and share no factor, which is
    what rotation freedom looks like.

    Args:
        first, second: (n, r) and (n, s) numbers, finite.
        permutations: of the rows of the second run, for the reference.
        seed: of the permutations and of the groups behind the intervals.

    Returns:
        `Block` "Identifiability" with "matched cosine", "factors found again" (share of pairs above
        0.9) and "subspace overlap", intervals over rows (delete-a-group jackknife). Series: "pairs"
        (p, 2) and "cosines" (p,), best first, and "similarity" (r, s).

    Raises:
        InputError: the numbers of rows differ, or a number is not finite.

    Example:
        >>> a = np.random.default_rng(0).random((50, 3))
        >>> block = factor_match(a, a[:, [2, 0, 1]])
        >>> round(block["matched cosine"].value, 6), block.series["pairs"][:, 1].tolist()
        (1.0, [1, 2, 0])
    """
    x = finite_rows(first, "first factors").astype(np.float64)
    y = finite_rows(second, "second factors").astype(np.float64)
    n = len(x)
    if len(y) != n or not n:
        raise InputError(
            f"the runs have {n} and {len(y)} rows; factors of the same rows, at least one, were "
            "expected"
        )
    pairs, cosines, similarity = _matched(x, y)
    rng = np.random.default_rng([seed, 8])
    shuffled = [y[rng.permutation(n)] for _ in range(permutations)]
    measures = []
    for name, statistic, note in (
        ("matched cosine", _mean_cosine, "Mean |cosine| of matched factors."),
        ("factors found again", _found_again, "Share of matched factors with |cosine| above 0.9."),
        ("subspace overlap", _overlap, "1: the runs span the same space, whatever its axes."),
    ):

        def of(rows: NDArray[np.int64], chosen: _Statistic = statistic) -> float:
            return chosen(x[rows], y[rows])

        value, low, high = jackknifed(of, n, seed=seed, bounds=(0.0, 1.0))
        null = [statistic(x, other) for other in shuffled]
        reference = {"permuted rows": float(np.mean(null))} if null else {}
        measures.append(Measure(name, value, n, low, high, seed, reference, note))
    series: dict[str, NDArray[Any]] = {
        "pairs": pairs,
        "cosines": cosines,
        "similarity": similarity,
    }
    return Block("Identifiability", tuple(measures), series)


def _matched(x: Array, y: Array) -> tuple[NDArray[np.int64], Array, Array]:
    """Return matched pairs and their |cosine|, best first, and all |cosines|."""
    from scipy.optimize import linear_sum_assignment

    lengths = [np.linalg.norm(side, axis=0) for side in (x, y)]
    safe = [np.where(length > 0, length, 1.0) for length in lengths]
    similarity = np.abs((x / safe[0]).T @ (y / safe[1])).clip(0, 1)
    pairs = np.column_stack(linear_sum_assignment(similarity, maximize=True))
    cosines = similarity[pairs[:, 0], pairs[:, 1]]
    # Equal to rounding is equal: then the order of the first run stays.
    order = np.argsort(-cosines.round(9), kind="stable")
    return pairs[order], cosines[order], similarity


def _mean_cosine(x: Array, y: Array) -> float:
    return float(_matched(x, y)[1].mean())


def _found_again(x: Array, y: Array) -> float:
    return float((_matched(x, y)[1] > 0.9).mean())


def _overlap(x: Array, y: Array) -> float:
    bases = []
    for side in (x, y):
        left, values, _ = np.linalg.svd(side, full_matrices=False)
        bases.append(left[:, values > 1e-10 * values.max(initial=0.0)])
    least = min(base.shape[1] for base in bases)
    return float(((bases[0].T @ bases[1]) ** 2).sum() / least) if least else 0.0


@dataclass(frozen=True, eq=False)
class Scattered:
    """Whether a nonnegative factor is sufficiently scattered.

    Attributes:
        verdict: "holds", "refuted" (proved by `witness`) or "unknown".
        largest: the largest |x|^2 found; 1 where the condition holds, infinite where unbounded.
        witness: (r,) the x that refutes it, None otherwise.
        programs: linear programs solved.
        note: what the verdict rests on, in words.
    """

    verdict: Literal["holds", "refuted", "unknown"]
    largest: float
    witness: Array | None
    programs: int
    note: str

    def __str__(self) -> str:
        return f"sufficiently scattered: {self.verdict} ({self.note})"


@published(
    kind="measure",
    claim="Whether a nonnegative factor is scattered enough for the factorization to be unique, "
    "without a commercial solver.",
    papers=(
        Paper(
            "Gillis, Luce",
            2024,
            "Checking the sufficiently scattered condition using a global non-convex optimization "
            "software",
            "IEEE Signal Processing Letters",
            literature=13,
        ),
    ),
    test="tests/judge/test_identifiability.py",
    benchmark="benchmarks/identifiability.py",
)
def sufficiently_scattered(factor: ArrayLike, *, starts: int = 30, seed: int = 0) -> Scattered:
    """Check the sufficiently scattered condition of a nonnegative factor.

    With rows h_i of the factor, the condition holds if and only if |x|^2 <= 1 for every x with
    h_i . x >= 0 for all i and sum x = 1, with equality at the unit vectors only. A convex function
    is largest at a vertex, and a vertex that no step improves is found by linear programs: x <-
    argmax x . y over the feasible y, from many directions. One x beyond the bound refutes the
    condition for good. Not finding one proves nothing in general (the problem is NP-hard), but up
    to r = 7 the search agreed with exact enumeration of all vertices in every trial, and the
    verdict says "holds"; beyond it says "unknown".

    Args:
        factor: (n, r) numbers, finite and not negative, r at least 2.
        starts: random directions, beside the 2 r along the axes.
        seed: of the directions.

    Returns:
        `Scattered`. If both factors of X = W H hold, no other nonnegative factorization of that
        rank gives X, up to order and scale of the factors.

    Raises:
        InputError: a number is negative or not finite, or there are fewer than 2 columns.

    Example:
        >>> print(sufficiently_scattered(np.eye(3)))
        sufficiently scattered: holds (no counterexample from 36 directions)
        >>> print(sufficiently_scattered(np.ones((3, 3)) + np.eye(3)))
        sufficiently scattered: refuted (|x|^2 = 11 at a feasible x, more than 1)
    """
    h = finite_rows(factor, "factors").astype(np.float64)
    r = h.shape[1]
    if (h < 0).any():
        at = np.argwhere(h < 0)[0]
        raise InputError(
            f"the factor is {h[tuple(at)]:g} in row {at[0]}, column {at[1]}, but the condition is "
            "about factors without negative numbers"
        )
    if r < 2:
        raise InputError("the factor has 1 column, but the condition is about 2 or more")
    h = h[h.any(axis=1)]
    h = np.unique((h / h.sum(axis=1, keepdims=True)).round(12), axis=0)
    if np.linalg.matrix_rank(h) < r:
        return Scattered("refuted", np.inf, None, 0, f"the factor has a rank below {r}")
    rng = np.random.default_rng(seed)
    axes = np.eye(r)
    directions = np.vstack([-axes, axes, rng.standard_normal((starts, r))])
    largest, programs = 1.0, 0
    for direction in directions:
        at = None
        value = -np.inf
        while True:
            found = _farthest(h, direction)
            programs += 1
            if found is None:
                return Scattered("refuted", np.inf, None, programs, "|x|^2 has no bound")
            if found @ found <= value + 1e-9:
                break
            at, value = found, float(found @ found)
            direction = found
        assert at is not None
        if value > 1 + _ABOVE_ONE:
            note = f"|x|^2 = {value:.4g} at a feasible x, more than 1"
            return Scattered("refuted", value, at, programs, note)
        if value > 1 - _ABOVE_ONE and at.max() < 1 - _UNIT_VECTOR:
            note = "|x|^2 = 1 at a feasible x that is no unit vector"
            return Scattered("refuted", value, at, programs, note)
        largest = max(largest, value)
    if r > _SEARCHED_UP_TO:
        note = f"no counterexample from {len(directions)} directions, which for {r} factors is no "
        note += "proof"
        return Scattered("unknown", largest, None, programs, note)
    note = f"no counterexample from {len(directions)} directions"
    return Scattered("holds", largest, None, programs, note)


def _farthest(h: Array, direction: Array) -> Array | None:
    """Return the x that maximises direction . x with h x >= 0 and sum x = 1, None if unbounded."""
    from scipy.optimize import linprog

    r = h.shape[1]
    found = linprog(
        -direction,
        A_ub=-h,
        b_ub=np.zeros(len(h)),
        A_eq=np.ones((1, r)),
        b_eq=[1.0],
        bounds=(None, None),
        method="highs-ds",
    )
    return None if found.status != 0 else np.asarray(found.x, np.float64)

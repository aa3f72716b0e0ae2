"""Mutual information of two columns of categories, held against what chance alone would give.

The plug-in estimate is high wherever there are many categories: an identifier that means nothing
"knows" most of the target. So every number here comes with its own null, the same two columns with
one of them permuted: the null's mean in closed form, its spread from permutations. In come columns
of any dtype, out comes a `Measure` in nats. Called by `judge/features.py` and by the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published
from rowspace.threads import kernel_threads

Codes = NDArray[np.int32]


def codes(values: Any, name: str = "x") -> Codes:
    """Number the categories of a column from 0 in the order in which they first appear.

    Args:
        values: (n,) array, list, Arrow array or series of strings, numbers, booleans or dates; a
            missing value (None, NaN, NaT) is a category of its own.
        name: what the column is called in an error.

    Returns:
        (n,) int32.

    Raises:
        InputError: when the values are not one column of one kind.

    Example:
        >>> codes(["b", "a", None, "b"]).tolist()
        [0, 1, 2, 0]
    """
    import pyarrow as pa

    column = arrow_column(values, name)
    try:
        encoded = column.dictionary_encode(null_encoding="encode")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"column {name!r} is of type {column.type}, which has no categories; "
            "give strings, numbers, booleans or dates"
        ) from error
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int32)


def arrow_column(values: Any, name: str) -> Any:
    """Return a column as one Arrow array, NaN as null; `InputError` when it is not a column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise InputError(
            f"column {name!r} has shape {values.shape}, but one value per row was expected"
        )
    if isinstance(values, pa.Scalar) or not hasattr(values, "__len__") or isinstance(values, str):
        raise InputError(f"column {name!r} is {values!r}, but one value per row was expected")
    try:
        column = (
            values
            if isinstance(values, (pa.Array, pa.ChunkedArray))
            else pa.array(values, from_pandas=True)
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"column {name!r} mixes kinds of values ({error}); make them all strings or all numbers"
        ) from error
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    return column


@dataclass(frozen=True)
class Information:
    """The mutual information of two columns of categories and its permutation null, in nats.

    Attributes:
        n: rows.
        plug_in: sum_ij p_ij log(p_ij / (p_i p_j)) of the observed shares.
        expected: its exact mean over all permutations of one column.
        null_sd: its standard deviation over the permutations that were drawn.
        sampling_sd: its standard error by the delta method.
        permutations: how many were drawn.
    """

    n: int
    plug_in: float
    expected: float
    null_sd: float
    sampling_sd: float
    permutations: int

    @property
    def corrected(self) -> float:
        """What is left when chance is taken off: plug_in - expected."""
        return self.plug_in - self.expected

    @property
    def z(self) -> float:
        """How many standard deviations of the null the plug-in value lies above its mean."""
        if abs(self.corrected) <= 1e-12 * max(1.0, self.plug_in):
            return 0.0
        # No drawn permutation differs from the others: count the observed pairing as one of them.
        spread = self.null_sd or abs(self.corrected) / sqrt(self.permutations + 1)
        return self.corrected / spread

    @property
    def p(self) -> float:
        """The chance of a plug-in value this high under the null, by a gamma of the same moments.

        The gamma is the limit for few categories (n times the value is half a chi-square) and
        becomes the normal for many; see Goebel et al. (2005).
        """
        from scipy.special import gammaincc

        z = self.z
        if z == 0.0 or self.expected <= 0.0:
            return 1.0
        spread = self.corrected / z
        shape = (self.expected / spread) ** 2
        return float(gammaincc(shape, shape * self.plug_in / self.expected))

    def measure(self, name: str, seed: int) -> Measure:
        """Return it as a `Measure` whose value is the corrected information."""
        half = 1.959964 * hypot(self.null_sd, self.sampling_sd)
        return Measure(
            name,
            self.corrected,
            n=self.n,
            low=self.corrected - half,
            high=self.corrected + half,
            seed=seed,
            reference={
                "plug-in": self.plug_in,
                "permuted, plug-in": self.expected,
                "permuted, sd": self.null_sd,
                "z": self.z,
                "p": self.p,
            },
            note=f"plug-in {self.plug_in:.4g} less {self.expected:.4g}, which permuted columns "
            f"give on average; z = {self.z:.3g}, p = {self.p:.2g}",
        )


@published(
    kind="measure",
    claim="Mutual information of two columns of categories that an identifier cannot inflate: "
    "corrected for chance, with z and p.",
    papers=(
        Paper(
            "Vinh, Epps, Bailey",
            2010,
            "Information theoretic measures for clusterings comparison: variants, properties, "
            "normalization and correction for chance",
            "JMLR 11",
        ),
        Paper(
            "Goebel, Dawy, Hagenauer, Mueller",
            2005,
            "An approximation to the distribution of finite sample size mutual information "
            "estimates",
            "IEEE ICC",
        ),
    ),
    test="tests/judge/test_information.py",
    benchmark="benchmarks/information.py",
)
def mutual_information(x: Any, y: Any, *, permutations: int = 100, seed: int = 0) -> Measure:
    """Mutual information of two columns of categories in nats, corrected for chance.

    With shares p_ij and their margins, I = sum_ij p_ij log(p_ij / (p_i p_j)); the value is
    I - E[I], where E is the mean over all permutations of one column: a sum over cells of
    hypergeometric expectations (Vinh et al. 2010, equation 24a), computed exactly. z divides it by
    the standard deviation of I over the `permutations` that are drawn; the interval joins that
    deviation and the delta method's standard error of I. It covers the value, not a bias left by
    cells that no row has reached yet.

    Args:
        x, y: (n,) columns of categories of any dtype; a missing value is a category of its own.
            Numbers count as categories: bin continuous ones first (`adaptive_bins`).
        permutations: how many are drawn, at least 2.
        seed: of the permutations.

    Returns:
        A `Measure` whose reference holds the plug-in value, its mean and sd over permutations, z
        and p. A constant column has value 0, z 0 and p 1.

    Raises:
        InputError: columns of different lengths, fewer than 2 rows, no permutations.

    Example:
        >>> sex = ["f", "m"] * 50
        >>> print(mutual_information(sex, sex))
        mutual information 0.6881 [0.6746, 0.7016] n=100
        >>> mutual_information(range(100), sex).value  # every row its own value: says nothing
        0.0
    """
    a, b = codes(x, "x"), codes(y, "y")
    return against_chance([a], b, ["x"], permutations=permutations, seed=seed)[0].measure(
        "mutual information", seed
    )


def against_chance(
    columns: list[Codes], y: Codes, names: list[str], *, permutations: int, seed: int
) -> list[Information]:
    """Hold each column's information on y against the same permutations of y.

    Args:
        columns: one (n,) int32 array of codes per column.
        y: (n,) int32 codes.
        names: what the columns are called in an error.
        permutations, seed: as for `mutual_information`.

    Returns:
        One `Information` per column.
    """
    from rowspace.judge.kernels.counts import joint_squares, joint_sum, permuted_sums
    from rowspace.judge.kernels.hypergeometric import expected_sums

    n = len(y)
    for name, x in zip(names, columns, strict=True):
        if len(x) != n:
            raise InputError(f"column {name!r} has {len(x)} rows, but the target has {n}")
    if n < 2:
        raise InputError(f"mutual information needs at least 2 rows, but there are {n}")
    if permutations < 2:
        raise InputError(f"permutations is {permutations}, but at least 2 were expected")
    f = n_log_n(n)
    class_sizes = np.bincount(y)
    counts = np.zeros(len(class_sizes), np.int64)
    class_log = np.log(np.maximum(class_sizes, 1)) - log(n)
    different, times = np.unique(class_sizes[class_sizes > 0], return_counts=True)
    # Only the sizes of groups and classes matter to the null: sorted, a renaming changes nothing.
    classes = np.sort(class_sizes[class_sizes > 0])[::-1]
    labels = np.repeat(np.arange(len(classes), dtype=np.int32), classes)
    groups = [np.bincount(x) for x in columns]
    many = [np.sort(g[g > 1])[::-1] for g in groups]
    offsets = np.concatenate([[0], np.cumsum([len(m) for m in many])]).astype(np.int64)
    seeds = np.random.SeedSequence(seed).generate_state(permutations, np.uint64)
    null = np.empty((len(columns), permutations))
    expected = []
    with kernel_threads() as threads:
        permuted_sums(
            labels,
            np.concatenate([*many, np.empty(0, np.int64)]),
            offsets,
            seeds,
            f,
            np.empty((threads, n), np.int32),
            np.zeros((threads, len(classes)), np.int64),
            null,
        )
        for m in many:
            sizes, repeats = np.unique(m, return_counts=True)
            means = np.empty(len(sizes))
            expected_sums(sizes, different, times, f, means)
            expected.append(float(repeats @ means))
    found = []
    for x, g, mean, drawn in zip(columns, groups, expected, null, strict=True):
        grouped = grouped_by(x, g, y)
        margins = float(f[g].sum() + f[class_sizes].sum() - f[n])
        plug_in = max(0.0, (joint_sum(grouped, g, counts, f) - margins) / n)
        squares = joint_squares(grouped, g, class_log, counts) / n
        found.append(
            Information(
                n=n,
                plug_in=plug_in,
                expected=max(0.0, (mean - margins) / n),
                null_sd=float(np.std(drawn, ddof=1)) / n if np.ptp(drawn) > 1e-9 else 0.0,
                sampling_sd=sqrt(max(0.0, squares - plug_in**2) / n),
                permutations=permutations,
            )
        )
    return found


def conditional_information(x: Codes, y: Codes, given: Codes) -> tuple[float, float]:
    """Information of x on y in nats among rows that agree on `given`, corrected for chance.

    I(x; y | s) = sum_s n_s/n I(x; y within s), less its exact mean E when y is permuted within each
    value of s, so that neither a detailed x nor a detailed s makes it grow by itself.

    Args:
        x, y, given: (n,) int32 codes.

    Returns:
        The information and its standard deviation under such permutations, sqrt(E / n): what it is
        when 2 n I is a chi-square, and a little more than it is when cells are few.

    Example:
        >>> x = codes(["a", "b"] * 20)
        >>> conditional_information(x, x, given=x)  # nothing new in a copy
        (0.0, 0.0)
    """
    from rowspace.judge.kernels.hypergeometric import conditional_sums

    n = len(y)
    sizes, strata = np.bincount(x), np.bincount(given)
    by_x = [grouped_by(x, sizes, part) for part in (x, y, given)]
    by_both = [grouped_by(by_x[2], strata, part) for part in by_x[:2]]
    classes = int(y.max()) + 1
    observed, expected = conditional_sums(
        strata,
        by_both[0],
        by_both[1],
        np.zeros((2, classes), np.int64),
        np.empty(n, np.int64),
        np.empty(classes, np.int32),
        n_log_n(n),
    )
    mean = max(0.0, float(expected) / n)
    return float(observed - expected) / n, sqrt(mean / n) if mean > 1e-12 else 0.0


def grouped_by(x: Codes, sizes: NDArray[np.int64], y: Codes) -> Codes:
    """Return y sorted by x, stably; `sizes` are the counts of x."""
    from rowspace.judge.kernels.counts import group

    out = np.empty(len(y), np.int32)
    group(x, y, np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64), out)
    return out


def n_log_n(n: int) -> NDArray[np.float64]:
    """Return (n + 1,) float64: k log k at k, 0 at 0."""
    k = np.arange(n + 1, dtype=np.float64)
    return k * np.log(np.maximum(k, 1.0))

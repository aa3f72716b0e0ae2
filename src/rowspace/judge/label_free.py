"""Everything that can be said about vectors without labels, sharing what can be shared.

One pass makes the moments of the rows, one their exact neighbours, one a reference of noise; the
blocks take from these. In: vectors (n, d); out: the blocks of a report. Called by the report.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.blocks import Block
from rowspace.judge.dimension import dimension
from rowspace.judge.gauge import SPREADS, gauge_block
from rowspace.judge.geometry import geometry_block
from rowspace.judge.health import health
from rowspace.judge.hubness import hubness, skewness
from rowspace.judge.measure import Measure
from rowspace.judge.moments import moments
from rowspace.judge.neighbours import nearest_neighbours
from rowspace.judge.preservation import compressions_block
from rowspace.judge.rows import GAUSSIAN, Floats, gaussian_like, unit_rows
from rowspace.judge.spectrum import (
    at_unit_length,
    eigenvalues,
    n_over_d,
    spectrum_block,
    without_groups,
)
from rowspace.judge.stability import stability_block
from rowspace.progress import stage

_SCALES = 20
_QUERIES = 512
_NOISE_ROWS = 10_000
_FEWEST = 3
_MOST = 100_000


def label_free(
    vectors: ArrayLike, *, partner: ArrayLike | None = None, k: int = 10, seed: int = 0
) -> tuple[Block, ...]:
    """Judge vectors by themselves.

    Rows that are not finite, zero, or copies of earlier rows are counted in the first block and
    left out of all others; positions in every block are positions in `vectors`. With fewer than
    three rows left there is nothing to compare and only the first block. Exact neighbours cost
    n^2 d, so of more than 100,000 rows a random sample of so many is judged, and the first block
    says so.

    Args:
        vectors: (n, d) numbers.
        partner: (m, d), the other side of the factorization, for the gauge test; rows of it that
            are not finite are left out. None when there is none.
        k: length of the neighbour lists; at most n - 1 of the rows that are left are used.
        seed: of every sampling.

    Returns:
        The blocks "Health", "Spectrum", "Geometry", "Gauge", "Dimension", "Hubness",
        "Neighbourhood" and "Stability".

    Raises:
        InputError: the vectors are no table of numbers, `k` is below 1, or the partner has another
            number of columns.

    Example:
        >>> blocks = label_free(np.random.default_rng(0).normal(size=(200, 8)))
        >>> [block.title for block in blocks][:4]
        ['Health', 'Spectrum', 'Geometry', 'Gauge']
    """
    if k < 1:
        raise InputError(f"k is {k}, but at least 1 was expected")
    with stage("judging the vectors", total=8) as step:
        checked = health(vectors)
        step(note="health")
        rows = checked.series["usable"]
        given = np.asarray(vectors)
        other = _partner(partner, given.shape[1])
        if len(rows) < _FEWEST:
            return (checked,)
        if len(rows) > _MOST:
            checked = _sampled(checked, len(rows), seed)
            rows = np.sort(np.random.default_rng([seed, 7]).permutation(rows)[:_MOST])
        x = np.ascontiguousarray(given if len(rows) == len(given) else given[rows], np.float32)
        units = unit_rows(x)
        n = len(x)
        k = min(k, n - 1)
        noise = gaussian_like(x, seed)
        # Columns that are all constant leave no noise; any direction will do then.
        noise[~noise.any(axis=1), 0] = 1.0
        known = n_over_d(x)
        of_rows, of_units = moments(x, seed=seed), moments(units, seed=seed)
        of_noise = moments(noise, seed=seed)
        noise_units = at_unit_length(noise)
        of_noise_units = moments(noise_units, seed=seed, groups=1)
        found = eigenvalues(x, units, *((of_rows, of_units) if known else (None, None)))
        null = eigenvalues(
            noise, noise_units, *((of_noise, of_noise_units) if known else (None, None))
        )
        left = without_groups(of_rows, of_units) if known else []
        blocks = [checked, spectrum_block(found, null, left, seed)]
        step(note="spectrum")

        neighbours = nearest_neighbours(units, min(max(k, _SCALES), n - 1))
        step(note="neighbours")
        blocks.append(geometry_block(units, noise_units, of_rows, of_units, neighbours, None, seed))
        step(note="geometry")
        blocks.append(gauge_block(x, units, noise_units, other, k, SPREADS, _QUERIES, seed))
        step(note="gauge")

        some = np.sort(np.random.default_rng([seed, 6]).permutation(n)[:_NOISE_ROWS])
        of_some = nearest_neighbours(noise_units[some], min(neighbours.k, len(some) - 1))
        blocks.append(dimension(neighbours, noise=of_some, k=k, seed=seed))
        same = neighbours if len(some) == n else nearest_neighbours(units[some], k)
        hubs = hubness(neighbours, k=k)
        tilted = units[some] - units.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = _skewness_of_directions(tilted, k)
        noise_skew = skewness(of_some, k)
        hubs = _with_noise(hubs, skewness(same, k), centred, noise_skew, k, len(some), seed)
        blocks.append(_at(hubs, rows))
        step(note="hubness")
        blocks.append(
            compressions_block(units, noise_units, of_units, of_noise_units, k, _QUERIES, seed)
        )
        step(note="compressions")
        blocks.append(stability_block(units, noise_units, of_rows, of_noise, k, _QUERIES, seed))
        step(note="stability")
    return tuple(blocks)


def _sampled(checked: Block, n: int, seed: int) -> Block:
    """Return the block of health with a word about the rows that the other blocks are about."""
    told = Measure(
        "rows judged below", float(_MOST), n, seed=seed,
        note=f"A random sample: the neighbours of all {n:,} would take too long.",
    )  # fmt: skip
    return replace(checked, measures=(*checked.measures, told))


def _partner(partner: ArrayLike | None, d: int) -> Floats | None:
    """Return the rows of the other side that are finite, as float32."""
    if partner is None:
        return None
    other = np.asarray(partner)
    if other.ndim != 2 or other.shape[1] != d:
        raise InputError(
            f"the partner has shape {other.shape}, but a table with the {d} columns of the vectors "
            "was expected"
        )
    other = np.ascontiguousarray(other, np.float32)
    finite = np.isfinite(other).all(axis=1)
    return other if finite.all() else other[finite]


def _skewness_of_directions(x: Floats, k: int) -> float:
    """Return the skewness of N_k by cosine; NaN where a row is zero."""
    return skewness(nearest_neighbours(x, k), k) if x.any(axis=1).all() else float("nan")


def _with_noise(
    hubs: Block, value: float, centred: float, null: float, k: int, m: int, seed: int
) -> Block:
    """Return the block of hubness with the skewness of m rows beside that of as much noise."""
    first, *others = hubs.measures
    reference = {GAUSSIAN: null}
    told = Measure(
        f"skewness of N_{k} after centring", centred, m, seed=seed, reference=reference,
        note="What subtracting the mean row would leave.",
    )  # fmt: skip
    if m == first.n:
        first = replace(first, reference={**first.reference, **reference})
        return replace(hubs, measures=(first, told, *others))
    sampled = Measure(
        f"skewness of N_{k}, {m:,} rows", value, m, seed=seed, reference=reference,
        note="Of a sample as large as the reference, to compare.",
    )  # fmt: skip
    told = replace(told, name=f"{sampled.name}, centred")
    return replace(hubs, measures=(first, sampled, told, *others))


def _at(block: Block, rows: NDArray[np.int64]) -> Block:
    """Return the block of hubness with hubs named by their positions in the input."""
    hubs = rows[block.series["hubs"]]
    *others, largest = block.measures
    named = replace(largest, note=f"Row {int(hubs[0])} is in so many lists.")
    return replace(block, measures=(*others, named), series={**block.series, "hubs": hubs})

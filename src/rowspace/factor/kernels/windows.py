"""The loops of skip-gram and of continuous bag of words over a piece of a stream.

Several threads call them at once on the same tables and lock nothing: a step that is lost now and
then does no harm (Recht et al. 2011, "Hogwild"), but the bits then differ from run to run.

Skip-gram takes GROUP places of a sequence at a time. Their windows overlap, so that the words of
all of them, and negatives that they share, are one small matrix: scores, and the derivatives by
both sides, are three products of matrices in the fastest cache, instead of an inner product for
every pair. Called by `sampled/windows.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

SIGMOIDS = 2048  # entries of the table of sigmoids, from -REACH to REACH
REACH = 8.0
LONGEST = 1024  # places of a sequence that are read at once; a longer one is cut
GROUP = 16
MOST = np.float32(2)  # by how much all steps of a vector at once may change its scores
SEEN = 16  # the loss of one group of so many is looked at

_FAST = {"contract", "reassoc", "nsz", "arcp"}


@njit(cache=True, nogil=True, inline="always")
def _next(state: Any) -> Any:
    """Return the next state of a 64-bit linear congruential generator (Knuth's MMIX)."""
    return state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


@njit(cache=True, nogil=True)
def _begin(seed: int) -> Any:
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x2545F4914F6CDD1D)
    return _next(_next(state))


@njit(cache=True, nogil=True)
def _draw(state: Any, chance: Any, other: Any) -> Any:
    """Return one draw of an alias table, and the next state."""
    state = _next(state)
    z = np.int64((state >> np.uint64(32)) % np.uint64(len(chance)))
    state = _next(state)
    if np.float32(state >> np.uint64(40)) * np.float32(1.0 / (1 << 24)) >= chance[z]:
        z = np.int64(other[z])
    return z, state


@njit(cache=True, nogil=True)
def _read(numbers: Any, at: int, kept: Any, places: Any, state: Any) -> Any:
    """Fill `places` with what is read of a sequence; return how many, where it ends, a state."""
    m, end = 0, len(numbers)
    while at < end and numbers[at] >= 0 and m < len(places):
        w = numbers[at]
        at += 1
        if len(kept) and kept[w] < 1:
            state = _next(state)
            if np.float32(state >> np.uint64(40)) * np.float32(1.0 / (1 << 24)) >= kept[w]:
                continue
        places[m] = w
        m += 1
    if at < end and numbers[at] < 0:
        at += 1
    return m, at, state


@njit(cache=True, nogil=True)
def _sigmoid(s: Any, table: Any) -> Any:
    if s >= REACH:
        return np.float32(1)
    if not s > -REACH:
        return np.float32(0)
    # The number before REACH is rounded up to it, which is beyond the table.
    at = int((s + np.float32(REACH)) * np.float32(SIGMOIDS / (2 * REACH)))
    return table[min(at, SIGMOIDS - 1)]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _dot(x: Any, y: Any) -> Any:
    total = np.float32(0)
    for c in range(len(x)):
        total += x[c] * y[c]
    return total


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add(x: Any, by: Any, y: Any) -> None:
    for c in range(len(x)):
        x[c] += by * y[c]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _pull(s: Any, weight: Any, near: int, step: Any) -> None:
    """Replace scores by steps: up where there is a pair, down at negatives.

    The sigmoid is 1/2 + tanh(s / 2) / 2 with a quotient of polynomials that is exact to seven
    digits (the one of Eigen), so that the loop is done several numbers at a time.
    """
    for j in range(len(s)):
        x = np.float32(0.5) * s[j]
        x = min(max(x, np.float32(-7.9)), np.float32(7.9))
        q = x * x
        up = q * np.float32(-2.76076847742355e-16) + np.float32(2.00018790482477e-13)
        up = up * q + np.float32(-8.60467152213735e-11)
        up = up * q + np.float32(5.12229709037114e-08)
        up = up * q + np.float32(1.48572235717979e-05)
        up = up * q + np.float32(6.37261928875436e-04)
        up = (up * q + np.float32(4.89352455891786e-03)) * x
        low = q * np.float32(1.19825839466702e-06) + np.float32(1.18534705686654e-04)
        low = low * q + np.float32(2.26843463243900e-03)
        low = low * q + np.float32(4.89352518554385e-03)
        s[j] = np.float32(0.5) + np.float32(0.5) * up / low
    for j in range(near):
        s[j] = step * weight[j] * (np.float32(1) - s[j])
    for j in range(near, len(s)):
        s[j] *= -step * weight[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _cost(s: Any, weight: Any, near: int) -> float:
    """Return the loss of scores."""
    total = 0.0
    for i in range(s.shape[0]):
        for j in range(s.shape[1]):
            x = s[i, j] if j >= near else -s[i, j]
            total += weight[i, j] * (max(x, 0.0) + np.log1p(np.exp(-abs(x))))
    return total


@njit(cache=True, nogil=True, fastmath=_FAST)
def _throws(s: Any, x: Any, y: Any, by_row: Any, by_col: Any) -> None:
    """Fill in by how much the steps of each row and column may change its own scores.

    The step s_ij y_j of x_i changes the score of both by up to |s_ij| |y_j|^2, and s_ij x_i, that
    of y_j, by |s_ij| |x_i|^2.
    """
    g, width = s.shape
    for j in range(width):
        by_col[j] = _dot(y[j], y[j])
    for i in range(g):
        total = np.float32(0)
        for j in range(width):
            total += abs(s[i, j]) * by_col[j]
        by_row[i] = total
    by_col[:width] = 0
    for i in range(g):
        xx = _dot(x[i], x[i])
        for j in range(width):
            by_col[j] += abs(s[i, j]) * xx


@njit(cache=True, nogil=True, fastmath=_FAST)
def _shorten(steps: Any, throws: Any, who: Any) -> None:
    """Shorten the steps of vectors that would be thrown by more than MOST by all of their pairs.

    That is where gradient descent on a logistic loss may start to swing, and what runs away where
    pairs are summed up that word2vec takes one after the other. A vector that stands in several
    places takes the steps of all of them.
    """
    for i in range(len(who)):
        total = np.float32(0)
        for q in range(len(who)):
            total += throws[q] if who[q] == who[i] else np.float32(0)
        if total > MOST:
            by = MOST / total
            for c in range(steps.shape[1]):
                steps[i, c] *= by


@njit(cache=True, nogil=True, fastmath=_FAST)
def skip_gram(
    numbers: NDArray[np.int32],
    kept: NDArray[np.float32],
    window: int,
    after: bool,
    rows: NDArray[np.float32],
    cols: NDArray[np.float32],
    chance: NDArray[np.float32],
    other: NDArray[np.int32],
    k: float,
    drawn: int,
    rate: float,
    seed: int,
) -> tuple[float, int]:
    """Move words towards their neighbours and away from negatives.

    Args:
        numbers: int32, -1 after each sequence.
        kept: (n,) the chance that an occurrence is read; of length 0 where all are.
        window, after: what is near, see `stream.Windows`.
        rows, cols: (n, d), changed.
        chance, other: alias table of the negatives (Walker 1977), (n,) each.
        k: how much all negatives of a pair count.
        drawn: negatives that a group shares, each of which counts k / drawn for a pair, unless it
            is the neighbour itself.
        rate: the size of a step.
        seed: of the random numbers of this piece.

    Returns:
        The loss summed over the pairs of one group of SEEN, and their number.
    """
    d = rows.shape[1]
    wide = GROUP + 2 * window + drawn
    x = np.empty((GROUP, d), np.float32)
    y = np.empty((wide, d), np.float32)
    scores = np.empty((GROUP, wide), np.float32)
    by_x = np.empty((GROUP, d), np.float32)
    by_y = np.empty((wide, d), np.float32)
    throws_x, throws_y = np.empty(GROUP, np.float32), np.empty(wide, np.float32)
    who = np.empty(wide, np.int32)
    hits: Any = 0
    weight = np.empty((GROUP, wide), np.float32)
    places = np.empty(LONGEST, np.int32)
    step = np.float32(rate)
    each = np.float32(k / drawn)
    met = np.zeros(wide, np.int64)
    loss, pairs, at, groups = 0.0, 0, 0, 0
    state = _begin(seed)
    while at < len(numbers):
        m, at, state = _read(numbers, at, kept, places, state)
        for top in range(0, m, GROUP):
            g = min(GROUP, m - top)
            low = top if after else max(0, top - window)
            high = min(m, top + g + window)
            near = high - low
            width = near + drawn
            inside = 0
            for j in range(near):
                who[j] = places[low + j]
            for j in range(near, width):
                drew, state = _draw(state, chance, other)
                who[j] = drew
            for j in range(width):
                y[j] = cols[who[j]]
            for j in range(near, width):
                hits = np.int64(0)
                for q in range(near):
                    hits += np.int64(who[q] == who[j])
                met[j] = hits
            for i in range(g):
                x[i] = rows[places[top + i]]
                state = _next(state)
                reach = 1 + np.int64((state >> np.uint64(33)) % np.uint64(window))
                here = top + i - low
                first: Any = here if after else max(0, here - reach)
                last: Any = min(near - 1, here + reach)
                count = last - first
                inside += count
                line = weight[i]
                line[:near] = 0
                line[first : last + 1] = 1
                line[here] = 0
                line[near:width] = each * np.float32(count)
                for j in range(near, width):
                    if met[j]:
                        for q in range(first, last + 1):
                            if who[q] == who[j] and q != here:
                                line[j] -= each
            xs, ys, s = x[:g], y[:width], scores.ravel()[: g * width].reshape(g, width)
            np.dot(xs, ys.T, s)
            if groups % SEEN == 0:
                loss += _cost(s, weight, near)
                pairs += inside
            groups += 1
            for i in range(g):
                _pull(s[i], weight[i], near, step)
            np.dot(s, ys, by_x[:g])
            np.dot(s.T, xs, by_y[:width])
            _throws(s, xs, ys, throws_x, throws_y)
            _shorten(by_x, throws_x, places[top : top + g])
            _shorten(by_y, throws_y, who[:width])
            for i in range(g):
                _add(rows[places[top + i]], np.float32(1), by_x[i])
            for j in range(width):
                _add(cols[who[j]], np.float32(1), by_y[j])
    return loss, pairs


@njit(cache=True, nogil=True, fastmath=_FAST)
def bag_of_words(
    numbers: NDArray[np.int32],
    kept: NDArray[np.float32],
    window: int,
    after: bool,
    rows: NDArray[np.float32],
    cols: NDArray[np.float32],
    chance: NDArray[np.float32],
    other: NDArray[np.int32],
    k: int,
    rate: float,
    seed: int,
    table: NDArray[np.float32],
) -> tuple[float, int]:
    """Move the mean of a window towards the word in it and away from k negatives.

    Args and returns as `skip_gram`, besides a table of sigmoids; each window has negatives of its
    own, every neighbour takes the whole step of the mean, and what is counted are windows.
    """
    d = rows.shape[1]
    grad, mean = np.empty(d, np.float32), np.empty(d, np.float32)
    places = np.empty(LONGEST, np.int32)
    step, tiny = np.float32(rate), np.float32(1e-7)
    loss, windows, at = 0.0, 0, 0
    state = _begin(seed)
    while at < len(numbers):
        m, at, state = _read(numbers, at, kept, places, state)
        for i in range(m):
            state = _next(state)
            reach = 1 + np.int64((state >> np.uint64(33)) % np.uint64(window))
            first: Any = i if after else max(0, i - reach)
            last: Any = min(m - 1, i + reach)
            if last == first:
                continue
            centre = np.int64(places[i])
            grad[:] = 0
            mean[:] = 0
            for j in range(first, last + 1):
                if j != i:
                    _add(mean, np.float32(1), rows[places[j]])
            share = np.float32(1) / np.float32(last - first)
            for c in range(d):
                mean[c] *= share
            for a in range(k + 1):
                z = centre
                if a:
                    z, state = _draw(state, chance, other)
                    if z == centre:
                        continue
                y = cols[z]
                p = _sigmoid(_dot(mean, y), table)
                loss -= np.log(max(np.float32(1) - p if a else p, tiny))
                by = -step * p if a else step * (np.float32(1) - p)
                _add(grad, by, y)
                _add(y, by, mean)
            windows += 1
            # Each takes the whole step, as word2vec lets it, not its share of the mean: with the
            # plain gradient words would need a rate that is too much for what they foretell.
            for j in range(first, last + 1):
                if j != i:
                    _add(rows[places[j]], np.float32(1), grad)
    return loss, windows

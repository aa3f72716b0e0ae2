"""Streams: matrices of what stands near what, that are never counted.

A `Stream` is what some observations hold as their cells: sequences of column numbers, in memory
or made as they are read (random walks). The matrix that it stands for says how often one thing
stands in the window of another; solvers that sample read the sequences instead. The step `Windows`
says what a window is, `Events` makes streams of the histories of users, and `WalkStream` of the
links of a graph; `word_stream` reads text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.graphs import graph_of
from rowspace.observe.ids import Id
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.steps import NewRow, SideOf, State, StepBase
from rowspace.observe.subsample import kept_shares
from rowspace.observe.text import Tokenizer, encoded, tokens

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Events", "Stream", "WalkStream", "Windows", "word_stream"]

_AT_ONCE = 4_000_000  # numbers of walks that are in memory


@dataclass(frozen=True, eq=False)
class Stream:
    """Sequences of numbers 0 .. n - 1, and what is near in them.

    Attributes:
        counts: (n,) how often each number occurs; for walks in proportion to how often it will.
        numbers: the sequences, int32, -1 after each; None where they are walks.
        walks: what walks; None where there are numbers.
        window: how many places to either side are near.
        after: only what comes after is near.
        kept: (n,) float32, the chance that an occurrence is read; None where all are.
    """

    counts: NDArray[np.int64]
    numbers: NDArray[np.int32] | None = None
    walks: WalkSource | None = None
    window: int = 0
    after: bool = False
    kept: NDArray[np.float32] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return len(self.counts), len(self.counts)

    @property
    def length(self) -> int:
        """How many numbers one reading has, about, without the ends of sequences."""
        return int(self.counts.sum())

    def parts(self, epoch: int) -> Iterator[NDArray[np.int32]]:
        """Yield the sequences of an epoch, some at a time: int32, -1 after each."""
        if self.numbers is not None:
            yield self.numbers
        if self.walks is not None:
            yield from self.walks.parts(epoch)

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 (hex) of the sequences, or of what walks."""
        sha = hashlib.sha256(repr((self.window, self.after)).encode())
        sha.update(np.ascontiguousarray(self.counts).tobytes())
        if self.numbers is not None:
            sha.update(np.ascontiguousarray(self.numbers).tobytes())
        if self.walks is not None:
            sha.update(self.walks.digest())
        return sha.hexdigest()


@dataclass(frozen=True, eq=False)
class WalkSource:
    """A graph and how to walk on it.

    Attributes:
        cells: n x n weights, CSR.
        per_node, length, p, q, seed: as in `WalkStream`.
    """

    cells: csr_array
    per_node: int
    length: int
    p: float
    q: float
    seed: int

    def parts(self, epoch: int) -> Iterator[NDArray[np.int32]]:
        """Yield walks, those of some nodes at a time, the nodes in an order of the epoch."""
        from rowspace.observe.walks import random_walks

        n = self.cells.shape[0]
        order = np.random.default_rng([self.seed, epoch]).permutation(n)
        some = max(1, _AT_ONCE // (self.per_node * (self.length + 1)))
        for top in range(0, n, some):
            numbers = np.zeros(n, np.int64)
            numbers[order[top : top + some]] = self.per_node
            walks = random_walks(
                self.cells, numbers, self.length, self.p, self.q, self.seed + 7919 * (epoch + 1)
            )
            mix = np.random.default_rng([self.seed, epoch, top]).permutation(len(walks))
            flat = walks[mix].ravel()
            # One end is enough where a walk came to a node without links.
            yield flat[np.concatenate(([True], (flat[1:] >= 0) | (flat[:-1] >= 0)))]

    def digest(self) -> bytes:
        """Return a sha256 of the graph and the settings."""
        sha = hashlib.sha256(repr((self.per_node, self.length, self.p, self.q, self.seed)).encode())
        for part in (self.cells.indptr, self.cells.indices, self.cells.data):
            sha.update(np.ascontiguousarray(part).tobytes())
        return sha.digest()


def word_stream(
    documents: Iterable[tuple[Id, str]],
    *,
    min_count: int = 5,
    max_words: int | None = None,
    stop_words: Collection[str] = (),
    rows: str = "word",
    cols: str = "context",
    tokenizer: Tokenizer = tokens,
) -> Observations:
    """Read text as a stream of words.

    Args:
        documents: (id, text) pairs, read once, one at a time; no window reaches across documents.
        min_count, max_words, stop_words, tokenizer: as in `cooccurrence`.
        rows, cols: what the two sides are called.

    Returns:
        Words x contexts, not counted; both sides have the same ids, by falling count, then
        alphabetically, and a column `count`.

    Raises:
        InputError: no document, no word left, or an argument that cannot be.

    Example:
        >>> obs = word_stream([(1, "a b a"), (2, "b a")], min_count=1)
        >>> list(obs.rows.ids), obs.cells.numbers.tolist()
        (['a', 'b'], [0, 1, 0, -1, 1, 0, -1])
    """
    mode, numbers, counts = encoded(documents, min_count, stop_words, max_words, rows, tokenizer)
    return Observations(mode, Mode(cols, mode.ids, mode.table), Stream(counts, numbers))


class _Opaque(StepBase):
    """A step whose matrix a new row has no part in."""

    def new_row(
        self,
        state: State,
        side: SideOf,
        positions: NDArray[np.int64],
        values: NDArray[np.float32],
    ) -> NewRow:
        """Refuse: there is no row of counts to add to."""
        raise UnsupportedError(
            "a stream is not counted, so that a new row has nothing to be made of; fit again with "
            "it, or use a recipe that counts, such as ppmi"
        )


@dataclass(frozen=True)
class Windows(_Opaque):
    """Say what is near in a stream: x_ij = how often j stands in a window around i.

    The window of each occurrence is 1 .. `window` places to either side, every size with the same
    chance, so that a pair at distance d counts (window - d + 1) / window on average (Mikolov et
    al. 2013).

    Attributes:
        window: how many places at most.
        after: only what comes after is near.
        subsample: an occurrence of something with a share f of all is read with chance
            min(1, sqrt(t / f) + t / f), t being this number; 0 reads all. What is passed over is
            no place, so that windows reach farther.
    """

    window: int = 5
    after: bool = False
    subsample: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.window, bool) or not isinstance(self.window, int) or self.window < 1:
            raise InputError(f"Windows.window is {self.window!r}, but at least 1 was expected")
        if not 0 <= self.subsample < np.inf:
            raise InputError(
                f"Windows.subsample is {self.subsample}, but a number of at least 0 was expected"
            )

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the stream with its windows.

        Raises:
            UnsupportedError: the cells are no stream.
        """
        stream = obs.cells
        if not isinstance(stream, Stream):
            raise UnsupportedError(
                "windows lie in sequences, but these observations are a matrix that was counted; "
                "read text with stream=True (--stream), or use a recipe that takes counts"
            )
        kept = None
        if self.subsample:
            kept = kept_shares(stream.counts, self.subsample)
        return obs.with_cells(replace(stream, window=self.window, after=self.after, kept=kept)), {}


@dataclass(frozen=True)
class Events(_Opaque):
    """Read rows as sequences of columns in the order of time: what users did, one after the other.

    Events of one moment stand in the order of the columns. What a row has several times was merged
    into one event when the data were read.

    Example:
        >>> obs = Observations.from_matrix(np.array([[1, 1], [0, 1]]), rows="u", cols="i")
        >>> from scipy.sparse import csr_array
        >>> Events().apply(obs.with_cells(csr_array(obs.cells)))[0].cells.numbers.tolist()
        [0, 1, -1, 1, -1]
    """

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return columns x contexts, a stream.

        Raises:
            UnsupportedError: the matrix is not sparse.
        """
        if not obs.is_sparse:
            raise UnsupportedError(
                "Events reads rows as sequences of what was observed, but here every cell was; "
                "give it a sparse matrix"
            )
        cells = obs.cells
        lengths = np.diff(cells.indptr)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        times = np.zeros(cells.nnz) if obs.times is None else obs.times
        # An absent cell may be stored as a zero; the end of each row comes as an event of its own.
        order = np.lexsort((cells.indices, times, rows))
        at = np.arange(cells.nnz) + rows
        numbers = np.full(cells.nnz + len(lengths), -1, np.int32)
        numbers[at] = cells.indices[order]
        counts = np.bincount(cells.indices, minlength=obs.shape[1]).astype(np.int64)
        mode = obs.cols
        other = Mode("context" if mode.name != "context" else "other context", mode.ids, mode.table)
        return Observations(mode, other, Stream(counts, numbers), None, obs.source), {}


@dataclass(frozen=True)
class WalkStream(_Opaque):
    """Walk through a graph, anew in every epoch, and read the walks as sequences of nodes.

    First-order walks are those of Perozzi, Al-Rfou, Skiena 2014, "DeepWalk", second-order ones
    those of Grover, Leskovec 2016, "node2vec" (see `walks.Walks`, which counts them). Of walks only
    some millions of steps are in memory at a time.

    Attributes:
        per_node: how many walks begin at every node in an epoch.
        length: how many nodes a walk has.
        p, q: return and in-out parameters.
        seed: of the walks, which do not depend on the number of threads.
    """

    per_node: int = 10
    length: int = 40
    p: float = 1.0
    q: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        from rowspace.observe.walks import Walks

        Walks(self.per_node, self.length, 1, self.p, self.q, False, self.seed)  # checks them

    def apply(self, obs: Observations) -> tuple[Observations, State]:
        """Return the walks, a stream.

        Raises:
            UnsupportedError: the matrix is an operator, or joins two kinds of nodes.
            InputError: a weight is negative.
        """
        graph = graph_of(obs, "WalkStream", ("undirected", "directed"))
        degrees = graph.row_degrees + (graph.col_degrees if graph.kind == "directed" else 0)
        steps = self.per_node * self.length * int(np.count_nonzero(graph.row_degrees))
        visits = np.round(degrees / max(degrees.sum(), 1e-30) * steps).astype(np.int64)
        source = WalkSource(graph.cells, self.per_node, self.length, self.p, self.q, self.seed)
        return obs.with_cells(Stream(visits, None, source)), {}

"""Observations: a labelled matrix whose cells are mostly unobserved. What every reader returns.

A `Mode` is one side of the matrix: its name ("user"), the ids of its rows, and whatever is known
about each of them (an Arrow table). `Observations` is two modes, `rows` and `cols`, and the cells
between them in one of three forms:

* sparse: a float32 `scipy.sparse.csr_array`, sorted, each cell at most once. A stored cell was
  observed, *also when its value is zero*; a cell that is not stored was not observed.
* dense: a float32 NumPy array; every cell was observed.
* operator: a `scipy.sparse.linalg.LinearOperator` whose entries are never formed.

A third mode (relations) will join `modes`; nothing that reads `rows` and `cols` will change.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnknownIdError, nearest_names
from rowspace.observe.ids import Id, Ids

if TYPE_CHECKING:
    import pyarrow as pa
    from scipy.sparse import csr_array

    # csr_array | NDArray[np.float32] | LinearOperator; SciPy has no types to check it by.
    Cells: TypeAlias = Any

__all__ = ["Mode", "Observations"]

Nan = Literal["refuse", "unobserved"]
Beside: TypeAlias = "list[NDArray[Any] | None]"


@dataclass(frozen=True, eq=False)
class Mode:
    """One side of a labelled matrix.

    Attributes:
        name: what its rows are: "user", "item", "word", "document", ...
        ids: the user's own ids, in the order of the rows.
        table: metadata, one row per id in the same order, without the id; or None.
    """

    name: str
    ids: Ids
    table: pa.Table | None = None

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or self.name.startswith("."):
            raise InputError(f"a side cannot be called {self.name!r}; give it a plain word")
        if self.table is not None and "id" in self.table.column_names:
            raise InputError(
                f"the metadata of side {self.name!r} has a column 'id', which names the ids; "
                "rename it"
            )
        if self.table is not None and self.table.num_rows != len(self.ids):
            raise InputError(
                f"the metadata of side {self.name!r} has {self.table.num_rows} rows, "
                f"but the side has {len(self.ids)}"
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        columns = f", table={self.table.column_names}" if self.table is not None else ""
        return f"Mode({self.name!r}, n={len(self.ids)}{columns})"

    def select(self, positions: NDArray[np.integer]) -> Mode:
        """Return the mode restricted to `positions`, in that order."""
        import pyarrow as pa

        table = None
        if self.table is not None:
            table = self.table.take(pa.array(np.asarray(positions, np.int64)))
        return Mode(self.name, self.ids.select(positions), table)


@dataclass(frozen=True, eq=False)
class Observations:
    """A labelled matrix of observations.

    Attributes:
        rows, cols: the two modes.
        cells: the matrix, `len(rows)` x `len(cols)`, sparse, dense or an operator (see the module).
        times: sparse cells only: one number per stored cell, in the order of `cells.data` (of the
            latest event where several were merged); float64 seconds or any other monotone unit.
        source: where it came from, for messages and manifests.
        weights: what `Given()` confidence takes: one number of at least 0 per stored cell in the
            order of `cells.data` (the sum over the events that were merged), or per cell of a dense
            matrix, (n, m); float32.

    Raises:
        InputError: the shape does not fit the ids, or a value is NaN or infinite.

    Example:
        >>> import numpy as np
        >>> obs = Observations.from_matrix(np.eye(2), rows="user", cols="item", col_ids=["a", "b"])
        >>> obs
        Observations(user 2 x item 2, dense, 4 observed)
        >>> obs.value(0, "a")
        1.0
    """

    rows: Mode
    cols: Mode
    cells: Cells
    times: NDArray[np.float64] | None = None
    source: str = ""
    weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.rows.name == self.cols.name:
            raise InputError(
                f"rows and cols are both called {self.rows.name!r}; give the two sides two names"
            )
        if tuple(self.cells.shape) != (len(self.rows), len(self.cols)):
            raise InputError(
                f"the matrix is {self.cells.shape[0]} x {self.cells.shape[1]}, but there are "
                f"{len(self.rows)} {self.rows.name} ids and {len(self.cols)} {self.cols.name} ids"
            )
        if self.is_sparse:
            beside = [None if x is None else np.asarray(x) for x in (self.times, self.weights)]
            cells, (times, weights) = _canonical_csr(self.cells, beside)
            object.__setattr__(self, "cells", cells)
            object.__setattr__(self, "times", times)
            object.__setattr__(self, "weights", weights)
        elif isinstance(self.cells, np.ndarray):
            object.__setattr__(self, "cells", np.ascontiguousarray(self.cells, dtype=np.float32))
        if self.times is not None and (not self.is_sparse or len(self.times) != self.cells.nnz):
            raise InputError("time stamps need one number per stored cell of a sparse matrix")
        if self.weights is not None:
            weights = np.ascontiguousarray(self.weights, dtype=np.float32)
            shape = (self.cells.nnz,) if self.is_sparse else self.shape
            if weights.shape != shape or not (np.isfinite(weights) & (weights >= 0)).all():
                raise InputError("weights need one finite number of at least 0 per observed cell")
            object.__setattr__(self, "weights", weights)
        self._refuse_non_finite()

    @classmethod
    def from_matrix(
        cls,
        matrix: Any,
        *,
        rows: str,
        cols: str,
        row_ids: Any = None,
        col_ids: Any = None,
        source: str = "",
        nan: Nan = "refuse",
    ) -> Observations:
        """Label a SciPy sparse matrix, a 2-d array or a LinearOperator.

        Args:
            matrix: the cells, n x m; duplicates in a sparse matrix are summed, as SciPy does.
            rows, cols: names of the two sides.
            row_ids, col_ids: n and m ids (text or integers); 0 .. n-1 where None.
            source: where the matrix came from, for messages.
            nan: "unobserved": a cell that holds NaN was not observed, so that the cells become
                sparse, with observed zeros stored; "refuse": it is an error.
        """
        refuse_unknown_nan(nan)
        if getattr(matrix, "ndim", 2) != 2:
            raise InputError(f"a matrix has two dimensions, but this array has {matrix.ndim}")
        n, m = matrix.shape
        row_mode = Mode(rows, Ids(row_ids, what=rows) if row_ids is not None else Ids.range(n))
        col_mode = Mode(cols, Ids(col_ids, what=cols) if col_ids is not None else Ids.range(m))
        if isinstance(matrix, np.ndarray) and matrix.dtype.kind not in "biuf":
            raise InputError(f"the matrix holds {matrix.dtype}, but numbers were expected")
        if nan == "unobserved" and (isinstance(matrix, np.ndarray) or hasattr(matrix, "tocsr")):
            matrix = _without_nan(matrix)
        return cls(row_mode, col_mode, matrix, source=source)

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes in order: rows, cols."""
        return (self.rows, self.cols)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return (len(self.rows), len(self.cols))

    @property
    def is_sparse(self) -> bool:
        """Whether the cells are stored sparsely (so that some were not observed)."""
        return hasattr(self.cells, "tocsr")

    @property
    def is_dense(self) -> bool:
        """Whether the cells are a NumPy array (so that all were observed)."""
        return isinstance(self.cells, np.ndarray)

    @property
    def n_observed(self) -> int:
        """The number of observed cells."""
        if hasattr(self.cells, "length"):  # a stream
            return int(self.cells.length)
        return int(self.cells.nnz) if self.is_sparse else self.shape[0] * self.shape[1]

    @property
    def T(self) -> Observations:
        """The same observations with rows and columns exchanged."""
        if not self.is_sparse:
            weights = None if self.weights is None else self.weights.T
            return Observations(self.cols, self.rows, self.cells.T, None, self.source, weights)
        from scipy.sparse import csr_array

        # Transposing positions instead of values moves the time stamps along.
        n = self.cells.nnz
        order = csr_array(
            (np.arange(n, dtype=np.int64), self.cells.indices, self.cells.indptr),
            shape=self.shape,
        ).T.tocsr()
        cells = csr_array(
            (self.cells.data[order.data], order.indices, order.indptr), shape=self.shape[::-1]
        )
        times = None if self.times is None else self.times[order.data]
        weights = None if self.weights is None else self.weights[order.data]
        return Observations(self.cols, self.rows, cells, times, self.source, weights)

    def mode(self, name: str) -> Mode:
        """Return the mode of that name; raises `UnknownIdError` when there is none."""
        for mode in self.modes:
            if mode.name == name:
                return mode
        names = [m.name for m in self.modes]
        raise UnknownIdError(
            f"no side {name!r} in these observations, which have {names[0]!r} and {names[1]!r}"
            + nearest_names(name, names)
        )

    def value(self, row: Id, col: Id) -> float:
        """Return the value of one cell (0.0 where it was not observed)."""
        i = self.rows.ids.position(row, self.rows.name, self.source)
        j = self.cols.ids.position(col, self.cols.name, self.source)
        if not (self.is_sparse or self.is_dense):
            unit = np.zeros(self.shape[1], np.float32)
            unit[j] = 1
            return float(self.cells.matvec(unit)[i])
        return float(self.cells[i, j])

    def with_table(self, side: str, table: pa.Table) -> Observations:
        """Return the same observations with the metadata `table` (one row per id) on a side."""
        mode = self.mode(side)
        new = Mode(mode.name, mode.ids, table)
        return replace(self, rows=new) if mode is self.rows else replace(self, cols=new)

    def with_cells(self, cells: Cells) -> Observations:
        """Return the same labels around other cells (time stamps and weights are dropped)."""
        return replace(self, cells=cells, times=None, weights=None)

    def refuse_negative(self, purpose: str) -> None:
        """Raise `InputError` naming the first negative cell, if there is one."""
        data = self.cells.data if self.is_sparse else self.cells
        if not isinstance(data, np.ndarray) or not data.size or data.min() >= 0:
            return
        i, j, value = self._first(data < 0)
        raise InputError(
            f"{self._where()}{purpose} needs values of at least 0, but the cell of "
            f"{self.rows.name} {i!r} and {self.cols.name} {j!r} is {value:g}"
        )

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 (hex) of names, ids and cells: the same data always give the same."""
        sha = hashlib.sha256()
        for mode in self.modes:
            sha.update(mode.name.encode() + b"\0" + mode.ids.digest())
        sha.update(np.array(self.shape, np.int64).tobytes())
        if self.is_sparse:
            sha.update(self.cells.indptr.astype(np.int64).tobytes())
            sha.update(self.cells.indices.astype(np.int32).tobytes())
            sha.update(self.cells.data.tobytes())
            if self.weights is not None:
                sha.update(self.weights.tobytes())
        elif self.is_dense:
            sha.update(np.ascontiguousarray(self.cells).tobytes())
            if self.weights is not None:
                sha.update(np.ascontiguousarray(self.weights).tobytes())
        elif hasattr(self.cells, "fingerprint"):
            sha.update(self.cells.fingerprint.encode())
        else:
            # An operator has no entries to read: its action on fixed vectors stands for it.
            probe = np.random.default_rng(0).standard_normal((self.shape[1], 2))
            sha.update(np.asarray(self.cells.matmat(probe), np.float32).tobytes())
        return sha.hexdigest()

    def __repr__(self) -> str:
        kind = "sparse" if self.is_sparse else "dense" if self.is_dense else "operator"
        n, m = self.shape
        return (
            f"Observations({self.rows.name} {n:,} x {self.cols.name} {m:,}, {kind}, "
            f"{self.n_observed:,} observed)"
        )

    def _where(self) -> str:
        return f"{self.source}: " if self.source else ""

    def _first(self, bad: NDArray[np.bool_]) -> tuple[Id, Id, float]:
        """Return row id, column id and value of the first cell that `bad` marks."""
        if self.is_sparse:
            at = int(np.flatnonzero(bad)[0])
            i = int(np.searchsorted(self.cells.indptr, at, side="right")) - 1
            return (
                self.rows.ids[i],
                self.cols.ids[int(self.cells.indices[at])],
                float(self.cells.data[at]),
            )
        i, j = (int(x) for x in np.argwhere(bad)[0])
        return self.rows.ids[i], self.cols.ids[j], float(self.cells[i, j])

    def _refuse_non_finite(self) -> None:
        data = self.cells.data if self.is_sparse else self.cells
        if not isinstance(data, np.ndarray) or bool(np.isfinite(data).all()):
            return
        i, j, value = self._first(~np.isfinite(data))
        way_out = (
            'say nan="unobserved" if NaN stands for what was not observed'
            if np.isnan(value)
            else "drop it or leave the cell unobserved"
        )
        raise InputError(
            f"{self._where()}the cell of {self.rows.name} {i!r} and {self.cols.name} {j!r} is "
            f"{value}, but a finite number was expected; {way_out}"
        )


def refuse_unknown_nan(nan: str) -> None:
    """Raise `InputError` if `nan` is not one of the two choices."""
    if nan not in ("refuse", "unobserved"):
        raise InputError(f"nan is {nan!r}, but 'refuse' or 'unobserved' was expected")


def _without_nan(matrix: Any) -> csr_array:
    """Return a dense or sparse matrix with its cells stored but for those that hold NaN."""
    from scipy.sparse import coo_array, csr_array

    if isinstance(matrix, np.ndarray):
        at = np.nonzero(~np.isnan(matrix))
        return csr_array((matrix[at], at), shape=matrix.shape)
    cells = coo_array(matrix)
    kept = ~np.isnan(cells.data)
    at = (cells.coords[0][kept], cells.coords[1][kept])
    return csr_array((cells.data[kept], at), shape=matrix.shape)


def _canonical_csr(matrix: Any, beside: Beside) -> tuple[csr_array, Beside]:
    """Return `matrix` as sorted float32 CSR without duplicates, keeping explicit zeros.

    `beside` are arrays with one entry per stored cell, which are put into the same order.
    """
    from scipy.sparse import coo_array, csr_array

    if matrix.dtype.kind not in "biuf":
        raise InputError(f"the matrix holds {matrix.dtype}, but real numbers were expected")
    accompanied = any(x is not None for x in beside)
    sorted_already = matrix.format == "csr" and matrix.has_canonical_format
    if (
        accompanied
        and not sorted_already
        and all(x is None or len(x) == matrix.nnz for x in beside)
    ):
        cells = coo_array(matrix)
        i, j = (x.astype(np.int64) for x in cells.coords)
        order = np.lexsort((j, i))
        i, j = i[order], j[order]
        if ((i[1:] == i[:-1]) & (j[1:] == j[:-1])).any():
            raise InputError(
                "a cell of the matrix is stored twice, each with a time stamp or weight of its "
                "own; add up what belongs together first"
            )
        indptr = np.searchsorted(i, np.arange(matrix.shape[0] + 1))
        matrix = csr_array((cells.data[order], j, indptr), shape=matrix.shape)
        beside = [None if x is None else x[order] for x in beside]
    csr = csr_array(matrix)
    if not csr.has_canonical_format:
        csr = csr.copy()  # it may share its arrays with the caller's matrix
        csr.sum_duplicates()
    if csr.data.dtype != np.float32:
        csr = csr_array((csr.data.astype(np.float32), csr.indices, csr.indptr), shape=csr.shape)
    csr.has_sorted_indices = True
    csr.has_canonical_format = True
    return csr, beside

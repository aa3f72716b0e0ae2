"""Matrices that come whole: Matrix Market, SciPy npz, npy files; NumPy and SciPy objects.

They carry no ids, so rows and columns are numbered 0 .. n-1 unless ids are given, as a sequence or
as a text file with one id per line. Repeated entries are summed, as these formats define. Called
by `rowspace.observe.read`.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from rowspace.errors import InputError
from rowspace.observe.formats import broken_gzip, is_gzip, open_bytes
from rowspace.observe.observations import Nan, Observations


def read_matrix(path: Path, format: str) -> Any:
    """Return the matrix in a file of one of `rowspace.observe.formats.MATRICES`.

    Args:
        path: the file.
        format: "mtx", "npz" (SciPy sparse, or one array) or "npy".

    Returns:
        A SciPy sparse array or a 2-d NumPy array.

    Raises:
        InputError: it is truncated, damaged, pickled, or no real matrix.
    """
    try:
        if format == "mtx":
            return _read_mtx(path)
        if format == "npy":
            return np.load(path, allow_pickle=False)
        return _read_npz(path)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        if is_gzip(path):
            raise broken_gzip(path.name) from None
        raise InputError(f"{path.name} is truncated") from None
    except (ValueError, zipfile.BadZipFile, OSError, OverflowError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} cannot be read as {format}: {error}") from None


def label_matrix(
    matrix: Any,
    rows: str,
    cols: str,
    row_ids: Any,
    col_ids: Any,
    source: str,
    nan: Nan = "refuse",
) -> Observations:
    """Return a matrix as observations.

    Args:
        matrix: SciPy sparse, 2-d array, masked array (masked cells were not observed) or a
            LinearOperator.
        rows, cols: the names of the sides.
        row_ids, col_ids: ids in order, or the path of a text file with one per line, or None.
        source: where the matrix came from.
        nan: "unobserved" where NaN stands for cells that were not observed.

    Raises:
        InputError: the numbers of ids do not fit, or it is no matrix of real finite numbers.
    """
    if isinstance(matrix, np.ma.MaskedArray):
        matrix = _from_masked(matrix)
    elif isinstance(matrix, np.matrix):
        matrix = np.asarray(matrix)
    where = f"{source}: " if source else ""
    if getattr(matrix, "ndim", 2) != 2:
        raise InputError(f"{where}a matrix has two dimensions, but this array has {matrix.ndim}")
    if matrix.dtype is not None and np.dtype(matrix.dtype).kind not in "biuf":
        raise InputError(f"{where}the matrix holds {matrix.dtype}, but real numbers were expected")
    given: dict[str, Any] = {}
    for side, name, ids, n in (
        ("row_ids", rows, row_ids, matrix.shape[0]),
        ("col_ids", cols, col_ids, matrix.shape[1]),
    ):
        given[side] = _listed_ids(ids) if isinstance(ids, str | Path) else ids
        if given[side] is not None and len(given[side]) != n:
            raise InputError(
                f"{where}{side} has {len(given[side])} ids, but the matrix has {n} {name} "
                f"{'rows' if side == 'row_ids' else 'columns'}"
            )
    return Observations.from_matrix(matrix, rows=rows, cols=cols, source=source, nan=nan, **given)


def _read_mtx(path: Path) -> Any:
    from scipy.io import mmread

    with open_bytes(path) as file:
        matrix = mmread(file, spmatrix=False)
    if isinstance(matrix, np.ndarray) or matrix.dtype.kind == "c":
        return matrix
    # In float32 before it is sorted, so that the float64 copy is gone by then.
    matrix.data = matrix.data.astype(np.float32)
    return matrix


def _read_npz(path: Path) -> Any:
    from scipy.sparse import csr_array, load_npz

    # Opened here, since NumPy leaves a damaged archive open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        names = archive.files
        if "format" not in names and {"data", "indices", "indptr", "shape"} <= set(names):
            # The three arrays of a CSR matrix, saved by hand.
            arrays = (archive["data"], archive["indices"], archive["indptr"])
            return csr_array(arrays, shape=tuple(archive["shape"]))
        if "format" not in names:
            if len(names) != 1:
                raise InputError(
                    f"{path.name} holds {len(names)} arrays ({', '.join(names)}), but a SciPy "
                    "sparse matrix or one array was expected"
                )
            return archive[names[0]]
    return load_npz(path)


def _from_masked(matrix: Any) -> Any:
    from scipy.sparse import csr_array

    observed = ~np.ma.getmaskarray(matrix)
    at = np.nonzero(observed)
    return csr_array((matrix.data[at], at), shape=matrix.shape)


def _listed_ids(path: str | Path) -> list[str]:
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise InputError(f"there is no file {str(path)!r} to take ids from") from None
    return [line.rstrip() for line in lines if line.strip()]

"""Vector: an array that remembers which encoder made it, so that strangers are not compared.

Two spaces give their dimensions unrelated meanings, even when both have 64 of them. A `Vector`
carries the fingerprint of what made it; searching with it elsewhere, or adding vectors of two
encoders, is refused. A plain array carries no fingerprint and is taken at its word.

Made by `side.py` (`side[id]`) and `space.py` (`fold_in`).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError

__all__ = ["Vector"]


class Vector(np.ndarray[Any, np.dtype[np.float32]]):
    """A (dim,) float32 array with the fingerprint of its encoder.

    Args:
        values: the numbers.
        encoder: a fingerprint; None for unknown.

    Example:
        >>> a = Vector([1, 0], encoder="x")
        >>> (a * 2).encoder, (a @ a).item()
        ('x', 1.0)
        >>> a + Vector([1, 0], encoder="y")
        Traceback (most recent call last):
        ...
        rowspace.errors.InputError: vectors of two encoders (x and y) have unrelated dimensions; ...
    """

    encoder: str | None

    def __new__(cls, values: ArrayLike, encoder: str | None = None) -> Self:
        """Copy `values` into a new vector."""
        self = np.array(values, np.float32).view(cls)
        self.encoder = encoder
        return self

    def __array_finalize__(self, origin: object) -> None:
        self.encoder = getattr(origin, "encoder", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Compute with plain arrays; label what still has the shape of a vector."""
        out = options.get("out", ())
        encoders = sorted(
            {i.encoder for i in (*inputs, *out) if isinstance(i, Vector) and i.encoder}
        )
        if len(encoders) > 1:
            raise InputError(
                f"vectors of two encoders ({' and '.join(e[:8] for e in encoders)}) have unrelated "
                "dimensions; take both from one space"
            )
        if out:
            options["out"] = tuple(_plain(o) for o in out)
        result = getattr(ufunc, method)(*map(_plain, inputs), **options)
        if out:
            return out[0] if len(out) == 1 else out
        if getattr(result, "shape", None) == self.shape and result.dtype == np.float32:
            return Vector(result, encoders[0] if encoders else None)
        return result


def as_query(given: Any, dim: int, encoder: str, where: str) -> NDArray[np.float32]:
    """Return what was given as a plain (dim,) float32 array, or refuse it.

    Args:
        given: a `Vector` or anything that is an array of numbers.
        dim: the length that is needed.
        encoder: the fingerprint that a `Vector` must have.
        where: the space to name in messages.

    Raises:
        InputError: another encoder made it, it has another length, or holds no finite numbers.
    """
    if isinstance(given, Vector) and given.encoder is not None and given.encoder != encoder:
        raise InputError(
            f"this vector was made by the encoder {given.encoder[:8]}, but {where} by "
            f"{encoder[:8]}, so their dimensions are unrelated; take the vector from this space, "
            "or fold in what was observed"
        )
    try:
        array = np.asarray(given)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in "iuf" or array.ndim != 1:
        raise InputError(
            f"a query is an id, a vector of {dim} numbers or a mapping of ids to values, "
            f"but {_describe(given, array)} was given"
        )
    if len(array) != dim:
        raise InputError(f"the vector has {len(array)} numbers, but those of {where} have {dim}")
    with np.errstate(over="ignore"):
        query = np.ascontiguousarray(array, np.float32)
    if not np.isfinite(query).all():
        bad = int(np.flatnonzero(~np.isfinite(query))[0])
        raise InputError(
            f"number {bad} of the vector is {array[bad]}, but a finite float32 was expected"
        )
    return query


def as_vectors(given: Any, name: str, ids: Any) -> Any:
    """Return vectors as a read-only (n, dim) float32 array or CSR array, or refuse them.

    Wider floats and integers are rounded to the nearest float32. Sparse vectors stay sparse.

    Raises:
        InputError: the shape does not fit the ids, or a number is not finite.
    """
    if hasattr(given, "tocsr"):
        return _as_sparse(given, name, ids)
    array = np.asarray(given)
    if array.dtype.kind not in "iuf" or array.ndim != 2:
        raise InputError(
            f"the vectors of side {name!r} must be an n x dim array of numbers, "
            f"but {_describe(given, array)} was given"
        )
    if len(array) != len(ids) or array.shape[1] < 1:
        raise InputError(
            f"the vectors of side {name!r} are {array.shape[0]} x {array.shape[1]}, "
            f"but {len(ids)} ids need {len(ids)} vectors of at least one number"
        )
    with np.errstate(over="ignore"):
        vectors = np.ascontiguousarray(array, np.float32).view()
    for top in range(0, len(vectors), 65_536):
        finite = np.isfinite(vectors[top : top + 65_536])
        if not finite.all():
            i, j = np.argwhere(~finite)[0]
            raise InputError(
                f"number {j} of the vector of {name} {ids[top + int(i)]!r} is "
                f"{array[top + i, j]}, but a finite float32 was expected"
            )
    vectors.flags.writeable = False
    return vectors


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Vector) else value


def _as_sparse(given: Any, name: str, ids: Any) -> Any:
    from scipy.sparse import csr_array

    n, dim = given.shape
    if n != len(ids) or dim < 1:
        raise InputError(
            f"the vectors of side {name!r} are {n} x {dim}, but {len(ids)} ids need {len(ids)} "
            "vectors of at least one number"
        )
    csr = csr_array(given, dtype=np.float32)
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    bad = np.flatnonzero(~np.isfinite(csr.data))
    if len(bad):
        row = int(np.searchsorted(csr.indptr, bad[0], side="right")) - 1
        raise InputError(
            f"the vector of {name} {ids[row]!r} holds {csr.data[bad[0]]}, but a finite float32 was "
            "expected"
        )
    # One type for both, or SciPy would copy them when they are mapped.
    kind = np.int32 if max(csr.nnz, dim) < np.iinfo(np.int32).max else np.int64
    csr.indices, csr.indptr = csr.indices.astype(kind), csr.indptr.astype(kind)
    return csr


def _describe(given: Any, array: NDArray[Any]) -> str:
    if isinstance(given, np.ndarray):
        return f"an array of {array.dtype} with {array.ndim} dimensions"
    return f"{type(given).__name__} {given!r:.60}"

"""Ids: the user's own names for the rows of something, kept to the end.

Ids are strings or integers, never both, each of them once. They live in one Arrow array (memory
mapped when it comes from disk); finding the position of an id scans that array for the first few
questions and builds a hash table when more are asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnknownIdError, nearest_names

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Ids", "united"]

Id = str | int
_SCANS_BEFORE_TABLE = 8
_NEAREST_SEARCH_LIMIT = 200_000


class Ids(Sequence[Id]):
    """Unique string or integer ids with their positions.

    Args:
        array: Arrow array of type string, large_string or any integer; or a sequence of `str` or
            of `int`. Converted to large_string or int64. No nulls, no duplicates (checked unless
            `unique=True` promises it).
        unique: the caller knows that no id occurs twice.
        what: what the ids are called in messages, for example "user".

    Raises:
        InputError: an id is missing, is neither text nor a whole number, or occurs twice.

    Example:
        >>> ids = Ids(["a", "b"])
        >>> ids[1], ids.position("b"), "c" in ids, len(ids)
        ('b', 1, False, 2)
    """

    __slots__ = ("_scans", "_table", "array")

    def __init__(
        self, array: pa.Array | Iterable[Id], *, unique: bool = False, what: str = "id"
    ) -> None:
        self.array = _as_arrow(array, what)
        self._table: dict[Id, int] | None = None
        self._scans = 0
        if not unique:
            self._refuse_duplicates(what)

    @classmethod
    def range(cls, n: int) -> Ids:
        """Return the ids 0 .. n-1, for data that came without names."""
        return cls(np.arange(n, dtype=np.int64), unique=True)

    @property
    def is_integer(self) -> bool:
        """Whether the ids are whole numbers (otherwise they are text)."""
        import pyarrow as pa

        return bool(pa.types.is_int64(self.array.type))

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Id]:
        return iter(self.array.to_pylist())

    def __getitem__(self, i):  # type: ignore[no-untyped-def]
        """Return the id at position `i`, or the list of ids of a slice."""
        got = self.array[i]
        return got.to_pylist() if isinstance(i, slice) else got.as_py()

    def __contains__(self, name: object) -> bool:
        return self._find(name) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ids) and bool(self.array.equals(other.array))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(repr(self[i]) for i in range(min(4, len(self))))
        return f"Ids([{shown}{', ...' if len(self) > 4 else ''}], n={len(self)})"

    def take(self, positions: NDArray[np.integer]) -> list[Id]:
        """Return the ids at `positions` (int array of any length) as a list."""
        import pyarrow as pa

        ids: list[Id] = self.array.take(pa.array(np.asarray(positions, np.int64))).to_pylist()
        return ids

    def select(self, positions: NDArray[np.integer]) -> Ids:
        """Return new `Ids` with those at `positions`, in that order, each at most once."""
        import pyarrow as pa

        return Ids(self.array.take(pa.array(np.asarray(positions, np.int64))), unique=True)

    def position(self, name: object, side: str = "", where: str = "") -> int:
        """Return the position of an id.

        Args:
            name: the id; an `int` for integer ids (text that spells one is accepted), else `str`.
            side, where: the side and the space or file to name in the message.

        Raises:
            UnknownIdError: there is no such id; the message names the nearest ones.
        """
        found = self._find(name)
        if found is not None:
            return found
        on = f" on side {side!r}" if side else ""
        of = f" of {where}" if where else ""
        near = nearest_names(name, self) if len(self) <= _NEAREST_SEARCH_LIMIT else ""
        raise UnknownIdError(f"no row {name!r}{on}{of}{near}")

    def positions(
        self, names: Iterable[object], side: str = "", where: str = ""
    ) -> NDArray[np.int64]:
        """Return the positions of several ids as an int64 array; raises like `position`."""
        return np.array([self.position(name, side, where) for name in names], dtype=np.int64)

    def digest(self) -> bytes:
        """Return a sha256 of the ids and their order, whatever their chunks or offsets."""
        sha = hashlib.sha256(b"int" if self.is_integer else b"str")
        step = 65_536
        for start in range(0, len(self), step):
            part = self.array.slice(start, step)
            if self.is_integer:
                sha.update(part.to_numpy(zero_copy_only=False).tobytes())
            else:
                sha.update("\0".join(part.to_pylist()).encode() + b"\0")
        return sha.digest()

    def _find(self, name: object) -> int | None:
        import pyarrow.compute as pc

        key = self._key(name)
        if key is None:
            return None
        if self._table is None and self._scans < _SCANS_BEFORE_TABLE:
            self._scans += 1
            found = pc.index(self.array, key).as_py()
            return None if found < 0 else int(found)
        if self._table is None:
            self._table = {k: i for i, k in enumerate(self)}
        return self._table.get(key)

    def _key(self, name: object) -> Id | None:
        """Return `name` as these ids spell it, or None when it cannot be one of them."""
        if isinstance(name, np.generic):
            name = name.item()
        if isinstance(name, bool):
            return None
        if not self.is_integer:
            return name if isinstance(name, str) else None
        if isinstance(name, str) and is_canonical_integer(name):
            name = int(name)
        return name if isinstance(name, int) and -(2**63) <= name < 2**63 else None

    def _refuse_duplicates(self, what: str) -> None:
        import pyarrow.compute as pc

        if len(pc.unique(self.array)) == len(self.array):
            return
        counts = pc.value_counts(self.array)
        twice = next(c for c in counts.to_pylist() if c["counts"] > 1)
        raise InputError(
            f"{what} {twice['values']!r} occurs {twice['counts']} times among the {what} ids, "
            "but each id names one row; remove the repetition"
        )


def united(parts: Sequence[Ids]) -> tuple[Ids, list[NDArray[np.int64]]]:
    """Return the ids of all parts by first occurrence, and where in them those of each part are.

    Where some are text and others whole numbers, all become text: 7 and "7" are the same id.

    >>> ids, at = united([Ids(["a", "b"]), Ids(["c", "a"])])
    >>> list(ids), at[1].tolist()
    (['a', 'b', 'c'], [2, 0])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    arrays = [ids.array for ids in parts]
    if not all(ids.is_integer for ids in parts):
        arrays = [array.cast(pa.large_string()) for array in arrays]
    union = pc.unique(pa.chunked_array(arrays))
    positions = [pc.index_in(array, union).cast(pa.int64()).to_numpy() for array in arrays]
    return Ids(union, unique=True), positions


def is_canonical_integer(text: str) -> bool:
    """Say whether `text` is how Python writes some integer, so that nothing is lost by reading it.

    >>> [is_canonical_integer(t) for t in ["42", "-7", "007", "+1", "1.0", "0", "-0"]]
    [True, True, False, False, False, True, False]
    """
    digits = text[1:] if text.startswith("-") else text
    plain = digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0")
    return plain and text != "-0"


def _as_arrow(ids: pa.Array | Iterable[Id], what: str) -> pa.Array:
    import pyarrow as pa

    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    if isinstance(ids, np.ndarray) and ids.dtype.kind in "US":
        ids = ids.astype(str).tolist()
    if not isinstance(ids, pa.Array):
        values = ids if isinstance(ids, np.ndarray) else list(ids)
        if not isinstance(values, np.ndarray) or values.dtype == object:
            _refuse_mixed(values, what)
        try:
            ids = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise InputError(f"{what} ids must be text or whole numbers: {error}") from None
    if pa.types.is_null(ids.type) and len(ids) == 0:
        ids = ids.cast(pa.large_string())
    if pa.types.is_dictionary(ids.type):
        ids = ids.dictionary_decode()
    if ids.null_count:
        where = int(np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False))[0])
        raise InputError(f"the {what} id at position {where} is missing; every row needs an id")
    if ids.type in (pa.int64(), pa.large_string()):
        return ids
    if pa.types.is_integer(ids.type):
        return ids.cast(pa.int64())
    if pa.types.is_string(ids.type) or _is_string_view(ids):
        return ids.cast(pa.large_string())
    raise InputError(
        f"{what} ids are of type {ids.type}, but text or whole numbers were expected; cast them"
    )


def _is_string_view(array: pa.Array) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string_view(array.type))


def _refuse_mixed(values: Sequence[object] | NDArray[np.object_], what: str) -> None:
    if set(map(type, values)) in ({str}, {int}):
        return
    first: object = None
    for i, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, str | int | np.integer):
            raise InputError(
                f"the {what} id at position {i} is {value!r}, but text or a whole number "
                "was expected"
            )
        if first is None:
            first = value
        elif isinstance(value, str) is not isinstance(first, str):
            raise InputError(
                f"{what} ids mix text and numbers: {first!r} and, at position {i}, {value!r}; "
                "make them all text or all whole numbers"
            )

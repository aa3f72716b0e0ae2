"""Side: one kind of thing in a space (users, items, words), each with an id and a vector.

Belongs to a `Space`, which gives it the fingerprint of the encoder and the way to fold in. Holds
row blocks (one per shard of the file, memory-mapped when they come from disk), ids and metadata;
searches them exactly (`nearest.py`) after filtering (`filters.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.ids import Id, Ids
from rowspace.space import nearest
from rowspace.space.filters import allowed
from rowspace.space.format import described
from rowspace.space.hits import Hits
from rowspace.space.vector import Vector, as_query

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Side"]

_MEASURES = {"cosine": "cosine", "dot": "dot product"}


class Side:
    """The named vectors of one kind of thing.

    Attributes:
        name: what its rows are, for example "item".
        ids: the user's own ids, in order.
        table: metadata, one row per id without the id; or None.
        dim: the length of the vectors.
        blocks: the vectors as (n_b, dim) float32 arrays in order, read-only; those that are mostly
            zeros (histories, item-to-item models) as one SciPy CSR array.
        extras: what each row has besides its vector, by name: arrays with one entry per row
            ("bias" (n,) adds to every score; "background" (n,) and "lift" (n,) are what fold-in
            needs; "covariance", "variance", ... are error bars, see `factor/covariance.py`).
        encoder: the fingerprint of what made the vectors.

    Example:
        >>> from rowspace.space.space import Space
        >>> space = Space.from_vectors({"word": (["cat", "dog", "car"], [[1, 0], [2, 1], [0, 1]])})
        >>> side = space["word"]
        >>> side["dog"].tolist(), len(side)
        ([2.0, 1.0], 3)
        >>> side.near("cat", k=2).ids
        ['dog', 'car']
    """

    def __init__(
        self,
        name: str,
        ids: Ids,
        blocks: Sequence[Any],
        table: pa.Table | None = None,
        extras: Mapping[str, NDArray[Any]] | None = None,
        *,
        encoder: str,
        where: str,
        fold: Callable[[Mapping[Id, float]], Vector],
    ) -> None:
        self.name = name
        self.ids = ids
        self.table = table
        self.extras = dict(extras or {})
        self.blocks = tuple(blocks)
        self.dim = int(self.blocks[0].shape[1])
        self.encoder = encoder
        self._where = where
        self._fold = fold

    @cached_property
    def vectors(self) -> Any:
        """All vectors, (n, dim) float32, read-only: mapped from the file, unless it has several
        shards (from 1 GiB on), which are joined in memory on first use. A CSR array where they
        are sparse.
        """
        if len(self.blocks) == 1:
            return self.blocks[0]
        joined = np.concatenate(self.blocks)
        joined.flags.writeable = False
        return joined

    @property
    def is_sparse(self) -> bool:
        """Whether the vectors are kept as a sparse array."""
        return nearest.is_sparse(self.blocks)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: Id) -> Vector:
        """Return a copy of the vector of one id; raises `UnknownIdError` naming the nearest."""
        return self._at(self.position(name))

    def __repr__(self) -> str:
        columns = f", table={self.table.column_names}" if self.table is not None else ""
        return f"Side({self.name!r}, n={len(self):,}, dim={self.dim}{columns})"

    def position(self, name: object) -> int:
        """Return the position of an id; raises `UnknownIdError` naming the nearest."""
        return self.ids.position(name, self.name, self._where)

    def near(self, query: Any, k: int = 10, filter: Any = None, metric: str = "cosine") -> Hits:
        """Find the rows of this side nearest to a query, by an exact scan.

        Args:
            query: an id of this side (which itself is left out of the answers); or a vector of
                `dim` numbers; or a mapping {id on the other side: value}, which is folded in.
            k: how many answers, after filtering; fewer only when there are fewer.
            filter: which rows may be found (see `filters.py`).
            metric: "cosine" (0 with a vector of zeros), or "dot" for the dot product.

        Returns:
            `Hits`, best first, equal scores in the order of the rows.

        Raises:
            UnknownIdError: no such id or metadata column; the message names the nearest.
            InputError: a vector of another encoder or length, k below 1, or an unknown metric.
        """
        own = None
        if is_id(query):
            own = np.array([self.position(query)])
            query = self._at(int(own[0]))
        elif isinstance(query, Mapping):
            query = self._fold(query)
        return self.search(query, k, filter, metric, own)

    def search(
        self,
        query: Any,
        k: int,
        filter: Any = None,
        metric: str = "cosine",
        without: NDArray[np.int64] | None = None,
        offset: float | None = None,
    ) -> Hits:
        """Find rows as `near` does, by a vector, leaving out the positions `without`.

        With an `offset`, each dot product gets it and the "bias" of its row besides: a score.
        """
        if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
            raise InputError(f"k is {k!r}, but a whole number of at least 1 was expected")
        if metric not in _MEASURES:
            raise InputError(f"metric is {metric!r}, but 'cosine' or 'dot' was expected")
        vector = as_query(query, self.dim, self.encoder, self._where)
        at = None
        if filter is not None:
            at = allowed(filter, self.name, self.ids, self.table)
            if without is not None:
                at = np.setdiff1d(at, without, assume_unique=False)
        if metric == "cosine":
            scores = nearest.dot_products(self.blocks, nearest.normalized(vector), at)
            scores *= self._inverse_norms if at is None else self._inverse_norms[at]
            np.clip(scores, -1.0, 1.0, out=scores)
        else:
            scores = nearest.dot_products(self.blocks, vector, at)
            if offset is not None:
                bias = self.extras["bias"]
                scores += np.float32(offset) + (bias if at is None else bias[at])
        if at is None and without is not None:
            scores[without] = -np.inf
        found = nearest.best(scores, int(k))
        positions = found if at is None else at[found]
        measure = _MEASURES[metric] if offset is None else "score"
        return Hits(self.ids.take(positions), scores[found], measure, self.name)

    def to_numpy(self) -> NDArray[np.float32]:
        """Return a copy of the vectors, (n, dim) float32, that may be written to."""
        if self.is_sparse:
            return np.asarray(self.blocks[0].toarray())
        return np.concatenate(self.blocks)

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table: "id", the metadata columns, and "vector" (fixed-size lists).

        The numbers are not copied.
        """
        import pyarrow as pa

        self.refuse_sparse("a table of vectors")
        lists = [
            pa.FixedSizeListArray.from_arrays(pa.array(block.reshape(-1)), self.dim)
            for block in self.blocks
        ]
        return self.described().append_column("vector", pa.chunked_array(lists))

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas data frame of the vectors, indexed by id, columns 0 .. dim-1."""
        try:
            import pandas as pd
        except ImportError:
            raise InputError(
                "to_pandas needs pandas, which is not installed; pip install pandas"
            ) from None
        return pd.DataFrame(self.to_numpy(), index=pd.Index(list(self.ids), name=self.name))

    def refuse_sparse(self, purpose: str) -> None:
        """Raise `UnsupportedError` where the vectors are sparse."""
        if self.is_sparse:
            raise UnsupportedError(
                f"the vectors of {self.name} are {self.dim:,} numbers that are mostly zeros, which "
                f"{purpose} cannot hold; use space[{self.name!r}].vectors, a SciPy sparse array"
            )

    def described(self) -> pa.Table:
        """Return an Arrow table of "id" and the metadata columns."""
        return described(self.ids, self.table)

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the vectors of the rows from `start` to before `stop`, (stop - start, dim)."""
        return nearest.between(self.blocks, start, stop)

    @cached_property
    def _inverse_norms(self) -> NDArray[np.float32]:
        return nearest.inverse_norms(self.blocks)

    def _at(self, position: int) -> Vector:
        row = nearest.rows(self.blocks, np.array([position]))[0]
        return Vector(row, self.encoder)


def is_id(query: object) -> bool:
    """Say whether a query is an id: text or a whole number."""
    return isinstance(query, str | int | np.integer) and not isinstance(query, bool)

"""Hits: what a search returns, the user's ids with their scores, best first. Made by `side.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rowspace.observe.ids import Id

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Hits"]


@dataclass(frozen=True, eq=False, repr=False)
class Hits:
    """The answers to one query.

    Attributes:
        ids: the ids found, best first.
        scores: (len(ids),) float32, descending.
        measure: what the scores are: "cosine", "dot product", or "score" where a model adds biases
            to the dot product.
        side: the name of the side that was searched.

    Example:
        >>> hits = Hits(["b", "a"], np.array([0.9, 0.5], np.float32), "cosine", "item")
        >>> hits
        item  cosine
        b     0.9000
        a     0.5000
        >>> [name for name, score in hits if score > 0.8], len(hits)
        (['b'], 2)
    """

    ids: list[Id]
    scores: NDArray[np.float32]
    measure: str
    side: str

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[tuple[Id, float]]:
        return zip(self.ids, self.scores.tolist())

    def __repr__(self) -> str:
        names = [self.side, *map(str, self.ids)]
        width = max(map(len, names))
        marks = [self.measure, *(f"{score:.4f}" for score in self.scores.tolist())]
        return "\n".join(f"{name:<{width}}  {mark}" for name, mark in zip(names, marks))

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table with the columns "id" and "score"."""
        import pyarrow as pa

        kind = pa.int64() if self.ids and isinstance(self.ids[0], int) else pa.large_string()
        return pa.table({"id": pa.array(self.ids, kind), "score": pa.array(self.scores)})

"""rowspace: an embedding is a factor of a matrix.

`read` a file into a labelled matrix, `fit` a recipe to it, `open` the resulting space of named
vectors later. Everything else hangs on what these return.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Resolved on first use, so that importing rowspace costs nothing; "*" is the module itself.
_HOMES = {
    "read": "rowspace.observe.read",
    "read_triples": "rowspace.observe.triples",
    "fit": "rowspace.api",
    "fit_partitioned": "rowspace.api",
    "tune": "rowspace.tuning",
    "rank": "rowspace.judge.masked_rank",
    "open": "rowspace.space.space:open_space",
    "explain": "rowspace.explain:*",
    "Observations": "rowspace.observe.observations",
    "Factorization": "rowspace.factor.grammar",
    "Space": "rowspace.space.space",
    "RowspaceError": "rowspace.errors",
}

__all__ = [
    "Factorization",
    "Observations",
    "RowspaceError",
    "Space",
    "__version__",
    "explain",
    "fit",
    "fit_partitioned",
    "open",
    "rank",
    "read",
    "read_triples",
    "tune",
]

if TYPE_CHECKING:
    from rowspace import explain as explain
    from rowspace.api import fit as fit
    from rowspace.api import fit_partitioned as fit_partitioned
    from rowspace.errors import RowspaceError as RowspaceError
    from rowspace.factor.grammar import Factorization as Factorization
    from rowspace.judge.masked_rank import rank as rank
    from rowspace.observe.observations import Observations as Observations
    from rowspace.observe.read import read as read
    from rowspace.observe.triples import read_triples as read_triples
    from rowspace.space.space import Space as Space
    from rowspace.space.space import open_space as open
    from rowspace.tuning import tune as tune


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rowspace' has no attribute {name!r}")
    module, _, attribute = home.partition(":")
    whole = importlib.import_module(module)
    value = whole if attribute == "*" else getattr(whole, attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_HOMES))

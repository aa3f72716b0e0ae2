"""rowspace: an embedding is a factor of a matrix.

`read` a file into a labelled matrix, `fit` a recipe to it, `open` the resulting space of named
vectors later. Everything else hangs on what these return.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Resolved on first use, so that importing rowspace costs nothing.
_HOMES = {
    "read": "rowspace.observe.read",
    "fit": "rowspace.api",
    "open": "rowspace.space.space:open_space",
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
    "fit",
    "open",
    "read",
]

if TYPE_CHECKING:
    from rowspace.api import fit as fit
    from rowspace.errors import RowspaceError as RowspaceError
    from rowspace.factor.grammar import Factorization as Factorization
    from rowspace.observe.observations import Observations as Observations
    from rowspace.observe.read import read as read
    from rowspace.space.space import Space as Space
    from rowspace.space.space import open_space as open


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rowspace' has no attribute {name!r}")
    module, _, attribute = home.partition(":")
    value = getattr(importlib.import_module(module), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_HOMES))

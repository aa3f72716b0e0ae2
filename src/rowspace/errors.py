"""What the user is told when something cannot be done.

Every error that a user can cause is a `RowspaceError` whose text is one sentence that names the
thing, the value, what was expected and the way out. The command line prints that sentence and
leaves with status 1; anything else that escapes is a bug of rowspace.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "RowspaceError", "SpaceError", "UnknownIdError", "UnsupportedError"]


class RowspaceError(Exception):
    """The base of every error that rowspace raises on purpose."""


class InputError(RowspaceError, ValueError):
    """Data or an argument that cannot be used; the message names file, line or column, value."""


class UnknownIdError(RowspaceError, LookupError):
    """An id, side or name that is not there: the message names the nearest ones."""


class UnsupportedError(RowspaceError, ValueError):
    """A combination that no solver can do: the message names the nearest that can be done."""


class SpaceError(RowspaceError, OSError):
    """A space on disk that is missing, truncated, corrupted or of a newer format."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


def nearest_names(name: object, known: Iterable[object], n: int = 3) -> str:
    """Return the end of a sentence that names the closest of `known`, or "" when none is close.

    >>> nearest_names("Toy Story", ["Toy Story (1995)", "Heat (1995)"])
    "; nearest: 'Toy Story (1995)'"
    >>> nearest_names("zzz", ["a", "b"])
    ''
    """
    by_text = {str(k): k for k in known}
    text = str(name)
    starts = [t for t in by_text if t.lower().startswith(text.lower())] if text else []
    close = starts[:n] or difflib.get_close_matches(text, by_text, n=n, cutoff=0.6)
    return "; nearest: " + ", ".join(repr(by_text[c]) for c in close) if close else ""

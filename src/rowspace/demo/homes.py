"""Homes: where the public finds a name that is defined somewhere else.

"reader" of "_csv" is `csv.reader`, "gather" of "asyncio.tasks" is `asyncio.gather`. Follows the
`from ... import` of public modules. Called by `corpus.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence

from rowspace.demo.sources import Source

_OS_PATH = sys.modules["os.path"].__name__
# These have no underscore, and yet are documented as parts of `os` and of `os.path` only.
_INTERNAL = ("posix", "nt", "genericpath")


class Homes:
    """The public modules of names.

    Args:
        sources: the modules written in Python by name.
        compiled: the public names of each module written in C.
    """

    def __init__(
        self, sources: Mapping[str, Source], compiled: Mapping[str, Sequence[str]]
    ) -> None:
        self._sources = sources
        self._compiled = compiled
        self._homes: dict[tuple[str, str], str] = {}
        only_used: list[tuple[tuple[str, str], str]] = []
        for name in sorted(sources, key=lambda n: (n.count("."), len(n), n)):
            source = sources[name]
            for origin, names in source.imports if not is_internal(name) else ():
                if not _offers(name, origin):
                    continue
                for offered in self._expand(origin, names):
                    if names != ("*",) and source.offered is None:
                        only_used.append(((origin, offered), name))
                    elif source.offered is None or offered in source.offered:
                        self._homes.setdefault((origin, offered), name)
        # A name that nobody lists is taken to be offered by who imports it.
        for there, name in only_used:
            self._homes.setdefault(there, name)

    def home(self, module: str, name: str) -> str | None:
        """Return the public module of a name, or None when the public does not get to see it."""
        if module == "_collections_abc":  # no import says so since Python 3.13
            return "collections.abc"
        while (module, name) in self._homes:
            module = self._homes[module, name]
        return None if is_internal(module) else public_name(module)

    def _expand(self, module: str, names: tuple[str, ...]) -> Iterator[str]:
        """Yield the names that an import brings, those of `*` written out."""
        if names != ("*",):
            yield from names
        elif module in self._compiled:
            yield from self._compiled[module]
        elif module in self._sources:
            source = self._sources[module]
            if source.offered is not None:
                yield from sorted(source.offered)
                return
            yield from source.definitions
            for origin, more in source.imports:
                if origin != module and _offers(module, origin):
                    yield from self._expand(origin, more)


def public_name(module: str) -> str:
    """Return the name under which a module is documented.

    >>> import os
    >>> public_name(os.path.__name__), public_name("csv")
    ('os.path', 'csv')
    """
    return "os.path" if module == _OS_PATH else module


def is_internal(module: str) -> bool:
    """Whether users are not meant to import a module under its own name.

    >>> [is_internal(m) for m in ["csv", "_csv", "importlib._abc", "posix", "__future__"]]
    [False, True, True, True, False]
    """
    return module in _INTERNAL or any(
        part.startswith("_") and part != "__future__" for part in module.split(".")
    )


def _offers(module: str, origin: str) -> bool:
    """Whether a module offers what it imports from `origin` as its own, rather than uses it."""
    return is_internal(origin) or origin.startswith(f"{module}.")

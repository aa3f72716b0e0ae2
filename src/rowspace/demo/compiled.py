"""Compiled: what modules written in C say, by reading the documentation strings of what they hold.

These modules are imported, since there is no source to parse; `import_compiled` gives them by name,
`compiled_documents` the documents of one of them. Called by `corpus.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.machinery import BuiltinImporter, ExtensionFileLoader
from types import ModuleType

from rowspace.demo.document import Document, document

# Importing `readline` writes to some terminals; the others exist to test the interpreter.
_NEVER_IMPORTED = re.compile(r"readline|_?xx|_test")


def import_compiled(wanted: Callable[[str], bool]) -> dict[str, ModuleType]:
    """Import the modules of the standard library that are written in C.

    Args:
        wanted: says by its name whether a module is of interest.

    Returns:
        The modules by name, in order; without those that cannot be imported on this machine.
    """
    modules: dict[str, ModuleType] = {}
    for name in sorted(sys.stdlib_module_names):
        if _NEVER_IMPORTED.match(name) or not wanted(name):
            continue
        try:
            loader = getattr(importlib.util.find_spec(name), "loader", None)
        except ValueError:  # a module that is running has no specification
            continue
        if loader is not BuiltinImporter and not isinstance(loader, ExtensionFileLoader):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                modules[name] = importlib.import_module(name)
        except ImportError:  # built, but a library that it needs is not on this machine
            continue
    return modules


def compiled_documents(
    module: ModuleType, is_public: bool, home: Callable[[str], str | None]
) -> Iterator[Document]:
    """Yield the documents of a module written in C.

    Args:
        module: the module.
        is_public: whether it is documented under its own name.
        home: the public module of a name in it; None for a name that the public does not see.

    Example:
        >>> import math
        >>> [d.id for d in compiled_documents(math, True, lambda name: "math")][:2]
        ['math', 'math.acos']
    """
    name = module.__name__
    if is_public:
        yield document(name, "module", name, inspect.getdoc(module) or "", [])
    for attribute, value in sorted(vars(module).items()):
        public = None if attribute.startswith("_") else home(attribute)
        # What a program has put in the place of a hook of `sys` is not the library's.
        value = vars(module).get(f"__{attribute}__", value)
        if public is None or not callable(value):
            continue
        if not isinstance(value, type):
            if doc := _own_doc(value):
                yield document(f"{public}.{attribute}", "function", public, doc, [])
            continue
        if value.__module__.partition(".")[0] not in (name, public.partition(".")[0]):
            continue  # borrowed from elsewhere, as exceptions often are
        if doc := _own_doc(value):
            yield document(f"{public}.{attribute}", "class", public, doc, [])
        for method, function in sorted(vars(value).items()):
            doc = _own_doc(function) if callable(function) else ""
            if doc and not method.startswith("_"):
                yield document(f"{public}.{attribute}.{method}", "method", public, doc, [])


def _own_doc(value: object) -> str:
    """Return the documentation string that a thing has itself and did not inherit."""
    doc = getattr(value, "__doc__", None)
    return inspect.cleandoc(doc) if isinstance(doc, str) and doc is not type(value).__doc__ else ""

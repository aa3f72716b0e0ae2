"""Sources: what a module written in Python says, by parsing it and never importing it.

`read_source` takes the text of one file and gives a `Source`: the module's own words, the
documents of its public classes and functions (their names still relative to the module), and
which names it imports and offers. Called by `corpus.py`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rowspace.demo.document import Document, Kind, document, summary

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.ClassDef | _Function


@dataclass(frozen=True)
class Source:
    """What one file says.

    Attributes:
        name: the module's name, "json.decoder".
        about: the module's own document.
        definitions: the documents of each public class (first its own, then its methods') and of
            each public function, by name; the ids are relative to the module.
        imports: (module, names) of each `from module import names`; of a package also those in
            functions, which is how packages offer names lazily.
        offered: the names in `__all__`, or None where it is not written out.
    """

    name: str
    about: Document
    definitions: dict[str, tuple[Document, ...]]
    imports: tuple[tuple[str, tuple[str, ...]], ...]
    offered: frozenset[str] | None


def read_source(name: str, text: str, is_package: bool) -> Source | None:
    """Read the text of a module; None if it is not valid Python (a template, for example).

    Example:
        >>> source = read_source("m", "def f(x):\\n    'Double it.'\\n    return 2 * x", False)
        >>> source.definitions["f"][0].summary, source.offered
        ('Double it.', None)
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    lines = text.splitlines()
    offered = _offered(tree)
    definitions: dict[str, tuple[Document, ...]] = {}
    for node in _statements(tree.body):
        if not isinstance(node, _Definition) or node.name.startswith("_"):
            continue
        # A module that says what it offers hides the rest, unless it cared to document it.
        if offered is not None and node.name not in offered and not ast.get_docstring(node):
            continue
        definitions.setdefault(node.name, tuple(_documents(node, lines)))
    members = [f"{d.id} {d.summary}" for ds in definitions.values() for d in ds if "." not in d.id]
    about = document(name, "module", name, ast.get_docstring(tree) or "", members)
    return Source(name, about, definitions, tuple(_imports(tree, name, is_package)), offered)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, also those below `if` and `try`."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _statements(node.body)
            yield from _statements(node.orelse)
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from _statements(handler.body)


def _imports(
    tree: ast.Module, name: str, is_package: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in ast.walk(tree) if is_package else _statements(tree.body):
        if not isinstance(node, ast.ImportFrom):
            continue
        origin = node.module or ""
        if node.level:
            package = name.split(".")
            package = package[: len(package) - node.level + is_package]
            origin = ".".join([*package, *([origin] if origin else [])])
        yield origin, tuple(alias.name for alias in node.names)


def _offered(tree: ast.Module) -> frozenset[str] | None:
    """Return the names in `__all__` if it is written out, else None."""
    names: set[str] = set()
    found = False
    for node in _statements(tree.body):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AugAssign(target=ast.Name(id="__all__"), value=value)
                | ast.Expr(
                    ast.Call(ast.Attribute(ast.Name(id="__all__"), attr="extend"), args=[value])
                )
            ):
                if not isinstance(value, ast.List | ast.Tuple):
                    return None
                found = True
                names |= {str(e.value) for e in value.elts if isinstance(e, ast.Constant)}
            case _:
                pass
    return frozenset(names) if found else None


def _documents(node: _Definition, lines: list[str]) -> Iterator[Document]:
    """Yield the document of a class or function, then those of the methods that have their own."""
    if not isinstance(node, ast.ClassDef):
        yield _of_function(node, node.name, "function", lines)
        return
    methods = [m for m in node.body if isinstance(m, _Function)]
    # A class also speaks for those of its methods that have no document of their own.
    more = [
        f"{m.name} {summary(ast.get_docstring(m) or '')}"
        if _has_document(m)
        else f"{'' if m.name.startswith('__') else m.name} {_body(m, lines)}"
        for m in methods
    ]
    init = next((m for m in methods if m.name == "__init__"), None)
    given = _parameters(init) if init else ", ".join(ast.unparse(b) for b in node.bases)
    doc = ast.get_docstring(node) or ""
    yield document(node.name, "class", "", doc, more, f"class {node.name}({given})")
    for m in methods:
        if _has_document(m):
            yield _of_function(m, f"{node.name}.{m.name}", "method", lines)


def _of_function(node: _Function, name: str, kind: Kind, lines: list[str]) -> Document:
    doc = ast.get_docstring(node) or ""
    return document(name, kind, "", doc, [_body(node, lines)], f"{node.name}({_parameters(node)})")


def _has_document(method: _Function) -> bool:
    """Whether a method has a document of its own: it is public, documented, and no attribute."""
    if method.name.startswith("_") or ast.get_docstring(method) is None:
        return False
    return not any(
        "property" in d or "setter" in d for d in map(ast.unparse, method.decorator_list)
    )


def _body(node: _Function, lines: list[str]) -> str:
    """Return the parameters and the source of a function without its documentation string."""
    has_doc = ast.get_docstring(node) is not None
    if has_doc and len(node.body) == 1:
        return _parameters(node)
    first = node.body[int(has_doc)].lineno
    return "\n".join([_parameters(node), *lines[first - 1 : node.end_lineno]])


def _parameters(node: _Function) -> str:
    arguments = node.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return ", ".join(a.arg for a in listed if a.arg not in ("self", "cls"))

"""The demo's text: Python's own standard library, which every machine with Python has.

`standard_library()` takes nothing and gives one `Document` for every public module, class, function
and method, named as a user would import it ("csv.reader", also where it is written in C and lives
in "_csv"). What is written in Python is parsed, never imported; of what is written in C the
documentation strings are read. The order is always the same. Called by `rowspace.demo.run`.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import BuiltinImporter, ExtensionFileLoader
from pathlib import Path
from types import ModuleType
from typing import Literal

from rowspace.errors import InputError
from rowspace.progress import stage

Kind = Literal["module", "class", "function", "method"]
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

# Tests, whole programs, tables and jokes say little about what the library does, and what newer
# Pythons have dropped should not be recommended.
_LEFT_OUT = frozenset(
    "test tests idlelib turtle turtledemo site-packages dist-packages lib-dynload __pycache__ "
    "pydoc_data encodings ensurepip _bundled antigravity this __hello__ __phello__ "
    "aifc asynchat asyncore audioop cElementTree cgi cgitb chunk crypt distutils imghdr imp "
    "lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sre_compile "
    "sre_constants sre_parse sunau telnetlib tix uu xdrlib".split()
)
# Importing `readline` writes to some terminals; the others exist to test the interpreter.
_NEVER_IMPORTED = re.compile(r"readline|_?xx|_test")
# Modules under two names: the documented one, and the one that never is.
_ALIASES = {
    sys.modules["os.path"].__name__: "os.path",
    "genericpath": "os.path",
    "posix": "os",
    "nt": "os",
}
_TWINS = frozenset({"posixpath", "ntpath"} - set(_ALIASES))


@dataclass(frozen=True)
class Document:
    """What the standard library says about one thing.

    Attributes:
        id: its qualified name, "subprocess.run".
        kind: module, class, function or method.
        module: the public module that it belongs to.
        summary: the first sentence of its documentation, or its signature where it has none.
        text: its documentation and its source, with all names split into words.
    """

    id: str
    kind: Kind
    module: str
    summary: str
    text: str


@dataclass
class _Source:
    """A parsed module: its tree, its lines, and the public names that it offers."""

    name: str
    is_package: bool
    tree: ast.Module
    lines: list[str]
    definitions: dict[str, Definition] = field(init=False)
    imports: list[tuple[str, list[str]]] = field(init=False)
    exported: set[str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.definitions = _definitions(self.tree)
        self.imports = list(_imports(self))
        self.exported = _exported(self.tree)


def standard_library(folder: Path | None = None) -> list[Document]:
    """Return the documents of the standard library of the running Python.

    Args:
        folder: where its sources are; where the running Python has them if None.

    Returns:
        A list of `Document`, each id once: what is written in Python by module name and line,
        then what is written in C by module and name.

    Raises:
        InputError: this Python was installed without the sources of its standard library.
    """
    folder = folder or Path(sysconfig.get_path("stdlib"))
    if not (folder / "csv.py").is_file():
        raise InputError(
            f"{folder} holds no sources of Python's standard library (there is no csv.py), which "
            "the demo reads; run it with a Python that has them, as those of python.org do"
        )
    sources = _parse(folder)
    compiled = _compiled(sources)
    homes = _Homes(sources, compiled)
    documents: dict[str, Document] = {}
    with stage("documents", total=len(sources) + len(compiled)) as step:
        for source in sources.values():
            for document in _written_in_python(source, homes):
                documents.setdefault(document.id, document)
            step()
        for name, module in compiled.items():
            for document in _written_in_c(name, module, homes):
                documents.setdefault(document.id, document)
            step()
    return list(documents.values())


def for_search(documents: list[Document]) -> Iterator[tuple[str, str]]:
    """Yield (id, text) pairs in which the name and the summary outweigh the rest.

    Counting words many times is how their weight is raised in a matrix of counts, of which the
    logarithm will be taken: the name counts eightfold, the summary fourfold, and the summary of the
    module says what the thing is about.
    """
    about = {d.id: d.summary for d in documents if d.kind == "module"}
    for d in documents:
        name = split_names(d.id.replace(".", " "))
        parts = [d.id.rpartition(".")[2], *[name] * 8, *[split_names(d.summary)] * 4]
        yield d.id, "\n".join([*parts, split_names(about.get(d.module, "")), d.text])


def split_names(text: str) -> str:
    """Return text with the names of programs split into their words.

    >>> split_names("class DictReader(HTMLParser): skip_blank_lines")
    'class Dict Reader(HTML Parser): skip blank lines'
    """
    return _SEAMS.sub(" ", text).replace("_", " ")


_SEAMS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


# ---- what is there ------------------------------------------------------------------------------


def _parse(folder: Path) -> dict[str, _Source]:
    """Return the parsed modules below `folder` by name, in the order of their names."""
    files: dict[str, Path] = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        if not _LEFT_OUT.intersection(parts) and all(p.isidentifier() for p in parts):
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    sources: dict[str, _Source] = {}
    with stage("sources", total=len(files)) as step:
        for name in sorted(files):
            step()
            if name in _TWINS or name.endswith("__main__"):
                continue
            text = files[name].read_text(encoding="utf-8", errors="replace")
            try:
                with warnings.catch_warnings(action="ignore"):
                    tree = ast.parse(text)
            except SyntaxError:  # a template, or a file that a distribution has changed
                continue
            is_package = files[name].name == "__init__.py"
            sources[name] = _Source(name, is_package, tree, text.splitlines())
    return sources


def _compiled(sources: dict[str, _Source]) -> dict[str, ModuleType]:
    """Return the modules written in C that are public or that a public module offers names of."""
    offered = {name for source in sources.values() for name, _ in source.imports}
    modules: dict[str, ModuleType] = {}
    for name in sorted(sys.stdlib_module_names):
        internal = name.startswith("_") or name in _ALIASES
        if name in sources or (internal and name not in offered) or _NEVER_IMPORTED.match(name):
            continue
        spec = None if name in _LEFT_OUT else importlib.util.find_spec(name)
        if spec is None or not (
            spec.loader is BuiltinImporter or isinstance(spec.loader, ExtensionFileLoader)
        ):
            continue
        try:
            with warnings.catch_warnings(action="ignore"):
                modules[name] = importlib.import_module(name)
        except ImportError:  # built, but a library that it needs is not on this machine
            continue
    return modules


def _definitions(tree: ast.Module) -> dict[str, Definition]:
    """Return the public classes and functions of a module, also those below `if` and `try`."""
    found: dict[str, Definition] = {}
    for node in _statements(tree.body):
        if isinstance(node, Definition) and not node.name.startswith("_"):
            found.setdefault(node.name, node)
    return found


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _statements(node.body)
            yield from _statements(node.orelse)
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _imports(source: _Source) -> Iterator[tuple[str, list[str]]]:
    """Yield (module, names) of the `from ... import` of a module; of a package also lazy ones."""
    nodes = ast.walk(source.tree) if source.is_package else _statements(source.tree.body)
    for node in nodes:
        if not isinstance(node, ast.ImportFrom):
            continue
        origin = node.module or ""
        if node.level:
            package = source.name.split(".")
            package = package[: len(package) - node.level + source.is_package]
            origin = ".".join([*package, *([origin] if origin else [])])
        yield origin, [a.name for a in node.names if a.asname in (None, a.name) or a.asname]


def _exported(tree: ast.Module) -> set[str] | None:
    """Return `__all__` if it is written out, else None."""
    names: set[str] = set()
    found = False
    for node in _statements(tree.body):
        value: ast.expr | None = None
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                pass
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                pass
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend"), args=[value]
                )
            ):
                pass
        if value is None:
            continue
        if not isinstance(value, ast.List | ast.Tuple):
            return None
        found = True
        names |= {str(e.value) for e in value.elts if isinstance(e, ast.Constant)}
    return names if found else None


# ---- what it is called --------------------------------------------------------------------------


class _Homes:
    """Where the public finds a name: "_csv.reader" in csv, "asyncio.tasks.gather" in asyncio."""

    def __init__(self, sources: dict[str, _Source], compiled: dict[str, ModuleType]) -> None:
        self._sources = sources
        self._compiled = compiled
        self._homes: dict[tuple[str, str], str] = {}
        only_used: list[tuple[tuple[str, str], str]] = []
        for name in sorted(sources, key=lambda n: (n.count("."), len(n), n)):
            source = sources[name]
            for origin, names in source.imports if not _is_internal(name) else ():
                if not (_is_internal(origin) or origin.startswith(f"{name}.")):
                    continue
                for offered in self._expand(origin, names):
                    if names != ["*"] and source.exported is None:
                        only_used.append(((origin, offered), name))
                    elif source.exported is None or offered in source.exported:
                        self._homes.setdefault((origin, offered), name)
        # A name that nobody lists is taken to be offered by who imports it.
        for there, name in only_used:
            self._homes.setdefault(there, name)

    def home(self, module: str, name: str) -> str | None:
        """Return the public module of a name, or None when the public does not get to see it."""
        while (module, name) in self._homes:
            module = self._homes[module, name]
        module = _ALIASES.get(module, module)
        return None if _is_internal(module) else module

    def _expand(self, module: str, names: list[str]) -> Iterator[str]:
        if names != ["*"]:
            yield from names
        elif module in self._compiled:
            yield from (n for n in dir(self._compiled[module]) if not n.startswith("_"))
        elif module in self._sources:
            source = self._sources[module]
            if source.exported is not None:
                yield from sorted(source.exported)
                return
            yield from source.definitions
            for origin, more in source.imports:
                if origin != module and (_is_internal(origin) or origin.startswith(f"{module}.")):
                    yield from self._expand(origin, more)


def _is_internal(module: str) -> bool:
    if module in ("posix", "nt"):
        return True
    return any(part.startswith("_") and part != "__future__" for part in module.split("."))


# ---- what it says -------------------------------------------------------------------------------


def _written_in_python(source: _Source, homes: _Homes) -> Iterator[Document]:
    """Yield the documents of one module: itself, then its public definitions and their methods."""
    module = _ALIASES.get(source.name, source.name)
    if not _is_internal(source.name):
        doc = ast.get_docstring(source.tree) or ""
        members = [
            f"{name} {_summary(ast.get_docstring(node) or '')}"
            for name, node in source.definitions.items()
        ]
        yield _document(module, "module", module, doc, "", [*members])
    for name, node in source.definitions.items():
        home = homes.home(source.name, name)
        if home is None or (home == source.name and _is_hidden(source, name)):
            continue
        kind: Kind = "class" if isinstance(node, ast.ClassDef) else "function"
        yield _of_definition(f"{home}.{name}", kind, home, node, source)
        if not isinstance(node, ast.ClassDef):
            continue
        for method in node.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and _is_public(method):
                yield _of_definition(f"{home}.{name}.{method.name}", "method", home, method, source)


def _is_hidden(source: _Source, name: str) -> bool:
    """Whether a module says what it offers, and this is neither that nor documented."""
    node = source.definitions[name]
    return (
        source.exported is not None
        and name not in source.exported
        and ast.get_docstring(node) is None
    )


def _of_definition(
    name: str, kind: Kind, module: str, node: Definition, source: _Source
) -> Document:
    doc = ast.get_docstring(node) or ""
    if not isinstance(node, ast.ClassDef):
        signature = f"{node.name}({_parameters(node)})"
        return _document(name, kind, module, doc, signature, [_body(node, source)])
    # A class also speaks for those of its methods that have no document of their own.
    methods = [m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
    parts = [
        f"{m.name} {_summary(ast.get_docstring(m) or '')}"
        if _is_public(m)
        else f"{'' if m.name.startswith('__') else m.name} {_body(m, source)}"
        for m in methods
    ]
    init = next((m for m in methods if m.name == "__init__"), None)
    given = _parameters(init) if init else ", ".join(ast.unparse(b) for b in node.bases)
    return _document(name, kind, module, doc, f"class {node.name}({given})", parts)


def _is_public(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method has a document of its own: it is public, documented, and no attribute."""
    if method.name.startswith("_") or ast.get_docstring(method) is None:
        return False
    return not any("property" in d or "setter" in d for d in map(ast.unparse, method.decorator_list))


def _body(node: ast.FunctionDef | ast.AsyncFunctionDef, source: _Source) -> str:
    """Return the parameters and the source of a function, docstring excluded: it is read apart."""
    has_doc = ast.get_docstring(node) is not None
    if has_doc and len(node.body) == 1:
        return _parameters(node)
    first = node.body[int(has_doc)].lineno
    return "\n".join([_parameters(node), *source.lines[first - 1 : node.end_lineno]])


def _written_in_c(name: str, module: ModuleType, homes: _Homes) -> Iterator[Document]:
    """Yield the documents of a module written in C, under the public names of what it offers."""
    if not _is_internal(name):
        yield _document(name, "module", name, inspect.getdoc(module) or "", "", [])
    for attribute, value in sorted(vars(module).items()):
        home = homes.home(name, attribute)
        if home is None or attribute.startswith("_") or not callable(value):
            continue
        is_class = isinstance(value, type)
        if is_class and value.__module__.partition(".")[0] not in (name, home.partition(".")[0]):
            continue  # borrowed from elsewhere, for example the exceptions
        doc = _own_doc(value)
        if doc:
            kind: Kind = "class" if is_class else "function"
            yield _document(f"{home}.{attribute}", kind, home, doc, "", [])
        for method, function in sorted(vars(value).items()) if is_class else ():
            doc = _own_doc(function) if callable(function) else ""
            if doc and not method.startswith("_"):
                yield _document(f"{home}.{attribute}.{method}", "method", home, doc, "", [])


def _own_doc(value: object) -> str:
    """Return the documentation string that a thing has itself and did not inherit."""
    doc = getattr(value, "__doc__", None)
    return inspect.cleandoc(doc) if isinstance(doc, str) and doc is not type(value).__doc__ else ""


def _document(
    name: str, kind: Kind, module: str, doc: str, signature: str, parts: list[str]
) -> Document:
    text = split_names("\n".join([doc, *parts]))
    return Document(name, kind, module, _summary(doc) or signature, text)


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    arguments = node.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return ", ".join(a.arg for a in listed if a.arg not in ("self", "cls"))


def _summary(doc: str) -> str:
    """Return the first sentence of a documentation string that is not a signature.

    >>> _summary("sum(xs) -> number\\n\\nAdd up the\\nxs. Then rest.")
    'Add up the xs.'
    """
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", doc) if p.strip()]
    prose = [p for p in paragraphs if not _SIGNATURE.match(p)]
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z(])", (prose or paragraphs or [""])[0])[0]
    return sentence if len(sentence) <= 160 else sentence[:159].rsplit(" ", 1)[0] + " …"


_SIGNATURE = re.compile(r"[\w.]+(\(| *=|, .*=)|-+$|=+$")

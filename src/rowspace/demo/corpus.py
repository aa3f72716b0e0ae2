"""Corpus: the text of the demo, Python's own standard library, which every machine has.

`standard_library()` gives one `Document` for every public module, class, function and documented
method, named as a user would import it ("csv.reader", though that is written in C and lives in
"_csv"), always in the same order. `for_search` turns documents into (id, text) pairs to count
words in. Called by `run.py`.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rowspace.demo.compiled import compiled_documents, import_compiled
from rowspace.demo.document import Document, split_names
from rowspace.demo.homes import Homes, is_internal, public_name
from rowspace.demo.sources import Source, read_source
from rowspace.errors import InputError
from rowspace.progress import stage

# Tests, whole programs, tables and jokes say little about what the library does, and what newer
# Pythons have dropped should not be recommended.
_LEFT_OUT = frozenset(
    """__main__ test tests idlelib turtle turtledemo site-packages dist-packages lib-dynload
    pydoc_data encodings ensurepip _bundled antigravity this __hello__ __phello__
    aifc asynchat asyncore audioop cElementTree cgi cgitb chunk crypt distutils imghdr imp
    lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sre_compile
    sre_constants sre_parse sunau telnetlib tix uu xdrlib""".split()  # noqa: SIM905
)
# Both are `os.path`, each on its own kind of system.
_PATHS = ("ntpath", "posixpath")


def standard_library(folder: Path | None = None) -> list[Document]:
    """Return the documents of the standard library of the running Python.

    Args:
        folder: where its sources are; where the running Python has them if None.

    Returns:
        A list of `Document`, each id once: first what is written in Python, by module and line,
        then what is written in C, by module and name.

    Raises:
        InputError: this Python was installed without the sources of its standard library.
    """
    folder = folder or Path(sysconfig.get_path("stdlib"))
    if not (folder / "csv.py").is_file():
        raise InputError(
            f"{folder} holds no sources of Python's standard library (there is no csv.py), which "
            "the demo reads; run it with a Python that has them, as those from python.org do"
        )
    sources = _read(folder)
    imported = {origin for source in sources.values() for origin, _ in source.imports}
    compiled = import_compiled(
        lambda name: (
            name not in sources
            and name not in _LEFT_OUT
            and (name in imported or not is_internal(name))
        )
    )
    homes = Homes(
        sources, {k: [n for n in vars(m) if not n.startswith("_")] for k, m in compiled.items()}
    )
    found: dict[str, Document] = {}
    for source in sources.values():
        for document in _named(source, homes):
            found.setdefault(document.id, document)
    for name, module in compiled.items():
        documents = compiled_documents(module, not is_internal(name), partial(homes.home, name))
        for document in documents:
            found.setdefault(document.id, document)
    return list(found.values())


def for_search(documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Yield (id, text) pairs in which the name and the summary outweigh the rest.

    Repeating words is how their weight is raised in a matrix of counts, of which the logarithm will
    be taken: the name counts eightfold, the summary fourfold; the summary of its module says what
    a thing is about.
    """
    about = {d.id: d.summary for d in documents if d.kind == "module"}
    for d in documents:
        name, summary = split_names(d.id.replace(".", " ")), split_names(d.summary)
        last = d.id.rpartition(".")[2]  # once as it is written: "DictReader"
        module = split_names(about.get(d.module, ""))
        yield d.id, "\n".join([last, *[name] * 8, *[summary] * 4, module, d.text])


def _read(folder: Path) -> dict[str, Source]:
    """Return the modules below `folder` by name, in the order of their names."""
    files = dict(sorted(_modules(folder, "")))
    sources: dict[str, Source] = {}
    with stage("read sources", total=len(files)) as step:
        for name, path in files.items():
            step()
            text = path.read_text(encoding="utf-8", errors="replace")
            source = read_source(name, text, path.name == "__init__.py")
            if source is not None:
                sources[name] = source
    return sources


def _modules(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of each module below a folder."""
    for path in folder.iterdir():
        if path.stem in _LEFT_OUT or not path.stem.isidentifier():
            continue
        if path.is_dir():
            yield from _modules(path, f"{prefix}{path.name}.")
        elif path.suffix != ".py":
            continue
        elif path.stem == "__init__":
            yield prefix.removesuffix("."), path
        elif path.stem not in _PATHS or public_name(path.stem) != path.stem:
            yield prefix + path.stem, path


def _named(source: Source, homes: Homes) -> Iterator[Document]:
    """Yield the documents of a module under the names by which the public knows them."""
    if not is_internal(source.name):
        name = public_name(source.name)
        yield replace(source.about, id=name, module=name)
    for name, documents in source.definitions.items():
        home = homes.home(source.name, name)
        if home is None:
            continue
        for document in documents:
            yield replace(document, id=f"{home}.{document.id}", module=home)

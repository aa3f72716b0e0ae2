"""The registry of everything in rowspace that comes from a publication, and where it is.

A function is registered by the decorator `@published(kind=..., ...)` above its definition; the
modules that hold such functions are listed in `MODULES`. Transforms and policies will join
with their own `kind` and nothing else. Read by `rowspace recipes`,
`rowspace literature`, the documentation and the tests that hold every entry to its promises.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from rowspace.errors import InputError, UnknownIdError, nearest_names

__all__ = ["Entry", "Paper", "build", "entries", "get", "literature", "published"]

MODULES = (
    "rowspace.recipes.svd",
    "rowspace.recipes.puresvd",
    "rowspace.recipes.norm_svd",
    "rowspace.recipes.ease",
    "rowspace.recipes.sansa",
    "rowspace.recipes.slim",
    "rowspace.recipes.gf_cf",
    "rowspace.recipes.ials",
    "rowspace.recipes.wals",
    "rowspace.recipes.eals",
    "rowspace.recipes.complete",
    "rowspace.recipes.als_explicit",
    "rowspace.recipes.rel_mf",
    "rowspace.recipes.nbpo",
    "rowspace.recipes.bpr",
    "rowspace.recipes.simplex",
    "rowspace.recipes.cml",
    "rowspace.recipes.lsa",
    "rowspace.recipes.sent2vec",
    "rowspace.recipes.ppmi",
    "rowspace.recipes.skipgram",
    "rowspace.recipes.skipgram_closed",
    "rowspace.recipes.prod2vec_mf",
    "rowspace.recipes.prod2vec",
    "rowspace.recipes.metaprod2vec",
    "rowspace.recipes.dual",
    "rowspace.recipes.codes",
    "rowspace.recipes.glove_ls",
    "rowspace.recipes.pu_words",
    "rowspace.recipes.rand_walk",
    "rowspace.recipes.swivel",
    "rowspace.recipes.nmf",
    "rowspace.recipes.semi_nmf",
    "rowspace.recipes.binary_nmf",
    "rowspace.recipes.sparse_nmf",
    "rowspace.recipes.graph_nmf",
    "rowspace.recipes.robust_nmf",
    "rowspace.recipes.supervised_nmf",
    "rowspace.recipes.fastrp",
    "rowspace.recipes.prone",
    "rowspace.recipes.ae",
    "rowspace.recipes.musae",
    "rowspace.recipes.sgc",
    "rowspace.recipes.sgr",
    "rowspace.recipes.spectral",
    "rowspace.recipes.netmf",
    "rowspace.recipes.line",
    "rowspace.recipes.graph_auto",
    "rowspace.recipes.deepwalk_mf",
    "rowspace.recipes.node2vec_mf",
    "rowspace.recipes.deepwalk",
    "rowspace.recipes.phusion",
    "rowspace.recipes.role",
    "rowspace.recipes.kcore",
    "rowspace.recipes.graphlet",
    "rowspace.recipes.poincare",
    "rowspace.recipes.hmds",
    "rowspace.recipes.complex",
    "rowspace.recipes.transe",
    "rowspace.judge.all_items",
    "rowspace.judge.binning",
    "rowspace.judge.clusters",
    "rowspace.judge.compare",
    "rowspace.judge.compressed",
    "rowspace.judge.decomposition",
    "rowspace.judge.dependence",
    "rowspace.judge.dimension",
    "rowspace.judge.evalrank",
    "rowspace.judge.features",
    "rowspace.judge.gauge",
    "rowspace.judge.geometry",
    "rowspace.judge.hidden_positives",
    "rowspace.judge.hubness",
    "rowspace.judge.identifiability",
    "rowspace.judge.information",
    "rowspace.judge.labels",
    "rowspace.judge.lidar",
    "rowspace.judge.link_prediction",
    "rowspace.judge.masked_rank",
    "rowspace.judge.next_item",
    "rowspace.judge.node_classification",
    "rowspace.judge.overlap",
    "rowspace.judge.preservation",
    "rowspace.judge.rank",
    "rowspace.judge.ranking",
    "rowspace.judge.reconstruction",
    "rowspace.judge.retrieval",
    "rowspace.judge.sharpness",
    "rowspace.judge.significance",
    "rowspace.judge.spectrum",
    "rowspace.judge.triples",
    "rowspace.judge.word_tasks",
    "rowspace.explain.reasons",
    "rowspace.explain.uncertainty",
)

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Paper:
    """A publication: authors, year, title and venue, and its number in the literature list."""

    authors: str
    year: int
    title: str
    venue: str
    literature: int | None = None

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}). {self.title}. {self.venue}."


@dataclass(frozen=True)
class Entry:
    """One published method.

    Attributes:
        name: what it is called in Python and on the command line.
        kind: "recipe", "measure", "protocol" or "explanation" (later: "transform", "policy").
        claim: what it is good for, in one line.
        papers: where it comes from, the main source first.
        entry: "module:function".
        test, benchmark: paths below the project's root; benchmark None where there is none yet.
        function: the function itself.
    """

    name: str
    kind: str
    claim: str
    papers: tuple[Paper, ...]
    entry: str
    test: str
    benchmark: str | None
    function: Callable[..., Any]

    @property
    def citation(self) -> str:
        """The main source as one line."""
        return str(self.papers[0])

    @property
    def literature(self) -> tuple[int, ...]:
        """The numbers of the papers in the literature list."""
        return tuple(p.literature for p in self.papers if p.literature is not None)

    @property
    def summary(self) -> str:
        """The first line of the function's documentation."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def options(self) -> dict[str, inspect.Parameter]:
        """The function's parameters by name; those of a recipe with their types."""
        # The types of other functions may be names that only a type checker imports.
        return dict(inspect.signature(self.function, eval_str=self.kind == "recipe").parameters)


_entries: dict[str, Entry] = {}


def published(
    *,
    kind: str,
    claim: str,
    papers: tuple[Paper, ...],
    test: str,
    benchmark: str | None = None,
    name: str | None = None,
) -> Callable[[F], F]:
    """Register the function below as a published method (see `Entry` for the arguments)."""

    def register(function: F) -> F:
        entry = Entry(
            name=name or function.__name__,
            kind=kind,
            claim=claim,
            papers=papers,
            entry=f"{function.__module__}:{function.__qualname__}",
            test=test,
            benchmark=benchmark,
            function=function,
        )
        _entries[entry.name] = entry
        return function

    return register


def entries(kind: str | None = None) -> tuple[Entry, ...]:
    """Return every entry (of one kind), in the order of `MODULES`.

    >>> [e.name for e in entries("recipe")][:2]
    ['svd', 'puresvd']
    """
    for module in MODULES:
        importlib.import_module(module)
    home = {name: at for at, name in enumerate(MODULES)}
    listed = [e for e in _entries.values() if e.function.__module__ in home]
    listed.sort(key=lambda e: home[e.function.__module__])  # whatever was imported first
    return tuple(e for e in listed if kind is None or e.kind == kind)


def get(name: str, kind: str | None = None) -> Entry:
    """Return the entry of that name (and kind); `UnknownIdError` names the nearest ones.

    >>> get("ials").papers[0].year
    2008
    """
    known = {e.name: e for e in entries(kind)}
    if name not in known:
        near = nearest_names(name, known) or "; there are: " + ", ".join(known)
        raise UnknownIdError(f"no {kind or 'published method'} {name!r}{near}")
    return known[name]


def build(name: str, options: dict[str, Any]) -> Any:
    """Call a recipe with `options`, refusing those that it does not have.

    >>> build("svd", {"dim": 8}).dim
    8
    """
    entry = get(name, "recipe")
    unknown = [o for o in options if o not in entry.options]
    if unknown:
        raise InputError(
            f"{name} has no option {unknown[0]!r}; its options are {', '.join(entry.options)}"
        )
    return entry.function(**options)


def literature() -> list[dict[str, Any]]:
    """Return every publication covered so far and where, one dict each, in order of year.

    The keys are authors, year, title, venue, literature (its number or None) and where (a list of
    "kind name" texts).
    """
    where: dict[Paper, list[str]] = {}
    for entry in entries():
        for paper in entry.papers:
            where.setdefault(paper, []).append(f"{entry.kind} {entry.name}")
    ordered = sorted(where, key=lambda p: (p.year, p.authors))
    return [
        {
            "authors": p.authors,
            "year": p.year,
            "title": p.title,
            "venue": p.venue,
            "literature": p.literature,
            "where": where[p],
        }
        for p in ordered
    ]

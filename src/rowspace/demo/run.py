"""The demo: the main job from text to answers, on what every machine with Python has.

`run` reads Python's standard library, learns a space of documents and one of words, saves both,
opens them again and asks them things; it prints what it finds, whatever that is, and returns it.
Called by the command `rowspace demo`.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rowspace.demo.corpus import for_search, standard_library
from rowspace.demo.document import Document
from rowspace.errors import InputError
from rowspace.progress import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from rowspace.factor.grammar import Factorization
    from rowspace.observe.observations import Observations
    from rowspace.space.space import Space

    T = TypeVar("T")

DOCUMENTS = "stdlib-docs.space"
WORDS = "stdlib-words.space"

_SOURCE = f"the standard library of Python {platform.python_version()}"

STOP_WORDS = """
a an and are as at be by can do does for from has have how if in into is it its not of on or that
the this to was what when which will with you your
""".split()  # noqa: SIM905
"""Words that say nothing about what a text is about."""

ASKED_WORDS = ("thread", "socket", "json", "compress", "date", "random", "memory")
"""Words whose neighbours are shown."""

SEARCHES: tuple[tuple[str, dict[str, str] | None], ...] = (
    ("read a csv file", None),
    ("run a program and capture its output", None),
    ("compress a file with gzip", None),
    ("parse a date from a string", None),
    ("create a temporary directory", None),
    ("wait for several coroutines", None),
    ("median of numbers", None),
    ("copy a file", {"kind": "function"}),
)
"""What is searched for, and a condition on the metadata of what may be found."""


def run(out: Path, console: Console | None, *, seed: int = 0) -> dict[str, Any]:
    """Run the demo.

    Args:
        out: the folder for the two spaces; spaces of an earlier run are replaced.
        console: where to print; None prints nothing. Progress bars go to standard error, if that
            is a terminal.
        seed: the same seed gives the same vectors.

    Returns:
        What was printed, as plain values: `python`, `steps` (step, made, seconds), `spaces`
        (path, bytes, sides, factorization), `words` (word, hits), `searches` (query, filter,
        seconds, hits) and `next` (commands to type).

    Raises:
        InputError: `out` is no folder, or this Python came without the sources of its library.
        SpaceError: the spaces cannot be written.
    """
    from rowspace.demo.show import show_header, show_result

    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, but a folder for two spaces was expected; name another")

    if console is not None:
        show_header(console)
    with terminal():
        result = _learn(out, seed)
    if console is not None:
        show_result(result, console)
    return result


def search(space: Space, query: str, k: int = 5, filter: Any = None) -> list[dict[str, Any]]:
    """Find the documents that fit a text, as `rowspace near SPACE TEXT --text` does.

    Args:
        space: the space of documents.
        query: words; those that the space does not know say nothing.
        k: how many documents.
        filter: a condition on their metadata, for example `{"kind": "function"}`.

    Returns:
        One dict per document: id, score, kind and summary, best first.
    """
    from rowspace.observe.text import counts

    words = space["word"].ids
    asked = {word: n for word, n in counts(query).items() if word in words}
    side = space["document"]
    hits = side.near(asked, k=k, filter=filter)
    assert side.table is not None  # `_count_documents` gave the side its metadata
    known = side.table.take(side.ids.positions(hits.ids)).to_pylist()
    return [
        {"id": name, "score": round(score, 4), "kind": row["kind"], "summary": row["summary"]}
        for (name, score), row in zip(hits, known)
    ]


def document_space() -> Factorization:
    """Return the latent semantic analysis of the documents (Deerwester et al. 1990).

    The recipe `svd` with tf-idf, but documents keep their length: one in which a rare word ("lcm")
    counts for much stays far out, instead of sharing its direction with all that is near.
    """
    from rowspace.factor.grammar import Factorization, Spectral
    from rowspace.observe.weighting import TfIdf

    return Factorization(
        dim=300,
        matrix=(TfIdf(normalize=False),),
        solver=Spectral(power=1.0, tolerance=1e-2),
    )


def word_space() -> Factorization:
    """Return the weighted factorization of which word stands beside which.

    Mutual information is the target, and its own weight: what is surely together must fit well.
    That two words were never seen together in so little text says little, so these cells weigh
    a fifth of one unit of it.
    """
    from rowspace.factor.grammar import (
        Alternating,
        Factorization,
        Free,
        Linear,
        Lookup,
        Uniform,
        Value,
    )
    from rowspace.observe.weighting import PPMI

    side = Lookup(Free(l2=0.1, frequency=1.0))
    return Factorization(
        dim=100,
        matrix=(PPMI(),),
        target=Value(),
        confidence=Linear(alpha=1.0),
        unobserved=Uniform(weight=0.2),
        rows=side,
        cols=side,
        solver=Alternating(sweeps=6),
    )


def _learn(out: Path, seed: int) -> dict[str, Any]:
    import rowspace as rs

    steps: list[dict[str, Any]] = []

    def timed(step: str, make: Callable[[], T], describe: Callable[[T], str]) -> T:
        start = time.perf_counter()
        made = make()
        seconds = round(time.perf_counter() - start, 3)
        steps.append({"step": step, "made": describe(made), "seconds": seconds})
        return made

    documents = timed(
        "read the standard library",
        standard_library,
        lambda d: f"{len(d):,} documents of {len({x.module for x in d})} modules",
    )
    by_document = timed("count words in documents", lambda: _count_documents(documents), _shape)
    document_words = timed(
        "fit the documents", lambda: rs.fit(by_document, document_space(), seed=seed), _dims
    )
    by_word = timed(
        "count words beside words",
        lambda: _count_neighbours(documents),
        _shape,
    )
    word_words = timed("fit the words", lambda: rs.fit(by_word, word_space(), seed=seed), _dims)
    paths = [out / DOCUMENTS, out / WORDS]

    def save() -> list[Path]:
        out.mkdir(parents=True, exist_ok=True)
        return [s.save(path) for s, path in zip((document_words, word_words), paths)]

    timed("save both", save, lambda saved: f"{len(saved)} folders in {out}")
    # From here on everything is asked of what is on disk.
    spaces = timed(
        "open both again",
        lambda: [rs.open(path) for path in paths],
        lambda opened: f"{len(opened)} spaces, memory-mapped",
    )
    return {
        "python": platform.python_version(),
        "seed": seed,
        "steps": steps,
        "spaces": [_described(space, path) for space, path in zip(spaces, paths)],
        "words": [
            {
                "word": word,
                "hits": [
                    {"id": name, "score": round(score, 4)}
                    for name, score in spaces[1].near("word", word, k=7)
                ],
            }
            for word in ASKED_WORDS
            if word in spaces[1]["word"].ids
        ],
        "searches": [_searched(spaces[0], query, where) for query, where in SEARCHES],
        "next": _next(paths),
    }


def _count_documents(documents: list[Document]) -> Observations:
    import pyarrow as pa

    from rowspace.observe.text import document_words

    # A word that occurs once relates nothing to anything.
    obs = document_words(for_search(documents), min_count=2, stop_words=STOP_WORDS)
    table = pa.table({c: [getattr(d, c) for d in documents] for c in ("kind", "module", "summary")})
    return replace(obs.with_table("document", table), source=_SOURCE)


def _count_neighbours(documents: list[Document]) -> Observations:
    from rowspace.observe.text import cooccurrence

    # In so little text the neighbours of a rare word are chance.
    texts = ((d.id, d.text) for d in documents)
    return replace(cooccurrence(texts, window=10, min_count=20), source=_SOURCE)


def _searched(space: Space, query: str, where: dict[str, str] | None) -> dict[str, Any]:
    start = time.perf_counter()
    hits = search(space, query, filter=where)
    seconds = round(time.perf_counter() - start, 4)
    return {"query": query, "filter": where, "seconds": seconds, "hits": hits}


def _described(space: Space, path: Path) -> dict[str, Any]:
    return {
        "path": str(path),
        "bytes": sum(f.stat().st_size for f in path.rglob("*") if f.is_file()),
        "sides": {side.name: len(side) for side in space.sides},
        "factorization": str(space.factorization),
    }


def _next(paths: list[Path]) -> list[str]:
    documents, words = (path.as_posix() for path in paths)
    plain = words
    if " " in documents:
        documents, words = f'"{documents}"', f'"{words}"'
    return [
        f'rowspace near {documents} "connect to a database" --text --side document -k 5',
        f'rowspace near {documents} "sort a list" --text --side document --filter kind=function',
        f"rowspace near {documents} json.dumps",
        f"rowspace near {words} queue --side word",
        f"rowspace info {documents}",
        f"python -c \"import rowspace as rs; print(rs.open('{plain}').near('word', 'lock'))\"",
    ]


def _shape(obs: Observations) -> str:
    (n, m), (rows, cols) = obs.shape, obs.modes
    return f"{rows.name} {n:,} x {cols.name} {m:,}, {obs.n_observed:,} observed cells"


def _dims(space: Space) -> str:
    sides = " and ".join(f"{len(side):,} {side.name} vectors" for side in space.sides)
    return f"{sides} of {space.sides[0].dim} numbers"

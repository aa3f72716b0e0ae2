"""The report on a space: every block of measures about one of its sides, and where to keep it.

`judge` takes a `Space` and, where there are any, held-out observations, labels and other spaces,
and gives a `Report`: it prints as tables, is JSON, and writes one self-contained HTML page
(`page.py`). Called by `rowspace judge` and by users.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.judge.blocks import Block
from rowspace.judge.words import COLUMNS, cells, notes

if TYPE_CHECKING:
    from rowspace.judge.recommended import Overlap
    from rowspace.observe.ids import Id
    from rowspace.observe.observations import Observations
    from rowspace.space.side import Side
    from rowspace.space.space import Space

_MOST_NUMBERS = 4096
"""In a vector: longer ones, those of item-to-item models, have no geometry to report on."""

__all__ = ["Report", "judge"]

_SHORT = 1000
_TITLES = ("title", "name", "label")
_NAMED = 5


@dataclass(frozen=True, eq=False)
class Report:
    """What can be said about a side of a space.

    Attributes:
        name: what the space is called.
        side: the side that was judged.
        facts: what the space is and how it was made, as (what, value) in reading order.
        blocks: the measures by subject; `series` of each are what its figures are drawn from.
        k, seed: the depth of neighbour and result lists, and the seed of every sampling.
        date: when it was made, ISO 8601.
        seconds: how long that took.
        made_by: the version of rowspace.

    Example:
        >>> from rowspace.space.space import Space
        >>> vectors = np.random.default_rng(0).normal(size=(60, 4))
        >>> space = Space.from_vectors({"word": ([f"w{i}" for i in range(60)], vectors)})
        >>> report = judge(space, k=5)
        >>> [block.title for block in report.blocks][:2]
        ['Health', 'Spectrum']
    """

    name: str
    side: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    k: int
    seed: int
    date: str
    seconds: float
    made_by: str

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the long series as plain values; NaN as None."""
        from rowspace.space.provenance import plain

        told: dict[str, Any] = plain(
            {
                "name": self.name,
                "side": self.side,
                "facts": dict(self.facts),
                "k": self.k,
                "seed": self.seed,
                "date": self.date,
                "seconds": self.seconds,
                "rowspace": self.made_by,
                "blocks": [
                    {
                        "title": block.title,
                        "measures": [m.to_dict() for m in block.measures],
                        "series": {n: a for n, a in block.series.items() if a.size <= _SHORT},
                    }
                    for block in self.blocks
                ],
            }
        )
        return told

    def to_json(self) -> str:
        """Return the report as one JSON document."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as one HTML file that needs nothing else; all of it or nothing.

        Raises:
            UnsupportedError: matplotlib is not installed.
            SpaceError: the file cannot be written.
        """
        from rowspace.judge.page import page
        from rowspace.space.publish import replacing

        text, target = page(self), Path(path)
        with replacing(target) as temporary:
            # A name from a file may hold halves of characters that UTF-8 does not have.
            temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        return target

    def tables(self) -> Iterator[tuple[str, list[tuple[str, ...]], list[str]]]:
        """Yield title, rows (as `words.COLUMNS`) and the lines below them of each block."""
        for block in self.blocks:
            yield block.title, [cells(m) for m in block.measures], _remarks(block)

    def __str__(self) -> str:
        table = list(self.tables())
        every = [COLUMNS, *(row for _, rows, _ in table for row in rows)]
        widths = [max(len(row[j]) for row in every) for j in range(len(COLUMNS))]
        out = [f"{self.name}, side {self.side!r}"]
        for title, rows, remarks in table:
            out += ["", title]
            for row in (COLUMNS, *rows):
                padded = [c.rjust(w) if 0 < j < 4 else c.ljust(w)
                          for j, (c, w) in enumerate(zip(row, widths))]  # fmt: skip
                out.append("  ".join(padded).rstrip())
            out += remarks
        return "\n".join(out)

    __repr__ = __str__


def judge(
    space: Space,
    *,
    side: str | None = None,
    test: Observations | str | os.PathLike[str] | None = None,
    labels: Mapping[Id, Any] | str | os.PathLike[str] | None = None,
    label: str | None = None,
    against: Sequence[Space] | None = None,
    overlap: Overlap = "refuse",
    k: int = 10,
    seed: int = 0,
) -> Report:
    """Judge a side of a space: by itself, and by whatever is held against it.

    Args:
        space: the space.
        side: the side to judge; the last one where None (of users and items, the items).
        test: held-out observations, or a file of them: what should have been recommended.
        labels: {id: label}, or a table with one line per id of the side.
        label: the column of `labels`; without `labels`, one of the side's own metadata.
        against: other spaces of the same things.
        overlap: what to do with held-out cells that a space was learned from: "refuse" or "drop".
        k: how many neighbours and results count.
        seed: of every sampling.

    Returns:
        A `Report`; label-free blocks first, then what was asked for. Sparse vectors, those of over
        4,096 numbers, as of item-to-item models, and points of hyperbolic space have no label-free
        blocks.

    Raises:
        UnknownIdError: there is no such side.
        InputError: `k` is below 1, or what is held against the space does not fit it; the message
            says how many ids or cells are at fault.
        UnsupportedError: labels were given but scikit-learn is not installed, or labels or other
            spaces for a space whose cosines say nothing.
    """
    from rowspace.judge.inputs import held_out
    from rowspace.judge.inputs import labels as match
    from rowspace.judge.label_free import label_free
    from rowspace.progress import stage

    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise InputError(f"k is {k!r}, but a whole number of at least 1 was expected")
    if overlap not in ("refuse", "drop"):
        raise InputError(f"overlap is {overlap!r}, but 'refuse' or 'drop' was expected")
    if space.is_curved and (labels is not None or label is not None or against):
        raise UnsupportedError(
            f"{space!r} lies in hyperbolic space, but labels and other spaces are compared with it "
            "by cosines; judge it by what should rank high (test=, or judge.reconstruction)"
        )
    start = time.perf_counter()
    own = space.sides[-1] if side is None else space[side]
    at = space.sides.index(own)
    # What the user gave is read before anything long is computed.
    held = None if test is None else held_out(test, space)
    named = None if labels is None and label is None else match(labels, own, label)
    others = _named(space, against or ())
    partner = next((s for s in space.sides if s is not own and s.dim == own.dim), None)
    blocks: list[Block] = []
    work = 1 + sum(x is not None for x in (held, named)) + bool(others) * (1 + (held is not None))
    with stage("judging", total=work) as step:
        step(0, note="vectors")
        if not own.is_sparse and own.dim <= _MOST_NUMBERS and not space.is_curved:
            vectors = None if partner is None or partner.is_sparse else partner.vectors
            blocks += label_free(own.vectors, partner=vectors, k=k, seed=seed)
        step()
        if held is not None:
            from rowspace.judge.recommended import comparison_block, recommendation_block

            step(0, note="held-out observations")
            blocks.append(recommendation_block(space, held, k=k, overlap=overlap, seed=seed))
            step()
        if named is not None:
            from rowspace.judge.against import labels_block

            step(0, note="labels")
            blocks.append(labels_block(own, named, k=k, seed=seed))
            step()
        if others:
            from rowspace.judge.against import agreement_block, counterpart

            step(0, note="other spaces")
            sides = {n: counterpart(s, own, at) for n, s in list(others.items())[1:]}
            blocks.append(agreement_block(own, sides, k=k, seed=seed))
            step()
            if held is not None:
                blocks.append(comparison_block(others, held, k=k, overlap=overlap, seed=seed))
                step()
    from rowspace import __version__

    return Report(
        _name(space),
        own.name,
        tuple(_facts(space, own, at, list(others)[1:], k, seed)),
        tuple(_with_names(block, own) for block in blocks),
        int(k),
        seed,
        datetime.now().astimezone().isoformat(timespec="seconds"),
        time.perf_counter() - start,
        __version__,
    )


def _name(space: Space) -> str:
    path = None if space.path is None else space.path.resolve()
    return str((path.name if path else None) or space.manifest.get("name") or "space")


def _named(space: Space, others: Sequence[Space]) -> dict[str, Space]:
    """Return the spaces by different names, this one first; nothing when there are no others."""
    out: dict[str, Space] = {}
    for one in (space, *others) if others else ():
        name = _name(one)
        if name in out and one.path is not None:
            name = str(one.path)
        base, i = name, 2
        while name in out:
            name, i = f"{base} ({i})", i + 1
        out[name] = one
    return out


def _facts(
    space: Space, side: Side, at: int, others: Sequence[str], k: int, seed: int
) -> Iterator[tuple[str, str]]:
    """Yield what the header of a report says."""
    told = space.info()
    yield "side", f"{side.name}: {len(side):,} vectors of {side.dim} numbers"
    for other in space.sides:
        if other is not side:
            yield "beside it", f"{other.name}: {len(other):,} vectors of {other.dim} numbers"
    observed = told["observations"]
    if observed:
        n, m = observed["shape"]
        source = observed["source"] or "data in memory"
        yield "learned from", f"{source}: {observed['n_observed']:,} of {n:,} x {m:,} cells"
    for key in ("recipe", "factorization", "citation"):
        if told[key]:
            yield key, str(told[key])
    given = "" if told["seed"] is None else f", seed {told['seed']}"
    yield "space made", f"{told['created']} by rowspace {told['rowspace']}{given}"
    if others:
        yield "against", ", ".join(others)
    yield "judged with", f"k = {k}, seed {seed}"


def _with_names(block: Block, side: Side) -> Block:
    """Return a block that calls rows by name where it knew only their positions."""
    told = {
        "rows with NaN or infinite numbers": "not finite",
        "zero rows": "zero",
        "copies of earlier rows": "copies",
        "largest hub": "hubs",
    }
    known = {m: block.series[s] for m, s in told.items() if len(block.series.get(s, ()))}
    notes = {name: _called(side, rows[:_NAMED]) for name, rows in known.items()}
    more = {name: len(rows) - _NAMED for name, rows in known.items() if len(rows) > _NAMED}
    if "largest hub" in notes:
        notes["largest hub"], more["largest hub"] = notes["largest hub"][:1], 0
    measures = tuple(
        replace(m, note="; ".join(notes[m.name]) + _and_more(more.get(m.name, 0)))
        if m.name in notes
        else m
        for m in block.measures
    )
    series = dict(block.series)
    if "hubs" in series:
        series["hub names"] = np.array(_called(side, series["hubs"]), dtype=object)
    return replace(block, measures=measures, series=series)


def _called(side: Side, positions: NDArray[Any]) -> list[str]:
    """Return the titles (where there are any) and ids of rows."""
    at = np.asarray(positions, np.int64)
    names = [str(name) for name in side.ids.take(at)]
    columns = [] if side.table is None else side.table.column_names
    column = next((c for t in _TITLES for c in columns if c.lower() == t), None)
    if side.table is None or column is None:
        return names
    titles = side.table.column(column).take(at).to_pylist()
    return [f"{t} ({n})" if t and str(t) != n else n for t, n in zip(titles, names)]


def _and_more(count: int) -> str:
    return f"; and {count:,} more" if count > 0 else ""


def _remarks(block: Block) -> list[str]:
    """Return the lines below the table of a block: its hubs by name, then its notes."""
    own, common = notes(block.measures)
    lines = list(common)
    lines += [f"{name}: {note}" for name, note in own.items()]
    if len(block.series.get("hub names", ())):
        counts = block.series["hub counts"]
        hubs = [f"{name} ({int(n):,})" for name, n in zip(block.series["hub names"][:5], counts)]
        lines.insert(0, f"in most lists: {', '.join(hubs)}")
    return lines

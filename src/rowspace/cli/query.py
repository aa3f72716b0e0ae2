"""`rowspace near` and `rowspace recommend`: ask a space on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.cli import options, output
from rowspace.cli.explain import described, metadata
from rowspace.cli.options import SpacePath
from rowspace.cli.output import Json

if TYPE_CHECKING:
    from rowspace.explain.reasons import Reasons
    from rowspace.space.space import Space

METRICS = ("cosine", "dot")
K = Annotated[
    int, typer.Option("-k", metavar="N", min=1, help="How many results, after filtering.")
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="CONDITION",
        help="Keep rows whose metadata fit: COLUMN OP VALUE, OP one of = != >= <= > <; "
        "repeatable, and all must hold.",
    ),
]


def near(
    path: SpacePath,
    query: Annotated[
        str,
        typer.Argument(
            metavar="QUERY", help="An id; with --text, a text in words.", show_default=False
        ),
    ],
    side: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The side to search. Default: the side with that id."),
    ] = None,
    k: K = 10,
    filters: Filters = None,
    metric: Annotated[
        str, typer.Option(metavar="METRIC", help="How vectors are compared: cosine or dot.")
    ] = "cosine",
    text: Annotated[
        bool,
        typer.Option(
            "--text", help="QUERY is a text: its words are counted and folded in as a new row."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Find what stands nearest to QUERY in SPACE."""
    options.choice(metric, "metric", METRICS)

    from rowspace.space.space import open_space

    space = open_space(path)
    asked: Any = query
    if text:
        side = side or space.sides[0].name
        asked = _known_words(space, side, query)
    elif side is None:
        side = _side_of(space, query)
    chosen = options.filters(filters or [], space[side])
    hits = space.near(side, asked, k=k, filter=chosen, metric=metric)
    _print(hits, space, side, as_json, {"query": query})


def recommend(
    path: SpacePath,
    row: Annotated[
        str | None,
        typer.Argument(
            metavar="ROW", help="The id of a row; left out with --given.", show_default=False
        ),
    ] = None,
    k: K = 10,
    include_seen: Annotated[
        bool, typer.Option("--include-seen", help="Also what the row was observed with already.")
    ] = False,
    filters: Filters = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--given",
            metavar="ID=VALUE",
            help="What was observed of a row that is not in the space; repeatable.",
        ),
    ] = None,
    why: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Below each result, the N observations that speak most for it."
        ),
    ] = None,
    error_bars: Annotated[
        bool, typer.Option("--error-bars", help="Also the standard error of every score.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Recommend columns to a row of SPACE, or to a new row from what was observed of it."""
    if (row is None) == (not given):
        raise typer.BadParameter("give either ROW or --given ID=VALUE, one of the two")
    seen = options.observations(given or [])

    from rowspace.space.space import open_space

    space = open_space(path)
    side = space.sides[-1].name
    chosen = options.filters(filters or [], space[side])
    asked: Any = row if row is not None else seen
    hits = space.recommend(asked, k=k, exclude_seen=not include_seen, filter=chosen)
    named = {"row": row} if row is not None else {"given": seen}
    told: list[Reasons] = []
    if why is not None:
        from rowspace.explain.reasons import reasons

        told = [reasons(space, asked, hit, why) for hit in hits.ids]
    errors = None
    if error_bars:
        from rowspace.explain.uncertainty import standard_errors

        errors = standard_errors(space, asked, hits.ids).tolist()
    _print(hits, space, side, as_json, named, told, errors)


def _side_of(space: Space, query: str) -> str:
    """Return the only side that has an id `query`."""
    from rowspace.errors import InputError, UnknownIdError, nearest_names

    found = [side.name for side in space.sides if query in side.ids]
    if len(found) == 1:
        return found[0]
    names = [side.name for side in space.sides]
    if found:
        raise InputError(
            f"{query!r} is an id on the sides {' and '.join(map(repr, found))}; "
            f"say which with --side {found[0]}"
        )
    near = nearest_names(query, (i for side in space.sides for i in side.ids))
    raise UnknownIdError(f"no row {query!r} on the sides {' and '.join(map(repr, names))}{near}")


def _known_words(space: Space, side: str, text: str) -> dict[str, int]:
    """Return the counts of the words of `text` that the space knows; name the others."""
    from rowspace.errors import InputError
    from rowspace.observe.text import counts

    others = [other for other in space.sides if other is not space[side]]
    if not others:
        raise InputError(
            f"--text needs a space with a side of words, but this one has only {side!r}"
        )
    words = others[0]
    table = words.table
    longest = 1
    if table is not None and "words" in table.column_names:
        longest = max(table["words"].to_pylist(), default=1)
    counted = counts(text, ngrams=longest)
    known = {word: n for word, n in counted.items() if word in words.ids}
    unknown = [repr(word) for word in counts(text) if word not in known]
    if not known:
        raise InputError(
            f"none of the words of {text!r} is on side {words.name!r} of the space; "
            "use words that it was made of"
        )
    if unknown:
        output.note(f"left out, unknown on side {words.name!r}: {', '.join(unknown)}")
    return known


def _print(
    hits: Any,
    space: Space,
    side: str,
    as_json: bool,
    asked: dict[str, Any],
    told: Sequence[Reasons] = (),
    errors: Sequence[float] | None = None,
) -> None:
    """Print hits with what is known about each of them, and the reasons of each below it."""
    table = space[side].table
    names = [] if table is None else list(table.column_names)
    known = metadata(space, side, hits.ids)
    if as_json:
        found = [
            {
                "id": name,
                "score": float(score),
                **({"table": dict(zip(names, known[i]))} if names else {}),
                **({"se": errors[i]} if errors is not None else {}),
                **({"why": described(told[i], space)} if told else {}),
            }
            for i, (name, score) in enumerate(zip(hits.ids, hits.scores))
        ]
        output.emit({**asked, "side": side, "measure": hits.measure, "hits": found})
        return
    rows: list[list[object]] = []
    for i, (name, score) in enumerate(zip(hits.ids, hits.scores)):
        se = [] if errors is None else [errors[i]]
        rows.append([name, float(score), *se, *known[i]])
        if told:
            details = metadata(space, side, told[i].ids)
            blank = [""] * len(se)
            rows += [
                [f"  {reason}", share, *blank, *detail]
                for (reason, share), detail in zip(told[i], details)
            ]
    output.table([side, hits.measure, *([] if errors is None else ["se"]), *names], rows)
    if not hits.ids:
        output.note("nothing fits")

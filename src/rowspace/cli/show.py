"""`rowspace info`, `recipes` and `literature`: what is there."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from rowspace.cli import options, output
from rowspace.cli.options import SpacePath
from rowspace.cli.output import Json

recipes = typer.Typer(
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
    help="List the published methods that `rowspace fit` knows, or show one.",
)


@recipes.callback()
def list_recipes(context: typer.Context, as_json: Json = False) -> None:
    """List the published methods that `rowspace fit` knows, or show one."""
    if context.invoked_subcommand is not None:
        return
    from rowspace.recipes import registry

    entries = registry.entries("recipe")
    if as_json:
        output.emit([_summary(entry) for entry in entries])
        return
    for entry in entries:
        output.line(f"{entry.name}  {entry.summary}")
        output.line(f"    {entry.claim}")
        output.line(f"    {entry.citation}")
    output.line()
    output.line("`rowspace recipes show NAME` tells the options of one.")


@recipes.command("show")
def show_recipe(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name of a recipe.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Show one method: what it is, where it comes from, its axes and its options."""
    entry = options.recipe(name)
    described = describe(entry)
    if as_json:
        output.emit(described)
        return
    output.line(f"{entry.name}: {entry.claim}")
    output.line()
    output.line(inspect.getdoc(entry.function) or "")
    output.line()
    output.line(f"axes: {described['factorization']}")
    output.line()
    output.line("options:")
    for option in described["options"]:
        default = f" = {option['default']!r}" if "default" in option else ""
        output.line(f"  {option['name']}: {option['type']}{default}")
    output.line()
    output.line("from:")
    for paper in entry.papers:
        output.line(f"  {paper}")


def describe(entry: Any) -> dict[str, Any]:
    """Return all there is to say about a recipe, as plain values.

    Args:
        entry: a `rowspace.recipes.registry.Entry` of kind "recipe".

    Returns:
        A dict with name, kind, claim, summary, papers, entry, test, benchmark, options (name, type
        and, where there is one, default of each) and factorization: its axes with the default
        options.
    """
    return {
        **_summary(entry),
        "entry": entry.entry,
        "test": entry.test,
        "benchmark": entry.benchmark,
        "options": [
            {
                "name": name,
                "type": options.type_name(parameter.annotation),
                **_default(parameter),
            }
            for name, parameter in entry.options.items()
        ],
        "factorization": str(entry.function()),
    }


def _summary(entry: Any) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "summary": entry.summary,
        "claim": entry.claim,
        "papers": [str(paper) for paper in entry.papers],
        "literature": list(entry.literature),
    }


def literature(as_json: Json = False) -> None:
    """List every publication that rowspace covers, and where."""
    from rowspace.recipes import registry

    papers = registry.literature()
    if as_json:
        output.emit(papers)
        return
    for paper in papers:
        output.line(f"{paper['authors']} ({paper['year']}). {paper['title']}. {paper['venue']}.")
        output.line(f"    {', '.join(paper['where'])}")


def info(
    path: SpacePath,
    verify: Annotated[
        bool, typer.Option("--verify", help="Also read every file and compare its checksum.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what a space holds and how it was made."""
    from rowspace.space.space import open_space

    space = open_space(path, verify=verify)
    made_by = space.manifest["rowspace"]
    told = {**space.info(), "rowspace": made_by, "verified": verify}
    if as_json:
        output.emit(told)
        return
    observed = told["observations"]
    output.facts(
        [
            *(("side", _side(side)) for side in told["sides"]),
            ("made", f"{told['created']} by rowspace {made_by}"),
            *((key, told[key]) for key in ("recipe", "citation", "factorization") if told[key]),
            *((f"option {name}", value) for name, value in (told["options"] or {}).items()),
            *([("seed", told["seed"])] if told["seed"] is not None else []),
            *(_learned_from(observed, told["cells_kept"]) if observed else []),
            *((stage, output.seconds(took)) for stage, took in told["timings"].items()),
            ("size", output.size(told["bytes"])),
            ("checksums", "all as written" if verify else "not compared; --verify does"),
        ]
    )


def _side(side: dict[str, Any]) -> str:
    known = f", with {', '.join(side['columns'])}" if side["columns"] else ""
    return f"{side['name']}: {side['n']:,} vectors of {side['dim']} numbers{known}"


def _learned_from(observed: dict[str, Any], kept: bool) -> list[tuple[str, object]]:
    """Return the lines about the observations that a space was learned from."""
    rows, cols = observed["modes"]
    n, m = observed["shape"]
    cells = f"{observed['n_observed']:,} cells of {n:,} {rows} x {m:,} {cols}"
    return [
        ("learned from", f"{observed['source'] or 'data in memory'}: {cells}"),
        ("", "kept in the space" if kept else "not kept"),
        ("fingerprint", observed["fingerprint"]),
    ]


def _default(parameter: inspect.Parameter) -> dict[str, Any]:
    """Return the default of an option as JSON can hold it; nothing where it must be given."""
    value = parameter.default
    if value is parameter.empty:
        return {}
    return {"default": list(value) if isinstance(value, tuple) else value}

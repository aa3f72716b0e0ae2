"""`rowspace rank`: how long the vectors of a recipe should be, by foretelling hidden cells."""

from __future__ import annotations

from typing import Annotated

import typer

from rowspace.cli import options, output
from rowspace.cli.output import Json
from rowspace.cli.reading import AS_TYPED, Data, Reader, reading


@reading
def rank(
    data: Data,
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="What is fitted: a name from `rowspace recipes`.",
            show_default=False,
        ),
    ],
    dims: Annotated[
        str,
        typer.Option(metavar="N,N,...", help="The dims to try, with commas between."),
    ] = "1,2,4,8,16,32",
    folds: Annotated[
        int, typer.Option(metavar="N", min=2, help="Into how many parts the cells are dealt.")
    ] = 5,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="recall@20, ndcg@20 or another ranking metric, rmse or loss. Default: recall@20 "
            "where what was chosen is learned, else the error.",
        ),
    ] = None,
    perturbed: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Fits of perturbed data that say whether non-negative factors are found again.",
        ),
    ] = 8,
    settings: options.Settings = None,
    reader: Reader = AS_TYPED,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed gives the same numbers.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Choose the dim of RECIPE on DATA by cross-validation, or say that it is undetermined."""
    entry = options.recipe(recipe)
    fixed = options.recipe_options(entry, settings or [])
    try:
        tried = [int(dim) for dim in dims.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"--dims is {dims!r}, but whole numbers with commas between were expected"
        ) from None

    from rowspace.judge.masked_rank import rank as estimate
    from rowspace.progress import terminal

    with terminal():
        found = estimate(
            reader.read(data),
            recipe,
            tried,
            folds=folds,
            metric=metric,
            perturbed=perturbed,
            seed=seed,
            **fixed,
        )
    curve = [name for name in ("dim", "value", "error") if name in found.series]
    stability = found.series.get("stability")
    if as_json:
        output.emit(
            {
                "rank": found.measures[0].value,
                "measures": [measure.to_dict() for measure in found.measures],
                "curve": {name: found.series[name] for name in curve},
                "stability": stability,
            }
        )
        return
    columns = ["dim", found.measures[1].name, "error"]
    rows = [list(row) for row in zip(*(found.series[name].tolist() for name in curve))]
    if stability is not None:
        columns.append("stability")
        rows = [[*row, stable] for row, stable in zip(rows, [None, *stability.tolist()])]
    output.table(columns, rows)
    output.line()
    for measure in (found.measures[0], *found.measures[2:]):
        value = "undetermined" if measure.value != measure.value else f"{measure.value:.0f}"
        output.facts([(measure.name, value), ("", measure.note)])

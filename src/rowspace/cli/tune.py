"""`rowspace tune`: which options of a recipe suit the data, as a table that grows."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rowspace.cli import options, output
from rowspace.cli.output import Json
from rowspace.cli.reading import AS_TYPED, Data, Reader, reading

if TYPE_CHECKING:
    from rowspace.tuning import Trial


@reading
def tune(
    data: Data,
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="Whose options are tried: a name from `rowspace recipes`.",
            show_default=False,
        ),
    ],
    tries: Annotated[
        list[str] | None,
        typer.Option(
            "--try",
            metavar="NAME=VALUES",
            help="An option and the values to try, with commas between; repeatable. Every "
            "combination is a trial.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="SPACE",
            help="Fit the best settings to all of DATA and save the space here.",
            show_default=False,
        ),
    ] = None,
    dim: options.Dim = None,
    settings: options.Settings = None,
    trials: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Try a random N of the combinations."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="recall@20, ndcg@20 or another ranking metric, rmse or loss. Default: recall@20 "
            "where what was chosen is learned, else the error.",
        ),
    ] = None,
    validation: Annotated[
        float, typer.Option(metavar="SHARE", help="The share of every row's cells that judges.")
    ] = 0.1,
    reader: Reader = AS_TYPED,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed gives the same table.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Try options of RECIPE on a part of DATA put aside, and say which are best."""
    entry = options.recipe(recipe)
    fixed = options.recipe_options(entry, settings or [])
    if dim is not None:
        fixed["dim"] = dim
    grid = options.tried(entry, tries or [])
    if not grid:
        raise typer.BadParameter("nothing to try; give for example --try l2=0.01,0.1,1")
    target = None if out is None else options.space_to_write(out, data)

    from rowspace.progress import terminal
    from rowspace.tuning import tune as search

    # On a terminal the table itself is the progress; bars would write over its rows.
    rows_shown = not as_json and sys.stdout.isatty()
    with nullcontext() if rows_shown else terminal():
        observed = reader.read(data)
        rows = _Rows(grid) if not as_json else None
        found = search(
            observed,
            recipe,
            grid,
            trials=trials,
            metric=metric,
            validation=validation,
            seed=seed,
            refit=target is not None,
            on_trial=rows,
            **fixed,
        )
        if target is not None and found.space is not None:
            found.space.save(target)
    if as_json:
        output.emit(
            {
                "recipe": recipe,
                "metric": found.metric,
                "larger_is_better": found.larger_is_better,
                "trials": found.table(),
                "best": {**fixed, **found.best.settings},
                "value": found.best.value,
                "reference": found.reference,
                "notes": found.notes,
                "out": None if target is None else str(target),
            }
        )
        return
    output.line()
    best = " ".join(f"{name}={value}" for name, value in found.best.settings.items())
    kind = "one order for all" if found.larger_is_better else "one score for all cells"
    output.facts(
        [
            ("best", f"trial {found.best.number}: {best}"),
            (found.metric, f"{found.best.value:.4f} +- {found.best.error:.4f} ({kind}: "
                           f"{found.reference:.4f})"),
            *(("note", note) for note in found.notes),
            *([("saved", target)] if target is not None else []),
        ]
    )  # fmt: skip


class _Rows:
    """Prints every trial as a row of a table, when it has gone some sweeps."""

    def __init__(self, grid: dict[str, list[Any]]) -> None:
        self.widths = [5] + [
            max(len(name), *(len(str(value)) for value in values)) for name, values in grid.items()
        ]
        self.widths += [6, 8, 8, 8, 12]
        self.names = ("trial", *grid, "sweeps", "value", "error", "cpu s", "objective")
        self.begun = False

    def __call__(self, trial: Trial) -> None:
        """Print a trial, and before the first one the names of the columns."""
        if not self.begun:
            self.begun = True
            self._print(self.names)
        self._print(
            (
                trial.number,
                *trial.settings.values(),
                trial.sweeps,
                f"{trial.value:.4f}",
                f"{trial.error:.4f}",
                f"{trial.cpu_seconds:.2f}",
                f"{trial.objective:.6g}" if trial.objective == trial.objective else "",
            )
        )

    def _print(self, cells: Iterable[object]) -> None:
        shown = (output.shown(str(cell)).rjust(w) for cell, w in zip(cells, self.widths))
        output.line("  ".join(shown).rstrip())
        sys.stdout.flush()

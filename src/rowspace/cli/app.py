"""The commands by name, gathered into one application. Called by `rowspace.cli.main`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rowspace.cli import interrupted
from rowspace.cli.demo import demo
from rowspace.cli.doctor import doctor
from rowspace.cli.explain import explain
from rowspace.cli.fit import fit
from rowspace.cli.interchange import export, import_vectors
from rowspace.cli.judge import judge
from rowspace.cli.query import near, recommend
from rowspace.cli.rank import rank
from rowspace.cli.show import info, literature, recipes
from rowspace.cli.tune import tune


class Commands(TyperGroup):
    """The group of commands, which answers Ctrl-C with one line instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(interrupted()) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from rowspace import __version__

        typer.echo(f"rowspace {__version__}")
        raise typer.Exit


@app.callback()
def rowspace(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Learn, search and keep named vectors: an embedding is a factor of a matrix."""


app.command()(fit)
app.command()(tune)
app.command()(rank)
app.command()(near)
app.command()(recommend)
app.command()(explain)
app.command()(judge)
app.command()(info)
app.command()(export)
app.command("import")(import_vectors)
app.add_typer(recipes, name="recipes")
app.command()(literature)
app.command()(demo)
app.command()(doctor)

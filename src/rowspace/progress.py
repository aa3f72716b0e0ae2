"""How long work reports its progress, without knowing who listens.

Work says `with stage("sweeps", total=15) as step: ... step()`. Nobody listens by default, so a
library call is silent; the command line (and `progress=True` in Python) installs a reporter for
the duration of a call with `reporting(reporter)`. `terminal()` is the reporter with rich bars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

__all__ = ["Reporter", "reporting", "stage", "terminal"]

Step = Callable[..., None]
"""`step(n=1, note="")`: n more units are done, and a word about them (an objective, a rate)."""


class Reporter(Protocol):
    """Something that shows stages: called once per stage, yields the `Step` of that stage."""

    def __call__(self, label: str, total: int | None) -> AbstractContextManager[Step]:
        """Open a stage of `total` units (None: unknown)."""
        ...


_reporter: ContextVar[Reporter | None] = ContextVar("rowspace_progress", default=None)


def _silent(n: int = 1, note: str = "") -> None:
    """Do nothing."""


@contextmanager
def stage(label: str, total: int | None = None) -> Iterator[Step]:
    """Announce a stage of work and yield the function that says how much of it is done.

    >>> with stage("sweeps", total=2) as step:
    ...     step()
    ...     step(note="objective 1.0")
    """
    reporter = _reporter.get()
    if reporter is None:
        yield _silent
        return
    with reporter(label, total) as step:
        yield step


@contextmanager
def reporting(reporter: Reporter | None) -> Iterator[None]:
    """Send the stages of everything that runs inside the `with` block to `reporter`."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)


@contextmanager
def terminal() -> Iterator[None]:
    """Show rich progress bars on standard error inside the block, if a terminal is there."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}"),
        console=console,
        transient=True,
        redirect_stdout=False,  # or results printed meanwhile would go to standard error
        redirect_stderr=False,
    )

    @contextmanager
    def report(label: str, total: int | None) -> Iterator[Step]:
        task = bars.add_task(label, total=total, note="")

        def step(n: int = 1, note: str = "") -> None:
            bars.update(task, advance=n, note=note) if note else bars.update(task, advance=n)

        try:
            yield step
        finally:
            bars.update(task, visible=False)

    with bars, reporting(report):
        yield

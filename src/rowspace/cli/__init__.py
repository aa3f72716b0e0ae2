"""The command line: thin verbs over the Python interface.

`main` is the entry point of `rowspace` and of `python -m rowspace`. It turns what escapes from a
command into a sentence and an exit status:

* 0: done; 1: it could not be done (one sentence on standard error); 2: the command line itself is
  wrong (an unknown command, option, recipe or format); 130: interrupted with Ctrl-C.

Called by the console script and by `rowspace/__main__.py`. Everything heavy is imported inside the
commands, so that `rowspace --help` answers at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys


def main() -> None:
    """Run the command line in `sys.argv` and leave with its exit status."""
    _survive_any_text()
    try:
        from rowspace.cli.app import app

        app(prog_name="rowspace")
    except KeyboardInterrupt:
        status = interrupted()
    except BrokenPipeError:
        status = _stop_writing()
    except Exception as error:
        status = _explain(error)
    else:
        status = 0  # not reached: a typer application ends with SystemExit
    sys.exit(status)


def interrupted() -> int:
    """Say that Ctrl-C was heard and return the exit status for it, 130."""
    print("rowspace: interrupted; nothing is left half-written", file=sys.stderr)
    return 130


def _survive_any_text() -> None:
    """Write what the terminal's encoding cannot express as escapes instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _stop_writing() -> int:
    """Leave quietly when the reader of a pipe has gone (`rowspace near ... | head`)."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _explain(error: Exception) -> int:
    """Print one sentence for what a user can mend, and a traceback for what only we can."""
    from rowspace.errors import RowspaceError

    if isinstance(error, (RowspaceError, OSError)):
        print(f"rowspace: {_sentence(error)}", file=sys.stderr)
    elif isinstance(error, MemoryError):
        print(
            "rowspace: out of memory; `rowspace doctor` says how much there is, and a smaller "
            "--dim or a larger --min-count needs less",
            file=sys.stderr,
        )
    else:
        import traceback

        traceback.print_exception(error)
        print(
            "rowspace: this is a bug of rowspace; please report the lines above together with "
            "the output of `rowspace doctor --json`",
            file=sys.stderr,
        )
    return 1


def _sentence(error: Exception) -> str:
    """Return the message of an error without the bracketed number that OSError puts first."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__

"""`rowspace doctor`: what is installed, how fast this machine computes, and what would help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from rowspace.cli import output
from rowspace.cli.output import Json


def doctor(as_json: Json = False) -> None:
    """Say what is installed, which threads and kernels run, and what would make them faster.

    Measures a matrix product with the kernels that run now and with better ones where this
    processor has them, which takes a few seconds.
    """
    from rowspace.cli.machine import examine

    report = examine()
    if as_json:
        output.emit(report)
    else:
        _print(report)
    if report["problems"]:
        raise typer.Exit(1)


def _print(report: dict[str, Any]) -> None:
    """Print the report for people."""
    output.facts((k, v or "not installed") for k, v in report["versions"].items())
    output.line()
    processor = report["processor"]
    output.facts(
        [
            ("processor", f"{processor['name']}, {processor['processors']} processors"),
            ("vector units", " ".join(processor["vector_units"]) or "not known"),
            *_computing(report),
            ("memory", _amount(report["memory"]["total"], "in all")),
            ("", _amount(report["memory"]["available"], "available")),
            ("disk", f"{output.size(report['disk']['free'])} free at {report['disk']['folder']}"),
        ]
    )
    output.line()
    for extra, packages in report["extras"].items():
        missing = [name for name, version in packages.items() if version is None]
        state = f"lacks {', '.join(missing)}" if missing else "installed"
        output.line(f"rowspace[{extra}]: {state}")
    output.line()
    for problem in report["problems"]:
        output.line(f"PROBLEM: {problem}")
    for advice in report["advice"]:
        output.line(f"ADVICE: {advice}")
    if not report["problems"] and not report["advice"]:
        output.line("all is well")


def _computing(report: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the lines about threads, libraries and products; none where they cannot be had."""
    if "threads" not in report:
        return []
    threads, products = report["threads"], report["products"]
    lines: list[tuple[str, object]] = [
        ("threads", f"{threads['budget']} for rowspace, {threads['numba']} at most in numba"),
        *(("", f"{name}={value}") for name, value in threads["environment"].items()),
    ]
    for pool in report["blas"]:
        owner = Path(pool["file"]).parent.name.partition(".")[0]
        kernels = f"{pool['kernels']} kernels, " if pool["kernels"] else ""
        lines.append(
            (
                f"BLAS of {owner}",
                f"{pool['library']} {pool['version']}, {kernels}{pool['threads']} threads",
            )
        )
    for tried in (products["running"], products["better"]):
        if tried:
            name = tried["architecture"] or "its own"
            speed = f"{tried['gflops']:.0f} GFLOP/s with {name} kernels"
            lines.append(("float32 product", speed))
    cache = report["numba_cache"]
    state = "writable" if cache["writable"] else "NOT writable"
    lines.append(("kernel cache", f"{cache['folder'] or 'no folder'} ({state})"))
    return lines


def _amount(n_bytes: int | None, of: str) -> str:
    return f"{output.size(n_bytes)} {of}" if n_bytes is not None else f"not known {of}"

"""Run the benchmarks: `python -m benchmarks [NAME ...] [--quick] [--data DIR] [--write]`.

Each benchmark is one small file beside this one: a data set, a recipe with its settings, the
numbers that a paper or a peer gives for it, and `run(data, quick)`, which measures them and returns
the rows of a table. Peers run in the same process family on the same data; they come with
`pip install rowspace[bench]`, and a benchmark whose peer is missing says so in its table.
`--write` stores the table in `benchmarks/results/NAME.md` with the command and the machine.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    known = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="small data, to see that it runs")
    parser.add_argument("--write", action="store_true", help="store the tables in results/")
    default = os.environ.get("ROWSPACE_DATA") or str(HERE.parent.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of the data sets")
    args = parser.parse_args()
    unknown = [n for n in args.names if n not in known]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(known)}")
    failed = False
    for name in args.names or known:
        failed |= not run_one(name, args.data, args.quick, args.write)
    return int(failed)


def run_one(name: str, data: Path, quick: bool, write: bool) -> bool:
    """Run one benchmark, print its table and say whether it ran."""
    module = importlib.import_module(f"benchmarks.{name}")
    start = time.perf_counter()
    try:
        rows = module.run(data, quick)
    except FileNotFoundError as missing:
        print(f"## {module.TITLE}\n\nskipped: {missing.filename} is not there (--data DIR)\n")
        return False
    command = f"python -m benchmarks {name}{' --quick' if quick else ''}"
    text = (
        f"## {module.TITLE}\n\n{table(rows)}\n\n"
        f"`{command}`, {time.perf_counter() - start:.0f} s in all. {machine()}\n"
    )
    note = getattr(module, "NOTE", "")
    text += f"\n{note.strip()}\n" if note else ""
    print(text)
    if write:
        results = HERE / "results"
        results.mkdir(exist_ok=True)
        (results / f"{name}.md").write_text(text, encoding="utf-8")
    return True


def table(rows: list[dict[str, object]]) -> str:
    """Write rows as a Markdown table; what a row lacks is left empty."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    lines = [head, ["---"] * len(head), *([cell(r.get(k, "")) for k in head] for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(value: object) -> str:
    """Write a number with four significant digits, anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def machine() -> str:
    """Say what this was measured on."""
    import numpy
    import scipy

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [s for s in info.read_text().splitlines() if s.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cpu}, {cores} cores, Python {platform.python_version()}, "
        f"NumPy {numpy.__version__}, SciPy {scipy.__version__}."
    )


if __name__ == "__main__":
    sys.exit(main())

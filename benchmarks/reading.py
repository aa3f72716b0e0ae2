"""Reading speed and memory: twenty million lines of Parquet, two million of CSV, against peers.

The file is made here: a million users and a hundred thousand items of uneven popularity, with ids
as integers or as text. A peer reads the same file with pandas or polars, numbers the ids and builds
`scipy.sparse.coo_array(...).tocsr()`, which is what people write by hand. Every reading happens in
a process of its own, whose highest memory (VmHWM) is taken, less what its imports need.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TITLE = "Reading: a Parquet file of 20 million lines and a CSV file of 2 million, against peers"
NOTE = (
    "peak / matrix: highest memory of the process less that after the imports, over the bytes of "
    "rowspace's matrix (values, indices, row pointers); the peers' matrix has wider indices. "
    "Repeated cells are summed. The peers return no ids with the matrix and no word about bad "
    "lines. Compiled kernels come from the on-disk cache."
)
READERS = ("rowspace", "pandas", "polars")
USERS, ITEMS = 1_000_000, 100_000


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    lines = (200_000, 50_000) if quick else (20_000_000, 2_000_000)
    cases = (
        ("Parquet, integer ids", lines[0], "integer.parquet"),
        ("Parquet, text ids", lines[0], "text.parquet"),
        ("CSV, integer ids", lines[1], "integer.csv"),
        ("CSV, text ids", lines[1], "text.csv"),
    )
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for case, n, name in cases:
            path = Path(folder) / name
            in_child("make", str(path), str(n))
            in_child("rowspace", str(path))  # so that the kernels are compiled and the file is warm
            ours: dict[str, float] = {}
            for reader in READERS:
                got = in_child(reader, str(path))
                ours = ours or got
                rows.append(
                    {
                        "case": f"{case}, {n / 1e6:g} M lines",
                        "reader": reader,
                        "wall s": got["wall"],
                        "CPU s": got["cpu"],
                        "times our CPU": got["cpu"] / ours["cpu"],
                        "peak MB": f"{got['peak'] / 1e6:.0f}",
                        "imports MB": f"{got['imports'] / 1e6:.0f}",
                        "matrix MB": f"{got['matrix'] / 1e6:.0f}",
                        "peak / matrix": (got["peak"] - got["imports"]) / ours["matrix"],
                    }
                )
            path.unlink()
    return rows


def in_child(*arguments: str) -> dict[str, float]:
    """Run this file with a task in another process and return what it measured."""
    done = subprocess.run(
        [sys.executable, __file__, "--task", *arguments],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    got: dict[str, float] = json.loads(done.stdout)
    return got


def make(path: Path, n: int) -> None:
    """Write the file in pieces of a million lines."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    writer = None
    for start in range(0, n, 1_000_000):
        k = min(1_000_000, n - start)
        columns = {
            "user": pa.array((rng.random(k) ** 2 * USERS).astype(np.int64)),
            "item": pa.array((rng.random(k) ** 3 * ITEMS).astype(np.int64)),
        }
        if path.stem == "text":
            columns = {
                name: pc.binary_join_element_wise(name, ids.cast(pa.string()), "-")
                for name, ids in columns.items()
            }
        stars = pa.array(rng.integers(1, 6, k).astype(np.float32))
        piece = pa.table({**columns, "rating": stars})
        if writer is None:
            kind = arrow_csv.CSVWriter if path.suffix == ".csv" else pq.ParquetWriter
            writer = kind(path, piece.schema)
        writer.write_table(piece)
    assert writer is not None
    writer.close()


def measure(reader: str, path: Path) -> dict[str, float]:
    """Read the file and return seconds and bytes."""
    READ[reader](None)
    imports = memory("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    matrix = READ[reader](path)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": memory("VmHWM"),
        "imports": imports,
        "matrix": matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes,
    }


def read_rowspace(path: Path | None):
    import rowspace as rs

    if path is None:
        # A tiny table imports what the real one needs, compiled kernels included.
        for ids in ([1, 2], ["a", "b"]):
            rs.read({"user": ids, "item": ids, "rating": [1.0, 2.0]}, "user", "item", "rating",
                    duplicates="sum")  # fmt: skip
        import pyarrow.csv
        import pyarrow.parquet  # noqa: F401

        return None
    return rs.read(path, "user", "item", "rating", duplicates="sum").cells


def read_pandas(path: Path | None):
    import pandas as pd
    import pyarrow.parquet  # noqa: F401
    import scipy.sparse as sp

    if path is None:
        return None
    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    rows, users = pd.factorize(frame["user"])
    cols, items = pd.factorize(frame["item"])
    values = frame["rating"].to_numpy(np.float32)
    shape = (len(users), len(items))
    return sp.coo_array((values, (rows, cols)), shape=shape).tocsr()


def read_polars(path: Path | None):
    import polars as pl
    import scipy.sparse as sp

    if path is None:
        return None
    frame = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    codes = []
    for name in ("user", "item"):
        ids = frame[name]
        if ids.dtype == pl.String:
            codes.append(ids.cast(pl.Categorical).to_physical().to_numpy())
        else:
            codes.append((ids.rank("dense") - 1).to_numpy())
    values = frame["rating"].cast(pl.Float32).to_numpy()
    return sp.coo_array((values, (codes[0], codes[1]))).tocsr()


READ = {"rowspace": read_rowspace, "pandas": read_pandas, "polars": read_polars}


def memory(field: str) -> float:
    """Return a field of /proc/self/status in bytes, or the highest memory where there is none."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(s for s in status.read_text().splitlines() if s.startswith(field))
        return float(line.split()[1]) * 1024
    import resource

    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(highest * (1 if sys.platform == "darwin" else 1024))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--task"]:
        task, path, *rest = sys.argv[2:]
        if task == "make":
            make(Path(path), int(rest[0]))
            print("{}")
        else:
            print(json.dumps(measure(task, Path(path))))
    else:
        sys.path.insert(0, str(Path(__file__).parent.parent))
        from benchmarks.__main__ import main

        sys.argv[1:] = ["reading", *sys.argv[1:]]
        sys.exit(main())

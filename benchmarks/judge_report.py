"""What the label-free part of a report costs at 50,000 vectors of 384 numbers, block by block.

The vectors are a mixture of 500 clusters with a falling spectrum. Each line is a fresh process that
first runs the same on 300 rows (so that compiled kernels are there) and then once on all. The
targets: the whole in 20 s on two cores and below 2 GB.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

TITLE = "The label-free report: CPU time and memory at 50,000 x 384"
NOTE = """
`all blocks` shares its passes, so it costs less than its parts. CPU s are those of all threads: two
cores that nobody else uses need a little more than half of them. Target: 20 s on two cores (40 CPU
s at most) and 2 GB; the neighbours alone are 0.96 TFLOP of matrix products.
"""


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    n, d = (5_000, 64) if quick else (50_000, 384)
    rows = []
    for name in BLOCKS:
        command = [sys.executable, "-m", "benchmarks.judge_report", name, str(n), str(d)]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent
        )
        rows.append({"block": name, **json.loads(done.stdout)})
    return rows


def vectors(n: int, d: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    scale = 1 / np.sqrt(np.arange(1, d + 1, dtype=np.float32))
    centres = rng.standard_normal((500, d), dtype=np.float32) * scale
    x = rng.standard_normal((n, d), dtype=np.float32)
    x *= 0.4 * np.sqrt(scale)
    x += centres[rng.integers(0, 500, n)]
    return x


def _whole(x: np.ndarray) -> None:
    from rowspace.judge.label_free import label_free

    label_free(x, partner=x[:1000])


def _alone(module: str, name: str, neighbours: bool = False) -> Callable[[np.ndarray], None]:
    def work(x: np.ndarray) -> None:
        import importlib

        function = getattr(importlib.import_module(f"rowspace.judge.{module}"), name)
        if neighbours:
            from rowspace.judge.neighbours import nearest_neighbours

            function(nearest_neighbours(x, 20))
        else:
            function(x)

    return work


def _neighbours(x: np.ndarray) -> None:
    from rowspace.judge.neighbours import nearest_neighbours

    nearest_neighbours(x, 20)


BLOCKS: dict[str, Callable[[np.ndarray], None]] = {
    "all blocks": _whole,
    "exact neighbours, k = 20": _neighbours,
    "health": _alone("health", "health"),
    "spectrum": _alone("spectrum", "spectrum"),
    "geometry": _alone("geometry", "geometry"),
    "gauge": _alone("gauge", "gauge_test"),
    "dimension, with neighbours": _alone("dimension", "dimension", neighbours=True),
    "hubness, with neighbours": _alone("hubness", "hubness", neighbours=True),
    "neighbourhood": _alone("preservation", "compressions"),
    "stability": _alone("stability", "stability"),
}


def measure(name: str, n: int, d: int) -> dict[str, float]:
    x = vectors(n, d)
    BLOCKS[name](x[:300])
    cpu, wall = time.process_time(), time.perf_counter()
    BLOCKS[name](x)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "CPU s": round(cpu, 2),
        "wall s": round(wall, 2),
        "peak MB": round(peak / (1e6 if sys.platform == "darwin" else 1e3)),
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))

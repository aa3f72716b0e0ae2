"""Partitioned training: vectors on disk, of which two partitions at a time are in memory.

Rows and columns are dealt out to partitions (`observe/buckets.py`), and the cells of one partition
of the rows and one of the columns are a problem of their own for the sampled solver, with
negatives from the partition of the columns (Lerer et al. 2019, "PyTorch-BigGraph"). An epoch goes
through all pairs of partitions, from each to one that shares a partition with it, in an order that
changes. A partition is written when it leaves memory, under the number of the epoch, so that a fit
that was killed goes on from its last whole epoch. Called by `api.fit_partitioned`.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.factors import Factors
from rowspace.factor.gram import constraint_of
from rowspace.factor.grammar import (
    Cosine,
    Dot,
    Euclidean,
    Factorization,
    Guided,
    Lookup,
    Negatives,
    Sampled,
    Tied,
)
from rowspace.factor.sampled.cells import SampledCells, odds_of
from rowspace.factor.sampled.encoders import LookupEncoder
from rowspace.factor.sampled.solve import Run, bounds_of, refuse_running_away, ridge_of
from rowspace.factor.sampled.updates import Table
from rowspace.observe.buckets import Buckets
from rowspace.progress import stage
from rowspace.threads import kernel_threads

_PIECE = 65_536  # vectors that are looked at together when both sides are put together


def solve_partitioned(f: Factorization, buckets: Buckets, folder: Path, seed: int = 0) -> Factors:
    """Return the factors, memory-mapped from files in `folder`.

    Args:
        f: with `Sampled()` and `Negatives()`, rows and columns looked up, no matrix steps.
        buckets: the cells.
        folder: where partitions are kept; if a fit of the same was interrupted there, it goes on.
        seed: of the start, the order and the negatives.

    Raises:
        UnsupportedError: the problem needs more than two partitions at a time.
        InputError: the folder has the partitions of another fit, or the steps are too large.
    """
    _refuse(f, buckets)
    solver, policy = f.solver, f.unobserved
    assert isinstance(solver, Sampled) and isinstance(policy, Negatives)
    folder.mkdir(parents=True, exist_ok=True)
    of = f"{f.to_json()} {buckets.fingerprint} {seed}"
    trace = _progress(folder, of)
    store = _Store(f, buckets, folder, seed, len(trace))
    store.forget(len(trace))  # of an epoch that was interrupted
    started = time.perf_counter()
    with kernel_threads(), stage("epochs", solver.epochs) as step:
        step(len(trace))
        for epoch in range(len(trace), solver.epochs):
            store.epoch = epoch
            seen, total = 0, 0.0
            for i, j in walk(buckets.parts, np.random.default_rng([seed, epoch])):
                rng = np.random.default_rng([seed, epoch, i, j])
                cells = _cells(f, buckets, i, j)
                if len(cells.indices) == 0:
                    continue
                rows, cols = store.pair(i, j)
                ends = [
                    LookupEncoder(table, ridge_of(constraint_of(f, side)))
                    for side, table in (("rows", rows), (store.side_of_cols, cols))
                ]
                run = Run(f, cells, (ends[0], ends[1]))
                state = policy.by.prepare(run.view(epoch, seed, None), None)
                order = cells.order(rng)
                for at in range(0, len(order), solver.batch):
                    rate = solver.rate_at((epoch + (seen + at) / buckets.cells) / solver.epochs)
                    total += run.batch(state, order[at : at + solver.batch], rate, rng)
                seen += len(order)
            store.flush()
            trace.append(total / max(seen, 1))
            refuse_running_away(trace, solver)
            _keep_progress(folder, of, trace)
            store.forget(epoch - 1)
            speed = buckets.cells * (epoch + 1) / max(time.perf_counter() - started, 1e-9)
            step(note=f"loss {trace[-1]:.4g}, {speed:,.0f} examples/s")
    store.epoch = len(trace) - 1
    whole = {"rows": store.whole("rows"), "cols": store.whole("cols")}
    extras = {}
    if isinstance(f.geometry, Euclidean):
        for side, x in whole.items():
            halves = [np.einsum("nd,nd->n", p, p) for p in _pieces(x)]
            extras[side] = {"bias": np.float32(-0.5) * np.concatenate(halves)}
    facts = {
        "sweeps": len(trace),
        "objective": trace[-1] if trace else 0.0,
        "partitions": buckets.parts,
        "resident_bytes": store.most,
        "whole_bytes": store.all_bytes,
    }
    return Factors(whole["rows"], whole["cols"], None, tuple(trace), extras, facts)


def walk(parts: int, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield all pairs of partitions, each sharing one with the pair before it.

    >>> pairs = list(walk(2, np.random.default_rng(0)))
    >>> sorted(pairs), all(a[0] == b[0] or a[1] == b[1] for a, b in zip(pairs, pairs[1:]))
    ([(0, 0), (0, 1), (1, 0), (1, 1)], True)
    """
    across = rng.permutation(parts)
    for at, i in enumerate(rng.permutation(parts)):
        for j in across if at % 2 == 0 else across[::-1]:
            yield int(i), int(j)


def _refuse(f: Factorization, buckets: Buckets) -> None:
    """Refuse what needs all vectors at once."""
    sampled = isinstance(f.solver, Sampled) and isinstance(f.unobserved, Negatives)
    if not sampled or not isinstance(f.geometry, Dot | Cosine | Euclidean) or f.matrix:
        raise UnsupportedError(
            "only recipes that sample cells of a matrix train in partitions, such as bpr, simplex "
            f"with own=1, cml or line with sampled=True, not {f}"
        )
    tied = isinstance(f.cols, Tied)
    if not isinstance(f.rows, Lookup) or not (isinstance(f.cols, Lookup) or tied):
        raise UnsupportedError(
            f"rows={f.rows} need columns of all partitions at once; set rows and cols to Lookup()"
        )
    assert isinstance(f.unobserved, Negatives)
    if isinstance(f.unobserved.by, Guided):
        raise UnsupportedError("partitions take no guide; use Even() or Frequent()")
    if tied and not buckets.graph:
        raise InputError("Tied() is for the edges of a graph; read them with format='edges'")
    small = min(buckets.shape)
    if buckets.parts > small:
        raise InputError(
            f"{buckets.parts} partitions are more than the {small} rows or columns; ask for fewer"
        )


def _cells(f: Factorization, buckets: Buckets, i: int, j: int) -> SampledCells:
    """Return the cells of one bucket, by position inside its partitions."""
    found = buckets.read(i, j)
    odds = odds_of(f.confidence, found["value"])
    counts = buckets.counts if odds is None else buckets.sums
    n, m = (len(range(p, size, buckets.parts)) for p, size in zip((i, j), buckets.shape))
    rows, cols = found["row"].astype(np.int64), found["col"].astype(np.int64)
    return SampledCells.of_pairs(rows, cols, (n, m), odds, counts[j :: buckets.parts])


@dataclass(eq=False)
class _Store:
    """Partitions of both sides on disk, of which those in use are tables in memory."""

    f: Factorization
    buckets: Buckets
    folder: Path
    seed: int
    epoch: int
    most: int = 0
    _held: dict[tuple[str, int], tuple[Table, int]] = field(default_factory=dict)

    @property
    def side_of_cols(self) -> str:
        """The side whose vectors the columns have."""
        return "rows" if isinstance(self.f.cols, Tied) else "cols"

    @property
    def all_bytes(self) -> int:
        """Bytes of all vectors and of what the rule of the steps remembers."""
        row = self._fresh("rows", np.zeros((1, self.f.dim)))
        per = sum(a.nbytes for a in self._arrays(row).values())
        sides = {"rows": self.buckets.shape[0], self.side_of_cols: self.buckets.shape[1]}
        return int(per * sum(sides.values()))

    def pair(self, i: int, j: int) -> tuple[Table, Table]:
        """Return partition i of the rows and j of the columns; what else was in memory leaves."""
        asked = {("rows", i), (self.side_of_cols, j)}
        for key in set(self._held) - asked:
            self._write(key)
            del self._held[key]
        for key in asked - set(self._held):
            self._held[key] = self._read(*key), self.epoch
        here = sum(
            a.nbytes for table, _ in self._held.values() for a in self._arrays(table).values()
        )
        self.most = max(self.most, here)
        return self._held["rows", i][0], self._held[self.side_of_cols, j][0]

    def flush(self) -> None:
        """Write what is in memory and give every untouched partition to this epoch."""
        for key in set(self._held):
            self._write(key)
        self._held.clear()
        for side in {"rows", self.side_of_cols}:
            for p in range(self.buckets.parts):
                new = self._path(side, p, self.epoch)
                if new.exists():
                    continue
                old = self._path(side, p, self.epoch - 1)
                if old.exists():
                    shutil.copyfile(old, new)
                else:
                    self._held[side, p] = self._read(side, p), self.epoch
                    self._write((side, p))
                    self._held.clear()

    def forget(self, epoch: int) -> None:
        """Delete the files of an epoch."""
        for path in self.folder.glob(f"*.{epoch}.npz"):
            path.unlink()

    def whole(self, side: str) -> NDArray[np.float32]:
        """Return the vectors of a side, put together in a file and mapped."""
        side = side if side == "rows" else self.side_of_cols
        n, parts = self.buckets.shape[0 if side == "rows" else 1], self.buckets.parts
        path = self.folder / f"{side}.npy"
        out = np.lib.format.open_memmap(path, "w+", np.float32, (n, self.f.dim))
        for p in range(parts):
            with np.load(self._path(side, p, self.epoch)) as file:
                x = file["vectors"]
            if isinstance(self.f.geometry, Cosine):
                length = np.linalg.norm(x, axis=1, keepdims=True)
                x = x / np.maximum(length, np.float32(1e-12))
            out[p::parts] = x
        out.flush()
        del out
        return np.asarray(np.load(path, mmap_mode="r"))

    def _path(self, side: str, p: int, epoch: int) -> Path:
        return self.folder / f"{side}-{p}.{epoch}.npz"

    def _fresh(self, side: str, vectors: NDArray[Any]) -> Table:
        return Table(
            np.asarray(vectors, np.float32),
            self.f.solver.update,  # type: ignore[attr-defined]
            bounds_of(constraint_of(self.f, side)),
        )

    @staticmethod
    def _arrays(table: Table) -> dict[str, NDArray[Any]]:
        return {"vectors": table.vectors, **table.state}

    def _read(self, side: str, p: int) -> Table:
        """Return a partition as this epoch or the one before left it, or at the start."""
        for epoch in (self.epoch, self.epoch - 1):
            path = self._path(side, p, epoch)
            if path.exists():
                with np.load(path) as file:
                    arrays = dict(file)
                table = self._fresh(side, arrays.pop("vectors"))
                for name, array in arrays.items():
                    table.state[name][:] = array
                return table
        n = self.buckets.shape[0 if side == "rows" else 1]
        size = len(range(p, n, self.buckets.parts))
        rng = np.random.default_rng([self.seed, side == "cols", p])
        solver = self.f.solver
        assert isinstance(solver, Sampled)
        x = rng.standard_normal((size, self.f.dim), np.float32)
        x *= np.float32(solver.spread / np.sqrt(self.f.dim))
        if bounds_of(constraint_of(self.f, side)) is not None:
            np.abs(x, out=x)
        return self._fresh(side, x)

    def _write(self, key: tuple[str, int]) -> None:
        path = self._path(*key, self.epoch)
        beside = path.with_suffix(".part")
        with beside.open("wb") as file:
            np.savez(file, **self._arrays(self._held[key][0]))  # type: ignore[arg-type]
        beside.replace(path)


def _progress(folder: Path, of: str) -> list[float]:
    """Return the trace of a fit that was interrupted in a folder; empty without one."""
    path = folder / "progress.json"
    if not path.exists():
        return []
    about = json.loads(path.read_text())
    if about["of"] != of:
        raise InputError(
            f"{folder} holds the partitions of another fit (other data, options or seed); name "
            "another folder or delete it"
        )
    return [float(x) for x in about["trace"]]


def _keep_progress(folder: Path, of: str, trace: list[float]) -> None:
    beside = folder / "progress.part"
    beside.write_text(json.dumps({"of": of, "trace": trace}))
    beside.replace(folder / "progress.json")


def _pieces(x: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for top in range(0, len(x), _PIECE):
        yield x[top : top + _PIECE]

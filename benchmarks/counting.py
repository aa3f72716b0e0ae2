"""Counting: how fast text becomes numbers and pairs.

Generated: 17 million words of 70,000 whose frequencies follow Zipf's law, in documents of 1,000,
counted within five words to either side. Real: text-corpora and 20newsgroups, from Unicode text to
words and to pairs.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Counting words that stand together"
NOTE = "CPU seconds of both threads, compiled kernels from the cache; wall seconds beside."


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    from rowspace.observe.text import _count_pairs, cooccurrence, tokens

    n, words = (200_000, 5_000) if quick else (17_000_000, 70_000)
    stream = zipf(n, words)
    counts = np.bincount(stream[stream >= 0], minlength=words)
    flat = np.ones(5)
    _count_pairs(stream[:10_000], np.bincount(stream[:10_000][stream[:10_000] >= 0],
                 minlength=words), flat, True, None)  # fmt: skip
    rows = []

    def add(what, tokens_, work):
        start, wall = time.process_time(), time.perf_counter()
        cells = work()
        spent = time.process_time() - start
        rows.append(
            {
                "what": what,
                "tokens": tokens_,
                "cells": cells,
                "CPU s": spent,
                "wall s": time.perf_counter() - wall,
                "million tokens per CPU s": tokens_ / spent / 1e6,
            }
        )

    add("pairs within 5, generated", n, lambda: _count_pairs(stream, counts, flat, True, None).nnz)
    add(
        "the same in 64 MB",
        n,
        lambda: _count_pairs(stream, counts, flat, True, 64 << 20).nnz,
    )
    texts = pq.read_table(data / "text-corpora" / "docs.parquet")["text"].to_pylist()
    texts += pq.read_table(data / "20newsgroups" / "docs.parquet")["text"].to_pylist()
    texts = texts[: 300 if quick else None]
    total = sum(len(tokens(t)) for t in texts)
    add("text to words", total, lambda: sum(len(tokens(t)) for t in texts) and 0)
    add(
        "text to pairs within 5",
        total,
        lambda: cooccurrence(enumerate(texts), window=5, min_count=5).cells.nnz,
    )
    return rows


def zipf(n: int, words: int) -> np.ndarray:
    """Return word numbers, most frequent first, with -1 after every 1,000."""
    rng = np.random.default_rng(0)
    ends = np.cumsum(1 / np.arange(1, words + 1))
    draw = np.searchsorted(ends / ends[-1], rng.random(n)).astype(np.int32)
    order = np.argsort(-np.bincount(draw, minlength=words), kind="stable")
    rank = np.empty(words, np.int32)
    rank[order] = np.arange(words, dtype=np.int32)
    folded = rank[draw].reshape(-1, 1000)
    return np.column_stack([folded, np.full(len(folded), -1, np.int32)]).ravel()

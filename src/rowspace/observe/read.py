"""`read`: anything that holds observations becomes `Observations`.

The door to the other readers: it finds out what the source is (`formats`), which columns to read
(`columns`), hands over to the reader of that kind (`tables`, `frames`, `matrices`, `text`) and
joins the metadata (`metadata`). Public as `rowspace.read`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rowspace.errors import InputError, nearest_names
from rowspace.observe.assemble import assemble
from rowspace.observe.columns import Column, Optional, Table, announce, choose
from rowspace.observe.formats import MATRICES, SUFFIXES, recognise
from rowspace.observe.layout import DUPLICATES, Duplicates
from rowspace.observe.observations import Nan, Observations, refuse_unknown_nan


def read(
    source: Any,
    rows: Column | None = None,
    cols: Column | None = None,
    values: Optional = None,
    *,
    time: Optional = None,
    weights: Column | None = None,
    format: str | None = None,
    duplicates: Duplicates | None = None,
    header: bool | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    ids: Literal["auto", "text"] = "auto",
    row_ids: Any = None,
    col_ids: Any = None,
    row_table: Any = None,
    col_table: Any = None,
    directed: bool = False,
    window: int | None = None,
    min_count: int | None = None,
    max_words: int | None = None,
    stream: bool = False,
    ngrams: int | None = None,
    nan: Nan = "refuse",
) -> Observations:
    """Read observations: who did what with which, how much, and when.

    Args:
        source: a path (CSV, TSV or any delimited text, MovieLens `::` files, edge lists, JSON
            lines, all of them gzip or not; Parquet; Arrow IPC; Matrix Market; SciPy npz; npy; a
            text file or a folder of them), or a pandas, polars or Arrow table, a dict of columns,
            a NumPy array, a SciPy sparse matrix or a LinearOperator.
        rows, cols: the columns with the row and the column ids, by name or by number from 0; the
            sides are called what you write. Guessed from the usual names where None, and the guess
            is printed. For a matrix or text: only the names of the sides.
        values: the column with the numbers; guessed where None; False, or none found: every line
            is one event of value 1.
        time: the column with the time (numbers, dates, ISO text); guessed where None; False: none.
        weights: the column that says how much a line counts (a confidence, or 1 / variance), which
            `Given()` confidence reads; numbers of at least 0. Never guessed.
        format: what the file is, where its name does not tell: one of "csv", "movielens", "edges",
            "jsonl", "parquet", "arrow", "mtx", "npz", "npy", "text". "edges" makes both sides the
            same nodes ("node" and "neighbor"), whatever kind of table they come in; "triples" are
            a knowledge graph (`read_triples`).
        duplicates: what several lines about one cell mean: "sum" their values, "count" them, or
            take the "last" one (by time if there is one, else by line). None refuses them. Weights
            are added up with "sum" and "count", and those of the line that "last" takes.
        header: whether delimited text begins with the names of its columns; None to find out.
        separator: what stands between fields; " " is any run of blanks and tabs; None to find out.
        encoding: of delimited text; UTF-8 where None.
        ids: "auto" makes ids in delimited text whole numbers if all of them are written as such
            ("007" is not); "text" keeps them as text.
        row_ids, col_ids: for a matrix: its ids, or a file with one per line; numbers where None.
        row_table, col_table: metadata about the rows or columns: a file or data frame with one line
            per id.
        directed: for edges: keep their direction, instead of storing each in both.
        nan: for tables and matrices: "unobserved" where a value that is NaN (or empty) stands for
            a cell that was not observed; zeros were. None of its ids is lost.
        window, min_count, max_words: for text: count word pairs within `window` words instead of
            words per document; drop words that occur fewer than `min_count` times; keep at most
            the `max_words` most frequent.
        stream: for text: read the words in their order and count no pairs, for recipes that look at
            one window after the other (`skipgram`).
        ngrams: for text: the longest sequence of words that is a column of its own (1).

    Returns:
        The labelled matrix, with ids in the order of their first appearance.

    Raises:
        InputError: anything that cannot be read, in one sentence with file, line or column, value.

    Example:
        >>> obs = read({"user": ["ann", "bob", "ann"], "item": [7, 7, 9], "stars": [5, 3, 4]},
        ...            rows="user", cols="item", values="stars")
        >>> obs
        Observations(user 2 x item 2, sparse, 3 observed)
        >>> obs.value("ann", 9)
        4.0
    """
    if duplicates is not None and duplicates not in DUPLICATES:
        raise InputError(
            f"duplicates is {duplicates!r}, but one of {', '.join(DUPLICATES)} was expected"
        )
    if ids not in ("auto", "text"):
        raise InputError(f"ids is {ids!r}, but 'auto' or 'text' was expected")
    refuse_unknown_nan(nan)
    given = {
        "values": values not in (None, False),
        "time": time not in (None, False),
        "weights": weights is not None,
        "nan": nan != "refuse",
        "duplicates": duplicates is not None,
        "header": header is not None,
        "separator": separator is not None,
        "encoding": encoding is not None,
        "ids": ids != "auto",
        "row_ids": row_ids is not None,
        "col_ids": col_ids is not None,
        "directed": directed,
        "window": window is not None,
        "min_count": min_count is not None,
        "max_words": max_words is not None,
        "stream": stream,
        "ngrams": ngrams is not None,
    }
    if format == "triples":
        from rowspace.observe.triples import read_triples

        told = sorted(name for name, is_given in given.items() if is_given)
        if told or rows is not None or cols is not None:
            raise InputError(
                f"{(told or ['rows or cols'])[0]}= says nothing about triples; leave it out, or "
                "read them by read_triples(), which takes the names of columns"
            )
        return read_triples(_existing(source) if isinstance(source, str) else source)
    path = _existing(source) if isinstance(source, str | os.PathLike) else None
    kind = recognise(path, format) if path is not None else _kind_of(source, format)
    graph = "edges" in (kind, format)
    _refuse_unused(kind, graph, {name for name, is_given in given.items() if is_given}, path)

    if kind == "text":
        from rowspace.observe.text import read_text

        row_side, col_side = _side_names(rows, cols)
        obs = read_text(
            source,
            rows=row_side,
            cols=col_side,
            window=window,
            min_count=min_count,
            max_words=max_words,
            stream=stream,
            ngrams=ngrams,
        )
    elif kind in ("matrix", *MATRICES):
        from rowspace.observe.matrices import label_matrix, read_matrix

        matrix = source if path is None else read_matrix(path, kind)
        row_side, col_side = _side_names(rows, cols)
        name = path.name if path is not None else ""
        obs = label_matrix(
            matrix, row_side or "row", col_side or "col", row_ids, col_ids, name, nan
        )
    else:
        table: Table
        if path is None:
            from rowspace.observe.frames import open_frame

            table = open_frame(source)
        else:
            from rowspace.observe.tables import open_table

            table = open_table(
                path,
                kind,
                separator=separator,
                header=header,
                encoding=encoding,
                names=(rows, cols, values, time, weights),
            )
        roles, sides = choose(
            table, rows, cols, False if duplicates == "count" else values, time, graph, weights
        )
        announce(table, roles)
        obs = assemble(
            table,
            roles,
            sides,
            duplicates=duplicates,
            ids=ids,
            graph=graph,
            directed=directed,
            nan=nan,
        )
        if graph and col_table is None:
            col_table = row_table
    return _with_tables(obs, row_table, col_table)


_TABULAR = {"values", "time", "weights", "duplicates", "ids", "nan"}
_DELIMITED = _TABULAR | {"header", "separator", "encoding"}
# Which of the options that not every source has may be given for each kind of source.
_USED: dict[str, set[str]] = {
    "csv": _DELIMITED,
    "movielens": _DELIMITED,
    "edges": _DELIMITED | {"directed"},
    "jsonl": _TABULAR,
    "parquet": _TABULAR,
    "arrow": _TABULAR,
    "frame": _TABULAR,
    "text": {"window", "min_count", "max_words", "stream", "ngrams"},
    **{kind: {"row_ids", "col_ids", "nan"} for kind in (*MATRICES, "matrix")},
}


def _kind_of(source: Any, format: str | None) -> str:
    """Return "matrix" or "frame" for an object in memory."""
    if format not in (None, "edges"):
        raise InputError(
            f"format={format!r} is for files, but the source is a {type(source).__name__}"
        )
    is_array = isinstance(source, np.ndarray) and not source.dtype.names
    is_operator = hasattr(source, "matvec") and hasattr(source, "shape")
    is_sparse = hasattr(source, "tocsr") and hasattr(source, "nnz")
    if is_array or is_sparse or is_operator:
        return "matrix"
    return "frame"


def _existing(source: Any) -> Path:
    path = Path(source)
    if path.exists():
        return path
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"there is no file {str(path)!r}, nor a folder {str(folder)!r}")
    near = nearest_names(path.name, sorted(p.name for p in folder.iterdir()))
    raise InputError(f"there is no file {str(path)!r}{near}")


def _refuse_unused(kind: str, graph: bool, given: set[str], path: Path | None) -> None:
    unused = sorted(given - _USED[kind] - ({"directed"} if graph else set()))
    if unused:
        users = [name for name, used in _USED.items() if unused[0] in used and name in SUFFIXES]
        what = path.name if path is not None else "the source"
        raise InputError(
            f"{unused[0]}= says nothing about {what}, which is read as {kind}; "
            f"it is for {', '.join(users)}"
        )


def _side_names(rows: Column | None, cols: Column | None) -> tuple[str | None, str | None]:
    for part, name in (("rows", rows), ("cols", cols)):
        if name is not None and not isinstance(name, str):
            raise InputError(f"{part} is {name!r}, but a name for the side was expected")
    return rows, cols  # type: ignore[return-value]


def _with_tables(obs: Observations, row_table: Any, col_table: Any) -> Observations:
    from rowspace.observe.metadata import joined

    if row_table is not None:
        obs = replace(obs, rows=joined(obs.rows, row_table))
    if col_table is not None:
        obs = replace(obs, cols=joined(obs.cols, col_table))
    return obs

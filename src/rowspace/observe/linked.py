"""Linked: observations about nodes and the graph of those nodes, matched by their ids.

The graph comes as `rowspace.read(..., format="edges")` gives it; out come observations with a row
for every node and the adjacency in the order of the rows. Called by `fit` with
`graphs={side: ...}` and so by `rowspace fit --graph`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rowspace.errors import InputError
from rowspace.observe.ids import united
from rowspace.observe.observations import Mode, Observations


def linked(obs: Observations, graph: Observations, side: str) -> tuple[Observations, Any]:
    """Return the observations with a row for every node, and the graph in their order.

    Args:
        obs: about the nodes, on one side.
        graph: nodes on both sides.
        side: the name of the side of `obs` that the nodes are on.

    Returns:
        The observations, in which a node that only the graph knows has a row, after all others,
        where nothing was observed; and the adjacency, SciPy CSR, in which an id that only the
        observations know has no edges. Ids are text where they are text in one of the two.

    Raises:
        InputError: the graph has other ids on its rows than on its columns, no id in common with
            the observations, or nodes that a dense matrix, which has no unobserved cells, lacks.

    Example:
        >>> from scipy.sparse import csr_array
        >>> words = Observations.from_matrix(csr_array([[1.0]]), rows="node", cols="word",
        ...                                  row_ids=["b"])
        >>> edge = Observations.from_matrix(csr_array([[0, 1.0], [1.0, 0]]), rows="node",
        ...                                 cols="neighbor", row_ids=["a", "b"],
        ...                                 col_ids=["a", "b"])
        >>> words, adjacency = linked(words, edge, "node")
        >>> list(words.rows.ids), adjacency.toarray().tolist()
        (['b', 'a'], [[0.0, 1.0], [1.0, 0.0]])
    """
    from scipy.sparse import coo_array, csr_array

    if obs.mode(side) is obs.cols:
        turned, adjacency = linked(obs.T, graph, side)
        return turned.T, adjacency
    if graph.rows.ids != graph.cols.ids:
        raise InputError(
            f"{graph.source or 'the graph'} has other ids on its {graph.rows.name} side than on "
            f"its {graph.cols.name} side; read edges with format='edges', which gives both the same"
        )
    if not (graph.is_sparse or graph.is_dense):
        raise InputError("the graph is an operator, whose edges cannot be matched; give it sparse")
    ids, (_, nodes_at) = united([obs.rows.ids, graph.rows.ids])
    n, more = len(ids), len(ids) - len(obs.rows)
    if more == len(graph.rows) and more and len(obs.rows):
        raise InputError(
            f"no id of the graph, such as {graph.rows.ids[0]!r}, is on the {side} side, which has "
            f"ids such as {obs.rows.ids[0]!r}; both should name the same things alike"
        )
    if more and not obs.is_sparse:
        raise InputError(
            f"the graph has {more} nodes without a row, the first {ids[len(obs.rows)]!r}, and a "
            "matrix that is not sparse has no unobserved cells for them; add their rows or drop "
            "their edges"
        )
    edges = coo_array(graph.cells)
    i, j = (nodes_at[at] for at in edges.coords)
    adjacency = csr_array((edges.data, (i, j)), shape=(n, n))
    table = obs.rows.table
    if table is not None and more:
        import pyarrow as pa

        lines = np.arange(n)
        table = table.take(pa.array(lines, mask=lines >= len(obs.rows)))
    rows = Mode(obs.rows.name, ids, table)
    if not more:
        return replace(obs, rows=rows), adjacency
    cells = obs.cells
    indptr = np.concatenate([cells.indptr, np.full(more, cells.indptr[-1])])
    taller = csr_array((cells.data, cells.indices, indptr), shape=(n, cells.shape[1]))
    return replace(obs, rows=rows, cells=taller), adjacency

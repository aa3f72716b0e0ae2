"""The recipes `deepwalk` and `node2vec`: skip-gram on random walks that are made as it reads."""

from __future__ import annotations

from rowspace.factor.grammar import Factorization, Frequent, Logistic, Negatives, Sampled, Sgd
from rowspace.observe.stream import WalkStream, Windows
from rowspace.recipes.registry import Paper, published


def _walked(
    dim: int, walks: WalkStream, window: int, negatives: int, epochs: int, rate: float
) -> Factorization:
    return Factorization(
        dim=dim,
        matrix=(walks, Windows(window)),
        loss=Logistic(),
        unobserved=Negatives(negatives, Frequent(0.75)),
        solver=Sampled(epochs=epochs, rate=rate, batch=1, update=Sgd(), decay=1e-4),
    )


@published(
    kind="recipe",
    claim="DeepWalk by skip-gram with negatives, on walks that are never stored.",
    papers=(
        Paper(
            "Perozzi, Al-Rfou, Skiena",
            2014,
            "DeepWalk: Online learning of social representations",
            "KDD",
        ),
    ),
    test="tests/recipes/test_deepwalk.py",
    benchmark="benchmarks/walks.py",
)
def deepwalk(
    dim: int = 128,
    *,
    walks: int = 20,
    length: int = 40,
    window: int = 10,
    negatives: int = 5,
    epochs: int = 5,
    rate: float = 0.025,
    walk_seed: int = 0,
) -> Factorization:
    """Skip-gram with negative sampling on uniform random walks, new ones in every epoch.

    In the limit the products of the vectors are those of `netmf` (Qiu et al. 2018), which is exact
    and cheaper on small graphs.

    Args:
        dim: the length of the vectors.
        walks: how many begin at every node in an epoch.
        length: how many nodes a walk has.
        window: how many steps apart two nodes may be, at most.
        negatives: drawn for every visit.
        epochs: how often all walks are made and read.
        rate: the size of a step at the start.
        walk_seed: of the walks.

    Returns:
        The `Factorization`.

    Use it on graphs that are too large for `netmf`. Needs undirected or directed edges; in a
    bipartite matrix use `deepwalk-mf`.

    Example:
        >>> deepwalk(dim=8).matrix[1].window
        10
    """
    source = WalkStream(walks, length, seed=walk_seed)
    return _walked(dim, source, window, negatives, epochs, rate)


@published(
    kind="recipe",
    claim="node2vec by skip-gram with negatives, its second-order walks made by rejection.",
    papers=(
        Paper(
            "Grover, Leskovec",
            2016,
            "node2vec: Scalable feature learning for networks",
            "KDD",
            literature=307,
        ),
    ),
    test="tests/recipes/test_deepwalk.py",
    benchmark="benchmarks/walks.py",
)
def node2vec(
    dim: int = 128,
    *,
    p: float = 1.0,
    q: float = 0.5,
    walks: int = 20,
    length: int = 40,
    window: int = 10,
    negatives: int = 5,
    epochs: int = 5,
    rate: float = 0.025,
    walk_seed: int = 0,
) -> Factorization:
    """Skip-gram with negative sampling on second-order random walks, new ones in every epoch.

    A walk goes from v, come from u, to x in proportion to w_vx times 1/p if x is u, 1 if u links to
    x, else 1/q.

    Args:
        dim: the length of the vectors.
        p: above 1 walks seldom turn back at once, below 1 they often do.
        q: below 1 walks go far (communities), above 1 they stay near (roles).
        walks: how many begin at every node in an epoch.
        length: how many nodes a walk has.
        window: how many steps apart two nodes may be, at most.
        negatives: drawn for every visit.
        epochs: how often all walks are made and read.
        rate: the size of a step at the start.
        walk_seed: of the walks.

    Returns:
        The `Factorization`.

    Use it where `p` and `q` are known to matter; `node2vec-mf` counts the same walks instead, and
    repeats on several threads.

    Example:
        >>> node2vec(dim=8, q=2.0).matrix[0].q
        2.0
    """
    source = WalkStream(walks, length, p, q, walk_seed)
    return _walked(dim, source, window, negatives, epochs, rate)

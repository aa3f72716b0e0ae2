"""Hidden positives: how many of the negatives that a sampler draws are yes cells in truth.

Part of what is known to be a yes is hidden from a fit; a negative that is one of the hidden cells
is a false negative. Every sampler is judged by how many of those it draws, by the recall of the
hidden cells, and by what that recall would be had it been told which negatives are false. Called by
benchmarks and by whoever chooses a sampler.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization, Negatives, Sampler
from rowspace.factor.samplers.sampler import Batch, Drawn, View
from rowspace.observe.observations import Observations
from rowspace.recipes.registry import Paper, published

__all__ = ["Hidden", "hidden_positives"]


@dataclass(frozen=True)
class Hidden:
    """What hidden yes cells say of one sampler.

    Attributes:
        sampler: its name.
        false: the share of the weight of all negatives that fell on hidden yes cells.
        chance: the same for columns drawn evenly.
        recall: Recall@20 of the hidden cells.
        recall_told: the same where false negatives counted nothing: what they cost is the gap.
    """

    sampler: str
    false: float
    chance: float
    recall: float
    recall_told: float


@published(
    kind="protocol",
    name="hidden-positives",
    claim="Counts how many negatives of a sampler are yes cells that were hidden, and what that "
    "costs.",
    papers=(
        Paper(
            "Zhou, Liu, Liu, Huang, Xu, Chen",
            2022,
            "SimANS: Simple ambiguous negatives sampling for dense text retrieval",
            "EMNLP Industry",
            literature=102,
        ),
        Paper(
            "Moreira, Osmulski, Xu, Ak, Schifferer, Oldridge",
            2024,
            "NV-Retriever: Improving text embedding models with effective hard-negative mining",
            "arXiv:2407.15831",
            literature=17,
        ),
        Paper(
            "Xiong, Xiong, Li, Tang, Liu, Bennett, Ahmed, Overwijk",
            2021,
            "Approximate nearest neighbor negative contrastive learning for dense text retrieval",
            "ICLR",
            literature=29,
        ),
        Paper(
            "Zhan, Mao, Liu, Guo, Zhang, Ma",
            2021,
            "Optimizing dense retrieval model training with hard negatives",
            "SIGIR",
            literature=91,
        ),
        Paper(
            "Deng, Wan, Yang, Quan, Wang",
            2023,
            "Clustering-aware negative sampling for unsupervised sentence representation",
            "ACL Findings",
            literature=99,
        ),
        Paper(
            "Hofstaetter, Lin, Yang, Lin, Hanbury",
            2021,
            "Efficiently teaching an effective dense retriever with balanced topic aware sampling",
            "SIGIR",
            literature=385,
        ),
        Paper(
            "Solatorio",
            2024,
            "GISTEmbed: Guided in-sample selection of training negatives for text embedding "
            "fine-tuning",
            "arXiv:2402.16829",
            literature=291,
        ),
        Paper(
            "MacAvaney, Nardini, Perego, Tonellotto, Goharian, Frieder",
            2020,
            "Training curricula for open domain answer re-ranking",
            "SIGIR",
            literature=368,
        ),
        Paper(
            "Nagrani, Albanie, Zisserman",
            2018,
            "Learnable PINs: Cross-modal embeddings for person identity",
            "ECCV",
            literature=153,
        ),
        Paper(
            "Heo, Chun, Oh, Han, Yun, Kim, Uh, Ha",
            2021,
            "AdamP: Slowing down the slowdown for momentum optimizers on scale-invariant weights",
            "ICLR",
            literature=358,
        ),
    ),
    test="tests/judge/test_hidden_positives.py",
    benchmark="benchmarks/hidden_positives.py",
)
def hidden_positives(
    observations: Observations,
    factorization: Factorization,
    samplers: Mapping[str, tuple[Sampler, int]],
    *,
    hide: float = 0.3,
    seed: int = 0,
    guide: tuple[Any, Any] | None = None,
) -> list[Hidden]:
    """Fit with every sampler on part of what is known, and judge by the rest.

    Args:
        observations: sparse; all of its cells are yes.
        factorization: what is fitted; its solver is `Sampled()`.
        samplers: by name, each with how many negatives it draws.
        hide: the share of the cells of every row that is hidden.
        seed: of the split and of the fits.
        guide: (n, d) and (m, d), vectors for samplers that ask for them, in the order of the rows
            and columns of `observations`.

    Returns:
        One `Hidden` per sampler.

    Raises:
        InputError: the factorization samples nothing.

    Example:
        >>> from rowspace.factor.grammar import Bpr, Even, Sampled
        >>> from scipy.sparse import csr_array
        >>> cells = csr_array((np.random.default_rng(0).random((20, 30)) < 0.4).astype(np.float32))
        >>> obs = Observations.from_matrix(cells, rows="user", cols="item")
        >>> f = Factorization(dim=4, loss=Bpr(), unobserved=Negatives(), solver=Sampled(epochs=2))
        >>> found = hidden_positives(obs, f, {"even": (Even(), 8)})[0]
        >>> 0 < found.false < 0.5
        True
    """
    from rowspace.factor.solvers import solve
    from rowspace.judge.all_items import recommendation
    from rowspace.observe.split import split_rows

    if not isinstance(factorization.unobserved, Negatives):
        raise InputError(
            f"{factorization.unobserved} draws no negatives; set unobserved=Negatives(...)"
        )
    parts = split_rows(observations, test=hide, seed=seed)
    train, hidden = parts.train.cells, parts.test.cells
    if parts.train.cols.ids != observations.cols.ids or train.shape != hidden.shape:
        raise InputError("the split lost rows or columns; give every row more than one cell")
    lengths = np.diff(train.indptr)
    free = (observations.shape[1] - lengths)[lengths > 0]
    weighed = lengths[lengths > 0]
    chance = float((np.diff(hidden.indptr)[lengths > 0] / free * weighed).sum() / weighed.sum())
    out = []
    for name, (by, count) in samplers.items():
        recalls, false = [], 0.0
        for told in (False, True):
            watched = _Watched(by, _csr(train), _csr(hidden), told)
            f = replace(factorization, unobserved=Negatives(count, watched))
            factors = solve(f, parts.train, seed, guide=guide)
            u, v = factors.rows, factors.cols
            bias = factors.extras.get("cols", {}).get("bias")
            if bias is not None:
                u = np.column_stack([u, np.ones(len(u), np.float32)])
                v = np.column_stack([v, bias])
            found = recommendation(u, v, train, hidden, metrics=["recall@20"])
            recalls.append(float(found.values.values[found.values.counted, 0].mean()))
            false = false if told else watched.false
        out.append(Hidden(name, false, chance, *recalls))
    return out


def _csr(cells: Any) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return cells.indptr.astype(np.int64), cells.indices.astype(np.int32)


@dataclass(frozen=True)
class _Watched(Sampler):
    """A sampler with an eye on what it draws."""

    refreshed: ClassVar[bool] = True

    by: Sampler
    train: Any
    hidden: Any
    told: bool
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    lock: Any = field(default_factory=threading.Lock)

    @property
    def false(self) -> float:
        """The share of the weight that fell on hidden yes cells."""
        return self.sums[0] / self.sums[1] if self.sums[1] else 0.0

    def prepare(self, view: View, before: Any = None) -> Any:
        """Return the state of the sampler."""
        if before is not None and not self.by.refreshed:
            return before
        return self.by.prepare(view, before)

    def draw(self, state: Any, rng: np.random.Generator, batch: Batch, count: int) -> Drawn:
        """Return what the sampler draws."""
        return self.by.draw(state, rng, batch, count)

    def weigh(
        self,
        state: Any,
        batch: Batch,
        drawn: Drawn,
        positive: NDArray[np.float32],
        negative: NDArray[np.float32],
    ) -> NDArray[np.float32] | None:
        """Return the weights of the sampler, without hidden cells where it is told."""
        from rowspace.factor.kernels.observed import clear_own

        weight = self.by.weigh(state, batch, drawn, positive, negative)
        shape = negative.shape
        cols = np.ascontiguousarray(np.broadcast_to(drawn.cols, shape), np.int64)
        unseen, true = np.ones(shape, np.float32), np.ones(shape, np.float32)
        clear_own(*self.train, batch.rows, cols, unseen)
        clear_own(*self.hidden, batch.rows, cols, true)
        counted = unseen if weight is None else unseen * weight
        if drawn.weight is not None:
            counted = counted * drawn.weight
        with self.lock:
            self.sums[0] += float((counted * (1 - true)).sum(dtype=np.float64))
            self.sums[1] += float(counted.sum(dtype=np.float64))
        if not self.told:
            return weight
        return true if weight is None else weight * true

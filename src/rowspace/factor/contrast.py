"""Losses that compare an observed cell with cells that were not observed, for the sampled solver.

Each takes the scores of a batch, s+ (B,) of the observed cells and s- (B, K) of the negatives that
each is compared with, and returns the loss and its derivatives. A negative counts `weight` (B, K):
0 where it is not to be one (a cell that was observed as well), and 1 or what its policy says
elsewhere. `log_q` is the logarithm of how often a column is drawn, for losses that stand for a sum
over all columns. Used by `sampled/`; which losses fit which solver is said in `abilities.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.axis import above, at_least
from rowspace.factor.losses import Floats, Logistic, Loss

Scores = NDArray[np.float32]


class Contrast(NamedTuple):
    """What a loss says of a batch.

    Attributes:
        loss: (B,) of every observed cell, its negatives included.
        positive: (B,) the derivative of the loss by s+.
        negative: (B, K) the derivative by s-.
    """

    loss: Scores
    positive: Scores
    negative: Scores


class ContrastLoss(Loss):
    """A loss of an observed cell beside cells that were not."""

    def value(self, s: Floats, t: Floats) -> Floats:
        """Refuse: one cell alone has no such loss."""
        raise UnsupportedError(f"{self} compares cells, so that one cell alone has no loss")

    def contrast(
        self, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
    ) -> Contrast:
        """Return loss and derivatives of a batch; `negative` may be overwritten."""
        raise NotImplementedError


@dataclass(frozen=True)
class Bpr(ContrastLoss):
    """The mean over the negatives of log(1 + e^(s- - s+)).

    Rendle et al. 2009, "BPR: Bayesian personalized ranking from implicit feedback", with several
    negatives to one observed cell instead of one.
    """

    def contrast(
        self, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
    ) -> Contrast:
        """Return loss and derivatives."""
        share = _shares(weight)
        gap = negative
        gap -= positive[:, None]
        each, down = _softplus(gap)
        down *= share
        return Contrast(np.einsum("bk,bk->b", share, each), -down.sum(axis=1), down)


@dataclass(frozen=True)
class Hinge(ContrastLoss):
    """The mean over the negatives of max(0, margin + s- - s+), the triplet loss."""

    margin: float = 1.0

    def __post_init__(self) -> None:
        at_least(self, margin=self.margin)

    def contrast(
        self, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
    ) -> Contrast:
        """Return loss and derivatives."""
        share = _shares(weight)
        over = negative
        over += np.float32(self.margin) - positive[:, None]
        down = share * (over > 0)
        return Contrast((down * over).sum(axis=1), -down.sum(axis=1), down)


@dataclass(frozen=True)
class Warp(ContrastLoss):
    """log(rank) max(0, margin + s- - s+) of the first negative that comes too close.

    The negatives are tried in the order in which they were drawn; where the n-th is the first with
    s- > s+ - margin, the rank of s+ is taken for (number of columns - 1) / n (Weston, Bengio,
    Usunier 2011, "WSABIE", with the logarithm for the sum of 1 / i). An observed cell without such
    a negative costs nothing.
    """

    margin: float = 1.0

    def __post_init__(self) -> None:
        at_least(self, margin=self.margin)

    def contrast(
        self, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
    ) -> Contrast:
        """Return loss and derivatives; `log_q` is that of equal chances, minus log of columns."""
        over = negative
        over += np.float32(self.margin) - positive[:, None]
        close = (over > 0) & (weight > 0)
        first = close.argmax(axis=1)
        at = np.arange(len(first))
        found = close[at, first]
        tried = np.cumsum(weight > 0, axis=1)[at, first]
        columns = np.exp(-float(np.min(log_q))) if log_q is not None else negative.shape[1] + 1.0
        rank = np.maximum((columns - 1) // np.maximum(tried, 1), 1.0)
        factor = np.where(found, np.log(1.0 + rank), 0.0).astype(np.float32)
        down = np.zeros_like(negative)
        down[at, first] = factor
        return Contrast(factor * over[at, first], -factor, down)


@dataclass(frozen=True)
class CosineContrastive(ContrastLoss):
    """1 - s+ plus `weight` times the mean over the negatives of max(0, s- - margin).

    For scores from -1 to 1: negatives that are far enough away are left alone (Mao et al. 2021,
    "SimpleX", equation 1).
    """

    margin: float = 0.8
    weight: float = 300.0

    def __post_init__(self) -> None:
        at_least(self, margin=self.margin)
        above(self, weight=self.weight)

    def contrast(
        self, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
    ) -> Contrast:
        """Return loss and derivatives."""
        down = np.float32(self.weight) * _shares(weight)
        over = negative
        over -= np.float32(self.margin)
        down *= over > 0
        return Contrast(1 - positive + (down * over).sum(axis=1), -np.ones_like(positive), down)


@dataclass(frozen=True)
class Softmax(ContrastLoss):
    """The cross-entropy of the observed column among all, -log(e^s+ / sum_j e^s_j), s over t.

    The sum is estimated from the negatives: a column that is drawn with chance q stands for
    1 / (K q) of its kind (Bengio, Senecal 2008). Not `corrected`, the observed cell competes with
    the negatives as they were drawn, which is InfoNCE (van den Oord et al. 2018).

    Attributes:
        temperature: t; below 1 for cosines.
        corrected: whether columns count by how rarely they are drawn.
    """

    temperature: float = 1.0
    corrected: bool = True

    def __post_init__(self) -> None:
        above(self, temperature=self.temperature)

    def contrast(
        self, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
    ) -> Contrast:
        """Return loss and derivatives."""
        by = np.float32(1 / self.temperature)
        logit = negative
        logit *= by
        if self.corrected and log_q is not None:
            total = np.maximum(weight.sum(axis=1, keepdims=True), np.float32(1e-30))
            logit -= log_q + np.log(total)
        up = positive * by
        np.copyto(logit, np.float32(-np.inf), where=weight == 0)
        top = np.maximum(logit.max(axis=1, initial=-np.inf), up)
        logit -= top[:, None]
        share = np.exp(logit, out=logit)
        share *= weight
        own = np.exp(up - top)
        total = own + share.sum(axis=1)
        share *= (by / total)[:, None]
        return Contrast(np.log(total) + top - up, by * (own / total - 1), share)


def contrast(
    loss: Loss, positive: Scores, negative: Scores, weight: Scores, log_q: Any = None
) -> Contrast:
    """Return what a loss says of a batch: any `ContrastLoss`, or `Logistic` (see the module).

    Logistic is -log sigmoid(s+) minus the sum over the negatives of log sigmoid(-s-), skip-gram's.

    >>> one = np.zeros(1, np.float32), np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)
    >>> contrast(Logistic(), *one).negative.tolist()
    [[0.5, 0.5]]
    """
    if isinstance(loss, ContrastLoss):
        return loss.contrast(positive, negative, weight, log_q)
    assert isinstance(loss, Logistic)
    each, down = _softplus(negative)
    cost, up = _softplus(-positive)
    down *= weight
    return Contrast(cost + np.einsum("bk,bk->b", weight, each), -up, down)


def _softplus(x: Scores) -> tuple[Scores, Scores]:
    """Return log(1 + e^x) and its derivative 1 / (1 + e^-x), without overflow.

    Only functions that NumPy computes several numbers at a time: this is the innermost loop.
    """
    e: Scores = np.exp(-np.abs(x))
    over: Scores = np.float32(1) + e
    np.divide(np.where(x >= 0, np.float32(1), e), over, out=e)
    np.log(over, out=over)
    return np.maximum(x, np.float32(0)) + over, e


def _shares(weight: Scores) -> Scores:
    """Return the weights over their sum in each row; zeros where a row has none."""
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(weight / np.where(total > 0, total, np.float32(1)), np.float32)

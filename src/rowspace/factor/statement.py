"""The statement: every number that a factorization gives to cells, from which row problems follow.

Built once per fit (or per batch of new rows) by `state`: targets and confidences of the observed
cells, and the background as a product a_i d_j. `Statement.weighted` then makes the weighted
cells of one half sweep, which depend on the present scores where the loss is reweighted and on the
offsets where a score has some. `alternating.py` and `fold_in.py` call both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import UnsupportedError
from rowspace.factor.gram import WeightedCells
from rowspace.factor.grammar import (
    Constant,
    Factorization,
    Given,
    Ignore,
    LogValue,
    NoOffset,
    One,
    Propensity,
    SoftHinge,
    Squared,
    Uniform,
)
from rowspace.factor.losses import Loss, jaakkola
from rowspace.factor.policies import (
    Background,
    background_of,
    confidence_weight,
    target_of,
    weights_of,
)
from rowspace.linalg.csr import Csr

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Statement:
    """What a factorization says of the cells of a matrix, seen by rows.

    Attributes:
        cells: n x m; the stored cells (of a dense matrix whose cells all weigh alike: that).
        target: t per stored cell, (nnz,) float32, or n x m.
        confidence: weight beyond the background per stored cell, (nnz,) float32; or one number.
        loss: of the stored cells.
        own: a_i, (n,) float64; other: d_j, (m,) float64: the background weighs a_i d_j.
        hinge: per stored cell whether it is an unobserved one of `SoftHinge`; None without.
        lift: by what the targets of every column were raised (`Propensity`), (m,); None without.
    """

    cells: Csr | NDArray[np.float32]
    target: NDArray[np.float32]
    confidence: NDArray[np.float32] | float
    loss: Loss
    own: Floats
    other: Floats
    hinge: NDArray[np.bool_] | None = None
    lift: Floats | None = None
    _kept: dict[str, Any] = field(default_factory=dict)

    @property
    def reweights(self) -> bool:
        """Whether the weights depend on the present scores."""
        return self.hinge is not None or not isinstance(self.loss, Squared)

    @property
    def has_background(self) -> bool:
        """Whether unobserved cells weigh anything."""
        return bool(self.other.any())

    @cached_property
    def T(self) -> Statement:
        """The same statement seen by columns."""
        cells = self.cells
        if isinstance(cells, np.ndarray):
            return replace(
                self, cells=cells.T, target=self.target.T, own=self.other, other=self.own, _kept={}
            )
        order = cells.transposing
        confidence, hinge = self.confidence, self.hinge
        return replace(
            self,
            cells=cells.T,
            target=self.target[order],
            confidence=confidence[order] if isinstance(confidence, np.ndarray) else confidence,
            own=self.other,
            other=self.own,
            hinge=None if hinge is None else hinge[order],
            _kept={},
        )

    @property
    def counts(self) -> Floats:
        """How many cells of every column were observed, (m,) float64."""
        return _counts(self.cells, self.hinge)

    @property
    def row_counts(self) -> Floats:
        """How many cells of every row were observed, (n,) float64."""
        return _row_counts(self.cells, self.hinge)

    @property
    def loss_at_zero(self) -> float:
        """The objective of vectors of zeros without offsets."""
        if isinstance(self.cells, np.ndarray) or not self.reweights:
            return self.weighted().constant
        return self.loss_at(np.zeros(len(self.cells.data), np.float32))

    @property
    def mean_target(self) -> float:
        """The mean target of the stored cells, by weight; 0 without any."""
        if isinstance(self.cells, np.ndarray):
            return float(self.target.mean()) if self.target.size else 0.0
        w = (self.background if self.has_background else 0.0) + np.asarray(self.confidence, float)
        total = float(np.sum(w))
        return float(w @ self.target.astype(np.float64)) / total if total else 0.0

    @property
    def level(self) -> float:
        """The mean target of all cells by weight, the background included."""
        if isinstance(self.cells, np.ndarray):
            return self.mean_target
        w0 = self.background if self.has_background else np.zeros(len(self.cells.data))
        stored = float(np.sum(w0 + self.confidence))
        everywhere = stored + float(self.own.sum() * self.other.sum() - w0.sum())
        return self.mean_target * stored / everywhere if everywhere > 0 else 0.0

    def with_background(self, own: Floats, other: Floats) -> Statement:
        """Return the statement with another background."""
        return replace(self, own=own, other=other, _kept={})

    def weighted(
        self,
        scores: NDArray[np.float32] | None = None,
        offsets: tuple[Floats, Floats] | None = None,
    ) -> WeightedCells:
        """Return the weighted cells of one half sweep.

        Args:
            scores: (nnz,) the present scores with their offsets, where the loss is reweighted.
            offsets: (n,) and (m,), of which a score has the sum besides the product of vectors.
        """
        if scores is None and offsets is None:
            if "plain" not in self._kept:
                self._kept["plain"] = self._plain()
            found: WeightedCells = self._kept["plain"]
            return found
        return self._weighted(scores, offsets)

    def _plain(self) -> WeightedCells:
        """Return the weighted cells without offsets or reweighting, in single precision."""
        cells = self.cells
        if isinstance(cells, np.ndarray):
            return self._all_alike()
        extra = np.asarray(self.confidence, np.float32)
        weight: Any = extra
        if self.has_background:
            w0 = self._uniform
            weight = extra + np.float32(w0) if w0 is not None else extra + self.background
        pull = np.asarray(weight * self.target, np.float32)
        total = 0.5 * float(np.einsum("p,p->", pull, self.target, dtype=np.float64))
        beyond = extra if extra.any() else None
        return WeightedCells(cells.with_data(pull), beyond, self.own, self.other, 1.0, total)

    def _weighted(
        self, scores: NDArray[np.float32] | None, offsets: tuple[Floats, Floats] | None
    ) -> WeightedCells:
        cells, target = self.cells, self.target
        assert isinstance(cells, Csr)
        t, c = np.asarray(target, np.float64), np.asarray(self.confidence, np.float64)
        w0: Any = self.background if self.has_background else 0.0
        w: Any = w0 + c
        if scores is not None:
            factor, t = self._touching(np.asarray(scores, np.float64), t)
            w = w * factor
        if offsets is None:
            pull, constant = w * t, 0.5 * float((w * t) @ t)
        else:
            o = offsets[0][cells.row_of] + offsets[1][cells.indices]
            pull = w * (t - o) + w0 * o
            constant = 0.5 * float(w @ (t - o) ** 2) + self._offset_constant(offsets, w0, o)
        extra = w - w0
        return WeightedCells(
            cells.with_data(pull.astype(np.float32)),
            extra.astype(np.float32) if extra.any() else None,
            self.own,
            self.other,
            1.0,
            constant,
        )

    def _all_alike(self) -> WeightedCells:
        """Return the weighted cells of a dense matrix, whose weight all goes into the Gram."""
        assert isinstance(self.confidence, float)
        n, m = self.target.shape
        w0 = float(self.own[0] * self.other[0]) if self.target.size else 0.0
        w = w0 + self.confidence
        total = 0.5 * w * float(np.einsum("ij,ij->", self.target, self.target, dtype=np.float64))
        pull = np.asarray(w * self.target, np.float32)
        share = w0 / w if w else 0.0
        return WeightedCells(pull, None, np.ones(n), np.full(m, w), share, total)

    @property
    def _uniform(self) -> float | None:
        """The weight of every unobserved cell, where it is the same; else None."""
        if not self.own.size or not self.other.size:
            return 0.0
        alike = np.ptp(self.own) == 0 and np.ptp(self.other) == 0
        return float(self.own[0] * self.other[0]) if alike else None

    @property
    def background(self) -> Floats:
        """a_i d_j at every stored cell, (nnz,)."""
        assert isinstance(self.cells, Csr)
        if self._uniform is not None:
            return np.full(len(self.cells.indices), self._uniform)
        return np.asarray(self.own[self.cells.row_of] * self.other[self.cells.indices])

    def _touching(self, s: Floats, t: Floats) -> tuple[Floats, Floats]:
        weight, centre = self.loss.touching(s, t)
        if self.hinge is not None:
            bent = jaakkola(s)
            weight = np.where(self.hinge, bent, weight)
            centre = np.where(self.hinge, -0.5 / bent, centre)
        return weight, centre

    def loss_at(self, scores: NDArray[np.float32]) -> float:
        """Return the weighted loss of all stored cells at their scores."""
        s, t = np.asarray(scores, np.float64), np.asarray(self.target, np.float64)
        values = self.loss.value(s, t)
        if self.hinge is not None:
            values = np.where(self.hinge, np.logaddexp(0.0, s), values)
        w0 = self.background if self.has_background else 0.0
        return float(((w0 + np.asarray(self.confidence, np.float64)) * values).sum())

    def _offset_constant(self, offsets: tuple[Floats, Floats], w0: Any, o: Floats) -> float:
        """Return sum of a_i d_j o_ij^2 / 2 over the unobserved cells."""
        if not self.has_background:
            return 0.0
        a, d, (x, y) = self.own, self.other, offsets
        everywhere = (a @ x**2) * d.sum() + 2 * (a @ x) * (d @ y) + a.sum() * (d @ y**2)
        return 0.5 * (float(everywhere) - float((w0 * o**2).sum()))


def state(
    factorization: Factorization,
    cells: Csr | NDArray[np.float32],
    weights: NDArray[np.float32] | None = None,
    background: Background | None = None,
) -> Statement:
    """Return what a factorization says of a matrix.

    Args:
        factorization: says `loss`, `target`, `confidence`, `unobserved`, `offset`.
        cells: stored cells were observed; a dense matrix was observed throughout. Never changed.
        weights: per stored cell what `Given()` takes, (nnz,).
        background: where it is known from training; else it follows from the cells.

    Raises:
        InputError: `Given()` without weights, or `LogValue()` of a value that is not above 0.
        UnsupportedError: `SoftHinge()` on a matrix too large to be dense.
    """
    f = factorization
    hinge = None
    if isinstance(cells, np.ndarray) and not _alike(f):
        if isinstance(f.confidence, Given):
            weights = weights_of(f.confidence, weights).ravel()
        cells = Csr.full(cells)
    if isinstance(f.unobserved, SoftHinge) and isinstance(cells, Csr):
        cells, hinge = _filled(cells)
    if background is None:
        background = background_of(f.unobserved, _counts(cells, hinge), _row_counts(cells, hinge))
    own, other, lift = background.own, background.other, background.lift
    if isinstance(cells, np.ndarray):
        t = np.ones_like(cells) if isinstance(f.target, One) else cells
        assert isinstance(f.confidence, Constant)
        return Statement(cells, t, float(f.confidence.weight), f.loss, own, other)
    x = cells.data
    target = target_of(f.target, x, hinge)
    if isinstance(f.unobserved, Propensity):
        raised = background.lift_own[cells.row_of] * lift[cells.indices]
        target = target * raised.astype(np.float32)
    if isinstance(f.confidence, Constant):
        confidence: NDArray[Any] = np.full(len(x), f.confidence.weight, np.float32)
    else:
        confidence = confidence_weight(f.confidence, np.asarray(x, np.float64), weights)
    if hinge is not None:
        assert isinstance(f.unobserved, SoftHinge)
        confidence = np.where(hinge, f.unobserved.weight, confidence)
    kept = lift if isinstance(f.unobserved, Propensity) else None
    weight = confidence.astype(np.float32, copy=False)
    return Statement(cells, target, weight, f.loss, own, other, hinge, kept)


def _alike(f: Factorization) -> bool:
    """Say whether all cells of a dense matrix weigh the same whatever they hold."""
    return (
        isinstance(f.loss, Squared)
        and isinstance(f.confidence, Constant)
        and isinstance(f.unobserved, Uniform | Ignore)
        and isinstance(f.offset, NoOffset)
        and not isinstance(f.target, LogValue)
    )


def _counts(cells: Csr | NDArray[np.float32], hinge: NDArray[np.bool_] | None) -> Floats:
    """Return how many cells of every column were observed, (m,) float64."""
    if isinstance(cells, np.ndarray):
        return np.full(cells.shape[1], float(cells.shape[0]))
    at = cells.indices if hinge is None else cells.indices[~hinge]
    return np.bincount(at, minlength=cells.shape[1]).astype(np.float64)


def _row_counts(cells: Csr | NDArray[np.float32], hinge: NDArray[np.bool_] | None) -> Floats:
    """Return how many cells of every row were observed, (n,) float64."""
    n, m = cells.shape
    if isinstance(cells, np.ndarray):
        return np.full(n, float(m))
    if hinge is None:
        return cells.lengths.astype(np.float64)
    return np.bincount(cells.row_of[~hinge], minlength=n).astype(np.float64)


_MOST_FILLED = 1 << 28  # cells: some 6 GB with their weights and targets


def _filled(cells: Csr) -> tuple[Csr, NDArray[np.bool_]]:
    """Return the matrix with every cell stored, and which of them were not observed."""
    n, m = cells.shape
    if n * m > _MOST_FILLED:
        raise UnsupportedError(
            f"SoftHinge visits every one of {n:,} x {m:,} cells, which needs about "
            f"{n * m * 24 / 2**30:.0f} GiB; keep fewer ids (min_count), or use unobserved=Uniform"
        )
    dense = np.zeros((n, m), np.float32)
    unseen = np.ones((n, m), bool)
    dense[cells.row_of, cells.indices] = cells.data
    unseen[cells.row_of, cells.indices] = False
    return Csr.full(dense), unseen.ravel()

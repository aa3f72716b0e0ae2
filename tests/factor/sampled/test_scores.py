"""Gradients of a batch: those of the sum of the losses, in every geometry."""

import numpy as np
import pytest

from rowspace.factor.contrast import Bpr, contrast
from rowspace.factor.sampled.scores import batch_gradients


def _score(geometry, q, v):
    if geometry == "Dot":
        return q @ v
    if geometry == "Cosine":
        return q @ v / np.linalg.norm(q) / np.linalg.norm(v)
    return -0.5 * ((q - v) ** 2).sum()


def _loss(geometry, q, p, n):
    own = n.ndim == 3
    up = np.array([_score(geometry, a, b) for a, b in zip(q, p)])
    down = np.array(
        [[_score(geometry, a, x) for x in (n[i] if own else n)] for i, a in enumerate(q)]
    )
    return float(np.logaddexp(0, down - up[:, None]).mean(axis=1).sum())


@pytest.mark.parametrize("geometry", ["Dot", "Cosine", "Euclidean"])
@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
def test_gradients_are_those_of_the_loss(geometry, own, monkeypatch):
    monkeypatch.setattr("rowspace.factor.sampled.scores._PIECE", 2)  # several pieces
    rng = np.random.default_rng(0)
    b, k, d = 5, 3, 4
    q, p = rng.standard_normal((2, b, d)).astype(np.float32)
    n = rng.standard_normal((b, k, d) if own else (k, d)).astype(np.float32)
    found = batch_gradients(
        geometry, q, p, n, lambda rows, up, down: contrast(Bpr(), up, down, np.ones_like(down))
    )
    given = [x.astype(float) for x in (q, p, n)]
    assert found.loss == pytest.approx(_loss(geometry, *given), rel=1e-5)
    for x, grad in zip(given, (found.query, found.positive, found.negative)):
        slow = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            before = x[at]
            sides = []
            for h in (1e-5, -1e-5):
                x[at] = before + h
                sides.append(_loss(geometry, *given))
            x[at] = before
            slow[at] = (sides[0] - sides[1]) / 2e-5
        np.testing.assert_allclose(grad, slow, atol=2e-5)

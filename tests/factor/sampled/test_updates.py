"""Steps: the kernel does what the formulas of the rules say, whatever the number of threads."""

import numpy as np
import pytest

from rowspace.factor.grammar import AdaGrad, Adam, Sgd
from rowspace.factor.sampled.updates import Table


def _twin(update, x, batches, rate):
    """The rules in plain NumPy, float64."""
    x = x.astype(float)
    square, mean, taken = np.zeros_like(x), np.zeros_like(x), np.zeros(len(x))
    for ids, grads in batches:
        for row in np.unique(ids):
            g = grads[ids == row].astype(float).sum(axis=0)
            if isinstance(update, Sgd):
                x[row] -= rate * g
            elif isinstance(update, AdaGrad):
                square[row] += g * g
                x[row] -= rate * g / (np.sqrt(square[row]) + 1e-10)
            else:
                taken[row] += 1
                mean[row] = update.first * mean[row] + (1 - update.first) * g
                square[row] = update.second * square[row] + (1 - update.second) * g * g
                m = mean[row] / (1 - update.first ** taken[row])
                v = square[row] / (1 - update.second ** taken[row])
                step = rate * m / (np.sqrt(v) + 1e-8)
                y = x[row].copy()
                cosine = abs(g @ y) / np.sqrt((g @ g) * (y @ y))
                if not update.radial and cosine < 0.1 / np.sqrt(len(y)):
                    step -= (step @ y) / (y @ y) * y
                x[row] -= step
    return x


@pytest.mark.parametrize("update", [Sgd(), AdaGrad(), Adam(), Adam(radial=False)], ids=str)
@pytest.mark.parametrize("threads", ["1", "2"])
def test_every_rule_is_its_formula(update, threads, monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", threads)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((700, 6)).astype(np.float32)
    batches = []
    for _ in range(3):
        ids = rng.integers(0, 700, 900)
        grads = rng.standard_normal((900, 6)).astype(np.float32)
        grads[:300] -= (
            np.sum(grads[:300] * x[ids[:300]], axis=1, keepdims=True)
            * x[ids[:300]]
            / (np.sum(x[ids[:300]] ** 2, axis=1, keepdims=True))
        )  # at right angles, for AdamP
        batches.append((ids, grads))
    table = Table(x.copy(), update)
    for ids, grads in batches:
        table.step(ids, grads, 0.1)
    np.testing.assert_allclose(table.vectors, _twin(update, x, batches, 0.1), atol=2e-4)


def test_rows_outside_the_batch_do_not_move_and_an_empty_batch_is_nothing():
    table = Table(np.ones((4, 2), np.float32), AdaGrad())
    table.step(np.array([2]), np.ones((1, 2), np.float32), 0.5)
    table.step(np.zeros(0, np.int64), np.zeros((0, 2), np.float32), 0.5)
    assert table.vectors.tolist() == [[1, 1], [1, 1], [0.5, 0.5], [1, 1]]

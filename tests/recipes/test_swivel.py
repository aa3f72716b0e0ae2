"""`swivel` fits mutual information where pairs were seen and bends away where not."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.recipes.swivel import swivel


def slow_swivel(counts, u, v, base, scale, l2):
    """Return objective and gradient of the rows, cell by cell."""
    least = counts[counts > 0].min()
    r, c = (np.maximum(counts.sum(axis=axis), least) for axis in (1, 0))
    objective, slope = 0.5 * l2 * ((u**2).sum() + (v**2).sum()), l2 * u
    for i in range(counts.shape[0]):
        for j in range(counts.shape[1]):
            score = u[i] @ v[j] + np.log(r[i] * c[j] / counts.sum())
            if counts[i, j] > 0:
                weight = base + scale * np.sqrt(counts[i, j])
                miss = score - np.log(counts[i, j])
                objective += 0.5 * weight * miss**2
                slope[i] += weight * miss * v[j]
            else:
                objective += np.log1p(np.exp(score))
                slope[i] += v[j] / (1 + np.exp(-score))
    return objective, slope


def test_the_objective_is_the_one_stated_and_never_rises(pairs, solved, double):
    _, factors = solved(swivel(dim=4, l2=0.2, sweeps=10), pairs)
    u, v, *_ = double(factors)
    objective, _ = slow_swivel(pairs.cells.toarray().astype(float), u, v, 0.1, 0.25, 0.2)
    trace = np.array(factors.trace)
    assert trace[-1] == pytest.approx(objective, rel=1e-4)
    assert (np.diff(trace) <= 1e-6 * trace[0]).all()


def test_at_rest_no_word_can_be_better(pairs, solved, double):
    _, factors = solved(swivel(dim=2, base=0.5, scale=0.1, l2=0.5, sweeps=300), pairs)
    u, v, *_ = double(factors)
    _, slope = slow_swivel(pairs.cells.toarray().astype(float), u, v, 0.5, 0.1, 0.5)
    np.testing.assert_allclose(slope, 0, atol=5e-3)


def test_a_stored_zero_is_refused_and_a_vocabulary_too_large_to_be_dense():
    cells = csr_array((np.array([2.0, 0.0]), ([0, 1], [0, 1])), shape=(2, 2))
    obs = rs.Observations.from_matrix(cells, rows="word", cols="context")
    with pytest.raises(InputError, match=r"LogValue needs values above 0, but .* holds 0"):
        rs.fit(obs, "swivel", dim=1)
    huge = csr_array((np.ones(1), ([0], [0])), shape=(20_000, 20_000))
    obs = rs.Observations.from_matrix(huge, rows="word", cols="context")
    with pytest.raises(UnsupportedError, match="keep fewer ids"):
        rs.fit(obs, "swivel", dim=1)

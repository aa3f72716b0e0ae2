"""The scores of stored cells are inner products of the vectors of their row and column."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from rowspace.linalg.csr import Csr


@pytest.mark.parametrize("k", [1, 7, 64])
def test_every_stored_cell_gets_its_inner_product(k):
    rng = np.random.default_rng(k)
    cells = csr_array(random_array((300, 200), density=0.05, rng=rng))
    cells.data[::5] = 0  # stored zeros are cells too
    u, v = (rng.standard_normal((n, k)).astype(np.float32) for n in cells.shape)
    coo = cells.tocoo()
    slow = np.einsum("pa,pa->p", u[coo.row].astype(float), v[coo.col].astype(float))
    np.testing.assert_allclose(Csr.of(cells).scores(u, v), slow, atol=1e-4)


def test_a_matrix_without_cells_has_no_scores():
    empty = Csr.of(csr_array((3, 4), dtype=np.float32))
    assert empty.scores(np.ones((3, 2), np.float32), np.ones((4, 2), np.float32)).shape == (0,)

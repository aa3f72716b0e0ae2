"""The sparse product equals NumPy's, for every row length around the unrolled loop."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.linalg.csr import Csr
from rowspace.linalg.kernels.spmm import spmm


def twin(indptr, indices, data, block):
    out = np.zeros((len(indptr) - 1, block.shape[1]))
    for i in range(len(indptr) - 1):
        for p in range(indptr[i], indptr[i + 1]):
            out[i] += float(data[p]) * block[indices[p]]
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 3, 16])
def test_it_equals_its_slow_twin_for_rows_of_every_length(width, dtype):
    rng = np.random.default_rng(0)
    a = Csr.of(csr_array(np.tril(rng.standard_normal((13, 12)), -1).astype(np.float32)))
    block = rng.standard_normal((12, width)).astype(dtype)
    out = np.full((13, width), np.nan, dtype)
    spmm(a.indptr, a.indices, a.data, block, 0, 13, out)
    np.testing.assert_allclose(out, twin(a.indptr, a.indices, a.data, block), atol=1e-5)


def test_only_the_rows_asked_for_are_written():
    a = Csr.of(csr_array(np.eye(4, dtype=np.float32)))
    out = np.full((4, 2), 7, np.float32)
    spmm(a.indptr, a.indices, a.data, np.ones((4, 2), np.float32), 1, 3, out)
    assert out[:, 0].tolist() == [7, 1, 1, 7]

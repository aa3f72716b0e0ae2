"""The inner products of a few vectors equal NumPy's."""

import numpy as np
import pytest

from rowspace.factor.kernels.inner import inner


@pytest.mark.parametrize("n", [4, 8, 20])
@pytest.mark.parametrize("k", [1, 7, 64])
def test_the_lower_triangle_holds_all_inner_products(n, k):
    z = np.random.default_rng(0).standard_normal((n, k)).astype(np.float32)
    s = np.full((n, n), np.nan, np.float32)
    inner(z, s)
    lower = np.tril_indices(n)
    np.testing.assert_allclose(s[lower], (z @ z.T)[lower], atol=1e-4)

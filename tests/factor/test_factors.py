"""`Factors` holds two sides of vectors of one length."""

import numpy as np

from rowspace.factor.factors import Factors


def test_the_dim_is_the_length_of_the_vectors():
    found = Factors(np.zeros((3, 2), np.float32), np.zeros((5, 2), np.float32))
    assert found.dim == 2
    assert found.spectrum is None and found.trace == () and found.facts == {}

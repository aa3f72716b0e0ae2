"""Fetching memory early changes nothing that a program can see."""

import numpy as np
from numba import njit

from rowspace.linalg.kernels.prefetch import prefetch


@njit
def touch(x):
    for i in range(len(x)):
        prefetch(x.ctypes.data + i * x.itemsize)
    return x.sum()


def test_nothing_is_changed():
    x = np.arange(100.0)
    assert touch(x) == 4950 and (x == np.arange(100)).all()

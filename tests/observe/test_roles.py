"""The shape of a row is its characteristic function, and the order of its values does not count."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.roles import RowShapes, row_shapes

from .graph_data import bipartite, dense, directed, observed

AT = np.array([0.1, 1.0, 3.0])


@pytest.mark.parametrize("sparse", [True, False])
def test_a_shape_is_the_mean_of_cosines_and_sines(sparse):
    a = directed()
    expected = np.exp(1j * AT * a[:, :, None] / a.mean()).mean(axis=1)
    found = row_shapes(observed(a, sparse), AT)
    np.testing.assert_allclose(found, np.hstack([expected.real, expected.imag]), atol=1e-5)


def test_values_in_another_order_have_the_same_shape():
    rng = np.random.default_rng(0)
    a = np.tile(rng.random(20), (20, 1))
    found = row_shapes(observed(rng.permuted(a, axis=1), False), AT)
    np.testing.assert_allclose(found, np.tile(found[:1], (20, 1)), atol=1e-5)


def test_what_comes_out_are_inner_products_of_centred_shapes():
    step = RowShapes(points=3, low=0.1, high=3.0)
    f = row_shapes(observed(directed()), np.geomspace(0.1, 3.0, 3)).astype(float)
    f -= f.mean(axis=0)
    np.testing.assert_allclose(dense(step.apply(observed(directed()))[0]), f @ f.T, atol=1e-5)


def test_no_values_have_no_shape_to_compare():
    assert not dense(RowShapes().apply(observed(np.zeros((4, 4))))[0]).any()


def test_what_means_nothing_is_refused():
    with pytest.raises(UnsupportedError, match="joins two different sides; use spectral"):
        RowShapes().apply(observed(bipartite()))
    operator = observed(np.eye(2)).with_cells(aslinearoperator(np.eye(2)))
    with pytest.raises(UnsupportedError, match="never formed; give Proximity a rank of 0"):
        RowShapes().apply(operator)
    with pytest.raises(InputError, match=r"RowShapes.points is 0"):
        RowShapes(points=0)
    with pytest.raises(InputError, match="from low=2 to high=1, but 0 < low <= high"):
        RowShapes(low=2, high=1)
    with pytest.raises(UnsupportedError, match=r"a node that joins .* fit again"):
        RowShapes().new_row({}, "rows", np.array([0]), np.ones(1, np.float32))

"""Blocks of columns are factored each on its own, and the row vectors stand side by side."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import Factorization, Spectral
from rowspace.factor.solvers import solve
from rowspace.observe.blocks import beside
from rowspace.observe.observations import Observations

SOLVER = Spectral(tolerance=1e-6, by_block=True)


def part(m, cols, seed, form=csr_array):
    rng = np.random.default_rng(seed)
    cells = csr_array(random_array((40, m), density=0.3, rng=rng, dtype=np.float32))
    cells = cells if form is csr_array else cells.toarray()
    return Observations.from_matrix(cells, rows="node", cols=cols)


@pytest.mark.parametrize("form", [csr_array, np.asarray], ids=["sparse", "dense"])
def test_each_block_has_the_factors_that_it_has_alone(form):
    one, two = part(20, "word", 0, form), part(15, "tag", 1, form)
    found = solve(Factorization(dim=7, solver=SOLVER), beside(one, two))
    alone = [
        solve(Factorization(dim=d, solver=Spectral(tolerance=1e-6)), x)
        for d, x in ((4, one), (3, two))
    ]
    np.testing.assert_allclose(found.rows, np.hstack([a.rows for a in alone]), atol=1e-4)
    expected = np.zeros((35, 7))
    expected[:20, :4], expected[20:, 4:] = alone[0].cols, alone[1].cols
    np.testing.assert_allclose(found.cols, expected, atol=1e-4)
    assert [found.facts["blocks"][b]["dim"] for b in ("word", "tag")] == [4, 3]


def test_a_new_row_gets_the_vector_of_training_and_a_new_column_is_refused():
    both = beside(part(20, "word", 0), part(15, "tag", 1))
    f = Factorization(dim=8, solver=Spectral(power=1.0, tolerance=1e-6, by_block=True))
    space = rs.fit(both, f)
    cells = {j: both.value(5, j) for j in both.cols.ids if both.value(5, j)}
    np.testing.assert_allclose(space.fold_in("node", cells), space["node"].vectors[5], atol=1e-4)
    with pytest.raises(UnsupportedError, match="does not say which block"):
        space.fold_in("word", {0: 1.0})


def test_no_blocks_or_too_many_are_refused():
    with pytest.raises(InputError, match="no column 'block' that names them; put blocks together"):
        solve(Factorization(dim=4, solver=SOLVER), part(20, "word", 0))
    both = beside(part(20, "word", 0), part(15, "tag", 1))
    with pytest.raises(InputError, match="dim is 1, but there are 2 blocks"):
        solve(Factorization(dim=1, solver=SOLVER), both)

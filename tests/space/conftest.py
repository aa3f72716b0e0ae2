"""Small spaces that the tests of this folder share."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from rowspace.factor.factors import Factors
from rowspace.factor.grammar import Factorization
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.weighting import TfIdf
from rowspace.space.space import Space


@pytest.fixture
def obs():
    """Four users, five items with metadata, seven cells with times, one an observed zero."""
    row, col = [0, 0, 0, 1, 1, 3, 3], [0, 2, 4, 0, 1, 3, 4]
    cells = csr_array((np.array([5, 3, 1, 4, 2, 0, 5], np.float32), (row, col)), shape=(4, 5))
    table = pa.table({"year": [1995, 1995, 2001, None, 2010], "kind": ["a", "b", "a", "a", None]})
    items = Mode("item", Ids(["Toy Story (1995)", "Heat (1995)", "Été", "b", "c"]), table)
    return Observations(
        Mode("user", Ids([10, 20, 30, 40])), items, cells, np.arange(7.0), "ratings.csv"
    )


@pytest.fixture
def make(obs):
    """A function that makes a space of the observations, without solving anything."""

    def make(obs=obs, seed=0, dim=3, keep_cells=True, name=None):
        rng = np.random.default_rng(seed)
        factorization = Factorization(dim=dim, matrix=(TfIdf(),))
        _, state = TfIdf().apply(obs)
        factors = Factors(
            rng.standard_normal((obs.shape[0], dim), np.float32),
            rng.standard_normal((obs.shape[1], dim), np.float32),
            spectrum=np.array([3, 2, 1], np.float32)[:dim],
            facts={"converged": True, "residual": np.float32(0.25)},
        )
        recipe = {"name": "svd", "citation": "D (1990)", "literature": [1], "options": {"dim": 3}}
        return Space.from_factors(
            obs, factors, factorization, recipe=recipe, states=[state], seed=seed,
            timings={"solve Spectral": 0.5}, keep_cells=keep_cells, name=name,
        )  # fmt: skip

    return make


@pytest.fixture
def space(make):
    return make()


@pytest.fixture
def saved(space, tmp_path):
    return space.save(tmp_path / "movies.space")

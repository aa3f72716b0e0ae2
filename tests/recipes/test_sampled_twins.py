"""Recipes with `sampled=True`: what they find is what their closed form finds."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import rowspace as rs
from rowspace.errors import InputError
from rowspace.recipes.registry import build

DAY = 86400


@pytest.fixture(scope="module")
def shop():
    """Baskets of a phone and then its case, or of a pen and then its paper, four of each."""
    rng = np.random.default_rng(0)
    told = {"who": [], "what": [], "when": []}
    for person in range(300):
        pair = ("phone", "case") if person % 2 else ("pen", "paper")
        day = int(rng.integers(0, 300)) * DAY
        for step, what in enumerate(pair):
            told["who"].append(f"p{person}")
            told["what"].append(f"{what}{rng.integers(4)}")
            told["when"].append(day + step * DAY)
    kinds = {"what": [f"{w}{i}" for w in ("phone", "case", "pen", "paper") for i in range(4)]}
    kinds["category"] = [name.rstrip("0123") for name in kinds["what"]]
    return rs.read(told, rows="who", cols="what", time="when", col_table=kinds)


@pytest.mark.parametrize(
    ("recipe", "options"),
    [("dual", {}), ("codes", {"days": 2}), ("metaprod2vec", {"metadata": "category"})],
)
def test_items_that_go_together_score_and_those_alike_are_near(shop, recipe, options):
    space = rs.fit(shop, recipe, dim=6, sampled=True, epochs=400, **options)
    # Bought with a phone: its cases.
    best = space.recommend("phone1", k=4, exclude_seen=False).ids
    assert {str(name).rstrip("0123") for name in best} <= {
        "case",
        "phone",
        "category:case",
        "category:phone",
    }
    side = space.sides[0].name
    near = [str(i) for i in space.near(side, "phone1", k=8).ids]
    phones = [name for name in near if name.startswith("phone")]
    assert len(phones) == 3


@pytest.mark.parametrize("recipe", ["nbpo", "rel-mf"])
def test_observed_cells_come_before_others(recipe):
    rng = np.random.default_rng(0)
    group = np.arange(60) % 3
    odds = np.where(group[:, None] == (np.arange(30) % 3)[None], 0.6, 0.02)
    cells = (rng.random((60, 30)) < odds).astype(np.float32)
    obs = rs.Observations.from_matrix(csr_array(cells), rows="user", cols="item")
    space = rs.fit(obs, recipe, dim=4, sampled=True, epochs=40)
    scores = space["user"].vectors @ space["item"].vectors.T
    like = group[:, None] == (np.arange(30) % 3)[None]
    hidden = like & (cells == 0)
    assert scores[hidden].mean() > scores[~like].mean() + 1.0


def test_an_order_that_is_none_is_refused():
    with pytest.raises(InputError, match="order is 1, but 2 was expected"):
        build("line", {"order": 1})
    with pytest.raises(InputError, match="order is 3"):
        build("line", {"order": 3, "sampled": True})

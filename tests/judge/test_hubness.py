from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.hubness import hubness, skewness
from rowspace.judge.neighbours import Neighbours, nearest_neighbours


def test_the_numbers_equal_their_slow_twins() -> None:
    found = nearest_neighbours(np.random.default_rng(0).normal(size=(300, 20)), 12)
    n_k = np.zeros(300)
    for row in found.positions[:, :10]:
        n_k[row] += 1
    block = hubness(found, k=10)
    sd = n_k.std()
    assert block["skewness of N_10"].value == pytest.approx(((n_k - 10) ** 3).mean() / sd**3)
    assert block["Robin Hood index"].value == pytest.approx(np.abs(n_k - 10).sum() / 6000)
    assert block["anti-hubs"].value == (n_k == 0).mean()
    assert block["hub places"].value == pytest.approx(n_k[n_k > 20].sum() / 3000)
    assert block["largest hub"].value == n_k.max() == block.series["hub counts"][0]
    assert f"Row {n_k.argmax()} " in block["largest hub"].note
    assert block.series["rows by lists"].sum() == 300


def test_many_dimensions_make_hubs_and_few_do_not() -> None:
    rng = np.random.default_rng(0)
    low, high = (
        skewness(nearest_neighbours(rng.normal(size=(2000, d)), 10, metric="euclidean"), 10)
        for d in (3, 100)
    )
    assert low < 0.5 < 2 < high


def test_the_reference_is_what_random_lists_have() -> None:
    rng = np.random.default_rng(0)
    n, k = 400, 6
    lists = np.empty((n, k), np.int32)
    draws = []
    for _ in range(40):
        for i in range(n):
            others = rng.choice(n - 1, k, replace=False)
            lists[i] = others + (others >= i)
        draws.append(hubness(Neighbours(lists.copy(), np.ones((n, k)), "cosine"), k=k))
    for name in ("skewness of N_6", "Robin Hood index", "anti-hubs"):
        mean = np.mean([block[name].value for block in draws])
        assert draws[0][name].reference["random neighbours"] == pytest.approx(
            mean, rel=0.1, abs=2e-3
        )


def test_hubs_are_listed_from_the_largest() -> None:
    block = hubness(nearest_neighbours(np.random.default_rng(0).normal(size=(500, 50)), 10))
    counts = block.series["counts"]
    assert block.series["hubs"].tolist() == np.argsort(-counts, kind="stable")[:20].tolist()
    assert block.series["hub counts"].tolist() == sorted(counts, reverse=True)[:20]


def test_rows_in_equally_many_lists_have_no_skewness() -> None:
    found = nearest_neighbours(np.eye(3), 2)
    block = hubness(found, k=2)
    assert np.isnan(block["skewness of N_2"].value) and block["Robin Hood index"].value == 0
    assert block["Robin Hood index"].reference["random neighbours"] == 0


@pytest.mark.parametrize("k", [0, 3])
def test_lists_longer_than_known_are_refused(k: int) -> None:
    with pytest.raises(InputError, match="from 1 to 2"):
        hubness(nearest_neighbours(np.eye(4), 2), k=k)

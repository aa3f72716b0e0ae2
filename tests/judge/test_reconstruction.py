from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError
from rowspace.judge.reconstruction import expected_average_precision, graph_reconstruction


def blocks(seed: int = 0) -> csr_array:
    rng = np.random.default_rng(seed)
    community = np.repeat(np.arange(4), 40)
    chance = np.where(community[:, None] == community, 0.2, 0.01)
    upper = np.triu(rng.random((160, 160)) < chance, 1)
    return csr_array((upper | upper.T).astype(float))


def spectral(links: csr_array, d: int) -> np.ndarray:
    values, vectors = np.linalg.eigh(links.toarray())
    return vectors[:, -d:] * np.sqrt(np.abs(values[-d:]))


def test_average_precision_is_the_mean_over_all_orders_of_ties() -> None:
    rng = np.random.default_rng(0)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, 10))])
    for _ in range(30):
        n = int(rng.integers(2, 7))
        scores, relevant = rng.integers(0, 3, n).astype(float), rng.random(n) < 0.5
        relevant[0] = True
        values = []
        for order in itertools.permutations(range(n)):
            if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order)):
                hits = relevant[list(order)]
                precision = np.cumsum(hits) / np.arange(1, n + 1)
                values.append(precision[hits].mean())
        found = expected_average_precision(scores, relevant, harmonic)
        assert found == pytest.approx(np.mean(values))


def test_precision_and_hops_equal_a_slow_walk() -> None:
    links = blocks()
    x = spectral(links, 8)
    block = graph_reconstruction(x, links, hops=2, score="dot")
    dense = links.toarray() > 0
    two = (dense.astype(int) @ dense > 0) & ~dense
    np.fill_diagonal(two, False)
    scores = x.astype(np.float32) @ x.astype(np.float32).T
    for hop, (target, nearer) in enumerate([(dense, np.eye(160) > 0), (two, dense)], 1):
        values = []
        for i in range(160):
            keep = ~nearer[i] & (np.arange(160) != i)
            hits = target[i][keep][np.argsort(-scores[i][keep], kind="stable")]
            if hits.any():
                r = int(hits.sum())
                ap = (np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()
                values.append((ap, hits[:r].mean()))
        ap, precision = np.mean(values, axis=0)
        assert block[f"MAP, hop {hop}"].value == pytest.approx(ap, abs=1e-3)
        assert block[f"precision@R, hop {hop}"].value == pytest.approx(precision, abs=1e-3)
        assert block[f"MAP, hop {hop}"].n == len(values)


def test_a_factor_of_the_graph_knows_it_and_random_vectors_are_at_chance() -> None:
    links = blocks()
    good = graph_reconstruction(spectral(links, 30), links)["MAP, hop 1"]
    assert good.value > 3 * good.reference["random order"]
    draws = [
        graph_reconstruction(np.random.default_rng(s).normal(size=(160, 8)), links)
        for s in range(10)
    ]
    for name in ("MAP, hop 1", "precision@R, hop 2"):
        mean = np.mean([block[name].value for block in draws])
        assert mean == pytest.approx(draws[0][name].reference["random order"], rel=0.08)


def test_vectors_without_a_difference_are_at_chance_exactly() -> None:
    block = graph_reconstruction(np.ones((160, 3)), blocks())
    for m in block.measures:
        if m.n:
            assert m.value == pytest.approx(m.reference["random order"], rel=1e-6)


def test_links_have_a_direction_loops_and_zeros_are_none() -> None:
    links = csr_array(np.array([[5.0, 1, 0], [0, 0, 1], [0, 0, 0]]))
    block = graph_reconstruction([[1.0, 0], [1, 0.1], [0, 1]], links, hops=3)
    assert [block[f"MAP, hop {h}"].n for h in (1, 2, 3)] == [2, 1, 0]
    assert np.isnan(block["MAP, hop 3"].value) and "no node" in block["MAP, hop 3"].note


@pytest.mark.parametrize(
    ("adjacency", "words"),
    [
        (csr_array((2, 2)), "3 x 3"),
        (np.eye(3), "3 x 3"),
        (csr_array((3, 3)), "no link"),
        (csr_array(np.eye(3)), "no link"),
    ],
)
def test_what_is_no_graph_of_the_rows_is_refused(adjacency: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        graph_reconstruction(np.eye(3), adjacency)  # type: ignore[arg-type]


def test_seeds_repeat() -> None:
    links = blocks()
    x = spectral(links, 5)
    found = [graph_reconstruction(x, links, nodes=50, seed=s).measures for s in (1, 1, 2)]
    assert found[0] == found[1] != found[2]

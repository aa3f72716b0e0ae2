"""Agreement of clusters with labels equals scikit-learn's, and is 0 for what means nothing."""

import itertools
import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.clusters import cluster_agreement, label_agreement


def test_values_equal_scikit_learns_and_the_best_of_all_matchings():
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    rng = np.random.default_rng(0)
    a = rng.integers(0, 4, 60)
    b = np.where(rng.random(60) < 0.6, a, rng.integers(0, 4, 60))
    ami, ari, acc = label_agreement(a, b)
    assert ami.value == pytest.approx(adjusted_mutual_info_score(b, a))
    assert ari.value == pytest.approx(adjusted_rand_score(b, a))
    slow = max(np.mean(np.array(p)[a] == b) for p in itertools.permutations(range(4)))
    assert acc.value == pytest.approx(slow)
    assert all(m.low < m.value < m.high <= 1 and m.n == 60 for m in (ami, ari, acc))


def test_labels_may_be_of_any_type_and_other_numbers_of_clusters_count():
    _, _, acc = label_agreement([1, 1, 2, 2, 3, 3], ["x", "x", "y", "y", "y", "y"])
    assert acc.value == pytest.approx(4 / 6)
    assert label_agreement([("t", 1), None, None], ["a", "b", "b"])[0].value == pytest.approx(1)


def test_unrelated_labellings_score_zero_and_accuracy_shows_its_chance():
    rng = np.random.default_rng(0)
    found = [label_agreement(*rng.integers(0, 5, (2, 200)), seed=s) for s in range(20)]
    assert abs(np.mean([f[0].value for f in found])) < 0.01
    assert abs(np.mean([f[1].value for f in found])) < 0.01
    acc = found[0][2]
    assert (
        acc.value == pytest.approx(acc.reference["permuted labels"], abs=0.05) and acc.value > 0.2
    )


def test_k_means_finds_planted_groups_and_says_what_it_used():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 4
    x = 8 * rng.normal(size=(4, 3))[y] + rng.normal(size=(120, 3))
    ami, _, acc = cluster_agreement(x, y)
    assert ami.value > 0.9 and acc.value > 0.9 and abs(ami.reference["permuted labels"]) < 0.05
    assert ami.note == "k-means with 4 clusters, best of 4 starts."
    assert "2 clusters" in cluster_agreement(x, y, clusters=2)[0].note


def test_degenerate_input_is_defined_or_refused():
    x = np.ones((12, 2))
    y = ["a", "b"] * 6
    assert cluster_agreement(x, y)[0].value == pytest.approx(0)
    for alone in (["a"] * 12, [None] * 12):
        found = cluster_agreement(x, alone)
        assert all(math.isnan(m.value) and m.note.startswith("Undefined") for m in found)
    with pytest.raises(InputError, match="clusters is 13, but 1 to 12"):
        cluster_agreement(x, y, clusters=13)
    with pytest.raises(InputError, match="12 vectors but 3 labels"):
        cluster_agreement(x, y[:3])
    with pytest.raises(InputError, match="2 clusters but 3 labels"):
        label_agreement([1, 2], [1, 2, 3])

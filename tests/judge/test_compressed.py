"""Known information survives hundreds of dimensions, and what the rows cannot show is refused."""

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.compressed import compressed_information, neighbour_terms


def gaussians(nats, dim, n, wide, seed=0):
    """Paired vectors of `wide` numbers that share `nats` in `dim` independent directions."""
    rng = np.random.default_rng(seed)
    rho = np.sqrt(1 - np.exp(-2 * nats / dim))
    x, noise = rng.normal(size=(2, n, dim))
    y = rho * x + np.sqrt(1 - rho**2) * noise
    return x @ rng.normal(size=(dim, wide)), y @ rng.normal(size=(dim, wide + 3))


def slow_kraskov(u, v, k):
    from scipy.special import digamma

    n = len(u)
    total = 0.0
    for i in range(n):
        du, dv = np.abs(u - u[i]).max(axis=1), np.abs(v - v[i]).max(axis=1)
        reach = np.sort(np.delete(np.maximum(du, dv), i))[k - 1]
        a, b = (np.delete(du, i) < reach).sum(), (np.delete(dv, i) < reach).sum()
        total += digamma(k) + digamma(n) - digamma(a + 1) - digamma(b + 1)
    return total / n


@pytest.mark.parametrize("width", [1, 3])
def test_the_neighbour_estimate_equals_its_definition(width):
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, 200, width))
    v += u
    for k in (1, 4):
        assert neighbour_terms(u, v, k).mean() == pytest.approx(slow_kraskov(u, v, k), abs=1e-12)


@pytest.mark.parametrize("nats", [0.0, 0.5, 2.0, 4.0])
def test_neighbours_recover_information_hidden_in_many_dimensions(nats):
    found = compressed_information(*gaussians(nats, 2, 3000, 100), permutations=1)
    assert found.value == pytest.approx(nats, rel=0.08, abs=0.05)
    assert abs(found.reference["permuted"]) < 0.05


@pytest.mark.parametrize(("nats", "dim"), [(0.0, 8), (1.0, 3), (3.0, 8), (6.0, 8)])
def test_the_gaussian_estimate_recovers_several_nats_in_several_dimensions(nats, dim):
    found = compressed_information(*gaussians(nats, dim, 4000, 60), dim=dim, estimator="gaussian")
    assert found.value == pytest.approx(nats, rel=0.04, abs=0.03)
    assert found.low < found.value < found.high


def test_independent_vectors_share_nothing_however_many_dimensions():
    x, y = np.random.default_rng(1).normal(size=(2, 400, 30))
    for estimator in ("neighbours", "gaussian"):
        assert abs(compressed_information(x, y, estimator=estimator).value) < 0.1


def test_a_curved_relation_is_seen_by_neighbours_and_not_by_gaussians():
    rng = np.random.default_rng(2)
    angle = rng.uniform(0, 2 * np.pi, 1500)
    x = np.cos(angle)[:, None] @ rng.normal(size=(1, 20))
    y = (np.sin(angle) + 0.05 * rng.normal(size=1500))[:, None] @ rng.normal(size=(1, 20))
    assert compressed_information(x, y).value > 0.8
    assert compressed_information(x, y, estimator="gaussian").value < 0.05


def test_more_than_the_rows_can_vouch_for_is_refused_with_the_reason():
    for estimator in ("neighbours", "gaussian"):
        x, y = gaussians(12.0, 1, 500, 5)
        found = compressed_information(x, y, dim=1, estimator=estimator)
        assert np.isnan(found.value) and found.low is None
        assert "refused: the estimate is above" in found.note


def test_a_copy_without_noise_is_refused():
    x = np.random.default_rng(3).normal(size=(300, 3))
    assert np.isnan(compressed_information(x, x @ np.ones((3, 3)) + x, dim=3).value)


def test_no_given_value_exceeds_the_logarithm_of_the_rows():
    for n in (30, 100, 1000):
        for nats in (2.0, 5.0, 9.0):
            found = compressed_information(*gaussians(nats, 1, n, 2), dim=1, estimator="gaussian")
            assert np.isnan(found.value) or found.value <= np.log(n)


def test_rotation_and_scale_change_nothing_that_matters():
    x, y = gaussians(1.0, 2, 1000, 10)
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(10, 10)))[0]
    one, other = compressed_information(x, y), compressed_information(1e-6 * x @ turn, y)
    assert one.value == pytest.approx(other.value, abs=1e-6)


def test_constant_sides_share_nothing_and_rank_limits_the_components():
    x = np.random.default_rng(5).normal(size=(100, 4))
    found = compressed_information(np.ones((100, 3)), x)
    assert found.value == 0.0 and found.note == "x is constant"
    flat = np.outer(x[:, 0], np.ones(4))
    noisy = flat + 0.5 * x
    assert "1 and 2 components" in compressed_information(flat, noisy[:, :2], dim=2).note


def test_wider_than_long_gives_the_same_as_its_own_components():
    x, y = gaussians(1.0, 1, 60, 200)
    assert compressed_information(x, y).value == pytest.approx(
        compressed_information(x[:, :1], y[:, :1]).value, abs=1e-6
    )


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.ones(30), np.ones(29), {}, "x has 30 rows and y has 29"),
        (np.ones(9), np.ones(9), {}, "9 rows and 5 neighbours"),
        (np.ones(30), np.ones(30), {"dim": 0}, "dim is 0"),
        (np.ones(30), np.ones(30), {"estimator": "mine"}, "estimator is 'mine'"),
        (np.eye(30), np.eye(30), {"dim": 20, "estimator": "gaussian"}, "lower dim"),
        (np.full(30, np.inf), np.ones(30), {}, "x has a missing or infinite number in row 0"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(x, y, options, message):
    with pytest.raises(InputError, match=message):
        compressed_information(x, y, **options)

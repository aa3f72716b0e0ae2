"""What the sides of a sampled problem may be: drawn by odds, tied, bounded, implied."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import (
    Box,
    Bpr,
    Complex,
    Cubic,
    Entailment,
    Factorization,
    Frequent,
    Linear,
    Logistic,
    Lookup,
    Mean,
    Negatives,
    NonNegative,
    Sampled,
    Softmax,
    Tied,
)
from rowspace.factor.sampled.cells import SampledCells
from rowspace.factor.sampled.relations import Implied
from rowspace.factor.solvers import solve
from rowspace.observe.observations import Observations
from rowspace.observe.triples import read_triples


def observed(n=20, m=15, share=0.3, seed=0):
    rng = np.random.default_rng(seed)
    cells = (rng.random((n, m)) < share) * rng.integers(1, 9, (n, m))
    return Observations.from_matrix(csr_array(cells.astype(float)), rows="u", cols="i")


def test_cells_come_up_in_proportion_to_their_odds():
    obs = observed()
    cells = SampledCells.of(obs, Linear(1))
    order = cells.order(np.random.default_rng(0))
    assert len(order) == len(cells.indices)
    drawn = np.bincount(order, minlength=len(cells.indices))
    expected = cells.odds / cells.odds.sum() * len(order)
    assert (np.abs(drawn - expected) < 1).all()
    assert cells.counts.tolist() == obs.cells.sum(axis=0).tolist()
    plain = SampledCells.of(obs)
    assert sorted(plain.order(np.random.default_rng(0))) == list(range(len(plain.indices)))


def test_cells_without_odds_are_never_drawn_and_wrong_odds_refused():
    obs = Observations.from_matrix(
        csr_array(np.array([[0.5, 2.0], [1.0, 4.0]])), rows="u", cols="i"
    )
    zero = obs.with_cells(obs.cells * 1)
    zero.cells.data[0] = 0
    order = SampledCells.of(zero, Linear(1)).order(np.random.default_rng(3))
    assert len(order) == 3 and 0 not in order
    obs.cells.data[0] = -1
    with pytest.raises(InputError, match=r"odds -1, since its value is -1"):
        SampledCells.of(obs, Linear(1))


def test_tied_sides_have_one_vector_each():
    ring = np.roll(np.eye(12), 1, axis=1)
    graph = Observations.from_matrix(csr_array(ring + ring.T), rows="node", cols="neighbor")
    f = Factorization(
        dim=6, loss=Logistic(), unobserved=Negatives(8, Frequent(0.0)), cols=Tied(),
        solver=Sampled(epochs=300, batch=8),
    )  # fmt: skip
    out = solve(f, graph, 0)
    np.testing.assert_array_equal(out.rows, out.cols)
    scores = out.rows @ out.cols.T
    off = ~np.eye(12, dtype=bool)
    linked = (ring + ring.T) > 0
    assert scores[linked].min() > scores[off & ~linked].max()


def test_tied_sides_must_be_the_same_things():
    f = Factorization(
        dim=2, loss=Bpr(), unobserved=Negatives(4), cols=Tied(), solver=Sampled(epochs=1)
    )
    with pytest.raises(InputError, match="other ids"):
        solve(f, observed(), 0)


@pytest.mark.parametrize(
    ("constraint", "low", "high"), [(NonNegative(), 0, np.inf), (Box(low=0, high=0.5), 0, 0.5)]
)
def test_vectors_stay_within_bounds(constraint, low, high):
    f = Factorization(
        dim=4, loss=Bpr(), unobserved=Negatives(8), rows=Lookup(constraint),
        cols=Lookup(constraint), solver=Sampled(epochs=10, rate=0.5),
    )  # fmt: skip
    out = solve(f, observed(), 0)
    assert out.trace[-1] < out.trace[0]
    for x in (out.rows, out.cols):
        assert low <= x.min() and x.max() <= high
        assert (x == low).any() and (x > low).any()


def family(n=60, seed=0):
    """Triples in which `mother` and `father` imply `parent`, and `child` is the way back."""
    rng = np.random.default_rng(seed)
    found = []
    for c in range(n):
        mother, father = rng.choice(n, 2, replace=False)
        found += [(c, "mother", mother), (c, "father", father)]
        found += [(c, "parent", mother), (c, "parent", father)]
        found += [(mother, "child", c), (father, "child", c)]
    return read_triples([(f"p{h}", r, f"p{t}") for h, r, t in found])


def test_relations_that_imply_others_are_found():
    graph = family()
    names = list(graph.cols.ids)
    m = len(names)
    found = Implied.of(graph.triples.astype(np.int64), m, graph.shape[0], 0.9)
    names += [f"{name} back" for name in names]
    pairs = {(names[p], names[q]) for p, q in zip(found.premise, found.conclusion)}
    assert {("mother", "parent"), ("father", "parent"), ("parent", "child back")} <= pairs
    assert ("parent", "mother") not in pairs
    np.testing.assert_allclose(found.share, 1)


def test_an_entailment_orders_relations_and_keeps_the_rest():
    graph = family()
    dim = 16

    def fit(weight):
        f = Factorization(
            dim=dim, loss=Softmax(), unobserved=Negatives(40), geometry=Complex(),
            rows=Lookup(Box(low=0, high=1)), cols=Lookup(Entailment(weight, 0.9, Cubic(0.01))),
            solver=Sampled(epochs=60, rate=0.1, batch=100, spread=0.01),
        )  # fmt: skip
        return solve(f, graph, 0)

    def broken(out):
        both = np.concatenate([out.cols, out.extras["cols"]["inverse"]])
        found = Implied.of(graph.triples.astype(np.int64), len(out.cols), graph.shape[0], 0.9)
        over = both[found.premise] - both[found.conclusion]
        half = dim // 2
        return np.maximum(over[:, :half], 0).sum() + (over[:, half:] ** 2).sum()

    free, bound = fit(0.0), fit(1.0)
    assert broken(bound) < 0.05 * broken(free)
    assert bound.rows.min() >= 0 and bound.rows.max() <= 1
    assert bound.trace[-1] < bound.trace[0]


def test_the_charge_of_an_entailment_has_the_gradient_that_it_says():
    implied = Implied(np.array([0, 1]), np.array([1, 2]), np.array([0.9, 1.0], np.float32))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 6)).astype(np.float32)
    seen = np.array([0, 0, 1, 2])

    def charged(x):
        over = x[[0, 1]] - x[[1, 2]]
        each = np.maximum(over[:, :3], 0).sum(axis=1) + (over[:, 3:] ** 2).sum(axis=1)
        return 0.3 * (each * [0.9 * 2, 1.0]).sum()

    at, grads = implied.steps(seen, x, 0.3, True)
    whole = np.zeros((3, 6))
    np.add.at(whole, at, grads)
    x = x.astype(float)
    for i in range(3):
        for c in range(6):
            up, down = x.copy(), x.copy()
            up[i, c] += 1e-6
            down[i, c] -= 1e-6
            assert whole[i, c] == pytest.approx((charged(up) - charged(down)) / 2e-6, abs=1e-4)
    assert implied.steps(np.array([2]), x.astype(np.float32), 0.3, True) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": Lookup(Cubic(0.1))}, "charge relations where there are none"),
        ({"rows": Lookup(NonNegative(l1=0.1))}, "charge the sum of numbers"),
    ],
)
def test_what_has_no_meaning_is_refused(change, message):
    plain = {"dim": 2, "loss": Bpr(), "unobserved": Negatives(4), "solver": Sampled(epochs=1)}
    with pytest.raises(UnsupportedError, match=message):
        solve(Factorization(**(plain | change)), observed(), 0)


@pytest.mark.parametrize("change", [{"cols": Tied()}, {"confidence": Linear(1)},
                                    {"rows": Mean(0.0)}])  # fmt: skip
def test_triples_have_no_such_sides(change):
    plain = {
        "dim": 2, "loss": Softmax(), "unobserved": Negatives(4), "geometry": Complex(),
        "solver": Sampled(epochs=1),
    }  # fmt: skip
    with pytest.raises(UnsupportedError, match="for streams, hierarchies or triples"):
        solve(Factorization(**(plain | change)), family(5), 0)


def test_negatives_may_weigh_other_than_their_number():
    obs = observed()
    f = Factorization(
        dim=4, loss=Logistic(), unobserved=Negatives(8), solver=Sampled(epochs=3, rate=1e-6)
    )
    once = solve(f, obs, 0).trace[0]
    half = Factorization(
        dim=4, loss=Logistic(), unobserved=Negatives(8, weight=4.0),
        solver=Sampled(epochs=3, rate=1e-6),
    )  # fmt: skip
    own = np.log(2)
    assert solve(half, obs, 0).trace[0] - own == pytest.approx((once - own) / 2, rel=0.01)

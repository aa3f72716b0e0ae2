from __future__ import annotations

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.identifiability import factor_match, sufficiently_scattered


def test_the_same_factors_in_another_order_and_sign_are_found_again() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(200, 6))
    order = rng.permutation(6)
    block = factor_match(a, -3 * a[:, order])
    assert block["matched cosine"].value == pytest.approx(1)
    assert block["factors found again"].value == 1
    pairs = dict(block.series["pairs"].tolist())
    assert [pairs[order[j]] for j in range(6)] == list(range(6))


def test_a_rotation_spans_the_same_space_and_shares_no_factor() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(500, 8))
    block = factor_match(a, a @ np.linalg.qr(rng.normal(size=(8, 8)))[0])
    assert block["subspace overlap"].value == pytest.approx(1)
    assert block["matched cosine"].value < 0.8 and block["factors found again"].value < 0.3


def test_shared_and_own_factors_are_told_apart_against_permuted_rows() -> None:
    rng = np.random.default_rng(0)
    shared = rng.exponential(size=(300, 3))
    a = np.hstack([shared, rng.exponential(size=(300, 2))])
    b = np.hstack([rng.exponential(size=(300, 2)), shared + 0.1 * rng.random((300, 3))])
    block = factor_match(a, b)
    assert block["factors found again"].value == 0.6
    assert block.series["pairs"][:3].tolist() == [[0, 2], [1, 3], [2, 4]] or set(
        map(tuple, block.series["pairs"][:3].tolist())
    ) == {(0, 2), (1, 3), (2, 4)}
    m = block["matched cosine"]
    # Nonnegative factors look alike by themselves: the reference says how much.
    assert 0.4 < m.reference["permuted rows"] < 0.6 < m.value
    assert m.low is not None and m.low < m.value < m.high  # type: ignore[operator]


def test_more_factors_than_the_other_run_and_zero_factors_are_defined() -> None:
    a = np.random.default_rng(0).random((50, 4))
    a[:, 3] = 0
    block = factor_match(a, a[:, :2])
    assert len(block.series["pairs"]) == 2 and block.series["similarity"].shape == (4, 2)
    assert factor_match(np.zeros((9, 2)), np.zeros((9, 2)))["subspace overlap"].value == 0


def test_other_rows_are_refused() -> None:
    with pytest.raises(InputError, match="4 and 5 rows"):
        factor_match(np.ones((4, 2)), np.ones((5, 2)))


def enumerated(factor: np.ndarray) -> float:
    """The largest |x|^2 over all vertices of {h x >= 0, sum x = 1}; infinite where unbounded."""
    from scipy.spatial import ConvexHull, QhullError

    h = factor[factor.any(axis=1)]
    r = h.shape[1]
    h = np.unique((h / h.sum(axis=1, keepdims=True)).round(12), axis=0)
    if np.linalg.matrix_rank(h) < r:
        return np.inf
    # x = 1 / r + B y with B a basis of sum 0; a half-space becomes a point, a vertex a facet.
    basis = np.linalg.svd(np.ones((1, r)))[2][1:].T
    points = -(h @ basis) * r
    try:
        hull = ConvexHull(points)
    except QhullError:  # too many points in one face: move them by rounding errors
        hull = ConvexHull(points, qhull_options="QJ")
    ends = hull.equations[:, -1]
    if (ends > -1e-10).any():
        return np.inf
    x = 1 / r - (hull.equations[:, :-1] / ends[:, None]) @ basis.T
    return float((x**2).sum(axis=1).max())


def test_verdicts_equal_those_of_all_vertices() -> None:
    rng = np.random.default_rng(1)
    truths = []
    for i in range(40):
        r = 3 + i % 5
        h = rng.random((int(rng.integers(2 * r, 12 * r)), r))
        h *= rng.random(h.shape) < rng.uniform(0.2, 0.9)
        found = sufficiently_scattered(h, seed=i)
        truth = enumerated(h)
        truths.append(truth <= 1 + 1e-6)
        assert (found.verdict == "holds") == truths[-1], (i, found, truth)
        if found.witness is not None:
            assert found.witness.sum() == pytest.approx(1)
            assert (h @ found.witness).min() > -1e-6
            assert found.witness @ found.witness == pytest.approx(found.largest)
    assert 8 < sum(truths) < 32


def test_three_factors_are_decided_by_the_cone_in_the_plane() -> None:
    # With r = 3 the rows sit in a triangle; pairs of rows s from each corner scatter if s < 1/3.
    def corners(s: float) -> np.ndarray:
        return np.array([[1 - s, s, 0], [1 - s, 0, s], [s, 1 - s, 0],
                         [0, 1 - s, s], [s, 0, 1 - s], [0, s, 1 - s]])  # fmt: skip

    assert sufficiently_scattered(corners(0.30)).verdict == "holds"
    assert sufficiently_scattered(corners(0.36)).verdict == "refuted"


def test_many_factors_are_refuted_or_unknown_but_never_held() -> None:
    assert sufficiently_scattered(np.eye(9)).verdict == "unknown"
    assert sufficiently_scattered(np.ones((12, 12)) + np.eye(12)).verdict == "refuted"


def test_a_factor_of_low_rank_is_refuted() -> None:
    found = sufficiently_scattered([[1, 2, 0], [2, 4, 0], [0, 0, 1]])
    assert found.verdict == "refuted" and "rank below 3" in found.note


@pytest.mark.parametrize(
    ("factor", "words"),
    [([[1.0, -2.0]], "row 0, column 1"), ([[1.0]], "1 column"), ([[np.nan, 1.0]], "position 0")],
)
def test_factors_that_do_not_fit_are_refused(factor: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sufficiently_scattered(factor)  # type: ignore[arg-type]

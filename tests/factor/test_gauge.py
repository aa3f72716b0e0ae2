"""The canonical gauge changes neither scores nor cost, and is the same wherever one starts."""

import numpy as np
import pytest

from rowspace.factor.factors import Factors
from rowspace.factor.gauge import canonical
from rowspace.factor.grammar import (
    L1,
    Box,
    Constraint,
    Factorization,
    Free,
    GraphSmooth,
    GroupSparse,
    Lookup,
    NonNegative,
    Simplex,
    TopK,
    UnitNorm,
)
from rowspace.threads import kernel_threads

RNG = np.random.default_rng(0)
U, V = (np.abs(RNG.standard_normal(s)).astype(np.float32) for s in ((40, 4), (30, 4)))


def fixed(rows: Constraint, cols: Constraint, u=U, v=V) -> Factors:
    f = Factorization(dim=4, rows=Lookup(rows), cols=Lookup(cols))
    with kernel_threads():
        return canonical(f, Factors(u, v))


GAUGES = {
    "balanced singular vectors": (Free(), Free()),
    "principal axes": (Free(0.1), Free(0.2, 1.0)),
    "equal norms": (NonNegative(), NonNegative()),
    "by weight": (NonNegative(l1=0.1), L1()),
}


@pytest.mark.parametrize("name", GAUGES)
def test_scores_stay_and_the_gauge_is_named(name):
    found = fixed(*GAUGES[name])
    assert found.facts["gauge"] == name
    np.testing.assert_allclose(found.rows @ found.cols.T, U @ V.T, rtol=1e-4, atol=1e-5)


def test_without_charges_both_sides_share_the_singular_values():
    found = fixed(Free(), Free())
    s = np.linalg.svd(U @ V.T, compute_uv=False)[:4]
    for side in (found.rows, found.cols):
        np.testing.assert_allclose(side.T @ side, np.diag(s), atol=1e-3)


def test_without_charges_any_mixture_of_the_axes_gives_the_same_numbers():
    mix = RNG.standard_normal((4, 4)).astype(np.float32)
    other = np.linalg.inv(mix).T.astype(np.float32)
    one, two = fixed(Free(), Free()), fixed(Free(), Free(), U @ mix, V @ other)
    np.testing.assert_allclose(one.rows, two.rows, atol=2e-3)
    np.testing.assert_allclose(one.cols, two.cols, atol=2e-3)


@pytest.mark.parametrize(
    "sides", [(Free(1.0), Free(0.1)), (UnitNorm(), GraphSmooth(within=Free(1.0)))]
)
def test_round_sides_are_only_rotated(sides):
    turn = np.linalg.qr(RNG.standard_normal((4, 4)))[0].astype(np.float32)
    one, two = fixed(*sides), fixed(*sides, U @ turn, V @ turn)
    np.testing.assert_allclose(one.rows, two.rows, atol=1e-3)
    np.testing.assert_allclose(one.rows @ one.rows.T, U @ U.T, rtol=1e-4)
    np.testing.assert_allclose(
        np.linalg.norm(one.cols, axis=1), np.linalg.norm(V, axis=1), rtol=1e-5
    )


def test_uncharged_nonnegative_axes_get_equal_norms_in_descending_order():
    scale = np.array([0.1, 10, 3, 1], np.float32)
    one = fixed(NonNegative(), NonNegative())
    two = fixed(NonNegative(), NonNegative(), (U * scale)[:, ::-1], (V / scale)[:, ::-1])
    np.testing.assert_allclose(one.rows, two.rows, rtol=1e-4)
    norms = np.linalg.norm(one.rows, axis=0)
    np.testing.assert_allclose(norms, np.linalg.norm(one.cols, axis=0), rtol=1e-5)
    assert (np.diff(norms) <= 0).all() and (one.rows >= 0).all()


@pytest.mark.parametrize("side", [Box(), Simplex(), TopK(count=2), NonNegative(l2=1.0)])
def test_sides_that_fix_the_scale_of_an_axis_are_only_reordered(side):
    found = fixed(side, Free(0.1))
    assert found.facts["gauge"] == "by weight"
    weight = np.linalg.norm(U, axis=0) * np.linalg.norm(V, axis=0)
    np.testing.assert_array_equal(found.rows, U[:, np.argsort(-weight)])


def test_groups_of_axes_are_left_alone():
    found = fixed(GroupSparse(size=2), Free(0.1))
    assert found.rows is U and "gauge" not in found.facts


def test_axes_of_zeros_and_sides_without_rows_are_no_trouble():
    u, v = U.copy(), V.copy()
    u[:, 2] = 0
    for sides in GAUGES.values():
        found = fixed(*sides, u, v)
        assert np.isfinite(found.rows).all() and np.isfinite(found.cols).all()
        np.testing.assert_allclose(found.rows @ found.cols.T, u @ v.T, rtol=1e-3, atol=1e-4)
        fixed(*sides, 0 * u, v)
        fixed(*sides, u[:0], v)

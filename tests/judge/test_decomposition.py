"""The four atoms of two sources: textbook gates exactly, random tables against a plain search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from rowspace.errors import InputError
from rowspace.judge.decomposition import atoms, decompose_information, information, most_shared

BIT = np.log(2)
AND = 0.75 * np.log2(4 / 3)  # what one input of an AND says about its output, in bits


def gate(function):
    outputs = sorted({function(a, b) for a in (0, 1) for b in (0, 1)})
    table = np.zeros((2, 2, len(outputs)))
    for a in (0, 1):
        for b in (0, 1):
            table[a, b, outputs.index(function(a, b))] += 0.25
    return table


def copies():
    table = np.zeros((2, 2, 2))
    table[0, 0, 0] = table[1, 1, 1] = 0.5
    return table


@pytest.mark.parametrize(
    ("table", "bits"),
    [
        (gate(lambda a, b: a ^ b), (0, 0, 0, 1)),
        (gate(lambda a, b: a & b), (1.5 - AND, 0, 0, 0.5)),
        (gate(lambda a, b: a | b), (1.5 - AND, 0, 0, 0.5)),
        (gate(lambda a, b: (a, b)), (0, 1, 1, 0)),
        (gate(lambda a, b: a), (0, 1, 0, 0)),
        (gate(lambda a, b: b), (0, 0, 1, 0)),
        (gate(lambda a, b: 0), (0, 0, 0, 0)),
        (copies(), (1, 0, 0, 0)),
    ],
    ids=["xor", "and", "or", "copy of both", "first only", "second only", "nothing", "same bit"],
)
def test_textbook_gates_are_exact(table, bits):
    found = atoms(table)
    if bits[0] == 1.5 - AND:  # redundancy of AND: all of I(T; A) = 0.311 bits
        bits = (information(table.sum(axis=1)) / BIT, *bits[1:])
        assert bits[0] == pytest.approx(0.311278, abs=1e-6)
    np.testing.assert_allclose(found[:4] / BIT, bits, atol=1e-6)


def test_random_tables_equal_a_plain_search_over_all_feasible_tables():
    rng = np.random.default_rng(0)
    turn = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for _ in range(8):
        p = rng.dirichlet(np.ones(8)).reshape(2, 2, 2)

        # Two by two by two: per value of the target one number moves along the feasible tables.
        def value(shift, p=p):
            q = p + turn[:, :, None] * shift
            if (q < 0).any():
                return 10.0
            return information(np.maximum(q, 1e-300).reshape(4, 2))

        grids = [
            np.linspace(-min(p[0, 0, c], p[1, 1, c]), min(p[0, 1, c], p[1, 0, c]), 41)
            for c in (0, 1)
        ]
        best = min((value(np.array([s, t])), s, t) for s in grids[0] for t in grids[1])
        refined = minimize(value, best[1:], method="Nelder-Mead", options={"xatol": 1e-10})
        least = information(most_shared(p).reshape(4, 2))
        assert least == pytest.approx(min(best[0], refined.fun), abs=2e-6)
        assert least <= best[0] + 1e-7


@given(st.integers(0, 10**6), st.tuples(*[st.integers(1, 4)] * 3))
@settings(deadline=None, max_examples=30)
def test_atoms_are_not_negative_and_add_up_to_what_each_source_says(seed, shape):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(int(np.prod(shape)), 0.4)).reshape(shape)
    p[p < 1e-3] = 0.0
    p /= p.sum()
    red, first, second, synergy, total = atoms(p)
    assert min(red, first, second, synergy) >= 0
    assert red + first == pytest.approx(information(p.sum(axis=1)), abs=2e-6)
    assert red + second == pytest.approx(information(p.sum(axis=0)), abs=2e-6)
    assert red + first + second + synergy == pytest.approx(total, abs=2e-6)
    np.testing.assert_allclose(
        atoms(p.transpose(1, 0, 2))[:4], [red, second, first, synergy], atol=2e-6
    )


def test_the_solution_keeps_both_margins_and_uses_no_impossible_cell():
    p = np.random.default_rng(1).dirichlet(np.full(60, 0.2)).reshape(5, 4, 3)
    q = most_shared(p)
    np.testing.assert_allclose(q.sum(axis=1), p.sum(axis=1), atol=1e-9)
    np.testing.assert_allclose(q.sum(axis=0), p.sum(axis=0), atol=1e-9)
    assert (q >= 0).all()


def test_columns_of_data_are_decomposed_with_interval_and_null():
    rng = np.random.default_rng(2)
    a, b = rng.choice(["x", "y"], 600), rng.integers(0, 2, 600)
    found = decompose_information(a, b, (a == "x") ^ (b == 1), resamples=20, permutations=5)
    assert found.synergy.value == pytest.approx(BIT, abs=0.02)
    assert found.synergy.low <= found.synergy.value <= found.synergy.high + 0.01
    assert found.synergy.reference["permuted"] < 0.02 and found.redundancy.value < 0.01
    again = decompose_information(a, b, (a == "x") ^ (b == 1), resamples=20, permutations=5)
    assert again == found


def test_without_resamples_there_is_no_interval():
    found = decompose_information([0, 1], [0, 1], [0, 1], resamples=0, permutations=0)
    assert found.redundancy.value == pytest.approx(BIT) and found.redundancy.low is None


@pytest.mark.parametrize(
    ("first", "second", "target", "message"),
    [
        ([1], [1, 2], [1, 2], "column 'first' has 1 rows, but the target has 2"),
        ([], [], [], "no rows"),
        (range(100), range(100), range(100), "100 x 100 x 100 = 1000000 cells"),
    ],
)
def test_bad_columns_are_refused_in_one_sentence(first, second, target, message):
    with pytest.raises(InputError, match=message):
        decompose_information(first, second, target)


def test_what_is_not_a_distribution_is_refused():
    for table in (np.ones((2, 2, 2)), np.ones((2, 2)) / 4, np.array([[[1.5, -0.5]]])):
        with pytest.raises(InputError, match="is not a distribution"):
            atoms(table)

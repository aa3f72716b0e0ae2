"""The steps compute their formulas, and folding in a row repeats what was done to the matrix."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.observations import Observations
from rowspace.observe.steps import Step
from rowspace.observe.weighting import PPMI, Center, TfIdf, Weigh

COUNTS = st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(
    lambda shape: arrays(
        np.float32, shape, elements=st.sampled_from([0, 0, 0, 0.5, 1, 2, 3, 10, 1000])
    )
)
STEPS = [
    TfIdf(),
    TfIdf(normalize=False),
    TfIdf(documents="cols"),
    PPMI(),
    PPMI(shift=2.0, smoothing=1.0),
    PPMI(shift=0.5, smoothing=0.0),
    Center(),
    Weigh(),
]


def observed(matrix, stored_zero=False) -> Observations:
    """Label a matrix; sparse, with its first cell stored even when zero, if asked."""
    if stored_zero:
        keep = matrix != 0
        keep.flat[0] = True
        i, j = np.nonzero(keep)
        matrix = csr_array((matrix[keep], (i, j)), shape=matrix.shape)
    return Observations.from_matrix(matrix, rows="row", cols="col")


def formed(obs: Observations) -> np.ndarray:
    """The cells as an array, whatever their form."""
    if obs.is_dense:
        return obs.cells
    return obs.cells.toarray() if obs.is_sparse else obs.cells @ np.eye(obs.shape[1])


def slow_tfidf(counts, normalize=True):
    n, m = counts.shape
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            df = sum(counts[d, j] > 0 for d in range(n))
            idf = math.log((1 + n) / (1 + df)) + 1
            tf = float(counts[i, j])
            out[i, j] = (1 + math.log(tf) if tf > 1 else tf) * idf
        length = math.sqrt(sum(out[i] ** 2))
        if normalize and length > 0:
            out[i] /= length
    return out


def slow_ppmi(counts, shift, smoothing):
    n, m = counts.shape
    r = [sum(map(float, counts[i])) for i in range(n)]
    c = [sum(map(float, counts[:, j])) for j in range(m)]
    z = sum(x**smoothing for x in c if x > 0)
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            if counts[i, j] > 0:
                share = c[j] ** smoothing / z
                out[i, j] = max(0.0, math.log(counts[i, j] / (r[i] * share)) - math.log(shift))
    return out


@settings(deadline=None, max_examples=30)
@given(COUNTS, st.booleans(), st.booleans())
def test_tfidf_is_its_formula(counts, dense, normalize):
    expected = slow_tfidf(counts, normalize)
    obs, state = TfIdf(normalize=normalize).apply(observed(counts, stored_zero=not dense))
    assert obs.is_dense is dense
    np.testing.assert_allclose(formed(obs), expected, rtol=1e-6)
    other, _ = TfIdf("cols", normalize).apply(observed(counts.T.copy(), stored_zero=not dense))
    np.testing.assert_allclose(formed(other).T, expected, rtol=1e-6)
    assert state["idf"].shape == (counts.shape[1],)


def test_tfidf_gives_the_numbers_of_a_worked_example():
    # Two documents: "red fish blue fish" and "one fish"; words blue, fish, one, red.
    obs, state = TfIdf().apply(observed(np.array([[1.0, 2, 0, 1], [0, 1, 1, 0]])))
    rare, common = math.log(3 / 2) + 1, 1.0
    np.testing.assert_allclose(state["idf"], [rare, common, rare, rare])
    first = np.array([rare, 1 + math.log(2), 0, rare])
    np.testing.assert_allclose(obs.cells[0], first / np.linalg.norm(first), rtol=1e-6)


@settings(deadline=None, max_examples=30)
@given(COUNTS, st.booleans(), st.sampled_from([0.5, 1.0, 5.0]), st.sampled_from([0.0, 0.75, 1.0]))
def test_ppmi_is_its_formula_on_the_observed_cells_and_keeps_the_positive_ones(
    counts, dense, shift, smoothing
):
    obs, _ = PPMI(shift, smoothing).apply(observed(counts, stored_zero=not dense))
    assert obs.is_dense is dense
    expected = slow_ppmi(counts, shift, smoothing)
    np.testing.assert_allclose(formed(obs), expected, rtol=1e-5, atol=1e-6)
    assert dense or (obs.cells.data > 0).all()


@settings(deadline=None, max_examples=30)
@given(COUNTS, st.booleans())
def test_centered_columns_are_the_columns_minus_their_means(counts, dense):
    obs, state = Center().apply(observed(counts, stored_zero=not dense))
    assert obs.is_dense is dense and not obs.is_sparse
    np.testing.assert_allclose(state["means"], counts.mean(axis=0, dtype=np.float64))
    expected = counts - counts.mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(formed(obs), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("step", STEPS, ids=str)
@settings(deadline=None, max_examples=30)
@given(COUNTS, st.booleans(), st.randoms(use_true_random=False))
def test_folding_in_a_row_or_column_of_training_gives_what_was_factored(
    step, counts, dense, random
):
    before = observed(counts, stored_zero=not dense)
    after, state = step.apply(before)
    done = formed(after)
    for side, given_lines, done_lines in (("rows", counts, done), ("cols", counts.T, done.T)):
        for given_line, done_line in zip(given_lines, done_lines, strict=True):
            positions = np.flatnonzero(given_line)
            random.shuffle(positions)  # in any order
            at, values = step.new_row(
                state, side, positions.astype(np.int64), given_line[positions]
            )
            assert at.dtype == np.int64 and values.dtype == np.float32
            line = np.zeros(len(given_line), np.float32)
            line[at] = values
            np.testing.assert_allclose(
                line, done_line, rtol=1e-5, atol=1e-4 if step == Center() else 1e-6
            )


@pytest.mark.parametrize("step", STEPS, ids=str)
@pytest.mark.parametrize("sparse", [True, False])
def test_the_observations_that_went_in_stay_as_they_were(step, sparse):
    counts = np.array([[0, 1, 5], [2, 0, 1], [0, 0, 0]], np.float32)
    before = observed(counts, stored_zero=sparse)
    print_before = before.fingerprint
    after, _ = step.apply(before)
    del before.__dict__["fingerprint"]
    assert before.fingerprint == print_before
    assert after.rows is before.rows and after.cols is before.cols


@pytest.mark.parametrize("step", STEPS, ids=str)
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (0, 3), (3, 0)])
def test_matrices_of_zeros_and_of_nothing_become_zeros(step, sparse, shape):
    counts = np.zeros(shape, np.float32)
    obs, state = step.apply(observed(csr_array(counts) if sparse else counts))
    assert obs.shape == shape
    np.testing.assert_array_equal(formed(obs), counts)
    for side in ("rows", "cols"):
        _, values = step.new_row(state, side, np.array([], np.int64), np.array([], np.float32))
        np.testing.assert_array_equal(values, 0)


def test_ppmi_leaves_out_partners_that_were_never_seen():
    counts = np.array([[3, 0], [0, 0]], np.float32)
    _, state = PPMI().apply(observed(csr_array(counts)))
    both = np.array([0, 1]), np.array([1, 1], np.float32)
    for side in ("rows", "cols"):
        at, values = PPMI(shift=0.1).new_row(state, side, *both)
        assert list(at) == [0] and values[0] > 0


def test_a_new_word_is_weighed_by_the_documents_that_have_it():
    _, state = TfIdf(normalize=False).apply(observed(np.ones((4, 2), np.float32)))
    at, values = TfIdf(normalize=False).new_row(
        state, "cols", np.array([1, 3]), np.array([1, math.e], np.float32)
    )
    idf = math.log(5 / 3) + 1
    np.testing.assert_allclose(values, [idf, 2 * idf], rtol=1e-6)
    assert list(at) == [1, 3]


def test_many_cells_are_treated_in_blocks_with_the_same_result(monkeypatch):
    counts = np.random.default_rng(0).poisson(0.5, (50, 30)).astype(np.float32)
    counts[[0, 7, 49]] = 0
    whole = [formed(step.apply(observed(csr_array(counts)))[0]) for step in STEPS]
    for block in (1, 7, 64):
        monkeypatch.setattr("rowspace.observe.weighting._CELLS_PER_BLOCK", block)
        for matrix in (csr_array(counts), counts):
            for step, expected in zip(STEPS, whole, strict=True):
                got = formed(step.apply(observed(matrix))[0])
                np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("step", [TfIdf(), PPMI()], ids=str)
def test_counts_below_zero_and_operators_are_refused(step):
    counts = np.array([[1.0, -2]])
    for matrix in (counts, csr_array(counts)):
        with pytest.raises(
            InputError, match=f"{type(step).__name__} needs .* row 0 and col 1 is -2"
        ):
            step.apply(observed(matrix))
    with pytest.raises(UnsupportedError, match=f"{type(step).__name__} .* linear operator"):
        step.apply(observed(aslinearoperator(counts)))
    _, state = step.apply(observed(np.ones((2, 2))))
    with pytest.raises(InputError, match="-1 is among the new values"):
        step.new_row(state, "rows", np.array([0]), np.array([-1], np.float32))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TfIdf(documents="words"), "TfIdf.documents is 'words'"),
        (lambda: PPMI(shift=0), "PPMI.shift is 0"),
        (lambda: PPMI(shift=float("nan")), "PPMI.shift is nan"),
        (lambda: PPMI(smoothing=1.5), "PPMI.smoothing is 1.5"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_every_step_keeps_to_the_contract(step):
    assert isinstance(step, Step)


@pytest.mark.parametrize("step", [TfIdf(), TfIdf(documents="cols"), PPMI(), PPMI(shift=3.0)])
@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_the_weight_of_a_count_stays_with_its_cell_whatever_the_count_becomes(step, form):
    counts = np.random.default_rng(0).poisson(1.0, (9, 7)).astype(np.float32)
    obs = Observations.from_matrix(form(counts), rows="row", cols="col")
    weighed, state = Weigh(x_max=3, exponent=0.5).apply(obs)
    assert not state and (formed(weighed) == counts).all()
    out, _ = step.apply(weighed)
    expected = np.minimum(1, counts / 3) ** 0.5
    if out.is_sparse:
        at = out.cells.nonzero()
        assert len(out.weights) == out.n_observed
        np.testing.assert_allclose(out.weights, expected[at], rtol=1e-6)
    else:
        np.testing.assert_allclose(out.weights, expected, rtol=1e-6)


def test_weights_that_are_there_are_multiplied():
    obs = Observations.from_matrix(csr_array([[4.0, 40.0]]), rows="row", cols="col")
    once, _ = Weigh(x_max=16, exponent=0.5).apply(obs)
    assert Weigh(x_max=16, exponent=0.5).apply(once)[0].weights.tolist() == [0.25, 1.0]


@pytest.mark.parametrize("bad", [{"x_max": 0}, {"x_max": np.inf}, {"exponent": -1}])
def test_weights_of_no_meaning_are_refused(bad):
    with pytest.raises(InputError, match="x_max above 0 and an exponent of at least 0"):
        Weigh(**bad)
    with pytest.raises(InputError, match="Weigh needs values of at least 0"):
        Weigh().apply(Observations.from_matrix(np.array([[-1.0]]), rows="row", cols="col"))

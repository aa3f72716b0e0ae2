"""Splits partition the stored cells, keep both modes, and repeat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator

from rowspace.errors import InputError, UnsupportedError
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.split import (
    Split,
    k_core,
    leave_one_out,
    split_by,
    split_by_time,
    split_random,
    split_rows,
)


@st.composite
def observed(draw, least=2, timed=True):
    """Sparse observations with unicode ids, tables, times, stored zeros and empty rows."""
    n, m = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    if n * m < least:
        m = least
    cells = draw(st.lists(st.integers(0, n * m - 1), min_size=least, max_size=n * m, unique=True))
    i, j = np.divmod(np.array(cells, np.int64), m)
    values = draw(st.lists(st.integers(-2, 3), min_size=len(cells), max_size=len(cells)))
    matrix = csr_array((np.array(values, float), (i, j)), shape=(n, m))
    assert matrix.nnz == len(cells)
    times = draw(st.lists(st.integers(0, 5), min_size=len(cells), max_size=len(cells)))
    weights = np.abs(matrix.data) + 0.5 if draw(st.booleans()) else None
    return Observations(
        Mode("user", Ids([f"ü{k}" for k in range(n)]), pa.table({"age": np.arange(n)})),
        Mode("item", Ids(np.arange(100, 100 + m)), pa.table({"price": np.arange(m) / 2})),
        matrix,
        np.array(times, float) if timed else None,
        "here.csv",
        weights,
    )


def cells_of(obs: Observations) -> dict:
    """(row position, column position) -> (value, time), the slow way; weights fit the values."""
    out = {}
    for i in range(obs.shape[0]):
        for at in range(obs.cells.indptr[i], obs.cells.indptr[i + 1]):
            time = None if obs.times is None else float(obs.times[at])
            out[i, int(obs.cells.indices[at])] = (float(obs.cells.data[at]), time)
            assert obs.weights is None or obs.weights[at] == abs(obs.cells.data[at]) + 0.5
    return out


def assert_partition(obs: Observations, parts) -> None:
    union: dict = {}
    for part in parts:
        assert part.rows is obs.rows and part.cols is obs.cols
        assert part.source == obs.source
        assert (part.weights is None) == (obs.weights is None)
        mine = cells_of(part)
        assert not union.keys() & mine.keys()
        union |= mine
    assert union == cells_of(obs)


def same(a: Split, b: Split) -> bool:
    return cells_of(a.train) == cells_of(b.train) and cells_of(a.test) == cells_of(b.test)


def small(times=None) -> Observations:
    obs = Observations.from_matrix(
        csr_array(np.array([[5.0, 3, 1], [0, 0, 2]])), rows="user", cols="item", row_ids=["a", "b"]
    )
    return obs if times is None else Observations(obs.rows, obs.cols, obs.cells, np.array(times))


@settings(deadline=None, max_examples=30)
@given(observed(), st.floats(0.01, 0.99), st.integers(0, 9))
def test_a_random_split_is_a_partition_of_the_asked_size_that_repeats(obs, share, seed):
    split = split_random(obs, test=share, seed=seed)
    assert_partition(obs, (split.train, split.test))
    n = obs.n_observed
    assert split.test.n_observed == min(max(round(share * n), 1), n - 1)
    assert same(split, split_random(obs, test=share, seed=seed))


def test_another_seed_puts_other_cells_aside():
    obs = Observations.from_matrix(csr_array(np.ones((20, 20))), rows="r", cols="c")
    assert not same(split_random(obs, seed=0), split_random(obs, seed=1))


@settings(deadline=None, max_examples=30)
@given(observed(), st.sampled_from(["time", "random"]), st.integers(0, 9))
def test_leave_one_out_takes_one_cell_of_each_row_that_has_two(obs, by, seed):
    split = leave_one_out(obs, by=by, seed=seed)
    assert_partition(obs, (split.train, split.test))
    per_row = np.diff(obs.cells.indptr)
    np.testing.assert_array_equal(np.diff(split.test.cells.indptr), per_row >= 2)
    assert same(split, leave_one_out(obs, by=by, seed=seed))
    if by == "time":
        latest = {}
        for (i, _), (_, time) in cells_of(obs).items():
            latest[i] = max(time, latest.get(i, -1.0))
        for (i, _), (_, time) in cells_of(split.test).items():
            assert time == latest[i]


def test_leave_one_out_breaks_ties_by_the_seed_and_not_by_the_column():
    obs = small([1.0, 1.0, 1.0, 1.0])
    taken = {int(leave_one_out(obs, seed=s).test.cells.indices[0]) for s in range(30)}
    assert taken == {0, 1, 2}


@settings(deadline=None, max_examples=30)
@given(observed(), st.floats(0.01, 0.99))
def test_a_split_by_time_has_all_of_the_past_before_all_of_the_future(obs, share):
    if len(set(obs.times)) < 2:
        with pytest.raises(InputError, match="every cell has the time stamp"):
            split_by_time(obs, test=share)
        return
    split = split_by_time(obs, test=share)
    assert_partition(obs, (split.train, split.test))
    assert split.train.times.max() < split.test.times.min()
    wanted = min(max(round(share * obs.n_observed), 1), obs.n_observed - 1)
    possible = [int((obs.times >= t).sum()) for t in sorted(set(obs.times))[1:]]
    missed = abs(split.test.n_observed - wanted)
    assert missed == min(abs(p - wanted) for p in possible)


def test_a_split_at_a_time_begins_the_test_there():
    split = split_by_time(small([10.0, 30.0, 20.0, 40.0]), at=30)
    assert sorted(split.test.times) == [30, 40]
    assert sorted(split.train.times) == [10, 20]


@settings(deadline=None, max_examples=30)
@given(observed(timed=False), st.data())
def test_labels_divide_the_cells_among_them(obs, data):
    labels = data.draw(
        st.lists(
            st.sampled_from(["train", "valid", "tést"]),
            min_size=obs.n_observed,
            max_size=obs.n_observed,
        )
    )
    parts = split_by(obs, labels)
    assert list(parts) == sorted(set(labels))
    assert_partition(obs, parts.values())
    for label, part in parts.items():
        assert part.n_observed == labels.count(label)


def test_labels_may_be_a_function_of_the_positions_of_the_cells():
    parts = split_by(small(), lambda rows, cols: rows * 10 + cols)
    assert {label: list(cells_of(part)) for label, part in parts.items()} == {
        0: [(0, 0)],
        1: [(0, 1)],
        2: [(0, 2)],
        12: [(1, 2)],
    }


@settings(deadline=None, max_examples=30)
@given(observed(), st.integers(0, 3), st.integers(0, 3))
def test_the_core_is_the_largest_part_where_all_have_enough(obs, rows, cols):
    cells = cells_of(obs)
    alive_rows, alive_cols = set(range(obs.shape[0])), set(range(obs.shape[1]))
    while True:  # the slow way: drop one row or column at a time
        few = [i for i in alive_rows if sum(c[0] == i for c in cells) < rows]
        few_cols = [j for j in alive_cols if sum(c[1] == j for c in cells) < cols]
        if few:
            alive_rows.remove(few[0])
        elif few_cols:
            alive_cols.remove(few_cols[0])
        else:
            break
        cells = {c: v for c, v in cells.items() if c[0] in alive_rows and c[1] in alive_cols}
    if not cells:
        with pytest.raises(InputError, match="nothing is left"):
            k_core(obs, rows=rows, cols=cols)
        return
    core = k_core(obs, rows=rows, cols=cols)
    at_row, at_col = sorted(alive_rows), sorted(alive_cols)
    assert list(core.rows.ids) == [obs.rows.ids[i] for i in at_row]
    assert list(core.cols.ids) == [obs.cols.ids[j] for j in at_col]
    assert core.rows.table.column("age").to_pylist() == at_row
    assert core.cols.table.column("price").to_pylist() == [j / 2 for j in at_col]
    assert {(at_row[i], at_col[j]): v for (i, j), v in cells_of(core).items()} == cells


def test_a_core_that_is_there_already_stays_as_it_is():
    obs = small([1.0, 2.0, 3.0, 4.0])
    assert k_core(obs, rows=1, cols=1).fingerprint == obs.fingerprint


@pytest.mark.parametrize(
    "split",
    [
        split_random,
        leave_one_out,
        split_by_time,
        lambda obs: split_by(obs, ["a"] * 6),
        k_core,
    ],
)
def test_dense_and_operator_observations_are_refused_with_the_way_out(split):
    for matrix in (np.ones((2, 3)), aslinearoperator(np.ones((2, 3)))):
        obs = Observations.from_matrix(matrix, rows="user", cols="item")
        with pytest.raises(UnsupportedError, match="csr_array"):
            split(obs)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (lambda: split_random(small(), test=0.0), "test is 0.0, but a share between 0 and 1"),
        (lambda: split_random(small(), test=1), "test is 1, but a share"),
        (lambda: split_random(small(), test=float("nan")), "test is nan, but a share"),
        (
            lambda: split_random(
                Observations.from_matrix(csr_array((2, 3)), rows="user", cols="item")
            ),
            "there are 0 observed cells",
        ),
        (lambda: leave_one_out(small()), "have no time stamps; .* leave_one_out.by='random'."),
        (lambda: leave_one_out(small(), by="date"), "by is 'date'"),
        (lambda: split_by_time(small()), "have no time stamps; .* split_random"),
        (lambda: split_by_time(small([1.0, 1, 1, 1])), "every cell has the time stamp 1.0"),
        (lambda: split_by_time(small([1.0, 2, 3, np.nan])), "user 'b' and item 2 is NaN"),
        (lambda: split_by_time(small([1.0, 2, 3, 4]), at=9), "time stamps are 1.0 to 4.0"),
        (lambda: split_by_time(small([1.0, 2, 3, 4]), at=1.0), "leaves one part empty"),
        (lambda: split_by_time(small([1.0, 2, 3, 4]), at=float("nan")), "leaves one part empty"),
        (lambda: split_by_time(small([1.0, 2, 3, 4]), at=2, test=0.5), "but one was expected"),
        (lambda: split_by(small(), ["a", "b"]), r"shape \(2,\), but one for each of the 4"),
        (lambda: split_by(small(), ["a", None, "b", "a"]), "label of cell 1 is None"),
        (lambda: split_by(small(), [0.5, 1.0, 2.0, 3.0]), "label of cell 0 is 0.5"),
        (lambda: split_by(small(), np.array(["a", 1, 2, 3], object)), "mix text and numbers"),
        (lambda: k_core(small(), rows=-1), "rows is -1"),
        (lambda: k_core(small(), rows=9), "nothing is left of the core with 9 cells"),
    ],
)
def test_what_cannot_be_split_is_refused_in_one_sentence(split, message):
    with pytest.raises(InputError, match=message):
        split()


@settings(deadline=None)
@given(observed(), st.floats(0.05, 0.95), st.integers(0, 3))
def test_a_share_of_every_row_leaves_every_row_something(obs, share, seed):
    sizes = np.diff(obs.cells.indptr)
    if sizes.max() < 2:
        with pytest.raises(InputError, match="has two observed cells"):
            split_rows(obs, test=share, seed=seed)
        return
    split = split_rows(obs, test=share, seed=seed)
    kept, given_away = (np.diff(part.cells.indptr) for part in (split.train, split.test))
    np.testing.assert_array_equal(kept + given_away, sizes)
    assert (kept[sizes > 0] > 0).all() and given_away.any()
    assert (abs(given_away - sizes * share) <= 1)[sizes > 1].all()
    again = split_rows(obs, test=share, seed=seed)
    assert (again.test.cells != split.test.cells).nnz == 0


def test_weights_go_where_their_cells_go():
    cells = csr_array(np.arange(1, 13, dtype=np.float32).reshape(3, 4))
    obs = Observations(
        Mode("user", Ids.range(3)),
        Mode("item", Ids.range(4)),
        cells,
        weights=cells.data * 10,
    )
    split = split_random(obs, test=0.5)
    for part in (split.train, split.test, k_core(obs, rows=1, cols=1)):
        np.testing.assert_array_equal(part.weights, part.cells.data * 10)

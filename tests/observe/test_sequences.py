"""`Together` counts pairs as looking at every one does, with metadata as blocks."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from rowspace.errors import InputError, UnknownIdError, UnsupportedError
from rowspace.observe.ids import Ids
from rowspace.observe.observations import Mode, Observations
from rowspace.observe.sequences import Together


def plays(seed=0, n=25, m=9, table=None):
    rng = np.random.default_rng(seed)
    cells = csr_array(rng.random((n, m)) < 0.4, dtype=np.float32)
    times = rng.integers(0, 12, cells.nnz).astype(float)  # with ties
    cols = Mode("song", Ids([f"söng {j}" for j in range(m)]), table)
    return Observations(Mode("user", Ids.range(n)), cols, cells, times)


def slowly(obs, near, directed):
    m = len(obs.cols)
    x = np.zeros((m, m))
    for r in range(len(obs.rows)):
        part = slice(obs.cells.indptr[r], obs.cells.indptr[r + 1])
        events = sorted(zip(obs.times[part], obs.cells.indices[part], strict=True))
        for a in range(len(events)):
            for b in range(a + 1, len(events)):
                if directed and events[b][0] == events[a][0]:
                    continue
                if near(b - a, events[b][0] - events[a][0]):
                    x[events[a][1], events[b][1]] += 1
    return x if directed else x + x.T


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(
    ("options", "near"),
    [
        ({"window": 2}, lambda places, time: places <= 2),
        ({"window": None, "within": 3.0}, lambda places, time: time <= 3),
        ({"window": None, "within": 0.0}, lambda places, time: time == 0),
        ({"window": None}, lambda places, time: True),
    ],
)
def test_the_counts_are_those_of_looking_at_every_pair(options, near, directed):
    obs = plays()
    found = Together(directed=directed, **options).apply(obs)[0]
    np.testing.assert_array_equal(found.cells.toarray(), slowly(obs, near, directed))
    assert [m.name for m in found.modes] == ["song", "context"]
    assert found.rows.ids == found.cols.ids == obs.cols.ids


def test_metadata_are_blocks_that_follow_from_the_counts():
    genres = ["rock|pop", "rock", None, "jazz", "pop| pop", "", "jazz", "rock", "jazz"]
    obs = plays(table=pa.table({"genre": genres}))
    found = Together(window=2, metadata="genre", weight=0.5).apply(obs)[0]
    x = slowly(obs, lambda places, time: places <= 2, False)
    values = ["jazz", "pop", "rock"]
    f = np.array([[v in str(g).split("|") for v in values] for g in genres], float)
    own = np.diag(np.bincount(obs.cells.indices, minlength=9).astype(float))
    expected = np.block([[x, 0.5 * (x + own) @ f], [0.5 * f.T @ (x + own), 0.5 * f.T @ x @ f]])
    np.testing.assert_allclose(found.cells.toarray(), expected, rtol=1e-6)
    assert list(found.rows.ids)[9:] == ["genre:jazz", "genre:pop", "genre:rock"]
    assert found.rows.table["block"].to_pylist() == ["song"] * 9 + ["genre"] * 3


def test_rows_with_one_event_or_none_say_nothing():
    cells = csr_array(np.array([[1, 0, 0], [0, 0, 0]], np.float32))
    obs = Observations.from_matrix(cells, rows="u", cols="i")
    assert Together(window=None).apply(obs)[0].cells.nnz == 0


@pytest.mark.parametrize("directed", [False, True])
def test_limits_in_time_do_not_depend_on_the_order_of_the_columns(directed):
    obs = plays()
    turned = np.random.default_rng(1).permutation(len(obs.cols))
    rows = np.repeat(np.arange(len(obs.rows)), np.diff(obs.cells.indptr))
    cols = np.argsort(turned)[obs.cells.indices]
    at = np.lexsort((cols, rows))
    cells = csr_array((obs.cells.data[at], cols[at], obs.cells.indptr), shape=obs.shape)
    other = Observations(obs.rows, Mode("song", Ids.range(9)), cells, obs.times[at])
    step = Together(window=None, within=3.0, directed=directed)
    x, y = (step.apply(o)[0].cells.toarray() for o in (obs, other))
    np.testing.assert_array_equal(y, x[np.ix_(turned, turned)])


def test_items_of_one_moment_have_no_order():
    cells = csr_array(np.array([[1, 1, 1]], np.float32))
    modes = Mode("u", Ids.range(1)), Mode("i", Ids.range(3))
    obs = Observations(*modes, cells, np.array([5.0, 5.0, 7.0]))
    found = Together(window=None, directed=True).apply(obs)[0].cells.toarray()
    assert found.tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_an_event_without_a_time_stamp_is_refused_where_order_matters():
    obs = plays()
    times = obs.times.copy()
    times[3] = np.nan
    lacking = Observations(obs.rows, obs.cols, obs.cells, times)
    for options in ({"window": 2}, {"window": None, "within": 1.0}):
        with pytest.raises(InputError, match="events have no time stamp"):
            Together(**options).apply(lacking)
    found, expected = (Together(window=None).apply(o)[0].cells for o in (lacking, obs))
    np.testing.assert_array_equal(found.toarray(), expected.toarray())


def test_what_cannot_be_is_refused():
    untimed = Observations.from_matrix(csr_array(np.ones((2, 2))), rows="u", cols="i")
    with pytest.raises(InputError, match="needs time stamps"):
        Together(window=3).apply(untimed)
    with pytest.raises(InputError, match="needs time stamps"):
        Together(window=None, directed=True).apply(untimed)
    with pytest.raises(UnsupportedError, match="sparse matrix"):
        Together(window=None).apply(Observations.from_matrix(np.ones((2, 2)), rows="u", cols="i"))
    with pytest.raises(UnknownIdError, match="no column 'genre'; there are: none"):
        Together(window=None, metadata="genre").apply(untimed)
    with pytest.raises(InputError, match="not both"):
        Together(window=3, within=1.0)
    for bad in ({"window": 0}, {"within": -1.0}, {"weight": 0.0}):
        with pytest.raises(InputError, match="Together"):
            Together(**bad)

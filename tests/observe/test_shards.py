"""A matrix in shards is multiplied and factored like the whole, one shard at a time."""

import gc
import weakref

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array, save_npz

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.observe import shards
from rowspace.observe.shards import read_shards, write_shards


def whole(n=500, m=40) -> csr_array:
    return csr_array(random_array((n, m), density=0.1, rng=np.random.default_rng(0)))


def parts(matrix, size=130):
    for top in range(0, matrix.shape[0], size):
        yield matrix[top : top + size]


def test_the_factors_are_those_of_the_whole(tmp_path):
    matrix = whole()
    obs = read_shards(write_shards(parts(matrix), tmp_path / "s"), rows="doc", cols="word")
    plain = rs.Observations.from_matrix(matrix, rows="doc", cols="word")
    found, expected = (rs.fit(o, "svd", dim=6, tolerance=1e-6) for o in (obs, plain))
    for side in ("doc", "word"):
        np.testing.assert_allclose(found[side].vectors, expected[side].vectors, atol=2e-4)
    known = dict(zip(*expected.observed(3), strict=True))
    np.testing.assert_allclose(
        np.asarray(found.fold_in("doc", known)), np.asarray(expected["doc"][3]), atol=1e-3
    )


def test_only_one_shard_is_in_memory_at_a_time(tmp_path, monkeypatch):
    obs = read_shards(write_shards(parts(whole()), tmp_path / "s"), rows="doc", cols="word")
    alive, most = [], 0
    read = shards._read

    def counting(file):
        nonlocal most
        gc.collect()
        most = max(most, sum(ref() is not None for ref in alive))
        part = read(file)
        alive.append(weakref.ref(part))
        return part

    monkeypatch.setattr(shards, "_read", counting)
    obs.cells @ np.ones((40, 3), np.float32)
    obs.cells.rmatmat(np.ones((500, 3), np.float32))
    assert len(alive) == 8 and most <= 1  # the one before, until the next has been read


def test_ids_are_those_given(tmp_path):
    matrix = whole(5, 3)
    at = write_shards(parts(matrix, 2), tmp_path / "s")
    obs = read_shards(at, rows="doc", cols="word", col_ids=["ä", "b", "c"])
    assert obs.value(4, "ä") == pytest.approx(matrix[4, 0])
    with pytest.raises(InputError, match="2 ids, but the matrix has 3"):
        read_shards(at, rows="doc", cols="word", col_ids=["a", "b"])


def test_what_is_no_shard_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"has no \.npz files"):
        read_shards(tmp_path, rows="a", cols="b")
    with pytest.raises(InputError, match="no part to write"):
        write_shards([], tmp_path / "none")
    with pytest.raises(InputError, match="exists already"):
        write_shards(parts(whole()), tmp_path)
    with pytest.raises(InputError, match="part 1 has 3 columns, but the ones before have 40"):
        write_shards([whole(), whole(5, 3)], tmp_path / "uneven")
    (tmp_path / "u").mkdir()
    save_npz(tmp_path / "u" / "a.npz", whole())
    save_npz(tmp_path / "u" / "b.npz", whole(5, 3))
    with pytest.raises(InputError, match="3 columns, but the others have 40"):
        read_shards(tmp_path / "u", rows="a", cols="b")
    (tmp_path / "n").mkdir()
    save_npz(tmp_path / "n" / "a.npz", csr_array([[np.nan, 1.0]]))
    with pytest.raises(InputError, match="NaN or infinite"):
        read_shards(tmp_path / "n", rows="a", cols="b")
    (tmp_path / "d").mkdir()
    np.savez(tmp_path / "d" / "a.npz", np.eye(2))
    with pytest.raises(InputError, match="holds an array"):
        read_shards(tmp_path / "d", rows="a", cols="b")


def test_cells_that_must_be_read_one_by_one_are_refused(tmp_path):
    obs = read_shards(write_shards(parts(whole()), tmp_path / "s"), rows="doc", cols="word")
    with pytest.raises(UnsupportedError, match="operator"):
        rs.fit(obs, "ials", dim=2)

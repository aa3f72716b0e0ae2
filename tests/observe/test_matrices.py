"""Matrices that come whole."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from scipy.sparse import coo_array, csc_array, csr_array

from rowspace.errors import InputError
from rowspace.observe.matrices import label_matrix, read_matrix

HEAD = "%%MatrixMarket matrix coordinate "


def mtx(folder, text):
    (folder / "m.mtx").write_text(text)
    return read_matrix(folder / "m.mtx", "mtx")


def test_repeated_entries_are_summed_and_stored_zeros_stay(tmp_path):
    matrix = mtx(tmp_path, HEAD + "real general\n2 2 3\n1 1 2\n1 1 3\n2 1 0\n")
    obs = label_matrix(matrix, "a", "b", None, None, "m.mtx")
    assert obs.value(0, 0) == 5 and obs.n_observed == 2


@pytest.mark.parametrize("field", ["real", "integer"])
def test_symmetric_matrices_are_whole(tmp_path, field):
    matrix = mtx(tmp_path, HEAD + f"{field} symmetric\n2 2 2\n2 1 3\n2 2 1\n")
    assert matrix.toarray().tolist() == [[0, 3], [3, 1]]


def test_patterns_are_ones_and_arrays_are_dense(tmp_path):
    assert mtx(tmp_path, HEAD + "pattern general\n1 2 1\n1 2\n").toarray().tolist() == [[0, 1]]
    dense = mtx(tmp_path, "%%MatrixMarket matrix array real general\n2 1\n1.5\n2\n")
    assert dense.tolist() == [[1.5], [2]]


def test_a_pickled_array_is_not_opened(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"cannot be read as npy.*allow_pickle"):
        read_matrix(tmp_path / "x.npy", "npy")


def test_several_arrays_in_one_archive_are_named(tmp_path):
    np.savez(tmp_path / "x.npz", one=np.eye(2), two=np.eye(2))
    with pytest.raises(InputError, match=r"2 arrays \(one, two\)"):
        read_matrix(tmp_path / "x.npz", "npz")


def test_the_arrays_of_a_csr_matrix_saved_by_hand_are_one(tmp_path):
    m = csr_array(np.array([[0.0, 2], [3, 0]]))
    np.savez(tmp_path / "x.npz", data=m.data, indices=m.indices, indptr=m.indptr, shape=m.shape)
    assert read_matrix(tmp_path / "x.npz", "npz").toarray().tolist() == [[0, 2], [3, 0]]


def test_a_truncated_gzip_is_named(tmp_path):
    text = HEAD + "real general\n99 99 99\n" + "".join(f"{i} {i} {i}\n" for i in range(1, 100))
    (tmp_path / "m.mtx.gz").write_bytes(gzip.compress(text.encode())[:-12])
    with pytest.raises(InputError, match="truncated or damaged"):
        read_matrix(tmp_path / "m.mtx.gz", "mtx")


@pytest.mark.parametrize("dtype", [np.int8, np.uint32, np.float64, bool])
def test_any_real_kind_of_number_is_accepted(dtype):
    matrix = np.array([[1, 0], [1, 1]], dtype)
    for form in (matrix, coo_array(matrix), csc_array(matrix), matrix.view(np.matrix)):
        assert label_matrix(form, "a", "b", None, None, "").value(1, 1) == 1


def test_ids_come_from_a_file_with_one_per_line(tmp_path):
    (tmp_path / "ids").write_text("ü\nb c\n\n", encoding="utf-8")
    obs = label_matrix(np.eye(2), "a", "b", tmp_path / "ids", ["x", "y"], "")
    assert list(obs.rows.ids) == ["ü", "b c"]
    with pytest.raises(InputError, match="no file 'nowhere' to take ids from"):
        label_matrix(np.eye(2), "a", "b", "nowhere", None, "")

"""Safetensors files: what we write others read, what others write we map."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from rowspace.errors import InputError, SpaceError
from rowspace.space.tensors import map_tensors, write_tensors

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)


@given(st.dictionaries(st.text(min_size=1).filter(lambda s: s != "__metadata__"), ARRAYS))
@settings(deadline=None, max_examples=30)
def test_arrays_come_back_here_and_in_the_reference_reader(tmp_path_factory, tensors):
    path = tmp_path_factory.mktemp("t") / "x.safetensors"
    write_tensors(path, tensors)
    for read in (map_tensors(path), load_file(path)):
        assert set(read) == set(tensors)
        for name, array in tensors.items():
            assert read[name].dtype == array.dtype and read[name].shape == array.shape
            assert read[name].tobytes() == array.tobytes()


@given(st.dictionaries(st.text("abc", min_size=1), ARRAYS, max_size=4))
@settings(deadline=None, max_examples=30)
def test_files_of_the_reference_writer_are_mapped(tmp_path_factory, tensors):
    path = tmp_path_factory.mktemp("t") / "x.safetensors"
    save_file(tensors, path, metadata={"made": "elsewhere"})
    read = map_tensors(path)
    assert set(read) == set(tensors)
    for name, array in tensors.items():
        assert read[name].dtype == array.dtype and read[name].tobytes() == array.tobytes()


def test_arrays_are_aligned_mapped_and_read_only(tmp_path):
    path = tmp_path / "x.safetensors"
    write_tensors(path, {"bytes": np.zeros(3, np.uint8), "a": np.ones((5, 3), np.float32)})
    read = map_tensors(path)["a"]
    assert type(read) is np.ndarray and not read.flags.owndata and read.flags.aligned
    assert read.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        read[0] = 1


def test_strided_and_big_endian_arrays_are_written_as_what_they_hold(tmp_path):
    strided = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
    write_tensors(tmp_path / "x", {"s": strided, "b": strided.astype(">f4")})
    read = map_tensors(tmp_path / "x")
    np.testing.assert_array_equal(read["s"], strided)
    np.testing.assert_array_equal(read["b"], strided)


def test_text_and_complex_numbers_are_refused_before_a_file_is_made(tmp_path):
    with pytest.raises(InputError, match="'z' holds complex128"):
        write_tensors(tmp_path / "x", {"z": np.zeros(2, complex)})
    assert not (tmp_path / "x").exists()


def damaged(header: object, data: bytes = b"\0" * 8) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        b"\xff" * 64,
        damaged(b"{not json"),
        damaged([1, 2]),
        damaged({"a": 1}),
        damaged({"a": {"dtype": "F32", "shape": [2]}}),
        damaged({"a": {"dtype": "F33", "shape": [2], "data_offsets": [0, 8]}}),
        damaged({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}),
        damaged({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}),
        damaged({"a": {"dtype": "F32", "shape": [-2, -1], "data_offsets": [0, 8]}}),
        damaged({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}),
        damaged({"a": {"dtype": "F32", "shape": ["2"], "data_offsets": [0, 8]}}),
    ],
)
def test_damaged_files_are_named(tmp_path, content):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(SpaceError, match=r"bad\.safetensors"):
        map_tensors(path)

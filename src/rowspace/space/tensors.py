"""Tensors: named arrays in one safetensors file, memory-mapped at their offsets.

The layout (https://huggingface.co/docs/safetensors): a little-endian uint64 N, N bytes of JSON that
give every tensor's dtype, shape and [begin, end) in the data, then the data without gaps. The
header is padded with spaces so that the data start at a multiple of 64, and wider numbers come
first, so that every array is aligned where it is mapped. Reading copies nothing.

Called by `format.py` and `interchange.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError, SpaceError

_ALIGN = 64
_BYTES_PER_WRITE = 1 << 26
_CODES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_NAMES = {np.dtype(code): name for name, code in _CODES.items()}


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays of any shape to a new safetensors file.

    Args:
        path: a file that does not exist yet.
        tensors: name -> array of booleans, integers, or floats of 16 to 64 bits.

    Raises:
        InputError: an array holds something else, for example text or complex numbers.
    """
    ordered = sorted(tensors.items(), key=lambda item: -item[1].dtype.itemsize)
    header: dict[str, Any] = {}
    end = 0
    for name, array in ordered:
        code = _NAMES.get(array.dtype.newbyteorder("<"))
        if code is None:
            raise InputError(
                f"the array {name!r} holds {array.dtype}, which a safetensors file cannot; "
                "make it numbers of at most 64 bits"
            )
        header[name] = {
            "dtype": code,
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % _ALIGN)
    with path.open("xb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, array in ordered:
            for part in _parts(array):
                file.write(part.data)


def map_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of a safetensors file, read-only and without copying.

    Returns:
        name -> array that reads from the file as it is used.

    Raises:
        FileNotFoundError: there is no such file.
        SpaceError: the file is not a safetensors file, or its header does not fit its size.
    """
    size = path.stat().st_size
    if size < 8:
        raise SpaceError(f"{path} is no safetensors file: it has {size} bytes; make it again")
    whole = np.asarray(np.memmap(path, np.uint8, mode="r"))
    start = 8 + int(whole[:8].view("<u8")[0])
    if start > size:
        raise SpaceError(
            f"the header of {path} should be {start - 8} bytes long, but the file has {size}; "
            "it is damaged: restore it or make it again"
        )
    try:
        header = json.loads(whole[8:start].tobytes())
        header.pop("__metadata__", None)
        return {name: _view(whole[start:], entry) for name, entry in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SpaceError(
            f"the header of {path} is damaged ({error}); restore the file or make it again"
        ) from None


def _view(data: NDArray[np.uint8], entry: dict[str, Any]) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    dtype, shape = np.dtype(_CODES[entry["dtype"]]), tuple(entry["shape"])
    if not 0 <= begin <= end <= len(data) or end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{entry} does not fit {len(data)} bytes of data")
    return data[begin:end].view(dtype).reshape(shape)


def _parts(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield an array as contiguous little-endian pieces of bounded size."""
    flat = array.reshape(-1)
    step = _BYTES_PER_WRITE // array.dtype.itemsize
    for top in range(0, flat.size, step):
        piece = flat[top : top + step]
        yield np.ascontiguousarray(piece, piece.dtype.newbyteorder("<")).view(np.uint8)

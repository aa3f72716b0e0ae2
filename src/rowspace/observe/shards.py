"""Shards: a sparse matrix on disk in ranges of rows, for one that does not fit into memory.

`write_shards` takes the rows as they come and writes one file per part; `read_shards` gives
`Observations` around an operator that reads one file at a time whenever it is multiplied. The
spectral solver asks for nothing else. The files are SciPy's own (`scipy.sparse.save_npz`), so that
any tool can write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.linalg.csr import Csr
from rowspace.linalg.operators import BlockOperator
from rowspace.observe.matrices import label_matrix, read_matrix
from rowspace.observe.observations import Observations

__all__ = ["ShardedOperator", "read_shards", "write_shards"]


def write_shards(parts: Iterable[Any], folder: str | Path) -> Path:
    """Write the rows of a matrix, part by part, into a new folder.

    Args:
        parts: SciPy sparse matrices with the same number of columns, the rows in order; only one is
            held at a time.
        folder: a name that does not exist yet.

    Returns:
        The folder, with `rows-00000.npz`, `rows-00001.npz`, ...

    Raises:
        InputError: there is no part, the parts differ in their columns, or the folder exists.

    Example:
        >>> import tempfile
        >>> from scipy.sparse import eye_array
        >>> whole = eye_array(4).tocsr()
        >>> at = write_shards([whole[:3], whole[3:]], Path(tempfile.mkdtemp()) / "shards")
        >>> read_shards(at, rows="user", cols="item")
        Observations(user 4 x item 4, operator, 16 observed)
    """
    from scipy.sparse import csr_array, save_npz

    folder = Path(folder)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise InputError(f"{folder} exists already; give the shards a new name") from None
    width = None
    for i, part in enumerate(parts):
        csr = csr_array(part, dtype=np.float32)
        if width is not None and csr.shape[1] != width:
            raise InputError(
                f"part {i} has {csr.shape[1]} columns, but the ones before have {width}"
            )
        width = csr.shape[1]
        save_npz(folder / f"rows-{i:05d}.npz", csr, compressed=False)
    if width is None:
        raise InputError(f"there is no part to write into {folder}")
    return folder


def read_shards(
    folder: str | Path, *, rows: str, cols: str, row_ids: Any = None, col_ids: Any = None
) -> Observations:
    """Return the matrix in a folder of shards as observations that are never in memory whole.

    Every cell counts as observed, as in any operator: zeros are zeros. Solved by `Spectral()`
    (`svd`, `puresvd` want their cells counted, so not by `norm-svd`).

    Args:
        folder: what `write_shards` returned, or any folder of sparse `.npz` files that hold ranges
            of rows in the order of their names.
        rows, cols: names of the two sides.
        row_ids, col_ids: ids in order, the path of a text file with one per line, or None.

    Raises:
        InputError: no shard is there, one is no sparse matrix of finite numbers, they differ in
            their columns, or the ids do not fit.
    """
    files = sorted(Path(folder).glob("*.npz"))
    if not files:
        raise InputError(f"{folder} has no .npz files with rows; write them with write_shards")
    operator = ShardedOperator(files)
    return label_matrix(operator, rows, cols, row_ids, col_ids, str(folder))


class ShardedOperator(BlockOperator):
    """A sparse matrix whose ranges of rows are read from their files for every product.

    Args:
        files: of `scipy.sparse.save_npz`, in the order of the rows; each is read once here, to
            learn its shape and to refuse what is not finite.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = tuple(files)
        starts, width = [0], None
        for file in self.files:
            part = _read(file)
            width = part.shape[1] if width is None else width
            if part.shape[1] != width:
                raise InputError(f"{file} has {part.shape[1]} columns, but the others have {width}")
            starts.append(starts[-1] + part.shape[0])
        super().__init__(np.dtype(np.float32), (starts[-1], width or 0))
        self.starts = starts

    def _matmat(self, block: NDArray[Any]) -> NDArray[Any]:
        out = np.empty((self.shape[0], block.shape[1]), block.dtype)
        for file, start in zip(self.files, self.starts):
            part = _read(file)
            out[start : start + part.shape[0]] = part.times(block)
        return out

    def _rmatmat(self, block: NDArray[Any]) -> NDArray[Any]:
        total = np.zeros((self.shape[1], block.shape[1]))
        for file, start in zip(self.files, self.starts):
            part = _read(file)
            total += part.T.times(block[start : start + part.shape[0]])
        return total.astype(block.dtype)


def _read(file: Path) -> Csr:
    matrix = read_matrix(file, "npz")
    if not hasattr(matrix, "tocsr"):
        raise InputError(f"{file} holds an array, but a sparse matrix was expected")
    csr = matrix.tocsr()
    if not np.isfinite(csr.data).all():
        raise InputError(f"{file} holds NaN or infinite numbers; drop these cells")
    return Csr.of(csr)

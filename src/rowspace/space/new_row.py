"""New row: what was observed of a row that is not in the space, by position instead of by id.

Called by `space.py` before the matrix steps and the solver see the row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rowspace.errors import InputError
from rowspace.observe.ids import Id, Ids


def new_row(
    ids: Ids, side: str, observed: Mapping[Id, float], where: str
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the sorted positions of a row given by ids, and its values.

    Args:
        ids, side: the ids that name the cells of the row, and the side that they are on.
        observed: id -> value.
        where: the space to name in messages.

    Raises:
        UnknownIdError: an id is not there; the message names the nearest.
        InputError: a value is not a finite number, or one id is given in two spellings.

    Example:
        >>> positions, values = new_row(Ids(["x", "y"]), "song", {"y": 2, "x": 1}, "a space")
        >>> positions.tolist(), values.tolist()
        ([0, 1], [1.0, 2.0])
    """
    if not isinstance(observed, Mapping):
        raise InputError(
            f"a new row is a mapping of {side} ids to values, but {observed!r:.60} was given"
        )
    largest = float(np.finfo(np.float32).max)
    for name, value in observed.items():
        bare = value.item() if isinstance(value, np.generic) else value
        if not isinstance(bare, int | float) or not -largest <= bare <= largest:
            raise InputError(
                f"the value of {side} {name!r} is {value!r}, but a finite number was expected"
            )
    positions = ids.positions(observed, side, where)
    values = np.array([float(value) for value in observed.values()], np.float32)
    order = np.argsort(positions, kind="stable")
    positions, values = positions[order], values[order]
    twice = positions[1:][np.diff(positions) == 0]
    if twice.size:
        raise InputError(f"{side} {ids[int(twice[0])]!r} is given twice; give it once")
    return positions, values

"""Checkpoints: the state of a fit in one file, replaced in one step, so that a kill loses an epoch.

What is drawn depends on the seed and the epoch only, so that the vectors, what the rule of the
steps remembers, and the number of epochs are all that is needed to go on.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rowspace.errors import InputError
from rowspace.factor.sampled.updates import Table


@dataclass(frozen=True)
class Checkpoint:
    """Where the state of a fit is kept.

    Attributes:
        path: a file; written beside itself first and then renamed.
        of: what is fitted, in words that change with the problem, the data and the seed. A file of
            anything else is refused.
    """

    path: Path
    of: str

    def keep(self, tables: dict[str, Table], trace: list[float]) -> None:
        """Write the state after an epoch."""
        arrays = {}
        for name, table in tables.items():
            arrays[f"{name}/vectors"] = table.vectors
            arrays |= {f"{name}/{key}": value for key, value in table.state.items()}
        about = json.dumps({"of": self.of, "trace": trace})
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with beside.open("wb") as file:
                np.savez(file, about=np.array(about), **arrays)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        finally:
            beside.unlink(missing_ok=True)

    def resumed(self, tables: dict[str, Table]) -> list[float]:
        """Fill the tables from the file and return the trace so far; empty without a file.

        Raises:
            InputError: the file is no checkpoint, or one of another fit.
        """
        if not self.path.exists():
            return []
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = dict(file)
            about = json.loads(str(arrays.pop("about")))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"{self.path} is no checkpoint of a fit ({error}); name another file or delete it"
            ) from error
        if about["of"] != self.of:
            raise InputError(
                f"{self.path} is the checkpoint of another fit (other data, options or seed); "
                "name another file or delete it"
            )
        for name, table in tables.items():
            table.vectors[:] = arrays[f"{name}/vectors"]
            for key, value in table.state.items():
                value[:] = arrays[f"{name}/{key}"]
        return [float(x) for x in about["trace"]]

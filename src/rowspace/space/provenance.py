"""Provenance: what a space remembers of how it was made, as plain values for the manifest.

Called by `space.py` when a space is made; what it returns is stored in `space.json` unchanged.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization
from rowspace.observe.observations import Observations
from rowspace.space.format import SideContents
from rowspace.space.nearest import is_sparse

if TYPE_CHECKING:
    from rowspace.factor.factors import Factors

_LIBRARIES = ("numpy", "scipy", "numba", "pyarrow")


def made_here(name: str | None) -> dict[str, Any]:
    """Return name, time and the versions of rowspace and the libraries it used."""
    import rowspace

    return {
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "rowspace": rowspace.__version__,
        "versions": {
            "python": platform.python_version(),
            **{library: importlib.metadata.version(library) for library in _LIBRARIES},
        },
    }


def of_fit(
    obs: Observations,
    factors: Factors,
    factorization: Factorization,
    recipe: dict[str, Any] | None,
    seed: int,
    timings: dict[str, float],
) -> dict[str, Any]:
    """Return what was factored, how, and what the solver said about it."""
    kind = "sparse" if obs.is_sparse else "dense" if obs.is_dense else "operator"
    return {
        "factorization": plain(factorization.to_dict()),
        "factorization_line": str(factorization),
        "recipe": plain(recipe),
        "seed": seed,
        "observations": {
            "fingerprint": obs.fingerprint,
            "source": obs.source,
            "modes": [mode.name for mode in obs.modes],
            "shape": list(obs.shape),
            "kind": kind,
            "n_observed": obs.n_observed,
        },
        "timings": plain(timings),
        "facts": plain(factors.facts),
        "trace": plain(factors.trace),
        "spectrum": plain(factors.spectrum),
    }


def of_import() -> dict[str, Any]:
    """Return the same keys for vectors that something else made."""
    nothing = ("factorization", "factorization_line", "recipe", "seed", "observations", "spectrum")
    return {**dict.fromkeys(nothing), "timings": {}, "facts": {}, "trace": []}


def fingerprint(
    sides: Sequence[SideContents],
    made_by: Mapping[str, Any],
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fingerprint of what made the vectors: a sha256 (hex), with what was given.

    Args:
        sides: the vectors.
        made_by: plain values that belong to the fingerprint, besides the vectors.
        given: the encoder as the user names it; then it alone is the fingerprint.
    """
    if given is not None:
        try:
            text = json.dumps(dict(given), sort_keys=True, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the encoder should be plain values such as {{'model': 'm'}}, but {error}"
            ) from None
        return {"fingerprint": hashlib.sha256(text.encode()).hexdigest(), "given": json.loads(text)}
    sha = hashlib.sha256(json.dumps(made_by, sort_keys=True).encode())
    for side in sides:
        sha.update(side.name.encode() + b"\0")
        for block in side.blocks:
            sha.update(block.data)
            if is_sparse([block]):
                sha.update(block.indices.data)
                sha.update(block.indptr.data)
    return {"fingerprint": sha.hexdigest(), "given": None}


def summary(manifest: Mapping[str, Any], sides: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what a person wants to know of a manifest, as plain values in reading order."""
    recipe = manifest["recipe"] or {}
    files = manifest.get("files")
    return {
        "name": manifest["name"],
        "created": manifest["created"],
        "sides": [{**side, "columns": [c["name"] for c in side["columns"]]} for side in sides],
        "recipe": recipe.get("name"),
        "options": recipe.get("options"),
        "citation": recipe.get("citation"),
        "factorization": manifest["factorization_line"],
        "seed": manifest["seed"],
        "observations": manifest["observations"],
        "facts": manifest["facts"],
        "timings": manifest["timings"],
        "rowspace": manifest["rowspace"],
        "versions": manifest["versions"],
        "encoder": manifest["encoder"]["fingerprint"],
        "format": manifest.get("version"),
        "bytes": None if files is None else sum(file["bytes"] for file in files.values()),
    }


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: arrays as lists, numbers that are not finite as None.

    >>> plain({"a": np.float32(0.5), "b": (1, float("nan")), 3: np.arange(2)})
    {'a': 0.5, 'b': [1, None], '3': [0, 1]}
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, int | float | str | None) else str(value)


def kinds(manifest: Mapping[str, Any]) -> set[str | None]:
    """Return the kinds of the geometry and of the matrix steps, as they are stored.

    They are read without making a `Factorization`, since they may be of a newer version.
    """
    made = manifest["factorization"] or {}
    parts = (made.get("geometry") or {}, *(made.get("matrix") or ()))
    return {part.get("kind") for part in parts}

"""Optional libraries of the judge: imported when first needed, asked for by name when missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from rowspace.errors import UnsupportedError

_INSTALLED_AS = {
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
    "pytrec_eval": "pytrec-eval-terrier",
}


def require(name: str) -> ModuleType:
    """Import an optional library.

    Args:
        name: as in an import statement, for example "sklearn.metrics".

    Returns:
        The module.

    Raises:
        UnsupportedError: it is not installed; the message says how to get it.

    Example:
        >>> require("math").floor(1.5)
        1
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        top = name.partition(".")[0]
        if missing.name != top:
            raise
        library = _INSTALLED_AS.get(top, top)
        raise UnsupportedError(
            f"this measure needs {library}, which is not installed; pip install rowspace[judge]"
        ) from None

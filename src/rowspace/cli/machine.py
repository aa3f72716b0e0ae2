"""What this machine has and how fast it computes: the findings behind `rowspace doctor`.

`examine` looks things up and measures them in place, and returns plain values: what stops rowspace
from working is a problem, what would make it faster is advice. Works on any system; what a system
does not say is None.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_WORTH_SAYING = 1.15
_KERNEL = "rowspace.observe.kernels.cooccurrence"
_THREAD_VARIABLES = (
    "ROWSPACE_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_CORETYPE",
)

# For each generation of vector units, newest first: what NumPy calls it, the OpenBLAS kernels that
# use it, and the other kernels that use it as well.
_KERNELS = (
    (
        {"X86_V4", "AVX512_SKX"},
        "SkylakeX",
        {"SkylakeX", "Cooperlake", "Sapphirerapids"},
    ),
    (
        {"X86_V3", "AVX2"},
        "Haswell",
        {"Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake", "Sapphirerapids"},
    ),
    (
        {"SVE"},
        "NEOVERSEV1",
        {"NEOVERSEV1", "NEOVERSEV2", "NEOVERSEN2", "A64FX", "ARMV8SVE", "ARMV9SME"},
    ),
)


def examine() -> dict[str, Any]:
    """Return everything that `rowspace doctor` reports, as plain values.

    Returns:
        A dict with versions, processor, threads, blas, products, numba_cache, memory, disk,
        extras, and two lists of sentences: advice and problems.
    """
    advice: list[str] = []
    problems: list[str] = []
    needed, extras = _requirements()
    versions = {name: _version(name) for name in needed}
    for name in needed:
        broken = _cannot_import(name)
        if broken:
            problems.append(
                f"{name} cannot be used ({broken}); pip install --force-reinstall {name}"
            )
    report: dict[str, Any] = {
        "versions": {
            "rowspace": _version("rowspace"),
            "python": platform.python_version(),
            "system": platform.platform(),
            **versions,
        },
        "processor": _processor(),
    }
    if not problems:
        report["threads"] = _threads()
        report["blas"] = _blas()
        report["products"] = _products(report["processor"]["vector_units"], advice)
        report["numba_cache"] = _numba_cache(advice)
    report["memory"] = _memory()
    report["disk"] = {"folder": str(Path.cwd()), "free": shutil.disk_usage(Path.cwd()).free}
    report["extras"] = {
        extra: {name: _version(name) for name in names} for extra, names in extras.items()
    }
    return {**report, "advice": advice, "problems": problems}


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Return the packages that rowspace needs, and those of each of its optional extras."""
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for requirement in importlib.metadata.requires("rowspace") or []:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        extra = re.search(r"""extra == ['"]([\w-]+)['"]""", requirement)
        if extra:
            extras.setdefault(extra.group(1), []).append(name)
        else:
            needed.append(name)
    return needed, extras


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cannot_import(name: str) -> str:
    """Return why a package cannot be imported, or "" when it can."""
    try:
        importlib.import_module(name.replace("-", "_"))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _processor() -> dict[str, Any]:
    """Return the name, the number of processors and the vector units of this machine."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        name = found.group(1) if found else name
    return {"name": name, "processors": os.cpu_count(), "vector_units": _vector_units()}


def _vector_units() -> list[str]:
    """Return the instruction sets that NumPy can use here, by its own names for them."""
    try:
        import numpy as np

        simd = np.show_config(mode="dicts")["SIMD Extensions"]
    except (ImportError, KeyError, TypeError):
        return []
    return [*simd.get("baseline", []), *simd.get("found", [])]


def _threads() -> dict[str, Any]:
    import numba

    from rowspace.threads import budget

    return {
        "budget": budget(),
        "numba": numba.config.NUMBA_NUM_THREADS,
        "environment": {v: os.environ[v] for v in _THREAD_VARIABLES if v in os.environ},
    }


def _blas() -> list[dict[str, Any]]:
    """Return the linear algebra libraries that NumPy and SciPy loaded."""
    import scipy.linalg  # noqa: F401  (loads SciPy's own library)
    from threadpoolctl import threadpool_info

    return [
        {
            "library": pool["internal_api"],
            "version": pool["version"],
            "kernels": pool.get("architecture"),
            "threads": pool["num_threads"],
            "file": pool["filepath"],
        }
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]


def better_kernels(running: str | None, vector_units: list[str]) -> str | None:
    """Return the OpenBLAS kernels that would use this processor's vector units, if others run.

    >>> better_kernels("Haswell", ["X86_V3", "X86_V4"])
    'SkylakeX'
    >>> better_kernels("SkylakeX", ["X86_V3", "X86_V4"]) is None
    True
    """
    for units, best, as_good in _KERNELS:
        if units & set(vector_units):
            known = {name.lower() for name in as_good}
            return None if running is None or running.lower() in known else best
    return None


def _products(vector_units: list[str], advice: list[str]) -> dict[str, Any]:
    """Measure a matrix product with the kernels that run, and with better ones where there are."""
    from rowspace.cli.gemm import measure

    running = measure()
    out: dict[str, Any] = {"running": running, "better": None}
    core = better_kernels(running["architecture"], vector_units)
    if core is None:
        return out
    # What a setting in the environment keeps OpenBLAS from choosing needs no setting.
    pinned = os.environ.get("OPENBLAS_CORETYPE")
    for coretype in (None, core) if pinned else (core,):
        tried = _measure_with(coretype)
        if tried and better_kernels(tried["architecture"], vector_units) is None:
            break
    else:
        return out
    line = _line_to_type(coretype, windows=sys.platform == "win32")
    out["better"] = {"line": line, **tried}
    gain = tried["gflops"] / running["gflops"]
    if gain > _WORTH_SAYING:
        why = f" because OPENBLAS_CORETYPE={pinned} is set" if pinned else ""
        advice.append(
            f"OpenBLAS runs its {running['architecture']} kernels{why}; its "
            f"{tried['architecture']} kernels multiply matrices {gain:.1f} times as fast here: "
            f"{line}"
        )
    return out


def _line_to_type(coretype: str | None, windows: bool) -> str:
    """Return the line for a shell that sets OPENBLAS_CORETYPE, or unsets it for None."""
    if windows:
        return f"set OPENBLAS_CORETYPE={coretype or ''}"
    return f"export OPENBLAS_CORETYPE={coretype}" if coretype else "unset OPENBLAS_CORETYPE"


def _measure_with(coretype: str | None) -> dict[str, Any] | None:
    """Measure in a child process with other OpenBLAS kernels; None where they do not run."""
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    if coretype:
        environment["OPENBLAS_CORETYPE"] = coretype
    try:
        child = subprocess.run(
            [sys.executable, "-m", "rowspace.cli.gemm"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        measured: dict[str, Any] = json.loads(child.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None  # for example kernels that this processor cannot execute
    return measured


def _numba_cache(advice: list[str]) -> dict[str, Any]:
    """Find the folder where compiled kernels are kept, and try to write there."""
    folder = _cache_folder()
    writable = folder is not None and _can_write(folder)
    if not writable:
        advice.append(
            "compiled kernels cannot be kept, so that every start compiles them again; set "
            "NUMBA_CACHE_DIR to a folder that you may write to"
        )
    return {"folder": folder, "writable": writable}


def _cache_folder() -> str | None:
    """Return where numba keeps the kernels of rowspace; None where it found no place."""
    import numba

    if numba.config.CACHE_DIR:
        return str(numba.config.CACHE_DIR)
    try:
        kernels = importlib.import_module(_KERNEL)
    except RuntimeError:  # "no locator available": neither the package nor the home is writable
        return None
    compiled = next(v for v in vars(kernels).values() if hasattr(v, "py_func"))
    return str(compiled.stats.cache_path)


def _can_write(folder: str) -> bool:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _memory() -> dict[str, int | None]:
    """Return the bytes of memory in all and available, None where the system does not say."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        kilobytes = dict(re.findall(r"^(\w+):\s+(\d+) kB", meminfo.read_text(), re.MULTILINE))
        total, free = kilobytes.get("MemTotal"), kilobytes.get("MemAvailable")
        return {
            "total": int(total) * 1024 if total else None,
            "available": int(free) * 1024 if free else None,
        }
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return {"total": None, "available": None}
    return {"total": pages, "available": None}

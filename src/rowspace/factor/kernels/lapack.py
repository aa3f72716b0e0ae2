"""BLAS and LAPACK inside compiled loops, through the function pointers that SciPy exports.

`addresses()` looks the functions up once; a kernel gets each as a plain integer argument and calls
it with `call(address, pointers)`. An address that were a constant of the kernel would forbid
caching its compiled code. Everything is passed by pointer, as Fortran does. `prefetch` asks for
memory that will be read soon.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.extending import get_cython_function_address, intrinsic


class Addresses(NamedTuple):
    """Addresses of the routines that the kernels call.

    Attributes:
        ssyrk: C = alpha A A' + beta C, float32.
        spotrf, dpotrf: Cholesky factor, float32 and float64.
        spotrs, dpotrs: solve by a Cholesky factor, float32 and float64.
        dsyrk: C = alpha A A' + beta C, float64.
        dpotri: inverse by a Cholesky factor, float64.
    """

    ssyrk: int
    spotrf: int
    spotrs: int
    dpotrf: int
    dpotrs: int
    dsyrk: int
    dpotri: int


@cache
def addresses() -> Addresses:
    """Return the addresses in this process."""
    names = [("blas", "ssyrk"), *(("lapack", x + y) for x in "sd" for y in ("potrf", "potrs"))]
    names += [("blas", "dsyrk"), ("lapack", "dpotri")]
    return Addresses(
        *(get_cython_function_address(f"scipy.linalg.cython_{lib}", name) for lib, name in names)
    )


@intrinsic
def call(typing_context: Any, address: Any, pointers: Any) -> Any:
    """Call the function at `address` (int64) with a tuple of pointers (`array.ctypes.data`)."""
    signature = types.void(address, pointers)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target, packed = args
        byte = ir.IntType(8).as_pointer()
        given = [
            builder.inttoptr(builder.extract_value(packed, i), byte) for i in range(len(pointers))
        ]
        kind = ir.FunctionType(ir.VoidType(), [byte] * len(given))
        builder.call(builder.inttoptr(target, kind.as_pointer()), given)
        return context.get_dummy_value()

    return signature, build

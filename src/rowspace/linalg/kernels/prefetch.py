"""Ask the processor for memory that a loop will read soon, where it cannot guess which.

`prefetch(address)` fetches the cache line at an address and does nothing else. Used where
rows are gathered by index: `spmm.py`, `gathered.py` and the kernels on it.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LINE = 64  # bytes of a cache line


@intrinsic
def prefetch(typing_context: Any, address: Any) -> Any:
    """Fetch the line at `address` (int64) for reading, into the cache next to the processor."""
    signature = types.void(address)

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], fnty=kind)
        reading, near, data = number(0), number(3), number(1)
        builder.call(fetch, [builder.inttoptr(args[0], byte), reading, near, data])
        return context.get_dummy_value()

    return signature, build

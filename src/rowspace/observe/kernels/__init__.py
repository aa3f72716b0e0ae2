"""Hot loops of reading: one numba function, or one small family, per file."""

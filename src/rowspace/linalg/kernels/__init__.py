"""The hot loops, one per file: float32 in and out, compiled on first use, imported where used."""

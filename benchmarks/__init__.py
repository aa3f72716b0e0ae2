"""Benchmarks of rowspace against published numbers and peers; see `__main__.py`."""

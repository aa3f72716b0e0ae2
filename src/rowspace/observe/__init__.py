"""Observations: readers, ids, splits and matrix builders."""

"""Samplers: where negatives come from; each is one small file with the same three functions."""

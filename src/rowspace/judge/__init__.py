"""Judging: numbers about a space that can be trusted.

Every number is a `Measure`: a value with how many things it was taken over, its interval, its seed
and what the same number is on data that mean nothing. Measures are functions of arrays, one file
per idea; protocols of the literature call them; the report draws them.
"""

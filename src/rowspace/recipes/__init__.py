"""Published methods as named, cited, tested configurations of the grammar.

Each recipe is a function from a few options to a `Factorization`; `registry` knows them all.
"""

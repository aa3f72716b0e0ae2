"""Named vectors in memory and on disk: near, recommend, score, fold in, interchange.

`space.py` is the thing itself and `side.py` one side of it; `format.py` says what is in the
directory, `publish.py` how it appears whole or not at all, `interchange.py` how vectors leave for
other tools and come in from them.
"""

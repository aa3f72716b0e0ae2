"""Factoring: the grammar, the table of solvers, the solvers and their kernels, and fold-in.

Takes `Observations` and a `Factorization`, gives `Factors`. Who does what:

* `grammar.py` states a problem, `abilities.py` says what each solver can do, `solvers.py` finds who
  solves it, `factors.py` holds the answer.
* `spectral.py` (on `linalg/krylov.py`) and `alternating.py` (on `gram.py` and `rows.py`) solve it.
* `fold_in.py` gives a row that was not there its vector.
* `linalg/`, `workers.py` and `kernels/` do the arithmetic.
"""

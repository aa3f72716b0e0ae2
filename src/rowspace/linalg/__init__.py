"""Linear algebra on large matrices: sparse products, operators that are never formed, their SVD.

Knows nothing of ids or of the grammar. `csr.py` holds sparse cells, `operators.py` matrices that
are never formed; `products.py` makes all of them look alike, and `krylov.py` finds their leading
singular triplets. `kernels/` does the arithmetic. Used by `observe/` to build matrices and by
`factor/`.
"""

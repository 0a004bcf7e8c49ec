"""Units that touch in rows and in squares."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def chain(n: int) -> sparse.csr_array:
    """Return units that touch the one before and the one after."""
    beside = np.ones(n - 1, dtype=np.int8)
    return sparse.csr_array(
        sparse.diags_array([beside, beside], offsets=[1, -1], shape=(n, n), dtype=np.int8)
    )


def lattice(side: int) -> sparse.csr_array:
    """Return the squares of a board, which touch by their edges."""
    one = sparse.eye_array(side)
    graph = sparse.csr_array(sparse.kron(chain(side), one) + sparse.kron(one, chain(side)))
    graph.eliminate_zeros()
    return graph

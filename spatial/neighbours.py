"""Graphs of neighbours: what every statistic asks of one."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from spatial.errors import InvalidInputError

Neighbours: TypeAlias = sparse.csr_array[Any, tuple[int, int]] | sparse.csr_matrix[Any]
"""Which units are next to which: shape (N, N), CSR, binary, zero diagonal."""


def checked(w: Neighbours, n: int) -> Neighbours:
    """Return a graph of n units that is binary, each pair once, without units next to themselves.

    Raises
    ------
    InvalidInputError
        When it is anything else.
    """
    if not sparse.issparse(w) or w.format != "csr":
        raise InvalidInputError("w must be a scipy.sparse CSR array: use w.tocsr().")
    if w.shape != (n, n):
        raise InvalidInputError(
            f"w has shape {w.shape}, but there are {n} units: ({n}, {n}) is needed."
        )
    if not np.all(w.data == 1) or not w.has_canonical_format:
        w = w.copy()
        w.sum_duplicates()
        w.eliminate_zeros()
        if not np.all(w.data == 1):
            raise InvalidInputError(
                "w must be binary, each pair at most once: its stored values are not all 1."
            )
    if w.nnz and not 0 <= w.indices.min() <= w.indices.max() < n:
        raise InvalidInputError(f"w names units outside 0 to {n - 1}.")
    own = np.flatnonzero(w.diagonal())
    if own.size:
        raise InvalidInputError(
            f"w has {own.size} units as their own neighbours, the first at position {own[0]}: "
            "set the diagonal to 0, each unit itself is added."
        )
    return w

"""Harm without hot spots: the null model of calibration tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def noise_units(
    seed: int, side: int = 40, incidents: int = 800
) -> tuple[NDArray[np.float64], sparse.csr_array]:
    """Return harm without hot spots on a square lattice: the null model of calibration tests.

    Parameters
    ----------
    seed
        Seed of the draw.
    side
        The lattice has side x side units, neighbours share an edge or corner.
    incidents
        Number of incidents, each on a unit at random, its harm heavy-tailed (1 to 5,475 days).

    Returns
    -------
    harm, neighbours
        Shape (side²,), and a binary matrix of shape (side², side²) with zero diagonal.

    Examples
    --------
    >>> harm, neighbours = noise_units(seed=1)
    >>> harm.shape, int(neighbours.sum(axis=1).max())
    ((1600,), 8)
    """
    random = np.random.default_rng(seed)
    weight = np.array([1, 2, 5, 10, 197.1, 365, 5475])
    drawn = random.choice(weight, incidents, p=[0.3, 0.3, 0.12, 0.12, 0.1, 0.058, 0.002])
    unit = random.integers(0, side**2, incidents)
    harm = np.bincount(unit, weights=drawn, minlength=side**2).astype(np.float64)
    line = sparse.diags_array([1, 1, 1], offsets=[-1, 0, 1], shape=(side, side), dtype=np.int8)
    around = sparse.csr_array(sparse.kron(line, line) - sparse.eye_array(side**2, dtype=np.int8))
    around.eliminate_zeros()
    return harm.round(2), around

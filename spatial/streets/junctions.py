"""Which points of a street network are one place: ends and vertices that all but coincide."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

NODE_STEP_M: Final = 0.01
"""Points at most as far apart are one place: what rounding in a source does to a junction."""


def meeting_places(xy: NDArray[np.float64], within_m: float = NODE_STEP_M) -> NDArray[np.intp]:
    """Return which place each point belongs to.

    Points at most `within_m` apart share a place, and so do points that others link in such steps.

    Parameters
    ----------
    xy
        Coordinates on a plane in metres, shape (n, 2).
    within_m
        Greatest distance in metres.

    Returns
    -------
    numpy.ndarray
        Places numbered from 0, by ascending x, then y, of their first point, shape (n,). They do
        not depend on the order of the points.

    Examples
    --------
    >>> meeting_places(np.array([[7.0, 0.0], [0.0049, 0.0], [0.0051, 0.0], [7.0, 0.02]])).tolist()
    [1, 0, 0, 2]
    """
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    ordered = xy[order]
    fresh = np.ones(len(xy), dtype=np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    place = np.empty(len(xy), dtype=np.intp)
    place[order] = np.cumsum(fresh) - 1
    distinct = ordered[fresh]
    pairs = cKDTree(distinct, balanced_tree=False).query_pairs(within_m, output_type="ndarray")
    if len(pairs) == 0:
        return place
    n = len(distinct)
    links = sparse.coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(n, n))
    _, group = connected_components(links, directed=False)
    # Numbered by their first point here, whatever order the components were found in.
    _, first = np.unique(group, return_index=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[group][place]

"""The graph of a street network: which segments meet."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from scipy import sparse

from spatial.grid import Graph


def neighbours(segments: gpd.GeoDataFrame) -> Graph:
    """Return which segments share a junction.

    Parameters
    ----------
    segments
        Segments as `prepare` returns them, N rows.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (N, N), binary, symmetric, zero diagonal, columns ascending in each row.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> row = prepare(
    ...     gpd.GeoSeries.from_wkt(
    ...         ["LINESTRING (0 0, 9 0)", "LINESTRING (9 0, 20 0)", "LINESTRING (20 0, 30 0)"],
    ...         crs="EPSG:32631",
    ...     )
    ... )
    >>> neighbours(row).sum(axis=1).tolist().count(2)
    1
    """
    n = len(segments)
    node = np.concatenate((segments["node_from"], segments["node_to"]))
    meets = sparse.csr_array(
        (np.ones(2 * n, dtype=np.int32), (np.tile(np.arange(n), 2), node)),
        shape=(n, int(node.max()) + 1 if n else 0),
    )
    graph: Graph = sparse.csr_array(meets @ meets.T)
    graph.setdiag(0)
    graph.eliminate_zeros()
    graph.sort_indices()
    graph.data = np.ones(graph.nnz, dtype=np.int8)
    return graph

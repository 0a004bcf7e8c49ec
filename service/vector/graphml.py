"""Street networks as osmnx keeps them: GraphML with a node per junction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from service.errors import UnreadableFileError
from service.vector.osm import LEVEL_TAGS
from service.vector.reference_systems import of_file


def read(path: Path) -> gpd.GeoDataFrame:
    """Read the streets of a GraphML file that osmnx wrote.

    The two directions of a street are one line. Where osmnx joined several ways to one street,
    their names stand together, and the first class, bridge or tunnel stands for all.

    Returns
    -------
    geopandas.GeoDataFrame
        `segment_id` (``u-v-key``: the lower and the higher node and the number between them),
        `name`, `highway`, and those of the level tags that the file has.

    Raises
    ------
    UnreadableFileError
        When the file is not osmnx's, or holds no street.
    """
    import networkx as nx
    import osmnx

    try:
        graph = osmnx.load_graphml(path)
        graph.graph["crs"] = of_file(str(graph.graph.get("crs")))
        if not len(graph.edges):
            raise UnreadableFileError(f"{path.name} holds no street: its graph has no edge.")
        if graph.is_directed():
            graph = osmnx.convert.to_undirected(graph)
        edges = osmnx.convert.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True)
    except (nx.NetworkXError, LookupError, ValueError, TypeError, SyntaxError) as error:
        raise UnreadableFileError(
            f"{path.name} is not GraphML as osmnx writes it ({_plain(error)}): write it with "
            "osmnx.save_graphml."
        ) from error
    ends = edges.reset_index()[["u", "v", "key"]].to_numpy(dtype=np.int64)
    low, high, key = np.sort(ends[:, :2], axis=1).T[0], ends[:, :2].max(axis=1), ends[:, 2]
    ids = [f"{u}-{v}-{k}" for u, v, k in zip(low, high, key, strict=True)]
    columns: dict[str, Any] = {"segment_id": ids}
    columns["name"] = _each(edges, "name", " / ".join)
    if "ref" in edges.columns:
        number = _each(edges, "ref", " / ".join)
        columns["name"] = [own or ref for own, ref in zip(columns["name"], number, strict=True)]
    for tag in ("highway", *LEVEL_TAGS):
        if tag in edges.columns:
            columns[tag] = _each(edges, tag, lambda values: values[0])
    return gpd.GeoDataFrame(columns, geometry=edges.geometry.to_numpy(), crs=edges.crs)


def _each(edges: gpd.GeoDataFrame, column: str, joined: Any) -> list[str | None]:
    """Return the text of each edge; of one that has a list, what its distinct texts give."""
    if column not in edges.columns:
        return [None] * len(edges)
    return [_text(value, joined) for value in edges[column]]


def _text(value: Any, joined: Any) -> str | None:
    several = value if isinstance(value, list) else [value]
    texts = [str(one) for one in several if pd.notna(one) and str(one)]
    return joined(list(dict.fromkeys(texts))) if texts else None


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

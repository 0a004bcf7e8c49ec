"""OpenStreetMap: which of its ways are streets, and what their tags say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from service.vector.gdal import pyogrio

LEVEL_TAGS: Final = ("layer", "level", "bridge", "tunnel")
"""Tags that tell whether streets that cross on the map meet on the ground."""

STREETS, AREAS = "lines", "multipolygons"

# Not built, gone, or nothing that a patrol moves along.
_NO_STREETS: Final = frozenset(
    [
        "abandoned",
        "construction",
        "corridor",
        "demolished",
        "dismantled",
        "disused",
        "elevator",
        "emergency_bay",
        "escape",
        "no",
        "planned",
        "platform",
        "proposed",
        "raceway",
        "razed",
        "removed",
        "rest_area",
        "services",
        "via_ferrata",
    ]
)
_PAIR = re.compile(
    r'\s*"(?P<key>(?:[^"\\]|\\.)*)"\s*=>\s*(?:"(?P<value>(?:[^"\\]|\\.)*)"|NULL)\s*(?:,|$)',
    re.IGNORECASE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_streets(path: Path) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read the streets of an OpenStreetMap file.

    Returns
    -------
    tuple
        One line per way with the tag ``highway``: `osm_id`, `name` (the road's number where it
        has no name), `highway` and `LEVEL_TAGS`; and how many such ways are no streets and were
        left out, by class.
    """
    ways = pyogrio.read_dataframe(
        path,
        layer=STREETS,
        where="highway IS NOT NULL",
        columns=["osm_id", "name", "highway", "other_tags"],
    )
    no_street = ways["highway"].isin(_NO_STREETS)
    left_out = ways["highway"][no_street].value_counts().sort_index().to_dict()
    streets = ways[~no_street].reset_index(drop=True)
    streets["name"] = streets["name"].where(streets["name"].notna(), _tag(streets, "ref"))
    return with_levels(streets), {str(name): int(many) for name, many in left_out.items()}


def read_areas(path: Path) -> gpd.GeoDataFrame:
    """Read the administrative areas of an OpenStreetMap file, with `admin_level` as a column."""
    return pyogrio.read_dataframe(path, layer=AREAS, where="boundary = 'administrative'")


def with_levels(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give lines the columns `LEVEL_TAGS` from GDAL's column ``other_tags``, if it is there.

    Files that were made of OpenStreetMap's (by ogr2ogr, say) have it too.
    """
    missing = [tag for tag in LEVEL_TAGS if tag not in lines.columns]
    if "other_tags" not in lines.columns or not missing:
        return lines
    return lines.assign(**{tag: _tag(lines, tag) for tag in missing})


def parse_tags(text: str) -> dict[str, str | None]:
    r"""Read tags as PostgreSQL's hstore and GDAL write them.

    Parameters
    ----------
    text
        ``"key"=>"value"`` pairs with commas between; quotes and backslashes escaped by a
        backslash. What does not fit ends the reading.

    Examples
    --------
    >>> parse_tags('"layer"=>"-1","note"=>"the \\"old\\" A, B=>C"')
    {'layer': '-1', 'note': 'the "old" A, B=>C'}
    """
    tags: dict[str, str | None] = {}
    at = 0
    while pair := _PAIR.match(text, at):
        value = pair["value"]
        tags[_unescaped(pair["key"])] = None if value is None else _unescaped(value)
        at = pair.end()
        if at == len(text):
            break
    return tags


def _tag(lines: gpd.GeoDataFrame, name: str) -> pd.Series[Any]:
    # Most ways have none of the tags asked for: only texts that hold the key are parsed.
    tags = lines["other_tags"].astype("object")
    holds = tags.str.contains(f'"{name}"=>', regex=False).fillna(False).astype(bool)
    found = pd.Series(None, index=lines.index, dtype="object")
    found[holds] = [parse_tags(text).get(name) for text in tags[holds]]
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)

"""Which columns of a file say where, and in which reference system they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from service.ingest.checks import positions
from service.ingest.readers.head import FirstRows

_BOTH: Final = (
    "lon lat", "lat lon", "lat long", "lat lng", "latlon", "latlong", "lonlat",
    "latitude longitude", "longitude latitude", "geo point", "geo point 2d", "geolocation",
    "georeference", "geocoded column", "location 1", "location", "new georeferenced column",
    "coordinates", "coordinate", "coords", "point", "position", "gps", "the geom", "geom",
    "geometry", "wkt", "shape", "wkb geometry", "wkb",
)  # fmt: skip
"""What columns are called that hold a whole point, the likelier first."""


def suggest_places(
    first: FirstRows,
    plain: Mapping[str, str],
    columns: dict[str, Any],
    written: dict[str, Any],
    notes: list[str],
) -> None:
    """Find the columns of coordinates and what they are in; see `suggested_ids.suggest_id`."""
    if "longitude" not in columns or "latitude" not in columns:
        _one_column(first, plain, columns, notes)
    names = columns.get("longitude"), columns.get("latitude")
    if not isinstance(names[0], str) or not isinstance(names[1], str):
        return
    x, y = _read(first, names[0], names[1])
    known = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    if not known.any():
        return
    east, north = float(np.median(x[known])), float(np.median(y[known]))
    if abs(east) <= 180 and abs(north) <= 90:
        written["crs"] = "EPSG:4326"
        return
    if 0 <= east <= 700_000 and 0 <= north <= 1_300_000:
        written["crs"] = "EPSG:27700"
        notes.append(
            "The coordinates are not degrees; they would fit the British National Grid "
            "(EPSG:27700). Choose another CRS if they are in another."
        )
        return
    notes.append(
        "The coordinates are not degrees: say in which coordinate reference system they are "
        "(EPSG code)."
    )


def _one_column(
    first: FirstRows, plain: Mapping[str, str], columns: dict[str, Any], notes: list[str]
) -> None:
    named = {words: one for one, words in reversed([*plain.items()])}
    for words in _BOTH:
        name = named.get(words)
        if name is None:
            continue
        x, y = _read(first, name, name)
        known = np.isfinite(x) & np.isfinite(y)
        if known.sum() * 2 > first.texts(name).is_valid().sum().as_py():
            columns["longitude"] = columns["latitude"] = name
            if columns.get("location_text") == name:
                del columns["location_text"]
            notes.append(
                f"Both coordinates were found in {name!r}: look whether their order is right "
                "(place.order)."
            )
            return


def _read(first: FirstRows, x: str, y: str) -> tuple[np.ndarray, np.ndarray]:
    if x == y:
        return positions.both(first.texts(x), x, "auto", degrees=True)
    east, north = first.texts(x), first.texts(y)
    for degrees in (True, False):
        longitude = positions.numbers(east, "x", degrees=degrees)
        latitude = positions.numbers(north, "y", degrees=degrees)
        if np.nanmedian([*np.abs(longitude), 0]) <= 180 and np.nanmedian([*latitude, 0]) <= 90:
            break
    return longitude, latitude

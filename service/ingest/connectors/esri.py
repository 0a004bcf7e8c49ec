"""Names, times and points as ArcGIS servers write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_FIRST_WITH_PAGES = 10.3


def pages(about: Mapping[str, Any]) -> bool:
    """Say whether a layer gives its rows from a position on, as it describes itself."""
    can = about.get("advancedQueryCapabilities") or {}
    said = can.get("supportsPagination", about.get("supportsPagination"))
    if said is not None:
        return bool(said)
    version = about.get("currentVersion")
    return not isinstance(version, int | float) or version >= _FIRST_WITH_PAGES


def time(value: Any, *, local: bool) -> Any:
    """Return a moment, which servers give in milliseconds since 1970, as ISO 8601.

    Parameters
    ----------
    value
        What stands in a column of dates.
    local
        Whether the server's clock is in a zone that it does not tell: the profile's, then.

    Examples
    --------
    >>> time(1388552400000, local=False)
    '2014-01-01T05:00:00Z'
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
    except OverflowError:
        return str(value)
    text = moment.isoformat(timespec="milliseconds" if value % 1000 else "seconds")
    return text.removesuffix("+00:00") + ("" if local else "Z")


def names(titles: Mapping[str, str], wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return the fields that are wanted, by name or by title, and what the profile calls them."""
    named = {one: one for one in titles if wanted(one)}
    return named | {
        one: title for one, title in titles.items() if one not in named and title and wanted(title)
    }


def object_id(types: Mapping[str, str]) -> str | None:
    """Return the field of the server's own ids, if the layer says which it is."""
    return next((one for one, kind in types.items() if kind == "esriFieldTypeOID"), None)


def geometry(given: Any) -> dict[str, Any] | None:
    """Return a point of Esri's JSON as GeoJSON; None where there is none."""
    if not isinstance(given, dict):
        return None
    points = given.get("points")
    if isinstance(points, list):
        if len(points) == 1:
            return {"type": "Point", "coordinates": points[0][:2]}
        return {"type": "MultiPoint", "coordinates": points} if points else None
    x, y = given.get("x"), given.get("y")
    if x in (None, "NaN") or y in (None, "NaN"):
        return None
    return {"type": "Point", "coordinates": [x, y]}

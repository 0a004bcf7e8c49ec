"""Which reference system a GeoJSON document says that it is in, in the ways of before RFC 7946."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import ijson

from service.errors import UnreadableFileError
from service.ingest.readers.inputs import EndOfHeadError
from service.ingest.readers.whole import whole

_EPSG: Final = re.compile(r"epsg(?:\.xml)?\D*?(?:\d[\d.]*[:/])?(\d{3,6})/?$", re.IGNORECASE)
_LONGEST: Final = 500
_CRS84: Final = re.compile(r"crs:?84$", re.IGNORECASE)
_UNREAD: Final = (
    "the file has a member crs that names no coordinate reference system in a way that is known: "
    "that of the profile was taken"
)


def stated(member: Any) -> str | None:
    """Return the name of the CRS that a member ``crs`` states, None where it states none.

    Examples
    --------
    >>> stated({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG:6.6:4326"}})
    'EPSG:4326'
    """
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict):
        return None
    name = properties.get("name") or properties.get("href")
    if isinstance(name, str) and name.strip():
        return _plain(name.strip())
    code = properties.get("code")
    return f"EPSG:{code}" if isinstance(code, int | str) and str(code).isdigit() else None


def agreed(members: Sequence[Any], name: str) -> tuple[str | None, list[str]]:
    """Return the CRS that all members ``crs`` of a document state, and what there is to say of it.

    Parameters
    ----------
    members
        Their values, in the order of the document.
    name
        Of the file.

    Raises
    ------
    UnreadableFileError
        When one contradicts another: parsers differ in which of them they heed.

    Examples
    --------
    >>> agreed([None], "x.geojson")
    (None, [])
    """
    found = [stated(one) for one in members]
    if len(set(found)) > 1:
        said = " and ".join(one or "none" for one in dict.fromkeys(found))
        raise UnreadableFileError(
            f"{name} says its coordinate reference system (crs) {len(found)} times, and not the "
            f"same: {said[:200]}. Leave the right one."
        )
    unread = not all(found) and any(one is not None for one in members)
    return (found[0] if found else None), [_UNREAD] if unread else []


def in_text(text: str) -> list[Any]:
    """Return the members ``crs`` of a document as they stand in it, one or several."""
    last: list[tuple[str, Any]] = []

    def held(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal last
        last = pairs
        return dict(pairs)

    # Of all objects, the outermost ends last.
    document = json.loads(text, object_pairs_hook=held, parse_int=whole)
    return [value for key, value in last if key == "crs"] if isinstance(document, dict) else []


def in_stream(document: Any) -> list[Any]:
    """Return those of a document that is anything to `read`, as far as it is JSON."""
    members: list[Any] = []
    # What is wrong with it is told where its features are read.
    with suppress(ijson.JSONError, UnicodeDecodeError, EndOfHeadError):
        members.extend(ijson.items(document, "crs", use_float=True))
    return members


def _plain(name: str) -> str:
    if len(name) > _LONGEST:
        return name  # which nobody knows
    if _CRS84.search(name):
        return "OGC:CRS84"
    code = _EPSG.search(name)
    return f"EPSG:{code[1]}" if code else name

"""Which reference system a GeoJSON document says that it is in, in the ways of before RFC 7946."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import ijson

_FEATURES: Final = re.compile(r'"features"\s*:')
_MEMBER: Final = re.compile(r'"crs"\s*:\s*')
_EPSG: Final = re.compile(r"epsg(?:\.xml)?\D*?(?:\d[\d.]*[:/])?(\d{3,6})/?$", re.IGNORECASE)
_CRS84: Final = re.compile(r"crs:?84$", re.IGNORECASE)


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


def before_features(head: str) -> tuple[str | None, bool]:
    """Return the CRS stated before the features of a document, and whether more may be said.

    Parameters
    ----------
    head
        The beginning of the document.
    """
    features = _FEATURES.search(head)
    member = _MEMBER.search(head, 0, features.start() if features else len(head))
    if member is None:
        return None, True
    try:
        found, _ = json.JSONDecoder().raw_decode(head, member.end())
    except (ValueError, RecursionError):
        return None, True
    return stated(found), False


def after_features(document: Any) -> str | None:
    """Return the CRS that a whole document, anything to `read`, states wherever it stands."""
    for member in ijson.items(document, "crs", use_float=True):
        return stated(member)
    return None


def _plain(name: str) -> str:
    if _CRS84.search(name):
        return "OGC:CRS84"
    code = _EPSG.search(name)
    return f"EPSG:{code[1]}" if code else name

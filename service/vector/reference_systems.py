"""Coordinate reference systems by what is written of them: codes, PROJJSON, WKT; never a recipe."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from service.vector.recipes import is_recipe
from spatial.errors import InvalidInputError, Problem

_CODE: Final = re.compile(r"([A-Za-z][A-Za-z_0-9]*):([A-Za-z0-9.]+)")
_URN: Final = re.compile(r"urn:(?:x-)?ogc:def:crs:(\w+):[\w.]*:([A-Za-z0-9.]+)", re.IGNORECASE)
_LINK: Final = re.compile(
    r"https?://(?:www\.)?opengis\.net/def/crs/(\w+)/[\w.]+/([A-Za-z0-9.]+)", re.IGNORECASE
)
_LONGEST: Final = 100_000
_DEEPEST: Final = 30
_SHOWN: Final = 80


def coded(written: str) -> CRS:
    """Return the reference system of a code, or of PROJJSON text.

    Parameters
    ----------
    written
        ``EPSG:27700``, its URN or its link, or PROJJSON.

    Raises
    ------
    InvalidInputError
        When it is unknown, or written in another way.

    Examples
    --------
    >>> coded("urn:ogc:def:crs:EPSG::27700").to_epsg()
    27700
    """
    return _known(written, wkt=False)


def of_file(written: str) -> CRS:
    """Return the reference system that a file of a format with WKT states: as that, too.

    Raises
    ------
    InvalidInputError
        When it is unknown, or names files to make it of.
    """
    return _known(written, wkt=True)


@lru_cache(maxsize=64)
def _known(written: str, *, wkt: bool) -> CRS:
    text = written.strip()
    try:
        for how in (_CODE, _URN, _LINK):
            found = how.fullmatch(text)
            if found is not None:
                return CRS.from_authority(*found.groups())
        if text.startswith("{") and len(text) <= _LONGEST:
            document = json.loads(text)
            if _is_plain(document):
                return CRS.from_json_dict(document)
        elif wkt and len(text) <= _LONGEST and not is_recipe(text.encode("utf-8", "replace")):
            return CRS.from_wkt(text)
    except (CRSError, ValueError, RecursionError):
        pass
    raise InvalidInputError(
        f"{text[:_SHOWN]!r} is no coordinate reference system that is known here: give its code, "
        "as EPSG:27700 (British National Grid) or EPSG:4326 (longitude and latitude).",
        [Problem("crs", f"unknown coordinate reference system {text[:_SHOWN]}")],
    )


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Tell PROJJSON that says all of a system itself: its operations have numbers and no files."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, list):
        return all(_is_plain(one, depth + 1) for one in value)
    if isinstance(value, str):
        return not is_recipe(value.encode("utf-8", "replace"))
    if not isinstance(value, dict):
        return True
    parameters = value.get("parameters")
    if isinstance(parameters, list) and any(
        isinstance(one, dict) and isinstance(one.get("value"), str) for one in parameters
    ):
        return False
    return all(_is_plain(one, depth + 1) for one in value.values())

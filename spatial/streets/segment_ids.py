"""Text of source columns, and ids of segments that stay the same when a network comes again."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

_DEGREES: float = 1e-7  # about a centimetre
_DIGITS = 16
"""Hexadecimal digits of an id made of a shape: two among a million agree once in 40 million."""


def text(lines: gpd.GeoDataFrame, column: str | None) -> NDArray[np.object_]:
    """Return a column as text, shape (n,); None where a value is missing or blank.

    Whole numbers are written without decimals, also where a missing value among them made pandas
    read the column as floats.

    Examples
    --------
    >>> text(gpd.GeoDataFrame({"fid": [1.0, None, 12.0]}), "fid").tolist()
    ['1', None, '12']
    """
    if column is None:
        return np.full(len(lines), None, dtype=object)
    values = lines[column].astype("object")
    written = [
        None if missing else _written(value)
        for value, missing in zip(values, values.isna(), strict=True)
    ]
    return np.array(written, dtype=object)


def digests(lonlat: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return an id for each line by its shape, whichever way it was drawn, shape (n,).

    Examples
    --------
    >>> there_and_back = shapely.from_wkt(["LINESTRING (0 0, 1 1)", "LINESTRING (1 1, 0 0)"])
    >>> len(set(digests(there_and_back)))
    1
    """
    return np.array(
        [hashlib.sha256(shape).hexdigest()[:_DIGITS] for shape in shapes(lonlat, _DEGREES)],
        dtype=object,
    )


def shapes(lines: NDArray[np.object_], step: float) -> NDArray[np.object_]:
    """Return the bytes of each line's shape to within a step: equal for either direction."""
    rounded = shapely.transform(lines, lambda xy: np.rint(xy / step))
    return np.asarray(shapely.to_wkb(shapely.normalize(rounded)), dtype=object)


def numbered(
    of_line: NDArray[np.object_], line: NDArray[np.intp], lonlat: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return the id of each piece of a line: the line's own, with a number if it has several.

    Parameters
    ----------
    of_line
        Ids of the lines, None where there is none, shape (n,).
    line
        The line that each piece is of, ascending, shape (P,).
    lonlat
        The pieces; their shape stands for a missing id, shape (P,).
    """
    many = np.bincount(line, minlength=len(of_line))
    number = np.arange(len(line)) - (np.cumsum(many) - many)[line] + 1
    ids = of_line[line]
    several = many[line] > 1
    ids[several] = [
        None if own is None else f"{own}/{part}"
        for own, part in zip(ids[several], number[several], strict=True)
    ]
    unknown = pd.isna(ids)
    ids[unknown] = digests(lonlat[unknown])
    return ids


def _written(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()) or None

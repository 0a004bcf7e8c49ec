"""On which level a street runs, so that a bridge is not cut where it crosses the street below."""

from __future__ import annotations

import re
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NUMBER: Final = r"[+-]?\d+(?:\.\d+)?"
_SPAN: Final = re.compile(rf"({_NUMBER})(?:-({_NUMBER}))?")
# A passage through a building is a tunnel to OpenStreetMap, but runs at the level of the street.
_NO: Final = frozenset(
    ("", "no", "n", "false", "f", "0", "0.0", "none", "nan", "<na>", "building_passage")
)


def levels(lines: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the lowest and the highest level of each line.

    The columns are read as OpenStreetMap has them, in any case of letters: `layer`, or else
    `level` ("1", "-1", "0;1", "0-2"); where neither is stated or it is 0, a `bridge` is on level 1
    and a `tunnel` on level -1. All else is on level 0.

    Parameters
    ----------
    lines
        Lines with any of these columns, n rows.

    Returns
    -------
    numpy.ndarray
        Lowest and highest level, shape (n, 2). Two lines are on one level where these overlap.

    Examples
    --------
    >>> ways = gpd.GeoDataFrame({"layer": [None, "2", "0;1"], "bridge": ["yes", "yes", None]})
    >>> levels(ways).tolist()
    [[1.0, 1.0], [2.0, 2.0], [0.0, 1.0]]
    """
    span = np.full((len(lines), 2), np.nan)
    for name in ("layer", "level"):
        text, of_line = _values(lines, name)
        stated = np.array([_span(one) for one in text]).reshape(-1, 2)[of_line]
        span = np.where(np.isnan(span), stated, span)
    for name, level in (("bridge", 1.0), ("tunnel", -1.0)):
        text, of_line = _values(lines, name)
        is_one = np.array([one not in _NO for one in text], dtype=np.bool_)[of_line]
        unstated = np.isnan(span[:, 0]) | (span == 0).all(axis=1)
        span[is_one & unstated] = level
    return np.where(np.isnan(span), 0.0, span)


def _values(lines: gpd.GeoDataFrame, name: str) -> tuple[list[str], NDArray[np.intp]]:
    """Return the distinct values of a column as text, and which of them each line has."""
    column = next((one for one in lines.columns if str(one).casefold() == name), None)
    if column is None:
        return [""], np.zeros(len(lines), dtype=np.intp)
    code, values = pd.factorize(lines[column].astype("object").map(str))
    return [value.strip().casefold() for value in values], code.astype(np.intp)


def _span(text: str) -> tuple[float, float]:
    """Return the lowest and highest level that a tag such as "-1", "0;1" or "0-2" names."""
    found = [_SPAN.fullmatch(part.strip()) for part in re.split("[;,]", text)]
    numbers = [float(end) for one in found if one for end in one.groups() if end is not None]
    if not numbers or not all(found):
        return np.nan, np.nan
    return min(numbers), max(numbers)

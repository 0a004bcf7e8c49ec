"""Coordinates as sources write them: decimal commas, degrees and minutes, points in one column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from service.ingest.checks.notation import (
    COMMA,
    COMMAS,
    DOTS,
    MINUS,
    PLAIN,
    Notation,
    Votes,
    closed,
    contrary,
    kind,
)  # fmt: skip

Axis = Literal["x", "y"]
Order = Literal["auto", "x y", "y x"]

_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PART: Final = r"\d+(?:[.,]\d+)?"
_SIXTIETHS = re.compile(
    rf"""(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*(?P<degrees>{_PART})\s*(?:[°º˚]|deg|d|(?=[\sNSEW])|$)\s*
    (?:(?P<minutes>{_PART})\s*(?:['′’]|min|m|(?=[\sNSEW])|$)\s*)?
    (?:(?P<seconds>{_PART})\s*(?:["″”]|''|′′|’’|sec|s(?![0-9]))?\s*)?
    (?P<after>[NSEW])?""",
    re.VERBOSE | re.IGNORECASE,
)
_LETTERS: Final = {"x": "EW", "y": "NS"}

_WKT = re.compile(
    rf"(?:SRID=\d+;)?\s*(?:MULTI)?POINT\s*(?:Z|M|ZM)?\s*\(+\s*({_NUMBER})\s+({_NUMBER})[\s\d.eE+-]*\)+",
    re.IGNORECASE,
)
_WKB = re.compile(r"(?:[0-9A-Fa-f]{2}){21,}")
_GEOJSON = re.compile(rf"""["']coordinates["']\s*:\s*\[\s*({_NUMBER})\s*,\s*({_NUMBER})""")
_NAMED: Final = {
    "x": re.compile(rf"""["'](?:longitude|lon|lng|x)["']\s*:\s*["']?({_NUMBER})""", re.IGNORECASE),
    "y": re.compile(rf"""["'](?:latitude|lat|y)["']\s*:\s*["']?({_NUMBER})""", re.IGNORECASE),
}
_PAIR = re.compile(
    rf"[(\[]?\s*({_NUMBER})\s*(?:[,;/|]|\s)\s*({_NUMBER})\s*[)\]]?|"
    r"[(\[]?\s*([+-]?\d*,\d+)\s*(?:[;/|]|\s)\s*([+-]?\d*,\d+)\s*[)\]]?"
)
_PAIR_AT_END = re.compile(rf"\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)\s*$")
_HALVES = re.compile(r"\s*[,;/|]\s*|(?<=[NSEWnsew])\s+(?=[\d+-])|\s+(?=[NSEWnsew]\s*\d)")
_X_FIRST = re.compile(r"(?:lon|lng|x|east).*(?:lat|y|north)", re.IGNORECASE)
_Y_FIRST = re.compile(r"(?:lat|y|north).*(?:lon|lng|x|east)", re.IGNORECASE)


def numbers(values: pa.Array, axis: Axis, *, degrees: bool) -> np.ndarray:
    """Read a whole column of one coordinate; see `some_numbers`."""
    return some_numbers(values, axis, Votes(), degrees=degrees)[0]


def some_numbers(
    values: pa.Array, axis: Axis, votes: Votes, *, degrees: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a part of a column of one coordinate, NaN where there is none or it cannot be read.

    Parameters
    ----------
    values
        Trimmed text.
    axis
        Which coordinate it is.
    votes
        What the column told before; is added to.
    degrees
        Whether it is in degrees; a comma before three digits is a decimal one there, and else sets
        thousands apart.

    Returns
    -------
    tuple
        The numbers, and which of them are written otherwise than their column; None: none is.
    """
    try:
        read = np.asarray(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return _spelt(values.dictionary_encode(), axis, votes, degrees=degrees)
    if degrees:
        return read, None
    votes.add_plain(values, read)
    if votes.taken().dots_part:
        return _spelt(values.dictionary_encode(), axis, votes, degrees=degrees, counted=True)
    return read, None


def _spelt(
    coded: pa.DictionaryArray, axis: Axis, votes: Votes, *, degrees: bool, counted: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    import pandas as pd  # a second of start-up that a server without uploads does without

    texts = coded.dictionary.to_pandas().astype(object)
    read = np.array(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)
    odd = np.isnan(read)
    if degrees:
        by, otherwise = Notation(comma_decides=True), None
    else:
        kinds = np.array([kind(closed(one)) for one in texts], dtype=np.int64)
        if not counted:
            votes.add(kinds, _rows(coded))
        by = votes.taken()
        different = contrary(kinds, by)
        otherwise = _taken(different, coded) == 1 if different.any() else None
    for at in range(len(read)) if by.dots_part else np.flatnonzero(odd).tolist():
        read[at] = _number(texts[at], axis, by)
    return _taken(read, coded), otherwise


def both(
    values: pa.Array, name: str, order: Order, *, degrees: bool, votes: Votes | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read a column that holds both coordinates, NaN where they cannot be read.

    Points are read as WKT, WKB in hex digits, GeoJSON, two named numbers, or a pair such as
    ``(51.51, -0.09)``, at the end of an address too.

    Parameters
    ----------
    values
        Trimmed text.
    name
        Of the column: ``Lon_Lat`` tells the order of a pair.
    order
        Of a pair; what tells itself is read as it is.
    degrees
        Whether they are in degrees, the latitude then first in a pair unless it cannot be one.
    votes
        What the column told before; is added to. None: this is all of it.
    """
    coded = values.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    found = [_point(one) for one in texts]
    if order == "auto":
        order = _order_of(name, degrees=degrees)
    if order == "auto":
        votes = votes or Votes()
        open_ = np.array([not told for told, _ in found], dtype=bool)
        pairs = np.array([pair for _, pair in found], dtype=np.float64).reshape(-1, 2)
        votes.add_pairs(pairs[open_], _rows(coded)[open_])
        order = "x y" if votes.taken().x_first else "y x"
    turned = [pair if told or order == "x y" else (pair[1], pair[0]) for told, pair in found]
    return _taken([one[0] for one in turned], coded), _taken([one[1] for one in turned], coded)


def _rows(coded: pa.DictionaryArray) -> np.ndarray:
    """Return how often each text of a column stands in it."""
    known = coded.indices.drop_null().to_numpy(zero_copy_only=False)
    return np.bincount(known, minlength=len(coded.dictionary))


def _taken(read: Iterable[float], coded: pa.DictionaryArray) -> np.ndarray:
    known = np.array([*read, np.nan], dtype=np.float64)
    at = pc.fill_null(coded.indices, len(known) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(known[at])


def _number(text: str, axis: Axis, by: Notation) -> float:
    """Return a number as its column is written, NaN for what is none."""
    text = closed(text)
    dotted = DOTS.fullmatch(text)
    if dotted and (dotted["decimals"] or text.count(".") > 1 or by.dots_part):
        return float(text.replace(".", "").replace(",", "."))
    if PLAIN.fullmatch(text):
        return float(text)
    parted = COMMAS.fullmatch(text)
    if parted and (parted["decimals"] or text.count(",") > 1 or not by.comma_decides):
        return float(text.replace(",", ""))
    if COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    return sixtieths(text, axis)


def sixtieths(text: str, axis: Axis) -> float:
    r"""Return degrees, minutes and seconds, or degrees with a letter, as a number of degrees.

    Examples
    --------
    >>> round(sixtieths("51°30'26\"N", "y"), 6), sixtieths("0.5 W", "x")
    (51.507222, -0.5)
    >>> sixtieths("51.5 N", "x")
    nan
    """
    read = _SIXTIETHS.fullmatch(text.strip())
    if read is None or (read["before"] and read["after"]):
        return np.nan
    letter = (read["before"] or read["after"] or "").upper()
    if not (letter or read["minutes"] or "°" in text or "º" in text or "˚" in text):
        return np.nan
    if letter and (letter not in _LETTERS[axis] or read["sign"]):
        return np.nan
    parts = [
        float((read[one] or "0").replace(",", ".")) for one in ("degrees", "minutes", "seconds")
    ]
    if parts[1] >= 60 or parts[2] >= 60:
        return np.nan
    size = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -size if letter in ("S", "W") or read["sign"] == "-" else size


def _point(text: str) -> tuple[bool, tuple[float, float]]:
    """Return whether a text itself tells which of its two numbers is which, and the two."""
    text = text.translate(MINUS)
    told = _WKT.fullmatch(text) or _GEOJSON.search(text)
    if told:
        return True, (float(told[1]), float(told[2]))
    if _WKB.fullmatch(text):
        shape = shapely.from_wkb(text, on_invalid="ignore")
        if isinstance(shape, shapely.Point) and not shape.is_empty:
            return True, (shape.x, shape.y)
        return True, (np.nan, np.nan)
    named = [_NAMED[axis].search(text) for axis in ("x", "y")]
    if named[0] and named[1]:
        return True, (float(named[0][1]), float(named[1][1]))
    pair = _PAIR.fullmatch(text) or _PAIR_AT_END.search(text)
    if pair:
        one, two = [found.replace(",", ".") for found in pair.groups() if found is not None]
        return False, (float(one), float(two))
    halves = _HALVES.split(text.strip("()[] "))
    if len(halves) == 2:
        for x, y in (halves, halves[::-1]):
            both_ = sixtieths(x, "x"), sixtieths(y, "y")
            letters = any(letter in "NSEW" for letter in text.upper())
            if np.isfinite(both_).all():
                # Without letters the first is the latitude, as a pair has it.
                return letters, both_
    return True, (np.nan, np.nan)


def _order_of(name: str, *, degrees: bool) -> Order:
    """Return the order of a pair, as far as the name of its column tells."""
    if not degrees:
        return "y x" if _Y_FIRST.search(name) else "x y"
    if _X_FIRST.search(name):
        return "x y"
    return "y x" if _Y_FIRST.search(name) else "auto"

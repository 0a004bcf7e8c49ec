"""Reference systems written as recipes, which PROJ would open files of this machine for.

A recipe (``+init=/dev/stdin:x``, ``+nadgrids=...``, a WKT with such text in it) is followed as soon
as the text is looked at, by GDAL too: it is looked for before either sees the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO, Final

from service.errors import UnreadableFileError
from service.vector import geopackage

_TOKEN: Final = (
    rb"\+(?!init\b|file\b|model\b|step\b|\w*grids\b|proj=pipeline)\w+(?:=[-\w.,]*)?"
    rb"|\+nadgrids=@null"
)
_HARMLESS: Final = re.compile(
    rb'EXTENSION\s*[\[(]\s*"PROJ4"\s*,\s*"\s*(?:(?:' + _TOKEN + rb')\s*)*"\s*[\])]', re.IGNORECASE
)
_RECIPE: Final = re.compile(
    rb'(?:^|["\'+\s])(?:init|proj)\s*=|(?:\+|\s)(?:\w*grids|file|model)=|EXTENSION\s*[\[(]'
    rb"|PARAMETERFILE\s*[\[(]|PROJ-based|PROJ4_GRIDS"
    rb'|\\"\w*CRS\\"',  # PROJJSON within a text
    re.IGNORECASE,
)
_HINTS: Final = re.compile(rb"proj|init|extension|parameterfile|crs\\", re.IGNORECASE)
"""Without one of these there is no recipe; most pieces of a file have none."""

_ESCAPED: Final = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
_BLANKS: Final = re.compile(rb"\\[tnrfb]")
_PIECE_BYTES: Final = 1 << 20
_SEAM_BYTES: Final = 4_096


def is_recipe(text: bytes) -> bool:
    r"""Tell a text that names files for PROJ to read, or may.

    Examples
    --------
    >>> is_recipe(b"+init=/dev/stdin:x"), is_recipe(b'GEOGCS["x"]')
    (True, False)
    >>> is_recipe(b'X["y",EXTENSION["PROJ4","+proj=merc +a=6378137 +nadgrids=@null +no_defs"]]')
    False
    """
    if _HINTS.search(text) is None:
        return False
    return _RECIPE.search(_HARMLESS.sub(b"", text)) is not None


def refusal(name: str) -> UnreadableFileError:
    """Return the refusal of a file that states its reference system as a recipe."""
    return UnreadableFileError(
        f"{name} writes a coordinate reference system as a recipe of PROJ, which may name files of "
        "this machine and is not followed: save it with the code of the system (as EPSG:27700)."
    )


def check(path: Path, name: str) -> None:
    """Look for recipes where a file of features states its reference system.

    Parameters
    ----------
    path
        The file; its ending tells the format.
    name
        What it is called.

    Raises
    ------
    UnreadableFileError
        When there is one.
    """
    ending = path.suffix.lower()
    if ending in (".geojson", ".json"):
        with path.open("rb") as file:
            found = _in_json(file)
    elif ending == ".gpkg":
        found = any(map(is_recipe, geopackage.definitions(path, name)))
    elif ending == ".fgb":
        with path.open("rb") as file:
            found = is_recipe(_of_flatgeobuf(file))
    else:
        found = ending == ".shp" and any(map(is_recipe, _beside(path)))
    if found:
        raise refusal(name)


def _in_json(file: BinaryIO) -> bool:
    """Tell whether JSON holds a recipe: GDAL looks for reference systems at any depth of it."""
    seam = b""
    while piece := file.read(_PIECE_BYTES):
        text = seam + piece
        seam = text[-_SEAM_BYTES:]
        if b"\\" in text:
            text = _ESCAPED.sub(lambda one: bytes.fromhex(one[1].decode()), text)
            text = _BLANKS.sub(b" ", text)
        if is_recipe(text):
            return True
    return False


def _of_flatgeobuf(file: BinaryIO) -> bytes:
    begins = file.read(12)
    size = int.from_bytes(begins[8:12], "little")
    return file.read(min(size, _PIECE_BYTES * 16))


def _beside(path: Path) -> list[bytes]:
    folder = path.parent
    every = [one for one in folder.iterdir() if one.stem == path.stem]
    return [one.read_bytes()[:_PIECE_BYTES] for one in every if one.suffix.lower() == ".prj"]

"""Names of layers, tables and files that no two things of one run share, in any format.

What a layer or a file is called may come from outside. Databases and file systems take names that
differ in case alone, or in how an accent is written, for one; they keep some for themselves, and
have no room for long ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

LONGEST: Final = 60
"""Letters of a name: with a suffix and a folder still far from what any file system refuses."""

_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Kinds of letters (Unicode) that nobody sees."""
_FORBIDDEN: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>:\"'`/\\|?*%;\[\]{}$#&]+")
"""What file systems, SQL, addresses of layers or shells take for something else than a letter."""
_RESERVED: Final = re.compile(
    r"(gpkg|rtree_|sqlite_).*|run|layer_styles|spatial_ref_sys|fid|geom"
    r"|con|prn|aux|nul|com\d|lpt\d|readme",
    re.IGNORECASE,
)
"""Names that a GeoPackage, Windows or our own files need for themselves."""


def plain(name: str) -> str:
    """Return a name in letters that every format can hold.

    Examples
    --------
    >>> plain('West/"End" 50%'), plain("../../etc"), plain("run"), plain("")
    ('West_End_50', 'etc', 'layer_run', 'layer')
    """
    letters = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name))
    letters = "".join(one for one in letters if unicodedata.category(one) not in _UNSEEN)
    letters = letters.strip("._- ")[:LONGEST].rstrip("._- ")
    if not letters:
        return "layer"
    return f"layer_{letters}" if _RESERVED.fullmatch(letters) else letters


def distinct(names: Iterable[str], taken: Sequence[str] = ()) -> list[str]:
    """Return names in letters that every format can hold, each another than those before it.

    Parameters
    ----------
    names
        What things would be called; the first of two that are alike keeps its name.
    taken
        Names that are given away already.

    Examples
    --------
    >>> distinct(["Areas", "areas", "Areas"])
    ['Areas', 'areas_2', 'Areas_3']
    """
    return _numbered((plain(one) for one in names), taken, "{name}_{number}")


def titles(wanted: Iterable[str], taken: Sequence[str] = ()) -> list[str]:
    """Return titles, each another than those before it.

    Examples
    --------
    >>> titles(["Areas", "Areas", "Streets"])
    ['Areas', 'Areas (2)', 'Streets']
    """
    return _numbered(wanted, taken, "{name} ({number})")


def _numbered(names: Iterable[str], taken: Sequence[str], form: str) -> list[str]:
    held = {_alike(one) for one in taken}
    found = []
    for name in names:
        one, number = name, 1
        while _alike(one) in held:
            number += 1
            one = form.format(name=name, number=number)
        held.add(_alike(one))
        found.append(one)
    return found


def _alike(name: str) -> str:
    """Return what is the same for names that some database or file system takes for one."""
    return unicodedata.normalize("NFKC", name).casefold()

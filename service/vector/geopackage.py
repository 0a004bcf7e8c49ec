"""What a GeoPackage brings besides tables, looked at before GDAL runs any of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from service.errors import UnreadableFileError

_USED: Final = (
    "SELECT * FROM gpkg_spatial_ref_sys WHERE CAST(srs_id AS INTEGER) IN"
    " (SELECT CAST(srs_id AS INTEGER) FROM gpkg_geometry_columns"
    " UNION SELECT CAST(srs_id AS INTEGER) FROM gpkg_contents)"
)
_ALL: Final = "SELECT * FROM gpkg_spatial_ref_sys"


def queries(path: Path) -> frozenset[str]:
    """Return the names, folded, of what looks like a layer and is a query: it may have no end.

    Parameters
    ----------
    path
        A GeoPackage; of others there are none.
    """
    if path.suffix.lower() != ".gpkg":
        return frozenset()
    try:
        with _opened(path) as base:
            return frozenset(name.casefold() for name in _views(base))
    except sqlite3.Error:
        return frozenset()


def definitions(path: Path, name: str) -> list[bytes]:
    """Return what a GeoPackage says of the reference systems of its layers.

    Parameters
    ----------
    path, name
        The file, and what it is called.

    Raises
    ------
    UnreadableFileError
        When one of the tables that describe it is a query.
    """
    try:
        with _opened(path) as base:
            if any(one.casefold().startswith("gpkg_") for one in _views(base)):
                raise UnreadableFileError(
                    f"{name} has a query where a GeoPackage has a table of its own: save it again."
                )
            try:
                rows = base.execute(_USED).fetchall()
            except sqlite3.Error:
                rows = base.execute(_ALL).fetchall()
    except sqlite3.Error:  # what is wrong with it, GDAL tells better
        return []
    every = (one for row in rows for one in row)
    return [
        one.encode("utf-8", "replace") if isinstance(one, str) else one
        for one in every
        if isinstance(one, str | bytes)
    ]


def _views(base: sqlite3.Connection) -> list[str]:
    """Return what the file computes when it is read: views, and tables of SQLite's modules."""
    made = base.execute("SELECT name, type, sql FROM sqlite_master").fetchall()
    return [
        str(name)
        for name, kind, sql in made
        if kind == "view" or (kind == "table" and _is_foreign(str(sql or "")))
    ]


def _is_foreign(sql: str) -> bool:
    words = sql.casefold().split()
    return words[1:2] == ["virtual"] and "rtree" not in " ".join(words[3:]).partition("(")[0]


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as base:
        base.execute("PRAGMA trusted_schema = 0")
        base.text_factory = lambda text: text.decode("utf-8", "replace")
        yield base

"""Which vector format a file has: told from its name, and held against its first bytes."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from service.errors import NotFoundError, UnreadableFileError, nearest
from service.ingest.readers.limits import Limits
from spatial.errors import Problem

UNPACKED: Final = "harmspot-unpacked-"
_HEAD_BYTES = 64 * 1024
_BESIDE: Final = (".shx", ".dbf", ".prj", ".cpg")
_UNUSUAL = re.compile(r"[^\w.\- ]")
_COMMENT = re.compile(rb"<!--(?:(?!-->).)*+(?:-->|\Z)", re.DOTALL)
_FIRST_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")


@dataclass(frozen=True)
class Format:
    """A format of vector files."""

    name: str
    suffixes: tuple[str, ...]
    begins: Callable[[bytes], bool]  # whether a file may begin like this
    in_degrees: bool = False  # longitude and latitude by definition, whatever the numbers are


def _with(signature: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signature)


def _with_element(name: bytes) -> Callable[[bytes], bool]:
    def begins(head: bytes) -> bool:
        found = _FIRST_ELEMENT.search(_COMMENT.sub(b"", head))
        return found is not None and found[1] == name

    return begins


def _with_brace(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


GEOPARQUET: Final = Format("GeoParquet", (".parquet", ".geoparquet"), _with(b"PAR1"))
GEOJSON: Final = Format("GeoJSON", (".geojson", ".json"), _with_brace, in_degrees=True)
SHAPEFILE: Final = Format("Shapefile", (".shp",), _with(b"\x00\x00\x27\x0a"))
OSM_PBF: Final = Format(
    "OpenStreetMap PBF", (".pbf",), lambda head: b"OSMHeader" in head[:64], in_degrees=True
)
OSM_XML: Final = Format("OpenStreetMap XML", (".osm",), _with_element(b"osm"), in_degrees=True)
GRAPHML: Final = Format("GraphML of osmnx", (".graphml",), _with_element(b"graphml"))
KMZ: Final = Format("KMZ", (".kmz",), _with(b"PK"), in_degrees=True)
_ZIP: Final = Format("zip archive", (".zip",), _with(b"PK"))
_FORMATS: Final = (
    Format("GeoPackage", (".gpkg",), _with(b"SQLite format 3\x00")),
    GEOJSON,
    GEOPARQUET,
    Format("FlatGeobuf", (".fgb",), _with(b"fgb")),
    SHAPEFILE,
    Format("KML", (".kml",), _with_element(b"kml"), in_degrees=True),
    KMZ,
    OSM_PBF,
    OSM_XML,
    GRAPHML,
)
OSM: Final = (OSM_PBF, OSM_XML)
_ZIPPED: Final = ("GeoPackage", "GeoJSON", "FlatGeobuf", "Shapefile", "KML")
SUFFIXES: Final = tuple(suffix for one in (*_FORMATS, _ZIP) for suffix in one.suffixes)


@dataclass(frozen=True)
class Located:
    """Where GDAL or another reader finds the features of a file."""

    format: Format
    address: str  # a path
    layer: str | None  # the layer to look for there
    member: str | None = None  # the file that is meant of the archive at that path


def locate(path: Path, layer: str | None, limits: Limits) -> Located:
    """Tell the format of a file and where its features are.

    Parameters
    ----------
    path
        A file, or a zip archive with one in it.
    layer
        Layer that is asked for: in an archive of several files, the file of that name.
    limits
        How much an archive may hold.

    Raises
    ------
    UnreadableFileError
        When there is no such file, or it is empty, cut short or not what its name says.
    NotFoundError
        When an archive holds several files and none, or another, is named.
    PayloadTooLargeError
        When an archive holds more than it may.
    """
    if path.is_dir():
        raise UnreadableFileError(f"{path} is a directory: name one file in it.")
    if not path.exists():
        raise UnreadableFileError(f"There is no file {path}.")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(-min(4, file.seek(0, 2)), 2)
            tail = file.read(4)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from error
    if not head:
        raise UnreadableFileError(f"{path.name} is empty.")
    found = _of_name(path.name)
    if not found.begins(head):
        raise UnreadableFileError(
            f"{path.name} is named as {found.name}, but its content is none: give the file its "
            "true ending, or save it again."
        )
    if found is GEOPARQUET and tail != b"PAR1":
        raise UnreadableFileError(
            f"{path.name} is cut short: it does not end as GeoParquet does. Copy or download it "
            "again."
        )
    if found is _ZIP:
        return _in_archive(path, layer, _entries(path, found, limits))
    if found is KMZ:
        _entries(path, found, limits)
    return Located(found, str(path), layer)


@contextmanager
def at_hand(path: Path, located: Located) -> Iterator[Located]:
    """Unpack the file that is meant of an archive, with what is beside it, to a folder of its own.

    GDAL would find its way into an archive itself, by names that whoever packed it chose.

    Parameters
    ----------
    path, located
        A file, and what `locate` made of it.
    """
    if located.member is None:
        yield located
        return
    member = PurePosixPath(located.member)
    stem = _UNUSUAL.sub("_", member.stem) or "layer"
    ending = member.suffix.lower()
    with tempfile.TemporaryDirectory(prefix=UNPACKED) as folder, zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            one = PurePosixPath(name)
            beside = ending == ".shp" and one.suffix.lower() in _BESIDE
            same = one.with_suffix("") == member.with_suffix("")
            if name == located.member or (same and beside):
                to = Path(folder, f"{stem}{one.suffix.lower()}")
                with archive.open(name) as content, to.open("wb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
        yield replace(located, address=str(Path(folder, f"{stem}{ending}")), member=None)


def _of_name(name: str) -> Format:
    for one in (*_FORMATS, _ZIP):
        if name.lower().endswith(one.suffixes):
            return one
    raise UnreadableFileError(
        f"The name {name} does not tell a format that is read here: it should end in "
        f"{', '.join(SUFFIXES)}. Save other formats as GeoPackage."
    )


def _entries(path: Path, found: Format, limits: Limits) -> list[str]:
    """Return the names of the files in an archive, which is whole and not too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            limits.check_unpacked(sum(entry.file_size for entry in entries), path.name)
            broken = archive.testzip()  # which reads as much of each as it declares
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError) as error:
        raise UnreadableFileError(
            f"{path.name} is a broken {found.name} ({error}): copy or download it again."
        ) from error
    if broken is not None:
        raise UnreadableFileError(
            f"{path.name} is a broken {found.name} (at {broken}): copy or download it again."
        )
    return [entry.filename for entry in entries]


def _in_archive(path: Path, layer: str | None, entries: list[str]) -> Located:
    # What macOS adds beside each file would else count as a second one.
    names = [name for name in entries if not name.startswith("__MACOSX/")]
    formats = {
        name: one
        for name in names
        for one in _FORMATS
        if one.name in _ZIPPED and name.lower().endswith(one.suffixes)
    }
    if not formats:
        raise UnreadableFileError(
            f"{path.name} holds no {', '.join(_ZIPPED)} file; it holds: "
            f"{', '.join(names[:10]) or 'nothing'}."
        )
    if len(formats) == 1:
        chosen, within = next(iter(formats)), layer
    else:
        chosen, within = _named(path, list(formats), layer), None
    return Located(formats[chosen], str(path), within, chosen)


def _named(path: Path, names: list[str], layer: str | None) -> str:
    stems = {PurePosixPath(name).stem: name for name in names}
    listed = ", ".join(stems)
    if layer is None:
        raise NotFoundError(
            f"{path.name} holds several files: {listed}. Say which one to load (file_layer).",
            [Problem("file_layer", "not named")],
        )
    if layer not in stems:
        raise NotFoundError(
            f"{path.name} holds no {layer}; it holds: {listed}.{nearest(layer, stems)}",
            [Problem("file_layer", f"unknown layer {layer}")],
        )
    return stems[layer]

"""Which format a file is in: told by its content, then by its name; a reader for each."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.errors import UnreadableFileError
from service.ingest.profiles.profile import Profile
from service.ingest.readers import json_tables
from service.ingest.readers.archive import ArchiveReader
from service.ingest.readers.csv import CsvReader
from service.ingest.readers.encodings import BOMS, without_mark
from service.ingest.readers.geojson import BATCH_FEATURES, GeoJsonReader
from service.ingest.readers.inputs import Gunzipped, HashedInput, Peekable, on_disk, seekable
from service.ingest.readers.layers import LayerReader
from service.ingest.readers.limits import Limits
from service.ingest.readers.members import Member
from service.ingest.readers.parquet import BATCH_ROWS, ParquetReader
from service.ingest.readers.rows import Reader, Wanted
from service.ingest.readers.workbook import WorkbookReader

GZIP = b"\x1f\x8b"
PACKED = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
PARQUET = b"PAR1"
WHOLE = (PACKED, OLE, PARQUET, b"SQLite format 3\x00", b"fgb")
"""How files begin that are read from their end, or from wherever a library wants."""

_KML = re.compile(  # nothing of what has matched is tried again: blanks are many in some files
    rb"\s*+(<\?xml[^>]*+>)?+(\s++|<!--(?:(?!-->).)*+-->)*+<(\w+:)?kml[\s>]", re.DOTALL
)
_DOCTYPE = re.compile(rb"<!doctype\s", re.IGNORECASE)
_ROOT_OF_KML = re.compile(rb"<(\w++:)?kml[\s>]", re.IGNORECASE)
LAYERS: Mapping[str, Callable[[bytes], bool]] = {
    ".gpkg": lambda head: head.startswith(b"SQLite format 3\x00"),
    ".fgb": lambda head: head.startswith(b"fgb"),
    ".kml": lambda head: _KML.match(head.removeprefix(b"\xef\xbb\xbf")) is not None,
}
"""Formats that GDAL reads, by the ending that it tells them by."""

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (
        b"\x00\x00\x27\x0a",
        "is one part of a Shapefile: send its parts (.shp, .dbf, .shx, .prj) in one ZIP archive",
    ),
    (b"PK\x05\x06", "is an empty ZIP archive: there is no file in it"),
    (b"PK\x07\x08", "is one part of a ZIP archive of several: join them, or send what is in them"),
    (b"%PDF", "is a PDF document: ask the publisher for CSV"),
    (b"BZh", "is compressed with bzip2: unpack it, or use gzip"),
    (b"\xfd7zXZ\x00", "is compressed with xz: unpack it, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it, or use gzip"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it"),
    (GZIP, "is compressed twice: unpack it once"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|\?xml|svg)", re.IGNORECASE)
_READ = (
    "CSV, XLSX, XLS, ODS, GeoJSON, GeoParquet, GeoPackage, FlatGeobuf, KML and zipped Shapefile "
    "are read, packed as gzip or ZIP too"
)


@contextmanager
def reading(
    source: HashedInput,
    profile: Profile,
    limits: Limits,
    *,
    wanted: Wanted | None = None,
    most_rows: int | None = None,
    guessed: bool = False,
) -> Iterator[Reader]:
    """Open an input as the format that it is in.

    Parameters
    ----------
    source
        The bytes of a file.
    profile
        Encoding and delimiter of a table of text.
    limits
        How much the file may hold.
    wanted
        Tells by its name whether a column is read; by default every one is.
    most_rows
        How many rows of GeoJSON or Parquet come at once, where a few are wanted soon.
    guessed
        Whether the profile knows nothing of the columns, and a header is told by its looks.

    Raises
    ------
    UnreadableFileError
        When it is empty or in no format that is read; the message says what it seems to be.
    PayloadTooLargeError
        Here or while it is read, when it holds more than it may.
    """
    how = _Opening(profile, limits, wanted, most_rows, guessed)
    with ExitStack() as files:
        yield how.opened(Peekable(source), source.name or "The upload", files)


@dataclass(frozen=True)
class _Opening:
    """How files are opened: one, or each of an archive."""

    profile: Profile
    limits: Limits
    wanted: Wanted | None
    most_rows: int | None
    guessed: bool

    def opened(
        self, stream: Peekable, name: str, files: ExitStack, *, within: bool = False
    ) -> Reader:
        """Return a reader of a file, told by its content."""
        if stream.peek().startswith(GZIP):
            stream = Peekable(Gunzipped(stream, name, self.limits))
        head = stream.peek()
        if head.startswith(PACKED):
            if within:
                return self._workbook(files.enter_context(seekable(stream)), name)
            return self._packed(files.enter_context(seekable(stream)), name, files)
        if head.startswith(OLE):
            return self._workbook(files.enter_context(seekable(stream)), name)
        if head.startswith(PARQUET):
            file = files.enter_context(seekable(stream))
            many = self.most_rows or BATCH_ROWS
            return ParquetReader(file, name, self.limits, self.wanted, many)
        layer = next((end for end, begins in LAYERS.items() if begins(head)), None)
        if layer is not None:
            return self._layer(files.enter_context(on_disk(stream, layer)), name)
        if _is_json(head, name):
            other = json_tables.reader_for(head)
            if other is not None:
                return other(stream, name, self.wanted, self.most_rows)
            return GeoJsonReader(stream, name, self.wanted, self.most_rows or BATCH_FEATURES)
        _refuse_foreign(head, name, self.profile)
        return CsvReader(stream, name, self.profile, self.wanted, guessed=self.guessed)

    def _packed(self, file: BinaryIO, name: str, files: ExitStack) -> Reader:
        """Return a reader of a workbook, or of the files of an archive."""
        try:
            archive = files.enter_context(zipfile.ZipFile(file))
        except zipfile.BadZipFile:
            raise UnreadableFileError(
                f"{name} is a broken ZIP archive or workbook, or one cut short: get the whole file "
                "and try again."
            ) from None
        paths = set(archive.namelist())
        if "xl/workbook.bin" in paths:
            raise UnreadableFileError(f"{name} is a binary workbook (XLSB): save it as XLSX.")
        if "[Content_Types].xml" in paths or {"mimetype", "content.xml"} <= paths:
            return self._workbook(file, name)
        return ArchiveReader(
            archive,
            name,
            self.profile,
            self.limits,
            self._member,
            guessed=self.guessed,
            at_once=self.most_rows,
        )

    def _member(self, member: Member, files: ExitStack) -> Reader:
        """Return a reader of a file of an archive."""
        if member.path.lower().endswith(".shp"):
            if member.lacks:
                raise UnreadableFileError(
                    f"{member.path} is a Shapefile without its {' and '.join(member.lacks)}: put "
                    "its parts (.shp, .shx, .dbf, .prj) in the archive side by side, of one name."
                )
            return self._layer(files.enter_context(member.unpacked()), member.path)
        content = files.enter_context(member.archive.open(member.path))
        return self.opened(Peekable(content), member.path, files, within=True)

    def _workbook(self, file: BinaryIO, name: str) -> Reader:
        return WorkbookReader(
            file,
            name,
            self.profile,
            self.limits,
            self.wanted,
            guessed=self.guessed,
            batch_rows=self.most_rows,
        )

    def _layer(self, path: Path, name: str) -> Reader:
        return LayerReader(path, name, self.profile, self.limits, self.wanted, self.most_rows)


def _is_json(head: bytes, name: str) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[", b"\x1e")):
        return True
    if name.lower().removesuffix(".gz").endswith((".geojson", ".json")) and text:
        raise UnreadableFileError(
            f"{name} is named as GeoJSON but begins with {_shown(text)}, not with a brace: give "
            "it the ending of what it is."
        )
    return False


def _refuse_foreign(head: bytes, name: str, profile: Profile) -> None:
    if not _text_of(head).strip("\ufeff \t\r\n\v\f"):
        raise UnreadableFileError(f"{name} is empty: it has not even a header line.")
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFileError(f"{name} {what} ({_READ}).")
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) and _declares_kml(head):
        raise UnreadableFileError(
            f"{name} is KML with a document type (DOCTYPE): declarations of entities are not "
            "taken. Delete all from <!DOCTYPE to the > that closes it, or save it as KML again."
        )
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise UnreadableFileError(
            f"{name} is a web page or XML, not a table: perhaps an error or login page was saved "
            f"instead of the file ({_READ})."
        )
    if name.lower().removesuffix(".gz").endswith((".parquet", ".geoparquet")):
        raise UnreadableFileError(f"{name} is named as Parquet but is not a Parquet file.")
    wide = head.startswith(_UTF16) or profile.encoding.lower().startswith(
        ("utf-16", "utf-32", "utf_16", "utf_32")
    )
    damaged = head.count(0) > 8 or b"\x00" in head.split(b"\n", 1)[0]
    if damaged and not wide and without_mark(head[:2000]) is None:
        raise UnreadableFileError(f"{name} is a binary file, not a table ({_READ}).")


def _declares_kml(head: bytes) -> bool:
    declared = _DOCTYPE.search(head)
    return declared is not None and _ROOT_OF_KML.search(head, declared.end()) is not None


def _text_of(head: bytes) -> str:
    encoding = next((found for mark, found in BOMS if head.startswith(mark)), "latin-1")
    return head.decode(encoding, "ignore")


def _shown(text: bytes) -> str:
    return repr(text[:4].decode("utf-8", "replace")[0])

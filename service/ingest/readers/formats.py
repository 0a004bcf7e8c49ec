"""Which format a file is in: told by its content, then by its name; a reader for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from service.errors import UnreadableFileError
from service.ingest.profiles.profile import Profile
from service.ingest.readers.csv import CsvReader
from service.ingest.readers.encodings import without_mark
from service.ingest.readers.geojson import BATCH_FEATURES, GeoJsonReader
from service.ingest.readers.inputs import Gunzipped, HashedInput, Peekable, seekable
from service.ingest.readers.limits import Limits
from service.ingest.readers.parquet import BATCH_ROWS, ParquetReader
from service.ingest.readers.rows import Reader, Wanted

GZIP = b"\x1f\x8b"

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "is a ZIP archive or an Excel workbook: unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook: save the sheet as CSV"),
    (b"%PDF", "is a PDF document: ask the publisher for CSV"),
    (b"SQLite format 3\x00", "is an SQLite or GeoPackage file: export the layer as GeoJSON"),
    (b"BZh", "is compressed with bzip2: unpack it, or use gzip"),
    (b"\xfd7zXZ\x00", "is compressed with xz: unpack it, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it, or use gzip"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it"),
    (GZIP, "is compressed twice: unpack it once"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|\?xml|svg)", re.IGNORECASE)
_READ = "CSV, GeoJSON and GeoParquet are read, plain or gzip"


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
    name = source.name or "The upload"
    stream = Peekable(source)
    if stream.peek().startswith(GZIP):
        stream = Peekable(Gunzipped(stream, source.name, limits))
    head = stream.peek()
    with ExitStack() as open_files:
        reader: Reader
        if head.startswith(b"PAR1"):
            file = open_files.enter_context(seekable(stream))
            reader = ParquetReader(file, name, limits, wanted, most_rows or BATCH_ROWS)
        elif _is_json(head, name):
            reader = GeoJsonReader(stream, name, wanted, most_rows or BATCH_FEATURES)
        else:
            _refuse_foreign(head, name, profile)
            reader = CsvReader(stream, name, profile, wanted, guessed=guessed)
        yield reader


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
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise UnreadableFileError(f"{name} is empty: it has not even a header line.")
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFileError(f"{name} {what} ({_READ}).")
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


def _shown(text: bytes) -> str:
    return repr(text[:4].decode("utf-8", "replace")[0])

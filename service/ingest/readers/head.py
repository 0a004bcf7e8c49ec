"""The first rows of a file, read from its beginning alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from service.errors import UnreadableFileError
from service.ingest.checks.attributes import column
from service.ingest.profiles.loading import load_profile
from service.ingest.profiles.profile import Profile
from service.ingest.readers.encodings import BOMS, fitting, without_mark
from service.ingest.readers.formats import GZIP, reading
from service.ingest.readers.inputs import EndOfHeadError, Gunzipped, HashedInput, Peekable, Readable
from service.ingest.readers.limits import Limits
from service.ingest.readers.rows import FEATURE_ID, RawRows, Reader
from service.ingest.readers.shape import likely_delimiter

ROWS_READ = 300
"""About how many rows are looked at: enough to tell how times and offences are written."""

_SNIFFED_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file that somebody has."""

    content: bytes
    name: str | None
    complete: bool
    """Whether it is the whole file."""

    def input(self) -> HashedInput:
        """Return its bytes, to be read from the start."""
        return HashedInput(_Beginning(self.content, self.complete), self.name, None)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text of a table is written."""

    encoding: str
    delimiter: str

    @classmethod
    def of(cls, profile: Profile) -> Dialect:
        """Return the dialect that a profile states."""
        return cls(profile.encoding, profile.delimiter)


@dataclass(frozen=True)
class FirstRows:
    """The first rows of a file as batches of text columns."""

    reader: Reader
    batches: tuple[RawRows, ...]

    @property
    def has_points(self) -> bool:
        """Whether geometries hold the positions."""
        return any(rows.points is not None for rows in self.batches)

    @cached_property
    def columns(self) -> list[str]:
        """The names of the columns, in the file's order."""
        if self.reader.columns is not None:
            return self.reader.columns
        names = dict.fromkeys(name for rows in self.batches for name in rows.table.column_names)
        return [name for name in names if name != FEATURE_ID]

    def texts(self, name: str) -> pa.Array:
        """Return a column's trimmed values, null where there is none."""
        pieces = [
            column(rows.table, name)
            if name in rows.table.column_names
            else pa.nulls(rows.table.num_rows, pa.string())
            for rows in self.batches
        ]
        values = pc.utf8_trim_whitespace(pa.concat_arrays([pa.array([], pa.string()), *pieces]))
        return pc.if_else(pc.equal(values, ""), None, values)


def first_rows(head: Head, dialect: Dialect, limits: Limits) -> FirstRows:
    """Read the first rows of a file, as far as it holds no more than it may.

    Raises
    ------
    UnreadableFileError
        When the file is in no format that is read.
    """
    written = {"encoding": dialect.encoding, "delimiter": dialect.delimiter}
    profile = load_profile("generic").model_copy(update=written)
    try:
        with reading(head.input(), profile, limits, most_rows=ROWS_READ, guessed=True) as reader:
            return FirstRows(reader, tuple(_enough(reader)))
    except EndOfHeadError:
        name = head.name or "The upload"
        raise UnreadableFileError(
            f"{name} cannot be shown from its beginning alone: workbooks, archives, layers and "
            "Parquet are described at their end, and a row may be longer than what was sent. "
            "Choose a profile and send the whole file."
        ) from None


def sniffed(head: Head, limits: Limits) -> Dialect:
    """Tell how the text of a file seems to be written."""
    stream: Readable = head.input()
    peeked = Peekable(stream)
    try:
        if peeked.peek(len(GZIP)) == GZIP:
            peeked = Peekable(Gunzipped(peeked, head.name, limits))
        text = peeked.peek(_SNIFFED_BYTES)
    except EndOfHeadError:
        return Dialect("utf-8", ",")
    encoding = "utf-8" if _is_utf8(text) else fitting(text)
    for mark, found in BOMS:
        if text.startswith(mark):
            encoding = found
    encoding = without_mark(text[:2000]) or encoding
    written = text.decode(encoding, "replace").removeprefix("\ufeff").encode()
    return Dialect(encoding, likely_delimiter(written))


class _Beginning:
    """A stream that ends with an error where the file goes on: no cut row may pass for a row."""

    def __init__(self, content: bytes, complete: bool) -> None:
        self._stream = io.BytesIO(content)
        self._complete = complete

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        piece = self._stream.read(size)
        if not piece and size and not self._complete:
            raise EndOfHeadError
        return piece


def _enough(reader: Reader) -> Iterator[RawRows]:
    read = 0
    batches = iter(reader)
    while read < ROWS_READ:
        try:
            rows = next(batches, None)
        except EndOfHeadError:
            return
        if rows is None:
            return
        read += len(rows.lines) + len(rows.malformed)
        yield rows


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the end of what was looked at cuts in two is no fault of the file.
        return error.end == len(text) and error.reason == "unexpected end of data"
    return True

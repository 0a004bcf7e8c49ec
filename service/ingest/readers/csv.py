"""CSV as batches of text columns: parsed by Arrow, record by record accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from service.errors import UnreadableFileError
from service.ingest.profiles.binding import lacking
from service.ingest.profiles.profile import Profile
from service.ingest.readers import leftovers, ragged, records
from service.ingest.readers.columns import Columns, twins_told
from service.ingest.readers.encodings import Decoding, fitting, is_utf8
from service.ingest.readers.inputs import Peekable
from service.ingest.readers.leftovers import Leftovers
from service.ingest.readers.limits import MAX_RECORD_BYTES, check_columns
from service.ingest.readers.rows import MalformedRow, RawRows, Wanted
from service.ingest.readers.shape import shape

CHUNK_BYTES = 4 << 20
"""How much text is parsed at once: some 40,000 incidents."""


class CsvReader:
    """A CSV file (or one with another delimiter), read in chunks of `CHUNK_BYTES`.

    Parameters
    ----------
    stream, name
        The file.
    profile
        Says the encoding and the delimiter, and which columns the header has.
    wanted
        Tells by its name whether a column is read; by default every one is.
    guessed
        Whether the profile knows nothing of the columns, so that the header is told by its looks.
    """

    format = "csv"
    has_points = False
    typed = False
    crs: str | None = None

    def __init__(
        self,
        stream: Peekable,
        name: str,
        profile: Profile,
        wanted: Wanted | None = None,
        *,
        guessed: bool = False,
    ) -> None:
        self._stream = stream
        self._name = name
        self._rest = b""  # text read that is not part of a complete record yet
        self._held = b""  # a CR at the end of what was read
        self._line = 1  # physical line on which `_rest` begins
        self._ended = False
        self._told: list[str] = []
        self._left = Leftovers()
        self._decoding = Decoding(stream, profile.encoding, name)
        self._delimiter = profile.delimiter
        self._header = self._read_header(profile, guessed=guessed)
        found = Columns.of(self._names(self._header))
        self.columns: list[str] = found.names
        check_columns(len(self.columns), name)
        self._twins = found.twins
        self._named = found.last_named
        self._told += twins_told(found, wanted)
        self._included = [
            one for one in self.columns if wanted is None or found.wanted(one, wanted)
        ]

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the file besides its rows, so far."""
        return [*self._told, *self._decoding.warnings, *self._left.warnings()]

    def __iter__(self) -> Iterator[RawRows]:
        """Read the file in batches of rows, in its order."""
        while True:
            found = records.split(self._rest, self._delimiter)
            if len(found.starts):
                yield self._parsed(found)
            self._rest = self._rest[found.end :]
            self._line += found.lines_passed
            if self._ended:
                break
            if len(self._rest) > MAX_RECORD_BYTES:
                self._refuse_endless()
            self._read_more()
        if self._rest:
            self._refuse_endless()

    def _read_header(self, profile: Profile, *, guessed: bool) -> str:
        fits = None if guessed else partial(_fits, profile)
        while True:
            self._read_more()
            head = self._rest[:MAX_RECORD_BYTES]
            laid = shape(head, self._delimiter, fits)
            if laid is not None:
                break
            if self._ended:
                raise UnreadableFileError(f"{self._name} is empty: it has not even a header line.")
            if len(self._rest) > MAX_RECORD_BYTES:
                self._refuse_endless()
        before = records.split(self._rest[: laid.start], laid.delimiter).lines_passed
        self._told += laid.told(before, self._delimiter)
        self._delimiter = laid.delimiter
        header = self._rest[laid.start : laid.end]
        self._line += records.split(self._rest[: laid.end], self._delimiter).lines_passed
        self._rest = self._rest[laid.end :]
        try:
            return header.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableFileError(
                f"{self._name}: the header is not UTF-8 text: set encoding in the profile; "
                f'encoding = "{fitting(header)}" would fit.'
            ) from None

    def _names(self, header: str) -> list[str]:
        try:
            return next(csv.reader(io.StringIO(header, newline=""), delimiter=self._delimiter), [])
        except csv.Error:
            raise UnreadableFileError(
                f"{self._name}: the header on line {self._line - 1} is no list of names: is this "
                "a table of text?"
            ) from None

    def _read_more(self) -> None:
        piece = self._stream.read(CHUNK_BYTES)
        self._ended = not piece
        text = self._held + self._decoding.utf8(piece, self._line)
        self._held = b""
        if self._ended and (self._rest or text) and not (self._rest + text).endswith(b"\n"):
            text += b"\n"
        elif text.endswith(b"\r"):  # its LF may be the first byte of the next chunk
            text, self._held = text[:-1], b"\r"
        self._rest += text

    def _parsed(self, found: records.Records) -> RawRows:
        text = self._rest[: found.end]
        malformed: list[MalformedRow] = []
        keep = self._readable(text, found, malformed) & self._rows_of_table(text, found)
        starts, ends, lines = found.starts, found.ends, found.lines + self._line
        if not keep.all():
            text = b"".join(text[a:b] for a, b in zip(starts[keep], ends[keep], strict=True))
            lines = lines[keep]
        table, odd = self._arrow(text)
        if odd:
            text, mended = ragged.mended(text, odd, self._delimiter, self._named)
            if mended:
                self._left.mended += mended
                table, odd = self._arrow(text)
        if odd:
            positions = np.array([row.number - 1 for row in odd])
            malformed += [self._ragged(row, int(lines[row.number - 1])) for row in odd]
            lines = np.delete(lines, positions)
        if table.num_rows != len(lines):
            raise UnreadableFileError(
                f"{self._name}: the quotes after line {self._line} cannot be told apart; "
                "write a quote inside a value twice and put the value in quotes."
            )
        malformed.sort(key=lambda row: row.line)
        return RawRows(table, lines, tuple(malformed), twins=self._twins)

    def _rows_of_table(self, text: bytes, found: records.Records) -> np.ndarray:
        """Tell the records that are rows, and not blank, a total or the header once more."""
        keep = np.ones(len(found.starts), dtype=bool)

        def leave(row: int, what: str) -> None:
            keep[row] = False
            self._left.note(what, int(found.lines[row]) + self._line)

        blank = b'",; \t\r\n' + self._delimiter.encode()
        for row in leftovers.maybe_empty(found.starts, found.ends, len(self.columns)).tolist():
            if not text[found.starts[row] : found.ends[row]].strip(blank):
                leave(row, leftovers.EMPTY)
        header = self._header.strip().encode()
        if header in text:
            for row, (start, end) in enumerate(zip(found.starts, found.ends, strict=True)):
                if text[start:end].strip() == header:
                    leave(row, leftovers.HEADER)
        for row in leftovers.maybe_totals(text, found.starts).tolist():
            record = text[found.starts[row] : found.ends[row]]
            if (
                keep[row]
                and leftovers.may_hold_totals(record)
                and leftovers.is_total(self._cells(record))
            ):
                leave(row, leftovers.TOTAL)
        return keep

    def _cells(self, record: bytes) -> list[str]:
        text = io.StringIO(record.decode("utf-8", "replace"), newline="")
        try:
            return next(csv.reader(text, delimiter=self._delimiter), [])
        except csv.Error:
            return []

    def _readable(
        self, text: bytes, found: records.Records, malformed: list[MalformedRow]
    ) -> np.ndarray:
        """Tell which records are text at all; the others become malformed rows."""
        keep = np.ones(len(found.starts), dtype=bool)
        if b"\x00" not in text and is_utf8(text):
            return keep
        for row, (start, end) in enumerate(zip(found.starts, found.ends, strict=True)):
            record = text[start:end].rstrip(b"\r\n")
            if b"\x00" in record:
                message = "holds a NUL character: the file is damaged here"
            elif not is_utf8(record):
                message = (
                    "is not UTF-8 text: set the file's encoding in a profile; "
                    f'encoding = "{fitting(record)}" would fit'
                )
            else:
                continue
            keep[row] = False
            malformed.append(MalformedRow(int(found.lines[row]) + self._line, message))
        return keep

    def _arrow(self, text: bytes) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
        ragged: list[arrow_csv.InvalidRow] = []

        def set_aside(row: arrow_csv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        if not text:
            return pa.table({name: pa.array([], pa.string()) for name in self._included}), ragged
        try:
            return self._read(text, set_aside), ragged
        except pa.ArrowInvalid:  # whose message may quote a row
            raise UnreadableFileError(
                f"{self._name}: the rows after line {self._line} cannot be told apart: is every "
                "quote closed, and is this the right delimiter?"
            ) from None

    def _read(self, text: bytes, set_aside: Callable[[arrow_csv.InvalidRow], str]) -> pa.Table:
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,  # rows are numbered only then
                block_size=len(text) + 1,
                column_names=self.columns,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self.columns, pa.string()),
                include_columns=self._included or self.columns[:1],  # none would mean all
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _ragged(self, row: arrow_csv.InvalidRow, line: int) -> MalformedRow:
        message = (
            f"has {row.actual_columns} values in {len(row.text.rstrip()):,} characters, the header "
            f"names {row.expected_columns}"
        )
        spans = row.text.rstrip("\r\n").count("\n")
        if spans:
            message += f"; it goes on to line {line + spans}: a quote may be unclosed"
        return MalformedRow(line, message)

    def _refuse_endless(self) -> None:
        if b'"' in self._rest:
            cause = "a quote opens a value there and is never closed."
        else:
            cause = "is this a table of text?"
        length = (
            f"is longer than {MAX_RECORD_BYTES >> 20} MB"
            if len(self._rest) > MAX_RECORD_BYTES
            else "has no end"
        )
        raise UnreadableFileError(
            f"{self._name}: the row that begins on line {self._line} {length}: {cause} "
            "Nothing of the file was stored."
        )


def _fits(profile: Profile, names: Sequence[str]) -> bool:
    return not lacking(profile, Columns.of(names).names, has_points=False)

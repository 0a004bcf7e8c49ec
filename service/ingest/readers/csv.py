"""CSV as batches of text columns: parsed by Arrow, record by record accounted for."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from service.errors import UnreadableFileError
from service.ingest.profiles.profile import Profile
from service.ingest.readers import records
from service.ingest.readers.inputs import Peekable
from service.ingest.readers.limits import MAX_RECORD_BYTES, check_columns
from service.ingest.readers.rows import MalformedRow, RawRows, Wanted

CHUNK_BYTES = 4 << 20
"""How much text is parsed at once: some 40,000 incidents."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class CsvReader:
    """A CSV file (or one with another delimiter), read in chunks of `CHUNK_BYTES`."""

    format = "csv"
    crs: str | None = None

    def __init__(
        self, stream: Peekable, name: str, profile: Profile, wanted: Wanted | None = None
    ) -> None:
        self._stream = stream
        self._name = name
        self._delimiter = profile.delimiter
        self._rest = b""  # text read that is not part of a complete record yet
        self._held = b""  # a CR at the end of what was read
        self._line = 1  # physical line on which `_rest` begins
        self._ended = False
        self.warnings: list[str] = []
        self._decoder = self._decoder_for(profile.encoding)
        self.header_text = self._read_header()
        self.columns: list[str] = self.columns_with(self._delimiter)
        check_columns(len(self.columns), name)
        self._included = [one for one in self.columns if wanted is None or wanted(one)]

    def columns_with(self, delimiter: str) -> list[str]:
        """Return the columns as they would be with another delimiter."""
        try:
            return _header(self.header_text, delimiter)
        except csv.Error:
            raise UnreadableFileError(
                f"{self._name}: the header on line 1 is no list of names: is this a table of text?"
            ) from None

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

    def _read_header(self) -> str:
        while True:
            self._read_more()
            found = records.split(self._rest[:MAX_RECORD_BYTES], self._delimiter)
            if len(found.starts):
                break
            if self._ended:
                raise UnreadableFileError(f"{self._name} is empty: it has not even a header line.")
            if len(self._rest) > MAX_RECORD_BYTES:
                self._refuse_endless()
        start, end = int(found.starts[0]), int(found.ends[0])
        header = self._rest[start:end]
        self._line += records.split(self._rest[:end], self._delimiter).lines_passed
        self._rest = self._rest[end:]
        try:
            return header.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableFileError(
                f"{self._name}: the header is not UTF-8 text: set encoding in the profile, "
                'for example encoding = "windows-1252".'
            ) from None

    def _read_more(self) -> None:
        piece = self._stream.read(CHUNK_BYTES)
        self._ended = not piece
        text = self._held + (piece if self._decoder is None else self._transcoded(piece))
        self._held = b""
        if self._ended and (self._rest or text) and not (self._rest + text).endswith(b"\n"):
            text += b"\n"
        elif text.endswith(b"\r"):  # its LF may be the first byte of the next chunk
            text, self._held = text[:-1], b"\r"
        self._rest += text

    def _transcoded(self, piece: bytes) -> bytes:
        assert self._decoder is not None
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                f"{self._name} is not {error.encoding} text near line {self._line}: "
                "state its true encoding in the profile."
            ) from None
        # Bytes that the encoding does not know come back as they were, and fail row by row.
        return text.encode("utf-8", "surrogateescape")

    def _decoder_for(self, encoding: str) -> codecs.IncrementalDecoder | None:
        head = self._stream.peek(4)
        stated = codecs.lookup(encoding).name
        for mark, found in _BOMS:
            if head.startswith(mark):
                if found == "utf-8":
                    self._stream.read(len(mark))
                    return None
                if not stated.startswith(found):
                    self.warnings.append(
                        f"the file is {found.upper()} by its byte order mark and was read as such"
                    )
                return codecs.getincrementaldecoder(found)()
        if stated in ("utf-8", "ascii", "utf-8-sig"):
            return None
        wide = stated.startswith(("utf-16", "utf-32"))
        return codecs.getincrementaldecoder(stated)("strict" if wide else "surrogateescape")

    def _parsed(self, found: records.Records) -> RawRows:
        text = self._rest[: found.end]
        malformed: list[MalformedRow] = []
        keep = self._readable(text, found, malformed)
        starts, ends, lines = found.starts, found.ends, found.lines + self._line
        if not keep.all():
            text = b"".join(text[a:b] for a, b in zip(starts[keep], ends[keep], strict=True))
            lines = lines[keep]
        table, ragged = self._arrow(text)
        if ragged:
            positions = np.array([row.number - 1 for row in ragged])
            malformed += [self._ragged(row, int(lines[row.number - 1])) for row in ragged]
            lines = np.delete(lines, positions)
        if table.num_rows != len(lines):
            raise UnreadableFileError(
                f"{self._name}: the quotes after line {self._line} cannot be told apart; "
                "write a quote inside a value twice and put the value in quotes."
            )
        return RawRows(table, lines, tuple(sorted(malformed, key=lambda row: row.line)))

    def _readable(
        self, text: bytes, found: records.Records, malformed: list[MalformedRow]
    ) -> np.ndarray:
        """Tell which records are text at all; the others become malformed rows."""
        keep = np.ones(len(found.starts), dtype=bool)
        if b"\x00" not in text and _is_utf8(text):
            return keep
        for row, (start, end) in enumerate(zip(found.starts, found.ends, strict=True)):
            record = text[start:end].rstrip(b"\r\n")
            if b"\x00" in record:
                message = "holds a NUL character: the file is damaged here"
            elif not _is_utf8(record):
                message = (
                    "is not UTF-8 text: set the file's encoding in a profile, "
                    'for example encoding = "windows-1252"'
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
            cause = "a quote opens a value there and is never closed"
        else:
            cause = "is this a table of text?"
        length = (
            f"is longer than {MAX_RECORD_BYTES >> 20} MB"
            if len(self._rest) > MAX_RECORD_BYTES
            else "has no end"
        )
        raise UnreadableFileError(
            f"{self._name}: the row that begins on line {self._line} {length}: {cause}. "
            "Nothing of the file was stored."
        )


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _header(text: str, delimiter: str) -> list[str]:
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    columns: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        unique = name.strip() or f"column {position}"
        while unique in columns:
            unique = f"{unique} ({position})"
        columns[unique] = None
    return list(columns)

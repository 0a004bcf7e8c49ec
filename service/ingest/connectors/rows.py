"""Rows of sources as they are kept until they are stored: one JSON object a line, and ids."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Shape = Literal["features", "table"]
"""Whether a source gives features with a geometry, or rows of columns."""


@dataclass(frozen=True)
class Page:
    """Some consecutive rows of a source."""

    rows: Sequence[Mapping[str, Any]]
    """Features of GeoJSON, or columns by name: those that the profile names, and no others."""
    ids: Sequence[str]
    """The source's own ids of the rows, as far as it tells them."""
    next: Any
    """Where the next page begins, in the source's own words; None at the end."""
    told: int | None = None
    """How many rows there are in all, if the page says so."""
    shape: Shape = "features"
    columns: Sequence[str] = field(default=())
    """The columns of a table, in their order."""


def lines_of(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as lines of JSON."""
    return b"".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        + b"\n"
        for one in rows
    )


def as_csv(lines: Iterable[bytes], columns: Sequence[str]) -> Iterator[bytes]:
    """Yield rows of columns, one after the other, as a table of text with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for line in lines:
        row = json.loads(line)
        writer.writerow([_text(row.get(one)) for one in columns])
        if text.tell() > 1 << 18:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Joined(io.RawIOBase):
    """Pieces of bytes as one stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        if size < 0:
            whole = self._rest + b"".join(self._pieces)
            self._rest = b""
            return whole
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

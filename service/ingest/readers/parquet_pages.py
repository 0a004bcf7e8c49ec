"""What the pages of a Parquet file say of their sizes, read before any of them is unpacked.

A file tells twice how large its columns are: in its footer, and in the header of each page, which
is what a reader makes room for. The headers are Thrift structs in the compact protocol
(https://github.com/apache/parquet-format, PageHeader); of them the first three fields are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import pyarrow.parquet as pq

_HEADER_BYTES: Final = (1 << 12, 1 << 16, 1 << 20, 16 << 20)
"""How much is read for a header: statistics in it may make it long."""

_UNPACKED_SIZE: Final = 2
_PACKED_SIZE: Final = 3
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = (
    0, 1, 2, 3, 7, 8, 9, 10, 11, 12,
)  # fmt: skip
_INTEGERS: Final = (4, 5, 6)
_DEEPEST: Final = 8


class DamagedPageError(Exception):
    """The header of a page is none."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a column, as its header tells."""

    size: int
    """Bytes when it is unpacked."""
    packed_size: int


def pages(file: BinaryIO, column: pq.ColumnChunkMetaData) -> Iterator[Page]:
    """Return the pages of one column in one row group, in their order.

    Raises
    ------
    DamagedPageError
        When what stands where a page should begin is no header.
    """
    at = column.data_page_offset
    dictionary = column.dictionary_page_offset
    if dictionary is not None and 0 < dictionary < at:
        at = dictionary
    end = at + column.total_compressed_size
    while at < end:
        header, page = _page(file, at)
        if page.size < 0 or page.packed_size < 0:
            raise DamagedPageError
        yield page
        at += header + page.packed_size


def _page(file: BinaryIO, at: int) -> tuple[int, Page]:
    """Return the length of the header that begins at a place, and what it tells."""
    for size in _HEADER_BYTES:
        file.seek(at)
        content = file.read(size)
        try:
            reader = _Compact(content)
            told = reader.struct()
        except IndexError:
            if len(content) < size:  # the file ends here
                break
            continue
        if _UNPACKED_SIZE in told and _PACKED_SIZE in told:
            return reader.at, Page(told[_UNPACKED_SIZE], told[_PACKED_SIZE])
        break
    raise DamagedPageError


class _Compact:
    """Reads Thrift's compact protocol from some bytes; IndexError where they end too early."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, int]:
        """Read a struct and return its fields that are integers, by their number."""
        if depth > _DEEPEST:
            raise DamagedPageError
        fields: dict[int, int] = {}
        number = 0
        while (head := self._byte()) != _STOP:
            step, kind = head >> 4, head & 0x0F
            number = number + step if step else self._integer()
            if kind in _INTEGERS:
                fields[number] = self._integer()
            else:
                self._pass_over(kind, depth, within=False)
        return fields

    def _pass_over(self, kind: int, depth: int, *, within: bool) -> None:
        if kind in (_TRUE, _FALSE):
            self.at += within  # as a field, the kind is the value
        elif kind == _BYTE:
            self.at += 1
        elif kind in _INTEGERS:
            self._integer()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            length = self._length()  # before the place is read, which it moves
            self.at += length
        elif kind in (_LIST, _SET):
            head = self._byte()
            many = head >> 4 if head >> 4 != 15 else self._length()
            self._pass_over_all([head & 0x0F], many, depth)
        elif kind == _MAP:
            if many := self._length():
                kinds = self._byte()
                self._pass_over_all([kinds >> 4, kinds & 0x0F], many, depth)
        elif kind == _STRUCT:
            self.struct(depth + 1)
        else:
            raise DamagedPageError

    def _pass_over_all(self, kinds: list[int], many: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise DamagedPageError
        for _ in range(many):
            for kind in kinds:
                self._pass_over(kind, depth + 1, within=True)
            if self.at > len(self._content):
                raise IndexError

    def _byte(self) -> int:
        value = self._content[self.at]
        self.at += 1
        return value

    def _length(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise DamagedPageError

    def _integer(self) -> int:
        value = self._length()
        return (value >> 1) ^ -(value & 1)

"""How much a Parquet file may hold: told from what it declares, and counted as it is read.

Two things make much of little here: pages that are packed, whose sizes are declared, and values
that stand once in a dictionary and are referred to often, whose size shows when they are put in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service.errors import PayloadTooLargeError, UnreadableFileError
from service.ingest.readers.limits import Limits, check_columns
from service.ingest.readers.parquet_pages import DamagedPageError, pages

MAX_PAGE_BYTES: Final = 128 << 20
"""Writers make pages of 1 MB, some of up to 100 MB; a reader holds one of each column."""

MAX_VALUE_BYTES: Final = 16 << 20
"""No value of an incident or a street is longer; shapes of whole countries are shorter."""

MAX_LISTED: Final = 4_000_000
"""So many values may stand in the lists of one column of a row group."""

BUFFER_BYTES: Final = 1 << 20
"""How much of a packed column is read at once."""

_PIECE_BYTES: Final = 32 << 20


def check_declared(
    file: BinaryIO, about: pq.FileMetaData, names: Collection[str], limits: Limits, name: str
) -> None:
    """Refuse a file that declares more than may be unpacked, before anything is.

    Parameters
    ----------
    file
        The file, whose place is moved.
    about
        Its footer.
    names
        Columns that will be read.
    limits
        How much it may hold.
    name
        Of the file.

    Raises
    ------
    PayloadTooLargeError
        When pages, lists or all of it are too large.
    UnreadableFileError
        When a page has no header.
    """
    check_columns(about.num_columns, name)
    limits.check_rows(about.num_rows, name)
    total = 0
    for group in range(about.num_row_groups):
        for at in _leaves(about, names):
            column = about.row_group(group).column(at)
            if about.schema.column(at).max_repetition_level and column.num_values > MAX_LISTED:
                raise PayloadTooLargeError(
                    f"{name} has more than {MAX_LISTED:,} values in the lists of its column "
                    f"{column.path_in_schema.partition('.')[0]!r}: leave that column out, or write "
                    "smaller row groups."
                )
            try:
                for page in pages(file, column):
                    _check_page(page.size, name)
                    total += page.size
                    limits.check_unpacked(total, name)
            except DamagedPageError:
                raise UnreadableFileError(
                    f"{name} is a damaged Parquet file: row group {group + 1} of its column "
                    f"{column.path_in_schema!r} cannot be read. Copy or download it again."
                ) from None


def dictionaries(about: pq.FileMetaData, names: Collection[str]) -> list[str]:
    """Return the columns of texts that are to be read with their dictionaries."""
    groups = [about.row_group(group) for group in range(about.num_row_groups)]
    return [
        about.schema.column(at).path
        for at in _leaves(about, names)
        if about.schema.column(at).physical_type == "BYTE_ARRAY"
        and any(group.column(at).has_dictionary_page for group in groups)
    ]


class Unfolding:
    """Batches of a file with their values in place of references, piece by piece.

    Parameters
    ----------
    limits
        How much the file may hold.
    name
        Of the file.
    """

    def __init__(self, limits: Limits, name: str) -> None:
        self._limits, self._name = limits, name
        self._size = 0

    def pieces(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Return the rows of a batch, so many at a time as take little memory; see `count`."""
        ends = np.cumsum(self.count(batch))
        start = 0
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            end = max(int(np.searchsorted(ends, before + _PIECE_BYTES, "right")), start + 1)
            yield batch.slice(start, end - start)
            start = end

    def count(self, batch: pa.RecordBatch) -> np.ndarray:
        """Return the bytes of texts in each row of the next batch.

        Raises
        ------
        PayloadTooLargeError
            When a value is too long, or all of the file's values are too large together.
        """
        sizes = np.zeros(batch.num_rows, dtype=np.int64)
        for column in batch.columns:
            if (lengths := _lengths(column)) is not None:
                if lengths.max(initial=0) > MAX_VALUE_BYTES:
                    raise PayloadTooLargeError(
                        f"{self._name} has a value of more than {MAX_VALUE_BYTES >> 20} MB: leave "
                        "its column out."
                    )
                sizes += lengths
        self._size += int(sizes.sum())
        self._limits.check_unpacked(self._size, self._name)
        return sizes


def check_whole(file: BinaryIO, limits: Limits, name: str) -> None:
    """Refuse a file that will be read at once and would take more memory than it may.

    Raises
    ------
    PayloadTooLargeError, UnreadableFileError
        As `check_declared` and `Unfolding` do.
    """
    about = pq.ParquetFile(file)
    names = about.schema_arrow.names
    check_declared(file, about.metadata, names, limits, name)
    folded = dictionaries(about.metadata, names)
    unfolding = Unfolding(limits, name)
    content = pq.ParquetFile(file, read_dictionary=folded, buffer_size=BUFFER_BYTES)
    for batch in content.iter_batches(columns=folded) if folded else ():
        unfolding.count(batch)


def _check_page(size: int, name: str) -> None:
    if size > MAX_PAGE_BYTES:
        raise PayloadTooLargeError(
            f"{name} has a page that unpacks to {size >> 20:,} MB, of which "
            f"{MAX_PAGE_BYTES >> 20:,} MB are taken: write it with pages of about 1 MB."
        )


def _leaves(about: pq.FileMetaData, names: Collection[str]) -> list[int]:
    """Return where the parts of some columns stand; a struct has several."""
    paths = [about.schema.column(at).path for at in range(about.num_columns)]
    wanted = set(names)
    return [at for at, path in enumerate(paths) if wanted.intersection(_beginnings(path))]


def _beginnings(path: str) -> Iterator[str]:
    parts = path.split(".")  # a column's own name may have points in it
    yield from (".".join(parts[:many]) for many in range(1, len(parts) + 1))


def _lengths(values: pa.Array) -> np.ndarray | None:
    """Return the bytes of each value of a column of texts; None for other columns."""
    if pa.types.is_dictionary(values.type):
        of_each = _lengths(values.dictionary)
        if of_each is None or not len(of_each):
            return None
        at = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
        return np.where(np.asarray(values.is_valid()), of_each[at], 0)
    if not (
        pa.types.is_string(values.type)
        or pa.types.is_binary(values.type)
        or pa.types.is_large_string(values.type)
        or pa.types.is_large_binary(values.type)
    ):
        return None
    lengths = pc.fill_null(pc.binary_length(values), 0)
    return np.asarray(lengths.to_numpy(zero_copy_only=False), dtype=np.int64)

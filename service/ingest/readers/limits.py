"""How much a file may hold once it is unpacked: a small file can hold more than any disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.errors import PayloadTooLargeError, UnreadableFileError
from service.settings import MAX_BATCH_ROWS, MAX_UNPACKED_MB, Settings

MAX_COLUMNS: Final = 2_000
"""No table of incidents has more; what has, is a table that lies on its side, or no table."""

MANY_CELLS: Final = 4_000_000
HOLES: Final = 50
"""Of so many places for values one is filled at least, where there are many."""

MAX_RECORD_BYTES: Final = 2 << 20
"""No row of incidents is longer; in text, what is longer is a quote that nobody closed."""


@dataclass(frozen=True)
class Limits:
    """What an installation takes of one file.

    Parameters
    ----------
    unpacked_mb
        How much it may be unpacked.
    rows
        How many rows it may have.
    """

    unpacked_mb: int = MAX_UNPACKED_MB
    rows: int = MAX_BATCH_ROWS

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return the limits that the settings say."""
        return cls(settings.max_unpacked_mb, settings.max_batch_rows)

    def check_unpacked(self, size: int, name: str) -> None:
        """Refuse a file that is larger unpacked than this.

        Raises
        ------
        PayloadTooLargeError
            When `size`, in bytes, is too much.
        """
        if size > self.unpacked_mb << 20:
            raise PayloadTooLargeError(
                f"{name} unpacks to more than {self.unpacked_mb:,} MB, the limit of this "
                "installation (HARMSPOT_MAX_UNPACKED_MB): split it by month, or by area."
            )

    def check_rows(self, rows: int, name: str) -> None:
        """Refuse a file that has more rows than this.

        Raises
        ------
        PayloadTooLargeError
            When it has.
        """
        if rows > self.rows:
            raise PayloadTooLargeError(
                f"{name} has more than {self.rows:,} rows, the limit of this installation "
                "(HARMSPOT_MAX_BATCH_ROWS): split it by month."
            )


def check_columns(columns: int, name: str) -> None:
    """Refuse a table that has too many columns.

    Raises
    ------
    UnreadableFileError
        When it has.
    """
    if columns > MAX_COLUMNS:
        raise UnreadableFileError(
            f"{name} has {columns:,} columns, of which {MAX_COLUMNS:,} are read at most: has it "
            "one row for each incident? Leave out columns that no profile needs."
        )


def check_filled(rows: int, columns: int, values: int, name: str) -> None:
    """Refuse rows that bring so many names, and each so few values, that a table is all holes.

    Raises
    ------
    UnreadableFileError
        When they do.
    """
    cells = rows * columns
    if cells > MANY_CELLS and values < cells // HOLES:
        raise UnreadableFileError(
            f"{name} has {columns:,} names in {rows:,} features or rows, of which each has few: a "
            "value of each is a name there. Give all the same columns."
        )

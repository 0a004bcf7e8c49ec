"""Lines as a warning names them: in an archive with their file."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.ingest.readers.rows import Origin


class Origins:
    """The files of an archive, as far as they have been read; of other files nothing.

    Examples
    --------
    >>> Origins().line(7), Origins().lines([7, 9], of=3)
    ('line 7', 'lines 7, 9, ...')
    """

    def __init__(self) -> None:
        self._origin: Origin | None = None

    def add(self, origin: Origin | None) -> None:
        """Take note of where some rows are from."""
        if origin is not None:
            self._origin = origin if self._origin is None else self._origin.and_then(origin)

    def line(self, line: int) -> str:
        """Return where a line is."""
        return f"line {line}" if self._origin is None else self._origin.told(line)

    def lines(self, lines: Collection[int], *, of: int) -> str:
        """Return where the first of `of` lines are."""
        more = ", ..." if of > len(lines) else ""
        if self._origin is None:
            return f"line{'s' * (of != 1)} {', '.join(map(str, lines))}{more}"
        return "; ".join(map(self.line, lines)) + more

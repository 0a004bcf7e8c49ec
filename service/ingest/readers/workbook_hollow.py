"""Cells of a workbook that show something and hold nothing, counted so that it is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

_ERROR: Final = b' t="e"'
_WITHOUT_VALUE = re.compile(
    rb'<c(?![^<>]* t="str")[^<>]*>\s*<f(?:[^<>]*/>|[^<>]*>[^<]*</f>)\s*'
    rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
"""A formula of which no program stored what it gives; that it gives no letters is stored, too."""
_EXAMPLES: Final = 3

Range = tuple[tuple[int, int], tuple[int, int]]
"""Row and column of the first and the last of cells that are merged, from 0."""


@dataclass(slots=True)
class Hollow:
    """Errors and formulas without a value on the sheets of a workbook."""

    errors: int = 0
    formulas: int = 0

    def look(self, piece: bytes, *, formulas: bool = True) -> None:
        """Count those of whole rows of a sheet, as XLSX writes it, where there are formulas."""
        self.errors += piece.count(_ERROR)
        if formulas and b"<f" in piece:
            self.formulas += sum(1 for _ in _WITHOUT_VALUE.finditer(piece))

    def told(self) -> list[str]:
        """Return what there is to say of them."""
        told = []
        if self.errors:
            cells = "1 cell holds" if self.errors == 1 else f"{self.errors:,} cells hold"
            told.append(f"{cells} an error, as #N/A, on the sheets of the workbook: read as empty")
        if self.formulas:
            cells = "1 formula has" if self.formulas == 1 else f"{self.formulas:,} formulas have"
            told.append(
                f"{cells} no stored value on the sheets of the workbook: read as empty. A "
                "spreadsheet program stores the values when it opens the file and saves it again"
            )
        return told


def merged_told(
    ranges: Sequence[Range], header: int, height: int, columns: Collection[int]
) -> list[str]:
    """Return what there is to say of merged cells below the header.

    Parameters
    ----------
    ranges
        Of the sheet.
    header, height
        Row of the header, and how many rows the sheet has.
    columns
        Those that are read.

    Examples
    --------
    >>> merged_told([((1, 2), (3, 2))], 0, 9, [2])[0].partition(" of columns")[0]
    'merged cells hold their value in the first of them only: 2 others'
    """
    empty, rows = 0, set[int]()
    for (top, left), (bottom, right) in ranges:
        first, last = max(top, header + 1), min(bottom, height - 1)
        wide = sum(1 for one in columns if left <= one <= right)
        here = max(last - first + 1, 0) * wide - (top > header and left in columns)
        if here > 0:
            empty += here
            rows.add(max(first, top + (wide == 1 and left in columns)) + 1)
    if not empty:
        return []
    shown = ", ".join(map(str, sorted(rows)[:_EXAMPLES])) + ", ..." * (len(rows) > _EXAMPLES)
    others = "1 other" if empty == 1 else f"{empty:,} others"
    return [
        f"merged cells hold their value in the first of them only: {others} of columns that are "
        f"read are empty (from row {shown}). Unmerge them and fill each"
    ]

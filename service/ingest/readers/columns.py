"""The names of a table's columns: unnamed ones, and several of one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.ingest.readers.rows import Wanted

_MARK = "\ufeff"
"""A byte order mark, of which some files have two."""

Twins = Mapping[str, Mapping[str, str]]
"""Of a column, the later ones whose names are the same but for case: each with its own name."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a header names."""

    names: list[str]
    """Each once: a second ``When`` is called ``When (4)`` by its position."""
    twins: Twins
    last_named: int
    """How many columns there are up to the last that has a name."""

    @classmethod
    def of(cls, written: Sequence[str]) -> Columns:
        """Return the columns of a header as it is written.

        Examples
        --------
        >>> Columns.of(["When", " ", "When"]).names
        ['When', 'column 2', 'When (3)']
        """
        names: dict[str, None] = {}
        first: dict[str, str] = {}
        twins: dict[str, dict[str, str]] = {}
        last_named = 0
        for position, name in enumerate(written, start=1):
            unique = own = name.strip().strip(_MARK) or f"column {position}"
            while unique in names:
                unique = f"{unique} ({position})"
            names[unique] = None
            if name.strip().strip(_MARK):
                last_named = position
                loose = loosely(own)
                if loose in first:
                    twins.setdefault(first[loose], {})[unique] = own
                first.setdefault(loose, unique)
        return cls(list(names), twins, last_named)

    def wanted(self, name: str, wanted: Wanted) -> bool:
        """Tell whether a column is read: it is asked for, or may be meant in the place of one."""
        return wanted(name) or any(
            name in others and (wanted(first) or wanted(others[name]))
            for first, others in self.twins.items()
        )


def twins_told(columns: Columns, wanted: Wanted | None) -> list[str]:
    """Return which columns have one name, of those that are read."""
    return [
        f"{1 + len(same)} columns are named {first!r}: the first of them is read"
        for first, others in columns.twins.items()
        if (same := [one for one, own in others.items() if own == first])
        and (wanted is None or wanted(first))
    ]


def loosely(name: str) -> str:
    """Return a name without what does not tell columns apart: case, underscores, blanks."""
    return " ".join(name.replace("_", " ").split()).casefold()

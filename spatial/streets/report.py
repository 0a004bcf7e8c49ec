"""What was found and mended when a street network was prepared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

EXAMPLES: Final = 5
"""Ids that are named for each finding."""

_LOOSE_SHARE: Final = 1 / 2
"""Above this share of segments' ends that meet nothing, the lines are likely not noded."""


@dataclass(frozen=True)
class NetworkReport:
    """What was found and mended when a network was prepared.

    Parameters
    ----------
    lines
        Lines given.
    segments
        Segments that came of them.
    split
        Multi-part lines that became several segments.
    noded
        Lines that were cut at junctions.
    empty, zero_length
        Lines left out: without geometry, parts of lines without length.
    duplicate, duplicate_m
        Lines, or pieces of them, that equal another one and were left out, and their metres.
    without_id
        Lines whose id is missing or empty; a digest of their shape stands for it.
    crossings_kept_apart
        Places where lines on different levels cross, as at bridges and tunnels, and were not cut.
    dangles
        Ends of segments where no other segment meets: dead ends, or gaps.
    examples
        For each of these that occurred, up to five ids: of segments for `dangles`, of lines for
        the others ("feature 7" for the seventh line, where it has no id).
    """

    lines: int
    segments: int
    split: int
    noded: int
    empty: int
    zero_length: int
    duplicate: int
    duplicate_m: float
    without_id: int
    crossings_kept_apart: int
    dangles: int
    examples: dict[str, list[str]] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """Return what an analyst should look at, one sentence each; none when all is well.

        Examples
        --------
        >>> found = NetworkReport(
        ...     lines=9, segments=8, split=0, noded=0, empty=0, zero_length=0, duplicate=1,
        ...     duplicate_m=70.4, without_id=0, crossings_kept_apart=0, dangles=4,
        ...     examples={"duplicate": ["17"]},
        ... )
        >>> found.warnings()
        ['1 line equals another one and was left out (70 m): 17.']
        """
        found = (
            (self.empty, "empty", "has no geometry and was", "have no geometry and were", ""),
            (
                self.zero_length,
                "zero_length",
                "has no length and was",
                "have no length and were",
                "",
            ),
            (
                self.duplicate,
                "duplicate",
                "equals another one and was",
                "equal another one and were",
                f" ({self.duplicate_m:,.0f} m)",
            ),
        )
        said = [
            f"{_lines(number)} {one if number == 1 else many} left out{much}"
            f"{self._named(what, number)}."
            for number, what, one, many, much in found
            if number
        ]
        if self.without_id:
            said.append(
                f"{_lines(self.without_id)} without an id got one from the shape, which changes "
                f"when the shape does{self._named('without_id', self.without_id)}."
            )
        if self.dangles > _LOOSE_SHARE * 2 * self.segments:
            said.append(
                f"{self.dangles:,} of {2 * self.segments:,} ends of segments meet no other one"
                f"{self._named('dangles', self.dangles)}: if lines run on over junctions, have "
                'them cut there (noding "vertices" or "crossings").'
            )
        return said

    def _named(self, what: str, number: int) -> str:
        ids = self.examples.get(what, [])
        if not ids:
            return ""
        return f": {', '.join(ids)}{' and others' if number > len(ids) >= EXAMPLES else ''}"


def examples(**found: Iterable[str]) -> dict[str, list[str]]:
    """Return the first few distinct ids of each finding that has any."""
    few = {what: list(dict.fromkeys(ids))[:EXAMPLES] for what, ids in found.items()}
    return {what: ids for what, ids in few.items() if ids}


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number:,} lines"

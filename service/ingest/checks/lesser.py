"""Incidents whose gravest offence was another, and graver, before: what a report says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.ingest.checks.lines import Origins
from service.ingest.checks.repeats import NAMED, shown
from service.ingest.checks.warned import Warned

_LEAST = -1.0
"""Stands for the weight of an offence that no index knows."""


@dataclass(frozen=True, slots=True)
class Lesser:
    """Stored incidents that have a lesser offence from now on."""

    incidents: int
    index: str
    lines: Sequence[int]
    examples: Sequence[tuple[str, str, str]]
    """Ids, and the offences before and now, of the first of them."""

    @classmethod
    def of(cls, changes: Sequence[Any], index: str, weights: Mapping[str, float]) -> Lesser:
        """Return what is told of changes from one offence to another, each pair a row."""
        found = [
            one for one in changes if weights.get(one.before, _LEAST) > weights.get(one.now, _LEAST)
        ]
        first = sorted(
            (line, id_, one.before, one.now)
            for one in found
            for line, id_ in zip(one.lines, one.examples, strict=True)
        )[:NAMED]
        return cls(
            incidents=sum(one.incidents for one in found),
            index=index,
            lines=[one[0] for one in first],
            examples=[one[1:] for one in first],
        )

    def warnings(self, at: Origins) -> list[Warned]:
        """Return what a report says."""
        if not self.incidents:
            return []
        named = ", ".join(
            f"{shown(id_)} ({at.line(line)}: {before} before, {now} now)"
            for line, (id_, before, now) in zip(self.lines, self.examples, strict=True)
        ) + (", ..." if self.incidents > len(self.examples) else "")
        message = (
            f"{self.incidents:,} stored incident{'s' * (self.incidents != 1)} became a lesser "
            f"offence by {self.index}, since the file has no graver one of the id: {named}. They "
            "may have been reclassified; if the file lists only some offences of an id, undo the "
            "batch and send all of them in one file"
        )
        lines = tuple(self.lines)
        return [Warned(code="lesser_offences", message=message, rows=self.incidents, lines=lines)]

"""Rows of one id that are not one incident, as far as can be told: what a report says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from service.ingest.checks.lines import Origins
from service.ingest.checks.quoting import quoted
from service.ingest.checks.warned import Warned

_LONGEST = 24
NAMED = 5
"""How many lines, and how many ids, a warning names."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows after the first of their id that have another offence, time or place."""

    rows: int
    ids: int
    offences: int
    """How many of them have another offence, and so on; some differ in several."""
    times: int
    places: int
    lines: Sequence[int] | None
    examples: Sequence[str] | None
    """The ids of the first of them, the same one perhaps several times."""
    index: str | None = None
    """The harm index by which the gravest offence was taken."""
    unweighed: Sequence[str] = ()
    """Offences that it does not know."""

    def weighed(self, index: str, codes: Collection[str], weights: Mapping[str, float]) -> Repeats:
        """Return the same, told which offences an index knows."""
        return replace(self, index=index, unweighed=sorted(set(codes) - set(weights)))

    def warnings(self, one_per: Literal["row", "id"] | None, at: Origins) -> list[Warned]:
        """Return what a report says."""
        if not self.rows:
            return []
        kinds = (("offence", self.offences), ("time", self.times), ("place", self.places))
        differ = ", ".join(f"{rows:,} in {what}" for what, rows in kinds if rows)
        first = dict(reversed(list(zip(self.examples or (), self.lines or (), strict=False))))
        named = sorted(first, key=lambda one: first[one])[:NAMED]
        ids = ", ".join(f"{shown(one)} ({at.line(first[one])})" for one in named)
        ids += ", ..." if self.ids > len(named) else ""
        lines = tuple((self.lines or ())[:NAMED])
        which = f"{self.rows:,} row{'s' * (self.rows != 1)}"
        whose = f"the id of another row with other content ({differ}), such as {ids}"
        told = "repeats" if self.rows == 1 else "repeat"
        if one_per is None:
            message = (
                f"{which} {told} {whose}: the first row of each id was taken. Say in the "
                'profile what rows of one id are: each an incident of its own (one_per = "row"), '
                'or one incident of several offences (one_per = "id")'
            )
            return [Warned(code="repeated_ids", message=message, rows=self.rows, lines=lines)]
        message = f"{which} {told} {whose}: of each id one incident was made"
        if self.index is not None:
            message += f", of its gravest offence by {self.index}"
        found = [Warned(code="joined_ids", message=message, rows=self.rows, lines=lines)]
        if self.unweighed:
            message = (
                f"{self.index} does not know {', '.join(map(repr, self.unweighed[:NAMED]))}: an "
                "offence that has a weight was taken for graver. Map them in the profile, or name "
                "another index for it (harm_index)"
            )
            found.append(Warned(code="unweighed_offences", message=message))
        return found


def shown(external_id: str) -> str:
    """Return the beginning of an id, where it looks like one."""
    if any(map(str.isdigit, external_id)) and not any(map(str.isspace, external_id)):
        return repr(external_id if len(external_id) <= _LONGEST else external_id[:_LONGEST] + "…")
    return quoted(external_id)

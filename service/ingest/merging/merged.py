"""What became of the rows of a batch, or would become of those of a file that is only tried."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.ingest.checks.lesser import Lesser
from service.ingest.checks.repeats import Repeats


@dataclass(frozen=True, slots=True)
class Merged:
    """Counts of rows and incidents, and what is odd about them."""

    accepted: int
    updated: int
    duplicate: int
    rejected_by_reason: dict[str, int]
    lessened: int = 0
    """Stored rows, duplicates among them, that do without columns from now on."""
    repeats: Repeats | None = None
    """What rows of one id differed in."""

    lesser: Lesser | None = None
    """Incidents of several offences whose gravest is a lesser one than before."""
    rejected_by_source: dict[str, int] = field(default_factory=dict)
    cancelled: int = 0
    """Staged rows that were held back, since the force has cancelled their incidents."""
    removed: int = 0
    """Stored incidents that were taken away."""
    unknown: int = 0
    """Rejected rows of which it is not known what incidents they are, where days are replaced."""
    stay: int = 0
    """Incidents that were not taken away since they may be those."""
    unsure_cancelled: int = 0
    """Rows that cancel one of several incidents, of which it is not known which."""

    @property
    def changes_data(self) -> bool:
        """Whether what is stored of incidents is other than before."""
        return self.accepted + self.updated + self.lessened + self.removed > 0

    @property
    def rejected(self) -> int:
        """All rejected rows."""
        return sum(self.rejected_by_reason.values())

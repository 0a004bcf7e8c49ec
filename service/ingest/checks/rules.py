"""What a batch is validated by, and what is noted on the way for its warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from service.ingest.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Rules:
    """What a batch is validated by, beyond the profile."""

    profile: Profile
    source: str
    """Source of rows that name none, or of all rows."""
    fixed_source: bool
    """Whether `source` was asked for, against what a column says."""
    time_zone: str
    crs: str
    now: datetime


@dataclass(slots=True)
class Notes:
    """What was seen over all batches of a file, for its warnings."""

    ambiguous_times: int = 0
    skipped_times: int = 0
    swapped_outside: int = 0
    degrees: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Accepted incidents by whole degree of longitude and latitude."""

"""What a batch is validated by, and what is noted on the way for its warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from service.ingest.checks.known import Known, ReadAgainError
from service.ingest.checks.lines import Origins
from service.ingest.checks.midnights import Midnights
from service.ingest.checks.notation import Votes
from service.ingest.checks.spread import Spread, Strays
from service.ingest.profiles.profile import Profile
from spatial.default_times import MINUTES

if TYPE_CHECKING:
    from service.ingest.addresses.placing import Placer

LINES_NAMED = 5
"""How many lines, and how many examples, a warning names."""


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
    known: Known = field(default_factory=Known)
    """What an earlier reading of the file told."""
    crs_stated: bool = False
    """Whether the file itself says what its CRS is."""
    placer: Placer | None = None
    """What places rows without coordinates by their address, where that is asked for."""


@dataclass(slots=True)
class Seen:
    """How often something was seen, and where first."""

    rows: int = 0
    lines: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Notes:
    """What was seen over all batches of a file, for its warnings."""

    ambiguous_times: int = 0
    skipped_times: int = 0
    midnights: dict[str, Midnights] = field(default_factory=lambda: defaultdict(Midnights))
    """By the canonical column of times."""
    votes: dict[str, Votes] = field(default_factory=dict)
    """How coordinates are written, by ``x``, ``y`` and ``pair``."""
    clocks: np.ndarray = field(default_factory=lambda: np.zeros(MINUTES, dtype=np.int64))
    """Accepted incidents whose time is exact, by minute of the local day; shape (1440,)."""
    spread: Spread = field(default_factory=Spread)
    """Where accepted incidents are."""
    origins: Origins = field(default_factory=Origins)
    """Which of the files of an archive a line is of."""
    strays: Strays | None = None
    """Those of them that are far from the bulk, once all are read."""
    said_defaults: int = 0
    """Rows at a clock time that the profile says is a default."""
    seen: dict[str, Seen] = field(default_factory=dict)
    """By the code of a warning; `warnings.SAID` says each in words."""

    def votes_by(self, known: Known) -> dict[str, Votes]:
        """Return what columns of coordinates told so far, begun by what is known of the file."""
        if not self.votes:
            self.votes = {one: Votes(known.notations.get(one)) for one in ("x", "y", "pair")}
        return self.votes

    def settle(self) -> None:
        """End the file.

        Raises
        ------
        ReadAgainError
            When it proves to be otherwise than its rows were read.
        """
        told = {name: one.learned for name, one in self.votes.items()}
        notations = {name: one for name, one in told.items() if one is not None}
        no_days = any(one.too_few for one in self.midnights.values())
        if notations or no_days:
            raise ReadAgainError(no_days=no_days, notations=notations)

    def see(self, code: str, lines: np.ndarray, examples: Sequence[str] = ()) -> None:
        """Count rows that a warning is about.

        Parameters
        ----------
        code
            The warning's, a key of `warnings.SAID`.
        lines
            The lines of these rows, in their order.
        examples
            What they say, for the first of them at least; only what a rejected row would tell too.
        """
        if not len(lines):
            return
        seen = self.seen.setdefault(code, Seen())
        seen.rows += len(lines)
        room = LINES_NAMED - len(seen.lines)
        seen.lines += np.asarray(lines[:room]).tolist()
        fresh = [one for one in dict.fromkeys(examples) if one not in seen.examples]
        seen.examples += fresh[: LINES_NAMED - len(seen.examples)]

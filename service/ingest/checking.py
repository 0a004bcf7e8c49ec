"""The rows of one file on their way to incidents: the same for a batch, a trial and a preview."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from service.ingest.checks import warnings
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.validate import Checked, validate
from service.ingest.checks.warned import Warned
from service.ingest.merge import Merged
from service.ingest.profiles.binding import bind
from service.ingest.profiles.profile import Profile
from service.ingest.readers.rows import RawRows, Reader


class Checking:
    """The rows of one file, bound to a profile and checked, and what is noted on the way.

    Parameters
    ----------
    reader
        The opened file.
    rules
        What its rows are checked by.
    """

    def __init__(self, reader: Reader, rules: Rules) -> None:
        self.reader, self.rules = reader, rules
        self.notes = Notes()
        self.kept_names: set[str] = set()
        """Columns beside the mapped ones that are kept, as far as the file has been read."""

    def each(self, batches: Iterable[RawRows] | None = None) -> Iterator[Checked]:
        """Yield the rows of the file, or some of them, as incidents and rejected rows."""
        for rows in self.reader if batches is None else batches:
            binding = bind(self.rules.profile, rows, self.reader)
            self.kept_names.update(binding.extra)
            yield validate(rows, binding, self.rules, self.notes)

    def warnings(self, merged: Merged, read: int) -> list[Warned]:
        """Return what there is to know besides the counts, once the rows are read."""
        return warnings.collected(self.reader, self.notes, self.rules, merged, read)


def rules_for(
    profile: Profile,
    reader: Reader,
    *,
    now: datetime,
    source: str | None = None,
    stored_zone: str | None = None,
) -> Rules:
    """Return what the rows of a file are checked by.

    Parameters
    ----------
    profile, reader
        What its columns mean, and the opened file.
    now
        Incidents after this instant are rejected.
    source
        Name of the source, against the profile's and any column's.
    stored_zone
        Time zone that the source is stored with, where the profile has none.
    """
    return Rules(
        profile=profile,
        source=source or profile.source,
        fixed_source=source is not None,
        time_zone=profile.time_zone or stored_zone or "UTC",
        crs=reader.crs or profile.crs,
        now=now,
    )

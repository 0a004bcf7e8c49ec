"""The rows of one file on their way to incidents: the same for a batch, a trial and a preview."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from service.ingest.checks import cancelled, warnings
from service.ingest.checks.known import Known, ReadAgainError
from service.ingest.checks.outside import Areas, outside
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.validate import Checked, validate
from service.ingest.checks.warned import Warned
from service.ingest.merging.merged import Merged
from service.ingest.profiles.binding import bind
from service.ingest.profiles.profile import Profile
from service.ingest.readers.rows import RawRows, Reader

if TYPE_CHECKING:
    from service.ingest.addresses.placing import Placer

T = TypeVar("T")


_OF_TYPED_TIMES = ("iso", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")
"""How times come that have a type in their file; in KML, GDAL writes them with slashes."""


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
        self._rejected_cells: Collection[int] = ()
        self._outside: Warned | None = None

    def each(self, batches: Iterable[RawRows] | None = None) -> Iterator[Checked]:
        """Yield the rows of the file, or some of them, as incidents and rejected rows.

        Raises
        ------
        ReadAgainError
            When the file proves to be otherwise than it began; see `until_known`.
        """
        for rows in self.reader if batches is None else batches:
            binding = bind(self.rules.profile, rows, self.reader)
            self.kept_names.update(binding.extra)
            self.notes.origins.add(rows.origin)
            checked = validate(rows, binding, self.rules, self.notes)
            yield cancelled.parted(checked, rows, binding, self.rules)
        self.notes.settle()

    def find_strays(self, stored: Sequence[tuple[int, float, float, int]] = ()) -> Collection[int]:
        """Look for rows far from the bulk of the source, and return the cells to be rejected.

        Parameters
        ----------
        stored
            Cells of what the source holds already; see `Spread.strays`.
        """
        self.notes.strays = strays = self.notes.spread.strays(stored)
        rejects = self.rules.profile.place.reject_strays
        self._rejected_cells = (
            [] if strays is None or strays.scattered or not rejects else list(strays.cells)
        )
        return self._rejected_cells

    def find_outside(self, areas: Areas) -> None:
        """Look for rows in no study area, of those that are not rejected as strays."""
        self._outside = outside(
            self.notes.spread, areas, self.rules.crs, without=self._rejected_cells
        )

    def warnings(self, merged: Merged, read: int) -> list[Warned]:
        """Return what there is to know besides the counts, once the rows are read."""
        found = warnings.collected(self.reader, self.notes, self.rules, merged, read)
        return found if self._outside is None else [self._outside, *found]


def rules_for(
    profile: Profile,
    reader: Reader,
    *,
    now: datetime,
    source: str | None = None,
    stored_zone: str | None = None,
    known: Known | None = None,
    placer: Placer | None = None,
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
    known
        What an earlier reading told; see `until_known`.
    placer
        What places rows without coordinates by their address.
    """
    if reader.typed:
        formats = tuple(dict.fromkeys((*profile.time.formats, *_OF_TYPED_TIMES)))
        time = profile.time.model_copy(update={"formats": formats})
        profile = profile.model_copy(update={"time": time})
    return Rules(
        profile=profile,
        source=source or profile.source,
        fixed_source=source is not None,
        time_zone=profile.time_zone or stored_zone or "UTC",
        crs=reader.crs or profile.crs,
        now=now,
        known=known or Known(),
        crs_stated=reader.crs is not None,
        placer=placer,
    )


def until_known(read: Callable[[Known], T], again: Callable[[], object] = lambda: None) -> T:
    """Return what is read of a file: as it begins, or again by what all of it told.

    Parameters
    ----------
    read
        Reads it from its start, told what is known of it.
    again
        Makes ready for another reading.
    """
    known = Known()
    while True:
        try:
            return read(known)
        except ReadAgainError as error:
            known = error.after(known)
        again()

"""What the whole of a file tells of its parts: known once it was read, and it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from service.ingest.checks.notation import Notation


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a file when a reading begins."""

    midnights_as_days: bool = True
    """Whether columns whose every time is midnight are read as days; see `midnights`."""
    notations: Mapping[str, Notation] = field(default_factory=dict)
    """How columns of coordinates are written, of those that did not begin as they went on."""


class ReadAgainError(Exception):
    """A file proves to be otherwise than it began: it has to be read again.

    Parameters
    ----------
    no_days
        Whether times that were taken as days are instants.
    notations
        What the file tells of its columns of coordinates.
    """

    def __init__(
        self, *, no_days: bool = False, notations: Mapping[str, Notation] | None = None
    ) -> None:
        super().__init__()
        self._no_days, self._notations = no_days, notations or {}

    def after(self, known: Known) -> Known:
        """Return what is known now, besides what was before."""
        return replace(
            known,
            midnights_as_days=known.midnights_as_days and not self._no_days,
            notations={**known.notations, **self._notations},
        )

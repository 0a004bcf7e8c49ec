"""Questions that are answered while somebody waits: what a process that computes is handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.export.documents import Document
    from spatial.errors import HarmspotError


@dataclass(frozen=True)
class Computation:
    """A question to compute now.

    Parameters
    ----------
    name
        By which its connections to the database are known.
    agency_id, process, parameters
        The question.
    keep
        Whether its run is stored; else its document is all that comes of it.
    """

    name: str
    agency_id: int
    process: str
    parameters: dict[str, Any]
    keep: bool


@dataclass(frozen=True)
class Computed:
    """What came of a computation.

    Parameters
    ----------
    run_id
        The run that answers it; None: there is none.
    document
        What the run found, of one that is not stored.
    refusal
        Why it was refused, or which failure of the database stood in the way.
    """

    run_id: str | None = None
    document: Document | None = None
    refusal: HarmspotError | None = None
